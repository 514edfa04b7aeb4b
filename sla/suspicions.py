"""From missed clocks, dated at their deadline, and untruths, dated at the deed, to suspected violations (VIO-1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from basics.days import iso
from basics.words import ClockKind, Verdict
from rulebook.book import Book
from sla.clocks import Clock, violation_of
from sla.course import Course, Holding
from sla.innocence import Charge, checks, excuse
from sla.outages import OURS, Availability
from sla.truth import Untruth, may_be_wrong_accept, untruths_of

KIND_OF: dict[str, str] = {ClockKind.ACCEPT: "V-ACCEPT", ClockKind.TRANSFER: "V-TRANSFER", ClockKind.PICKUP: "V-PICKUP"}
RULE_OF: dict[str, str] = {"V-ACCEPT": "ACCEPT-1", "V-TRANSFER": "TRANSFER-1", "V-PICKUP": "PICKUP-1"}


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
    course: Course, clocks: Sequence[Clock], book: Book, availability: Availability | None, now: datetime
) -> list[Suspicion]:
    """What the clocks and facts as they stand make of each holder; at most one of a kind for each (VIO-1)."""
    holdings = {holding.seq: holding for holding in course.holdings}
    late_transfers = {clock.seq for clock in clocks if clock.kind == ClockKind.TRANSFER and _missed(clock)}
    found: dict[tuple[int, str], Suspicion] = {}
    for clock in sorted(clocks, key=lambda one: one.due_at):
        kind = _kind(clock)
        if not kind or not _missed(clock) or (clock.seq, kind) in found:
            continue
        if clock.kind == ClockKind.ACCEPT and clock.seq in late_transfers:
            continue  # VIO-1: out of area and neither accepted nor transferred is V-TRANSFER alone
        if clock.kind == ClockKind.PICKUP and _confirmed_in_time(course, clock):
            continue  # VIO-1: a confirmation in time that no scan bears out is V-FALSE-WAYBILL alone
        found[(clock.seq, kind)] = _suspicion(course, holdings[clock.seq], clock, book, availability)
    for deed in untruths_of(course, clocks, now):
        # Late and to a wrong station is one violation, at the deadline (REPLAY fine print 6).
        if (deed.holding.seq, deed.kind) not in found:
            found[(deed.holding.seq, deed.kind)] = _of_deed(course, deed, book, availability)
    return sorted(found.values(), key=lambda one: (one.seq, one.happened_at, one.kind))


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
    claims = [(clock.seq, _kind(clock)) for clock in clocks if clock.verdict in (Verdict.RUNNING, Verdict.MISSED)]
    found: dict[tuple[int, str], Suspicion | None] = {}
    for clock in clocks:
        if clock.verdict is not Verdict.RUNNING:
            continue
        transfer = transfers.get(clock.seq) if clock.kind == ClockKind.ACCEPT else None
        if transfer is not None and transfer.verdict in (Verdict.RUNNING, Verdict.MISSED):  # VIO-1, as above
            if transfer.due_at <= clock.due_at:
                found[(clock.seq, clock.kind)] = None
            continue
        kind = _kind(clock)
        if not kind:
            found[(clock.seq, clock.kind)] = None
        elif _away_still(course, clock, availability):
            continue
        elif not _brings_more(course, holdings[clock.seq], clock) and claims.count((clock.seq, kind)) == 1:
            found[(clock.seq, clock.kind)] = _suspicion(course, holdings[clock.seq], clock, book, availability)
    return found


def _kind(clock: Clock) -> str:
    return KIND_OF.get(clock.kind) or violation_of(clock)


def _brings_more(course: Course, holding: Holding, clock: Clock) -> bool:
    return clock.kind == ClockKind.PICKUP and may_be_wrong_accept(course, holding)


def _away_still(course: Course, clock: Clock, availability: Availability | None) -> bool:
    """An outage that has no end yet may be over in a moment, or turn out to be none."""
    return availability is not None and any(
        availability.goes_on(source, clock.due_at) for source in (OURS, course.channel)
    )


def _missed(clock: Clock) -> bool:
    return clock.verdict is Verdict.MISSED


def _confirmed_in_time(course: Course, clock: Clock) -> bool:
    confirmed = course.pickup.confirmed_at if course.pickup else None
    return confirmed is not None and confirmed <= clock.due_at


def _suspicion(
    course: Course, holding: Holding, clock: Clock, book: Book, availability: Availability | None
) -> Suspicion:
    kind = _kind(clock)
    from_creation = clock.trace.why in ("creation", "release")
    charge = Charge(kind, holding, clock.starts_at, clock.due_at, from_creation)
    evidence = {
        "rule": RULE_OF[kind] if clock.kind in KIND_OF else clock.trace.edition.rules[clock.trace.key],
        "assigned_at": iso(holding.started_at),
        "starts_at": iso(clock.starts_at),
        "due_at": iso(clock.due_at),
        "outside": holding.outside,
        "ended": {"how": course.ending.kind, "at": iso(course.ending.at)} if course.ending else None,
        "accepted_at": iso(holding.accepted_at),
    }
    if clock.kind not in KIND_OF:
        evidence["clock"] = clock.kind  # one of the edition's own
    return _charged(course, charge, evidence, book, availability)


def _of_deed(course: Course, deed: Untruth, book: Book, availability: Availability | None) -> Suspicion:
    charge = Charge(deed.kind, deed.holding, deed.happened_at, deed.happened_at)
    evidence = {"rule": "VIO-2", "assigned_at": iso(deed.holding.started_at), **deed.evidence}
    return _charged(course, charge, evidence, book, availability)


def _charged(
    course: Course, charge: Charge, evidence: dict[str, Any], book: Book, availability: Availability | None
) -> Suspicion:
    edition = book.tariff(charge.kind, charge.happened_at)
    found = checks(course, charge, book, availability)
    evidence["checks"] = [{"name": c.name, "outcome": c.outcome, "figures": c.figures} for c in found]
    return Suspicion(
        charge.holding.seq,
        charge.kind,
        charge.holding.station,
        charge.happened_at,
        edition.name,
        excuse(found),
        edition.fines[charge.kind],
        evidence,
    )
