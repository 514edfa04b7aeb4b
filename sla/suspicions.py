"""From missed clocks to suspected violations, dated at their deadline (V-ACCEPT, V-PICKUP, V-TRANSFER, VIO-1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from basics.days import iso
from basics.words import ClockKind, Verdict
from rulebook.book import Book
from sla.clocks import Clock
from sla.course import Course, Holding
from sla.innocence import Charge, checks, excuse
from sla.outages import Availability

KIND_OF: dict[str, str] = {ClockKind.ACCEPT: "V-ACCEPT", ClockKind.TRANSFER: "V-TRANSFER", ClockKind.PICKUP: "V-PICKUP"}


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One suspected violation of one assignment; `fine_fen` is the tariff of the edition in force when it happened."""

    seq: int
    kind: str
    station: str
    happened_at: datetime
    edition: str
    excuse: str
    fine_fen: int
    evidence: dict[str, Any]


def suspicions_of(
    course: Course, clocks: Sequence[Clock], book: Book, availability: Availability | None
) -> list[Suspicion]:
    """What the clocks and facts as they stand make of each holder."""
    holdings = {holding.seq: holding for holding in course.holdings}
    late_transfers = {clock.seq for clock in clocks if clock.kind == ClockKind.TRANSFER and _missed(clock)}
    found = []
    for clock in clocks:
        if not _missed(clock) or clock.kind not in KIND_OF:
            continue
        if clock.kind == ClockKind.ACCEPT and clock.seq in late_transfers:
            continue  # VIO-1: out of area and neither accepted nor transferred is V-TRANSFER alone
        if clock.kind == ClockKind.PICKUP and _confirmed_in_time(course, clock):
            continue  # VIO-1: a confirmation in time that no scan bears out is V-FALSE-WAYBILL alone
        found.append(_suspicion(course, holdings[clock.seq], clock, book, availability))
    return found


def prospects_of(
    course: Course, clocks: Sequence[Clock], book: Book, availability: Availability | None
) -> dict[tuple[int, str], Suspicion | None]:
    """What each running clock, by (seq, kind), will be suspected of if nothing comes before its deadline: a verdict is
    a function of facts and time, so it can be had in advance. None: of nothing. A clock that is left out needs the
    order to be judged in full when it is due."""
    if course.ending is not None:
        return {}
    holdings = {holding.seq: holding for holding in course.holdings}
    transfers = {clock.seq: clock for clock in clocks if clock.kind == ClockKind.TRANSFER}
    found: dict[tuple[int, str], Suspicion | None] = {}
    for clock in clocks:
        if clock.verdict is not Verdict.RUNNING:
            continue
        transfer = transfers.get(clock.seq) if clock.kind == ClockKind.ACCEPT else None
        if transfer is not None and transfer.verdict in (Verdict.RUNNING, Verdict.MISSED):  # VIO-1, as above
            if transfer.due_at <= clock.due_at:
                found[(clock.seq, clock.kind)] = None
            continue
        if clock.kind in KIND_OF:
            found[(clock.seq, clock.kind)] = _suspicion(course, holdings[clock.seq], clock, book, availability)
    return found


def _missed(clock: Clock) -> bool:
    return clock.verdict is Verdict.MISSED


def _confirmed_in_time(course: Course, clock: Clock) -> bool:
    confirmed = course.pickup.confirmed_at if course.pickup else None
    return confirmed is not None and confirmed <= clock.due_at


def _suspicion(
    course: Course, holding: Holding, clock: Clock, book: Book, availability: Availability | None
) -> Suspicion:
    edition = book.at(clock.due_at)
    kind = KIND_OF[clock.kind]
    first = holding.seq == 1 and holding.cause == "routing"
    from_creation = clock.starts_at == course.zero if clock.kind == ClockKind.PICKUP else first
    charge = Charge(kind, holding, clock.starts_at, clock.due_at, from_creation)
    found = checks(course, charge, book, availability)
    evidence = {
        "rule": {"V-ACCEPT": "ACCEPT-1", "V-TRANSFER": "TRANSFER-1", "V-PICKUP": "PICKUP-1"}[kind],
        "assigned_at": iso(holding.started_at),
        "starts_at": iso(clock.starts_at),
        "due_at": iso(clock.due_at),
        "outside": holding.outside,
        "ended": {"how": course.ending.kind, "at": iso(course.ending.at)} if course.ending else None,
        "accepted_at": iso(holding.accepted_at),
        "checks": [{"name": c.name, "outcome": c.outcome, "figures": c.figures} for c in found],
    }
    return Suspicion(
        clock.seq, kind, clock.station, clock.due_at, edition.name, excuse(found), edition.fines[kind], evidence
    )
