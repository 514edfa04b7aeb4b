"""Messages: pushes, withdrawals, waybill numbers and scans, in whatever order they come (CHAN-3, CHAN-5, CHAN-6)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from basics.refusal import Refusal
from basics.words import DATA_CENTRE, FINAL, ONLINE_ORDER, State
from channels.messages import OrderPush, Scan, WaybillTold, Withdrawal
from channels.registry import STAFF, prefix_fits
from dispatch.batch import Batch, ScanRow, Waiting
from dispatch.facts import Event, Item, Target
from dispatch.life import Life
from dispatch.places import PLACE_KEYS, said
from dispatch.refusals import refuse
from dispatch.routing import Place, Route
from dispatch.screening import missing_fields
from dispatch.waybills import Finding, flaw, guard, words_of
from sla.truth import CUSTOMER_CANCELLED

MOST_WAITING = 100  # messages for one number whose order is unknown
FIRST_KEYS = ("business_type", "online", "pushed_as")  # stay those of the first push (REPLAY fine print 2)
ROUTING_KEYS = (*PLACE_KEYS, "window_start", "window_end")


def take(batch: Batch, item: Item, index: int) -> Refusal | None:
    """One push: a new order, the same again, or an update. `index` finds its route among the batch's."""
    push = item.what
    assert isinstance(push, OrderPush)
    life = batch.find(Target(push.logistics_no, push.channel), item.at)
    if life is None:
        _create(batch, item, push, batch.routes.get(index))
        return None
    if _says(push.content) == _says(life.view().content):
        return None
    if life.versions[-1].by_caller and _says(push.content) == _says(_last_told(life)):
        return None  # the channel has nothing new to say; what the caller changed stays (CHAN-8)
    return _update(batch, item, push, life, batch.routes.get(index))


