"""From missed clocks to suspected violations, dated at their deadline (V-ACCEPT, V-PICKUP, V-TRANSFER, VIO-1)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from basics.days import iso
from basics.words import ClockKind, Verdict
from rulebook.book import Book
from sla.clocks import Clock
from sla.course import Course, Holding
from sla.innocence import checks, excuse

KIND_OF = {ClockKind.ACCEPT: "V-ACCEPT", ClockKind.TRANSFER: "V-TRANSFER", ClockKind.PICKUP: "V-PICKUP"}


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


def suspicions_of(course: Course, clocks: list[Clock], book: Book) -> list[Suspicion]:
    """What the clocks and facts as they stand make of each holder."""
    holdings = {holding.seq: holding for holding in course.holdings}
    late_transfers = {clock.seq for clock in clocks if clock.kind is ClockKind.TRANSFER and _missed(clock)}
    found = []
    for clock in clocks:
        if not _missed(clock):
            continue
        if clock.kind is ClockKind.ACCEPT and clock.seq in late_transfers:
            continue  # VIO-1: out of area and neither accepted nor transferred is V-TRANSFER alone
        if clock.kind is ClockKind.PICKUP and _confirmed_in_time(course, clock):
            continue  # VIO-1: a confirmation in time that no scan bears out is V-FALSE-WAYBILL alone
        found.append(_suspicion(course, holdings[clock.seq], clock, book))
    return found


def _missed(clock: Clock) -> bool:
    return clock.verdict is Verdict.MISSED


def _confirmed_in_time(course: Course, clock: Clock) -> bool:
    confirmed = course.pickup.confirmed_at if course.pickup else None
    return confirmed is not None and confirmed <= clock.due_at


def _suspicion(course: Course, holding: Holding, clock: Clock, book: Book) -> Suspicion:
    edition = book.at(clock.due_at)
    kind = KIND_OF[clock.kind]
    first = holding.seq == 1 and holding.cause == "routing"
    from_creation = clock.starts_at == course.zero if clock.kind is ClockKind.PICKUP else first
    found = checks(course, holding, from_creation, clock.due_at, edition)
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
