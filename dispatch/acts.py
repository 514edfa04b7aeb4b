"""Acts of people, decided on the state at the moment they arrive (CHAN-6, DO-1..DO-3, DO-6, DO-9, ROUTE-3..ROUTE-5)."""

from datetime import datetime
from typing import Any

from basics.refusal import Refusal
from basics.steps import step
from basics.words import DATA_CENTRE, FINAL, ONLINE_ORDER, State
from dispatch import lifecycle as steps
from dispatch.batch import Batch
from dispatch.facts import Accept, Confirm, Dispatch, Event, Fail, HandleWithdrawal, Item, SupplyWaybill, Transfer
from dispatch.life import Life
from dispatch.refusals import refuse
from dispatch.waybills import Finding, flaw, guard, words_of
from dispatch.whereabouts import accepted_outside, inside_house
from sla.truth import OUT_OF_AREA


def accept(batch: Batch, item: Item) -> Refusal | None:
    """DO-1: the holder, or the level-1 station above it, accepts a waiting order."""
    act = item.what
    assert isinstance(act, Accept)
    found = held(batch, item, act.station)
    if isinstance(found, Refusal):
        return found
    unnumbered = found.versions[0].content["business_type"] == ONLINE_ORDER and found.number is None
    if not allowed(found, steps.ACCEPT_UNNUMBERED if unnumbered else steps.ACCEPT):
        return refuse("not_allowed_in_state")
    data = {"station": act.station, **accepted_outside(batch, found, item.at)}
    batch.log(found, Event("accepted", item.at, item.at, item.by, data))
    return None


def fail(batch: Batch, item: Item) -> Refusal | None:
    """DO-2: failing acceptance or pickup, with a reason of the list; both are final."""
    act = item.what
    assert isinstance(act, Fail)
    found = held(batch, item, act.station)
    if isinstance(found, Refusal):
        return found
    if not allowed(found, steps.FAIL_ACCEPT if act.stage == "accept" else steps.FAIL_PICKUP):
        return refuse("not_allowed_in_state")
    if act.reason not in batch.edition(found).reasons:
        return refuse("reason_unknown", "reason")
    data: dict[str, Any] = {"station": act.station, "stage": act.stage, "reason": act.reason, "detail": act.detail}
    if act.reason == OUT_OF_AREA:
        data["inside"] = inside_house(batch, found, item.at)
    batch.log(found, Event("failed", item.at, item.at, item.by, data))
    return None


def transfer(batch: Batch, item: Item) -> Refusal | None:
    """ROUTE-4, ROUTE-5: to another station; one that already held the order is answered by the data centre."""
    act = item.what
    assert isinstance(act, Transfer)
    found = held(batch, item, act.station, act.to)
    if isinstance(found, Refusal):
        return found
    if not allowed(found, steps.TO_DATA_CENTRE if act.to == DATA_CENTRE else steps.TRANSFER):
        return refuse("not_allowed_in_state")
    if refusal := _cannot_receive(batch, found, act.to):
        return refusal
    held_before = any(a.station == act.to for a in found.view().assignments)
    to = DATA_CENTRE if held_before else act.to
    data = {
        "station": act.station,
        "to": to,
        "asked": act.to,
        "remark": act.remark,
        **_outside(batch, found, to, item.at),
    }
    batch.log(found, Event("transferred", item.at, item.at, item.by, data))
    return None


def dispatch(batch: Batch, item: Item) -> Refusal | None:
    """ROUTE-3: HQ sends an order from the data centre to a station, a former holder too."""
    act = item.what
    assert isinstance(act, Dispatch)
    found = batch.find(act.target, item.at)
    if found is None:
        return refuse("order_unknown")
    if act.to != DATA_CENTRE and act.to not in batch.world.network.stations:
        return refuse("station_unknown", "to")
    if not allowed(found, steps.DISPATCH):
        return refuse("not_allowed_in_state" if found.view().state in FINAL else "not_at_data_centre")
    if refusal := _cannot_receive(batch, found, act.to):
        return refusal
    data = {"to": act.to, "operator": act.operator, **_outside(batch, found, act.to, item.at)}
    batch.log(found, Event("dispatched", item.at, item.at, item.by or act.operator, data))
    return None


def confirm(batch: Batch, item: Item) -> Refusal | None:
    """DO-3: the pickup confirmation; number and pickup are stored in one step."""
    act = item.what
    assert isinstance(act, Confirm)
    found = held(batch, item, act.station)
    if isinstance(found, Refusal):
        return found
    if not allowed(found, steps.CONFIRM):
        return refuse("not_allowed_in_state")
    number = found.number
    given = act.waybill_no
    if given is not None:
        if refusal := _unusable(batch, found, given):
            return refusal
        if number is not None and number.waybill_no != given:
            return refuse("waybill_conflict", "waybill_no", number.waybill_no)
    elif number is None or found.versions[0].content["business_type"] != ONLINE_ORDER:
        return refuse("waybill_required", "waybill_no")
    if number is None and given is not None:
        if refusal := _doubtful(batch, found, given, act.sure):
            return refusal
        batch.number(found, given, "station", item.at, item.at, item.by)
    batch.log(found, Event("confirmed", item.at, item.at, item.by, {"station": act.station}))
    return None


