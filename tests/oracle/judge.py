"""Clocks and suspicions of one order, from its view alone (CLOCK-2, VIO-1, VIO-2, VIO-3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.oracle.clocks import DAY, duty_due, first_duty_instant, pickup_span
from tests.oracle.network import DATA_CENTRE, Network
from tests.oracle.orders import Assignment, View

Stop = tuple[datetime, bool] | None  # (when, whether it is the act the clock waits for)


@dataclass
class Clock:
    """One row of clocks.csv."""

    seq: int
    station: str
    kind: str
    starts: datetime
    due: datetime
    verdict: str
    from_creation: bool


@dataclass(frozen=True)
class Suspicion:
    """A violation as the facts stand; `excuse` is '' when no innocence check failed."""

    seq: int
    station: str
    kind: str
    happened: datetime
    excuse: str
    by_clock: bool


def clocks_of(view: View, network: Network, now: datetime) -> list[Clock]:
    """Every clock of the order, judged at `now`."""
    found: list[Clock] = []
    late_once = False
    for seq, held in enumerate(view.assignments, 1):
        if held.station == DATA_CENTRE:
            continue
        base = view.base or view.order.created
        first = seq == 1 and held.cause == "routing"  # a first routing that fell away makes no dispatch start earlier
        since = base if first else held.start
        starts = first_duty_instant(network, held.station, since)
        due = duty_due(network, held.station, since)
        at_creation = first and not view.released
        verdict = _verdict(due, _accept_stop(view, held), now, held, view)
        found.append(Clock(seq, held.station, "accept", starts, due, verdict, at_creation))
        if outside(network, held):
            verdict = _verdict(due, _transfer_stop(view, held), now, held, view)
            found.append(Clock(seq, held.station, "transfer", starts, due, verdict, at_creation))
        if not late_once:
            start, due = pickup_span(network, held.station, base, view.now_told.window_end, held.start)
            verdict = _pickup_verdict(view, held, due, now)
            late_once = verdict == "missed"
            from_creation = start == base and not view.released
            found.append(Clock(seq, held.station, "pickup", start, due, verdict, from_creation))
    return found


def outside(network: Network, held: Assignment) -> bool:
    """TRANSFER-1: the point is known and in no polygon of the holder or of its contracted areas."""
    return held.station != DATA_CENTRE and held.point is not None and not network.covers(held.station, held.point)


def falls_in(view: View, held: Assignment, when: datetime) -> bool:
    """Whether an instant belongs to an assignment: from its start up to, not including, the next one's."""
    return held.start <= when and (held.end is None or when < held.end)


def counts(view: View, when: datetime | None) -> bool:
    """Acts taken after the end count for no clock and no violation (fine print 1)."""
    return when is not None and (view.end is None or when <= view.end)


def _first(stops: Iterable[tuple[datetime | None, bool]]) -> Stop:
    """The earliest; of one instant the act that keeps the clock."""
    known = [(when, good) for when, good in stops if when is not None]
    return min(known, key=lambda stop: (stop[0], not stop[1])) if known else None


def _acts(view: View, held: Assignment) -> tuple[datetime | None, datetime | None, datetime | None]:
    """(accepted, transferred away, routed away), only what counts."""
    index = view.assignments.index(held)
    following = view.assignments[index + 1] if index + 1 < len(view.assignments) else None
    moved = held.end if counts(view, held.end) else None
    transferred = moved if following is not None and following.cause == "transfer" else None
    rerouted = moved if following is not None and following.cause == "routing" else None
    return (held.accepted if counts(view, held.accepted) else None), transferred, rerouted


def _ending(view: View, held: Assignment) -> datetime | None:
    """The order's end, if it falls in this assignment."""
    return view.end if view.end is not None and falls_in(view, held, view.end) else None


def _accept_stop(view: View, held: Assignment) -> Stop:
    accepted, transferred, rerouted = _acts(view, held)
    good_end = view.end_kind in ("picked_up", "failed")
    stops = [(accepted, True), (transferred, True), (rerouted, False), (_ending(view, held), good_end)]
    return _first(stops)


def _transfer_stop(view: View, held: Assignment) -> Stop:
    accepted, transferred, rerouted = _acts(view, held)
    return _first([(transferred, True), (accepted, False), (rerouted, False), (_ending(view, held), False)])


def _verdict(due: datetime, stop: Stop, now: datetime, held: Assignment, view: View) -> str:
    if view.end is not None and held.start > view.end:
        return "dropped"
    if stop is None:
        return "missed" if due < now else "running"
    when, good = stop
    if when > due:
        return "missed"
    return "kept" if good else "dropped"