def _says(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content without what the channel only wants to see again: a fresh salt or call-back is no update."""
    return {key: value for key, value in content.items() if key != "echo"}


def _last_told(life: Life) -> dict[str, Any]:
    return next(version.content for version in reversed(life.versions) if not version.by_caller)


def _create(batch: Batch, item: Item, push: OrderPush, route: Route | None) -> None:
    life = Life(push.channel, push.logistics_no, batch.world.houses, batch.world.book)
    created = min(push.created_at, item.at)
    data: dict[str, Any] = {"content": dict(push.content)} | ({"alias": push.alias} if push.alias else {})
    missing = missing_fields(push.content)
    if missing:
        data["missing"] = list(missing)
    else:
        data["route"] = _route_data(_routed(life, route))
    data |= place_data(push.content, batch.read(push.content, created))
    batch.log(life, Event("created", created, item.at, item.by, data))
    batch.add(life)
    mine = batch.waited_for(push)
    _catch_up(batch, life, mine, push, item)
    batch.arrived.extend(mine)


def _catch_up(batch: Batch, life: Life, waited: list[Waiting], push: OrderPush, item: Item) -> None:
    """Messages that waited for their order (CHAN-6). A number made after the withdrawal comes to nothing."""
    withdrawals = [(w.message, w.by) for w in waited if isinstance(w.message, Withdrawal)]
    standing = [told for told, _ in withdrawals if _station_trouble(batch, life, told) is None]
    gone_at = min((max(told.happened_at, life.created_at) for told in standing), default=None)
    for waiting in waited:  # told before the push, so the push's own number is the one "told last"
        told = waiting.message
        if isinstance(told, WaybillTold) and (gone_at is None or max(told.happened_at, life.created_at) < gone_at):
            _apply_number(batch, life, told.waybill_no, told.happened_at, item.at, waiting.by)
    _pushed_number(batch, life, push.content, life.created_at, item)
    for withdrawal, by in withdrawals:
        _withdraw(batch, life, withdrawal, item.at, by)


def _routed(life: Life, route: Route | None) -> Route:
    if not prefix_fits(life.channel, life.logistics_no):
        return Route(DATA_CENTRE, "prefix", ())
    assert route is not None
    return route


def _route_data(route: Route) -> dict[str, Any]:
    data = {"station": route.station, "cause": route.cause, "candidates": list(route.candidates)}
    named = {"fragment": route.fragment, "passed": route.passed}
    return data | {key: value for key, value in named.items() if value}


def place_data(content: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """What the log keeps of how the place was understood; nothing when the words said it all."""
    kept = said(place)
    if place.adcode != (content.get("adcode") or None):
        kept["adcode"] = place.adcode
    return {"place": kept} if kept else {}


def _update(batch: Batch, item: Item, push: OrderPush, life: Life, route: Route | None) -> Refusal | None:
    refusal = renew(batch, item, life, push.content, route)
    if refusal is None:
        _pushed_number(batch, life, push.content, item.at, item)
    return refusal


def renew(
    batch: Batch,
    item: Item,
    life: Life,
    told: Mapping[str, Any],
    route: Route | None,
    caller: dict[str, Any] | None = None,
) -> Refusal | None:
    """CHAN-3: an update until anybody has accepted, failed or withdrawn; it counts from when it came.
    `caller`: what the log keeps of a caller's change (CHAN-8)."""
    view = life.view()
    missing = missing_fields(told)
    if missing:
        return refuse("bad_event", missing[0], "订单将变得不完整 / the order would be incomplete")
    if view.state in FINAL or life.ever_accepted:
        return refuse("order_already_accepted")
    first = life.versions[0].content
    stays = {key: first[key] for key in FIRST_KEYS if key in first}
    content = {key: value for key, value in told.items() if key not in FIRST_KEYS} | stays
    data: dict[str, Any] = {"content": content} | (caller or {})
    changed = {key for key in ROUTING_KEYS if content.get(key) != view.content.get(key)}
    if view.state is State.HELD:
        data["route"] = _route_data(_routed(life, route))
    elif changed:
        _moved(batch, item, life, route, data, bool(changed & set(PLACE_KEYS)))
    data |= place_data(content, batch.read(content, item.at))
    batch.log(life, Event("updated", item.at, item.at, item.by, data))
    return None


def _moved(
    batch: Batch, item: Item, life: Life, route: Route | None, data: dict[str, Any], place_changed: bool
) -> None:
    """Route again while the order lies where routing put it; elsewhere only the outside test is made anew."""
    last = life.assignments[-1]
    if last.cause == "routing" and life.view().routing_cause == "prefix":
        return  # it waits for a person, wherever the point moves
    if last.cause == "routing":
        assert route is not None
        data["route"] = _route_data(route)
        data["assign"] = route.station != last.station
        data["outside"] = False
    elif place_changed:
        data["outside"] = batch.outside(last.station, batch.read(data["content"], life.zero), item.at)


def _pushed_number(batch: Batch, life: Life, content: Mapping[str, Any], happened: datetime, item: Item) -> None:
    """A push is taken without a number that is impossible, in use (REPLAY fine print 3) or of another's stock. What our
    own people typed can be corrected as a station's number can (DO-9)."""
    number = content.get("waybill_no")
    if number:
        source = "station" if life.channel == STAFF else "channel"
        _apply_number(batch, life, number, happened, item.at, item.by, source)


def _apply_number(
    batch: Batch, life: Life, number: str, happened: datetime, at: datetime, by: str, source: str = "channel"
) -> Refusal | None:
    """A number for an online order, or why not. `by`: who told it, as `source`."""
    happened = max(min(happened, at), life.created_at)
    edition = batch.edition(life)
    if found := flaw(number, edition):
        return refuse("waybill_invalid", "waybill_no", words_of(found, edition))
    if batch.in_use(number, life):
        return refuse("waybill_in_use", "waybill_no")
    view = life.view()
    made_before = view.state is State.WITHDRAWN and life.withdrawal is not None and happened < life.withdrawal.at
    if view.state in FINAL and not made_before:
        return refuse("waybill_locked", "waybill_no")
    if life.versions[0].content["business_type"] != ONLINE_ORDER:
        return refuse("waybill_conflict", "waybill_no")
    new = life.number is None or life.number.waybill_no != number  # what it has is not tested again by a later holder
    if new and guard(number, edition, batch.known_of(number, life)) is Finding.ELSEWHERE:
        return refuse("waybill_elsewhere", "waybill_no")
    batch.number(life, number, source, happened, at, by)
    return None


def number_told(batch: Batch, item: Item) -> Refusal | None:
    """The channel tells a number; it waits for an unknown order (CHAN-6)."""
    told = item.what
    assert isinstance(told, WaybillTold)
    life = batch.find(Target(told.logistics_no, told.channel), item.at)
    if life is None:
        return _wait(batch, told.logistics_no, item)
    made = max(min(told.happened_at, item.at), life.created_at)
    if any((n.waybill_no, n.by, n.happened_at) == (told.waybill_no, "channel", made) for n in life.numbers):
        return None  # CHAN-6: a repeated message does nothing
    return _apply_number(batch, life, told.waybill_no, made, item.at, item.by)


def withdraw(batch: Batch, item: Item) -> Refusal | None:
    """A withdrawal; it waits for an unknown order (CHAN-6)."""
    told = item.what
    assert isinstance(told, Withdrawal)
    life = batch.told_of(told, item.at)
    if life is None:
        return _wait(batch, told.alias or told.logistics_no, item)
    return _withdraw(batch, life, told, item.at, item.by)


def _withdraw(batch: Batch, life: Life, told: Withdrawal, at: datetime, by: str) -> Refusal | None:
    """CHAN-6: refused after a confirmation or a failure; else the earlier of withdrawal and pickup scan stands."""
    happened = max(min(told.happened_at, at), life.created_at)
    data = {"origin": told.origin, "reason": told.reason, "station": told.station}
    if told.code is not None:
        data["code"] = told.code
    if any(e.kind == "withdrawn" and (e.happened_at, e.data) == (happened, data) for e in life.events):
        return None  # CHAN-6: a repeated message does nothing, though an earlier one stands by now
    if trouble := _station_trouble(batch, life, told):
        return trouble
    view = life.view()
    if life.failed is not None:
        _heard_after_failure(batch, life, told, happened, at, by)
        return refuse("already_closed")
    if view.state is State.PICKED_UP and (life.confirmed_at is not None or happened >= _first_scan(life)):
        return refuse("already_picked_up")
    if view.state is State.WITHDRAWN and life.withdrawal is not None and happened >= life.withdrawal.at:
        return refuse("already_closed")
    batch.log(life, Event("withdrawn", happened, at, by, data))
    return None


def _heard_after_failure(batch: Batch, life: Life, told: Withdrawal, happened: datetime, at: datetime, by: str) -> None:
    """VIO-2: the channel's coded reason is kept beside a failure for "customer cancelled", though the withdrawal comes
    too late; each code once."""
    if told.code is None or life.failed is None or life.failed.reason != CUSTOMER_CANCELLED:
        return
    if told.code not in life.said:
        batch.log(life, Event("channel_said", happened, at, by, {"code": told.code, "reason": told.reason}))


def _station_trouble(batch: Batch, life: Life, told: Withdrawal) -> Refusal | None:
    """A withdrawal of a station's own names the holder, or the level-1 station above it (DO-1)."""
    if told.origin != "station":
        return None
    if told.station is None or told.station not in batch.world.network.stations:
        return refuse("station_unknown", "station")
    return None if batch.holds(life, told.station) else refuse("not_holder", "station")


def _first_scan(life: Life) -> datetime:
    return life.matching_scans()[0]


def scan(batch: Batch, item: Item) -> Refusal | None:
    """A scan is kept whatever it belongs to; told twice it is there once (DO-4)."""
    told = item.what
    assert isinstance(told, Scan)
    if told.station not in batch.world.network.stations:
        return refuse("station_unknown", "station")
    scanned = Scan(told.waybill_no, told.station, min(told.scanned_at, item.at), told.operator)
    rows = batch.scans.setdefault(scanned.waybill_no, [])
    if any(r.scan.station == scanned.station and r.scan.scanned_at == scanned.scanned_at for r in rows):
        return None
    row = ScanRow(scanned, item.at, item.by, new=True)
    rows.append(row)
    owner = batch.owners.get(scanned.waybill_no)
    if owner is not None:
        batch.expire(owner, item.at)
        batch.scanned(owner, row, item.at)
    return None


def _wait(batch: Batch, number: str, item: Item) -> Refusal | None:
    """Keep a message for an order that is yet to come, once; a flood of them for one number is none (F-43)."""
    assert isinstance(item.what, Withdrawal | WaybillTold)
    told = replace(item.what, happened_at=min(item.what.happened_at, item.at))  # later than its telling: then
    waiting = batch.waiting.setdefault(number, [])
    if any(w.message == told for w in waiting):
        return None
    if len(waiting) >= MOST_WAITING:
        return refuse("bad_event", None, "等待该订单的消息过多 / too many messages wait for this order")
    waiting.append(Waiting(told, item.at, item.by))
    return None
