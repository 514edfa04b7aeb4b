"""I-08 to I-10: violations against the clocks. Each has its cause, each cause its violation, none counts twice."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from basics.words import CaseState, ClockKind, Verdict
from rulebook.book import Book
from verify.deadlines import ClockRow
from verify.finding import Finding, differs
from verify.log import Meaning
from verify.orders import OrderRow, key_of

KIND_OF = {
    ClockKind.ACCEPT.value: "V-ACCEPT",
    ClockKind.TRANSFER.value: "V-TRANSFER",
    ClockKind.PICKUP.value: "V-PICKUP",
}
SAME_LATENESS = frozenset({"V-ACCEPT", "V-TRANSFER"})
# News may turn one lateness into the other kind: what was held against the station before no longer stands.
STANDS = frozenset({CaseState.SUSPECTED.value, CaseState.CONFIRMED.value})


class ViolationRow(Protocol):
    """What is read of `violations` and their cases; `state` None where the case is missing."""

    seq: int
    kind: str
    happened_at: datetime
    station: str
    edition: str
    fine_fen: int
    state: str | None


def suspicion_findings(
    order: OrderRow, meaning: Meaning, clocks: Iterable[ClockRow], rows: Iterable[ViolationRow], book: Book
) -> Iterator[Finding]:
    """I-08, I-09: what stands against a station is a missed clock, and every missed clock has its violation (VIO-1).

    A decided one stays as it was reviewed, and one that a person dismissed or news overturned needs no cause.
    """
    causes = _causes(meaning, clocks)
    found = {(row.seq, row.kind): row for row in rows}
    for (seq, kind), clock in causes.items():
        row = found.get((seq, kind))
        if row is None or row.state == CaseState.CLEARED:
            message = f"超时未记违规 / missed, and no violation: {clock.kind} {clock.due_at.isoformat()}"
            yield Finding("I-09", "violations", key_of(order, seq, kind), message)
        elif row.state == CaseState.SUSPECTED and (problem := _unlike(row, clock, book)):
            yield Finding("I-08", "violations", key_of(order, seq, kind), problem)
    for (seq, kind), row in found.items():
        if kind in KIND_OF.values() and row.state in STANDS and (seq, kind) not in causes:
            yield Finding("I-08", "violations", key_of(order, seq, kind), "没有对应的超时 / no clock was missed")


def _causes(meaning: Meaning, clocks: Iterable[ClockRow]) -> dict[tuple[int, str], ClockRow]:
    """Missed clocks by assignment and the violation that each is. Out of area and not accepted is V-TRANSFER alone;
    a confirmation in time that no scan bears out is not V-PICKUP (VIO-1)."""
    missed = {(clock.seq, clock.kind): clock for clock in clocks if clock.verdict == Verdict.MISSED}
    confirmed = meaning.confirmed_at
    return {
        (seq, KIND_OF[kind]): clock
        for (seq, kind), clock in missed.items()
        if not (kind == ClockKind.ACCEPT and (seq, ClockKind.TRANSFER) in missed)
        and not (kind == ClockKind.PICKUP and confirmed is not None and confirmed <= clock.due_at)
    }


def _unlike(row: ViolationRow, clock: ClockRow, book: Book) -> str | None:
    edition = book.at(clock.due_at)
    pairs = (
        ("happened_at", row.happened_at, clock.due_at),
        ("station", row.station, clock.station),
        ("edition", row.edition, edition.name),
        ("fine_fen", row.fine_fen, edition.fines[row.kind]),
    )
    return next((differs(*pair) for pair in pairs if pair[1] != pair[2]), None)


def violation_findings(order: OrderRow, rows: Iterable[ViolationRow]) -> Iterator[Finding]:
    """I-10: at most one violation of a kind for each assignment; one lateness is never V-ACCEPT and V-TRANSFER
    (VIO-1). One finding for each row too many."""
    kinds: set[tuple[int, str]] = set()
    latenesses: set[tuple[int, datetime]] = set()
    for row in rows:
        key = key_of(order, row.seq, row.kind)
        if (row.seq, row.kind) in kinds:
            yield Finding("I-10", "violations", key, "同一次派单同类违规重复 / twice of one kind in one assignment")
            continue
        kinds.add((row.seq, row.kind))
        if row.kind in SAME_LATENESS and row.state in STANDS:
            if (row.seq, row.happened_at) in latenesses:
                yield Finding("I-10", "violations", key, "同一延误记了两项 / V-ACCEPT and V-TRANSFER of one lateness")
            latenesses.add((row.seq, row.happened_at))
