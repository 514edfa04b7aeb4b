"""A caller's change or withdrawal (CHAN-8): at once until somebody has accepted, then with the holder's consent."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from basics.refusal import Refusal
from basics.words import DATA_CENTRE, FINAL, ClockKind, State, Verdict
from channels.messages import Withdrawal
from dispatch import intake, routing
from dispatch import lifecycle as steps
from dispatch.acts import allowed, held
from dispatch.batch import Batch
from dispatch.course import judge
from dispatch.facts import AnswerChange, AskChange, Event, Item
from dispatch.facts_of_life import Asked, window_end
from dispatch.life import Life
from dispatch.places import PLACE_KEYS
from dispatch.refusals import refuse
from dispatch.screening import missing_fields

CHANGE, WITHDRAWAL = "change", "withdrawal"
WANTS = (CHANGE, WITHDRAWAL)
PEOPLE = ("sender", "receiver")
WINDOW_KEYS = ("window_start", "window_end")


def merged(content: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """The content with these fields changed, as AskChange says."""
    changes = dict(fields)
    for person in PEOPLE:
        if isinstance(changes.get(person), Mapping):
            both = {**(content.get(person) or {}), **changes[person]}
            changes[person] = {key: value for key, value in both.items() if value is not None} or None
    return {key: value for key, value in {**content, **changes}.items() if value is not None}


def ask(batch: Batch, item: Item) -> Refusal | None:
    """What a caller wants. HQ holds what lies at the data centre, so that needs nobody else's consent."""
    act = item.what
    assert isinstance(act, AskChange)
    life = batch.find(act.target, item.at)
    if life is None:
        return refuse("order_unknown")
    view = life.view()
    if view.state in FINAL:
        return refuse("already_picked_up" if view.state is State.PICKED_UP else "already_closed")
    content = None
    if act.wants == CHANGE:
        content = merged(view.content, act.fields)
    if _for_hq(batch, life, act, content):
        return refuse("caller_to_hq")
    if content is not None and (refusal := _unfit(view.content, content, item.at)):
        return refusal
    if not life.ever_accepted or view.state is State.AT_DATA_CENTRE:
        return _at_once(batch, item, life, content, act.reason)
    if not allowed(life, steps.ASK):
        return refuse("not_allowed_in_state")
    waits, reason = view.asked, act.reason if content is None else ""
    if waits is not None and (waits.wants, waits.content, waits.reason) == (act.wants, content, reason):
        return refuse("already_asked")  # CHAN-6: the first stays
    data = {"wants": act.wants, **({"reason": reason} if content is None else {"content": content})}
    batch.log(life, Event("change_asked", item.at, item.at, item.by, data))
    return None


def _for_hq(batch: Batch, life: Life, act: AskChange, content: dict[str, Any] | None) -> bool:
    """Nobody moves or ends the clocks of his own house on a caller's word that only he has heard."""
    holder, house = life.view().station, batch.world.houses.house
    if not act.station or holder is None or house(act.station) != house(holder):
        return False
    before = life.view().content
    return content is None or any(content.get(key) != before.get(key) for key in WINDOW_KEYS)


def _at_once(batch: Batch, item: Item, life: Life, content: dict[str, Any] | None, reason: str) -> Refusal | None:
    """CHAN-3's update, or a withdrawal. Who accepted and then sent it to the data centre has no say any more."""
    if content is None:
        told = Withdrawal(life.channel, life.logistics_no, "sender", reason, item.at)
        return intake.withdraw(batch, replace(item, what=told))
    if life.ever_accepted:
        _amend(batch, item, life, content, {"station": DATA_CENTRE})
        return None
    [route] = routing.choose([batch.read(content, item.at)], batch.world.network, [item.at])
    said = {"caller": True} | _clock_stays(batch, life, content, item.at)
    return intake.renew(batch, item, life, content, route, said)


def answer(batch: Batch, item: Item) -> Refusal | None:
    """The holder, or the level-1 station above it (DO-1), agrees or declines; once."""
    act = item.what
    assert isinstance(act, AnswerChange)
    found = held(batch, item, act.station)
    if isinstance(found, Refusal):
        return found
    if not allowed(found, steps.AMEND):
        return refuse("not_allowed_in_state")
    asked = found.view().asked
    if asked is None:
        return refuse("nothing_asked")
    if act.ask is not None and act.ask != asked.seq:
        return refuse("ask_replaced")
    data = {"station": act.station, "remark": act.remark, "ask": asked.seq}
    if not act.agrees:
        batch.log(found, Event("change_declined", item.at, item.at, item.by, data))
        return None
    return _agree(batch, item, found, asked, data)


def _agree(batch: Batch, item: Item, life: Life, asked: Asked, data: dict[str, Any]) -> Refusal | None:
    """It takes effect at the instant of the consent. Who agrees to a withdrawal has handled it (DO-6)."""
    if asked.content is None:
        gone = {"origin": "sender", "reason": asked.reason, "station": None, "consent": data}
        batch.log(life, Event("withdrawn", item.at, item.at, item.by, gone))
        batch.log(life, Event("withdrawal_handled", item.at, item.at, item.by, {"station": data["station"]}))
        return None
    if refusal := _unfit(life.view().content, asked.content, item.at):
        return refusal
    _amend(batch, item, life, asked.content, data)
    return None


def _amend(batch: Batch, item: Item, life: Life, content: dict[str, Any], said: dict[str, Any]) -> None:
    """The holder stays, wherever the place moves."""
    view = life.view()
    place = batch.read(content, life.zero)
    data = {"content": content, **said, **_clock_stays(batch, life, content, item.at)}
    data |= intake.place_data(content, place)
    if view.station != DATA_CENTRE and any(content.get(key) != view.content.get(key) for key in PLACE_KEYS):
        data["outside"] = batch.outside(view.station or "", place, item.at)
    batch.log(life, Event("amended", item.at, item.at, item.by, data))


def _clock_stays(batch: Batch, life: Life, content: dict[str, Any], at: datetime) -> dict[str, Any]:
    """A deadline that was missed stays missed, whatever window comes after it (CLOCK-1)."""
    moved = window_end(content) != life.view().window_end
    return {"deadline_stays": True} if moved and _late(batch, life, at) else {}


def _late(batch: Batch, life: Life, at: datetime) -> bool:
    clocks = judge(life, batch.world, at).clocks
    return any(clock.kind == ClockKind.PICKUP and clock.verdict is Verdict.MISSED for clock in clocks)


def _unfit(before: Mapping[str, Any], content: dict[str, Any], at: datetime) -> Refusal | None:
    """Why this cannot be the order's content: nothing new, incomplete (CHAN-5), or a window that is over, which would
    make somebody late in the past."""
    if content == before:
        return refuse("nothing_to_change")
    if missing := missing_fields(content):
        return refuse("bad_event", missing[0], "订单将变得不完整 / the order would be incomplete")
    ends = window_end(content)
    if ends != window_end(dict(before)) and (ends is None or ends <= at):
        return refuse("window_over", "window_end")
    return None