def supply_waybill(batch: Batch, item: Item) -> Refusal | None:
    """DO-9: a station supplies a missing number, or corrects a typed one before its first matching scan."""
    act = item.what
    assert isinstance(act, SupplyWaybill)
    # A replay names no station with a typed number: whoever holds the order typed it (REPLAY `waybill`).
    found = held(batch, item, act.station) if act.station else batch.find(act.target, item.at)
    if found is None:
        return refuse("order_unknown")
    if isinstance(found, Refusal):
        return found
    state, number = found.view().state, found.number
    closed = state in FINAL and state is not State.PICKED_UP
    if closed or (number is None and state not in (State.ACCEPTED, State.AWAITING_WAYBILL)):
        return refuse("not_allowed_in_state")
    if refusal := _unusable(batch, found, act.waybill_no):
        return refusal
    if number is not None and (_locked(batch, found, item.at) or number.waybill_no == act.waybill_no):
        return refuse("waybill_locked", "waybill_no")
    if refusal := _doubtful(batch, found, act.waybill_no, act.sure):
        return refusal
    batch.number(found, act.waybill_no, "station", item.at, item.at, item.by)
    return None


def handle_withdrawal(batch: Batch, item: Item) -> Refusal | None:
    """DO-6: the last holder takes note of a withdrawal that it did not cause, once."""
    act = item.what
    assert isinstance(act, HandleWithdrawal)
    found = held(batch, item, act.station)
    if isinstance(found, Refusal):
        return found
    withdrawal = found.withdrawal
    if found.view().state is not State.WITHDRAWN or withdrawal is None or withdrawal.origin == "station":
        return refuse("not_allowed_in_state")
    if found.handled_at is not None:
        return refuse("not_allowed_in_state")
    batch.log(found, Event("withdrawal_handled", item.at, item.at, item.by, {"station": act.station}))
    return None


def held(batch: Batch, item: Item, station: str, *named: str) -> Life | Refusal:
    """The order of an act, if `station` may act on it; refusals in REPLAY's order of codes."""
    found = batch.find(item.what.target, item.at)  # type: ignore[union-attr]
    if found is None:
        return refuse("order_unknown")
    stations = batch.world.network.stations
    if any(code not in stations and code != DATA_CENTRE for code in named):
        return refuse("station_unknown", "to")
    if station not in stations and station not in ("", DATA_CENTRE):
        return refuse("station_unknown", "station")
    if not batch.holds(found, station):
        return refuse("not_holder", "station")
    return found


def allowed(life: Life, act: str) -> bool:
    return step(steps.ORDER, life.view().state, act) is not None


def _outside(batch: Batch, life: Life, to: str, at: datetime) -> dict[str, Any]:
    """TRANSFER-1's test for the receiver. By every content told so far, too: an end told later may make the last
    ones fall away (REPLAY fine print 1)."""
    outside = batch.outside(to, batch.read(life.view().content, life.zero), at)
    if len(life.versions) == 1:
        return {"outside": outside}
    by_version = [batch.outside(to, batch.read(version.content, life.zero), at) for version in life.versions]
    return {"outside": outside, "by_version": by_version}


def _cannot_receive(batch: Batch, life: Life, to: str) -> Refusal | None:
    if to != DATA_CENTRE and not batch.world.network.stations[to].accepts:
        return refuse("station_not_accepting", "to")
    if to == life.view().station:
        return refuse("same_station", "to")
    return None


def _unusable(batch: Batch, life: Life, number: str) -> Refusal | None:
    edition = batch.edition(life)
    if found := flaw(number, edition):
        return refuse("waybill_invalid", "waybill_no", words_of(found, edition))
    if batch.in_use(number, life):
        return refuse("waybill_in_use", "waybill_no", _other_of_house(batch, life, number))
    return None


def _other_of_house(batch: Batch, life: Life, number: str) -> str:
    """Which order of the same house has the number, since one of the two was mistyped; of another house nothing."""
    other, house = batch.owners[number], batch.world.houses.house
    mine, others = life.view().station, other.view().station
    if mine in (None, DATA_CENTRE) or others in (None, DATA_CENTRE) or house(mine) != house(others):
        return ""
    return other.logistics_no


def _doubtful(batch: Batch, life: Life, number: str, sure: bool) -> Refusal | None:
    """WAYBILL-1: a new number of another station's stock, or entered once where nothing else can bear it out."""
    found = guard(number, batch.edition(life), batch.known_of(number, life))
    if found is Finding.ELSEWHERE:
        return refuse("waybill_elsewhere", "waybill_no")
    return refuse("waybill_again", "waybill_no") if found is Finding.UNSURE and not sure else None


def _locked(batch: Batch, life: Life, at: datetime) -> bool:
    """DO-9: a channel's number, one with a matching scan, or one first typed more than 24 h ago (no period anew)."""
    number = life.number
    if number is None or number.by == "channel" or life.matching_scans():
        return True
    first = min(n.given_at for n in life.numbers if n.by == "station")
    return at > first + batch.edition(life).waybill_correction