def _pickup_verdict(view: View, held: Assignment, due: datetime, now: datetime) -> str:
    if view.unproved and view.confirmed is not None and falls_in(view, held, view.confirmed):
        return _unproved_verdict(view, view.confirmed, due, now)
    _, transferred, rerouted = _acts(view, held)
    good_end = view.end_kind == "picked_up"
    stops = [(transferred, False), (rerouted, False), (_ending(view, held), good_end)]
    return _verdict(due, _first(stops), now, held, view)


def _unproved_verdict(view: View, confirmed: datetime, due: datetime, now: datetime) -> str:
    """PICKUP-1: a confirmation that no scan bears out keeps the clock open for 24 h, and no longer."""
    if view.first_scan is not None:
        return "kept" if view.first_scan <= due else "missed"
    settled = due if confirmed > due else max(due, confirmed + DAY)
    return "missed" if settled < now else "running"


def suspicions_of(view: View, network: Network, now: datetime, others: list[View]) -> list[Suspicion]:
    """All that the facts say now; `others` are the views of all other orders (same sender again)."""
    clocks = {(c.seq, c.kind): c for c in clocks_of(view, network, now)}
    found: list[Suspicion] = []
    for seq, held in enumerate(view.assignments, 1):
        if held.station == DATA_CENTRE:
            continue
        by_clock = _by_clock(view, held, clocks, seq)
        by_deed = _by_deed(view, network, held, clocks, seq, now, others)
        for kind in sorted({*by_clock, *by_deed}):
            clock = by_clock.get(kind)
            happened = clock.due if clock is not None else by_deed[kind]
            excuse = ""
            if clock is not None and clock.from_creation and _pushed_late(view):
                excuse = "late_push"
            elif _misrouted(network, held):
                excuse = "misrouted"
            found.append(Suspicion(seq, held.station, kind, happened, excuse, clock is not None))
    return found


def _by_clock(view: View, held: Assignment, clocks: dict[tuple[int, str], Clock], seq: int) -> dict[str, Clock]:
    missed = {kind: c for (s, kind), c in clocks.items() if s == seq and c.verdict == "missed"}
    found: dict[str, Clock] = {}
    if "transfer" in missed:
        found["V-TRANSFER"] = missed["transfer"]
    elif "accept" in missed:
        found["V-ACCEPT"] = missed["accept"]
    if "pickup" in missed:
        clock, said = missed["pickup"], view.confirmed
        in_time = view.unproved and said is not None and falls_in(view, held, said) and said <= clock.due
        if not in_time:
            found["V-PICKUP"] = clock
    return found


def _by_deed(
    view: View, network: Network, held: Assignment, clocks: dict[tuple[int, str], Clock], seq: int,
    now: datetime, others: list[View],
) -> dict[str, datetime]:  # fmt: skip
    found: dict[str, datetime] = {}
    if held.failed is not None and _false_failure(view, network, held, others):
        found["V-FALSE-FAIL"] = held.failed.at
    said = view.confirmed
    if view.unproved and said is not None and falls_in(view, held, said) and said + DAY < now:
        found["V-FALSE-WAYBILL"] = said
    pickup = clocks.get((seq, "pickup"))
    if held.accepted is not None and counts(view, held.accepted) and held.point is not None:
        failed = held.failed is not None and held.failed.word == "pickup"
        if failed or (pickup is not None and pickup.verdict == "missed"):
            away = not network.covers(held.station, held.point)
            if away and network.another_covers(held.station, held.point):
                found["V-WRONG-ACCEPT"] = held.accepted
    _, transferred, _ = _acts(view, held)
    if transferred is not None and _wrong_target(view, network, held):
        found["V-TRANSFER"] = transferred
    return found


def _false_failure(view: View, network: Network, held: Assignment, others: list[View]) -> bool:
    assert held.failed is not None
    if held.failed.reason == "out_of_area":
        return held.point is not None and network.house_covers(held.station, held.point)
    if held.failed.reason != "customer_cancelled":
        return False
    phone, since = view.now_told.phone, held.failed.at
    return any(
        other.now_told.phone == phone and since < other.order.created <= since + DAY and other.state == "picked_up"
        for other in others
    )


def _wrong_target(view: View, network: Network, held: Assignment) -> bool:
    target = view.assignments[view.assignments.index(held) + 1]
    if target.station == DATA_CENTRE or held.point is None or network.covers(target.station, held.point):
        return False
    _, on, _ = _acts(view, target)
    out = target.failed is not None and target.failed.reason == "out_of_area"
    return on is not None or out


def _pushed_late(view: View) -> bool:
    return view.order.received - view.order.created > timedelta(minutes=2)


def _misrouted(network: Network, held: Assignment) -> bool:
    point = held.first_point
    return held.cause == "dispatch" and point is not None and not network.covers(held.station, point)
