"""I-08 to I-10: violations against clocks and deeds. Each has its cause, each cause its violation, none twice."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from basics.words import CaseState, ClockKind, Verdict
from rulebook.book import Book
from verify.deadlines import ClockRow
from verify.deeds import deeds
from verify.finding import Finding, differs
from verify.log import Meaning
from verify.orders import OrderRow, key_of

KIND_OF = {
    ClockKind.ACCEPT.value: "V-ACCEPT",
    ClockKind.TRANSFER.value: "V-TRANSFER",
    ClockKind.PICKUP.value: "V-PICKUP",
}
DEED = "不实行为未记违规 / the log shows an untruth, and no violation"
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


@dataclass(frozen=True, slots=True)
class Cause:
    """What a violation rests on: `words` say it, `happened_at` and `station` are the violation's."""

    words: str
    happened_at: datetime
    station: str


def suspicion_findings(
    order: OrderRow, meaning: Meaning, clocks: Iterable[ClockRow], rows: Iterable[ViolationRow], book: Book
) -> Iterator[Finding]:
    """I-08, I-09: what stands against a station has its cause, and every cause has its violation (VIO-1, VIO-2).

    A decided one stays as it was reviewed, and one that a person dismissed or news overturned needs no cause.
    """
    causes = _causes(order, meaning, list(clocks), book)
    found = {(row.seq, row.kind): row for row in rows}
    for (seq, kind), cause in causes.items():
        row = found.get((seq, kind))
        if row is None or row.state == CaseState.CLEARED:
            yield Finding("I-09", "violations", key_of(order, seq, kind), cause.words)
        elif row.state == CaseState.SUSPECTED and (problem := _unlike(row, cause, book)):
            yield Finding("I-08", "violations", key_of(order, seq, kind), problem)
    for (seq, kind), row in found.items():
        if row.state in STANDS and (seq, kind) not in causes:
            yield Finding(
                "I-08", "violations", key_of(order, seq, kind), "没有依据 / no clock was missed, no deed done"
            )


def _causes(order: OrderRow, meaning: Meaning, clocks: Sequence[ClockRow], book: Book) -> dict[tuple[int, str], Cause]:
    """By assignment and kind. Late and to a wrong station is one V-TRANSFER, at the deadline (fine print 6)."""
    missed = {(clock.seq, clock.kind): clock for clock in clocks if clock.verdict == Verdict.MISSED}
    late = {seq for seq, kind in missed if kind == ClockKind.PICKUP}
    found = {(deed.seq, deed.kind): Cause(DEED, deed.at, deed.station) for deed in deeds(order, meaning, late)}
    return found | _latenesses(meaning, missed, book)


def _latenesses(
    meaning: Meaning, missed: Mapping[tuple[int, str], ClockRow], book: Book
) -> dict[tuple[int, str], Cause]:
    """Missed clocks and the violation that each is. Out of area and not accepted is V-TRANSFER alone; a confirmation in
    time that no scan bears out is not V-PICKUP (VIO-1)."""
    confirmed = meaning.confirmed_at
    found: dict[tuple[int, str], Cause] = {}
    for (seq, kind), clock in sorted(missed.items(), key=lambda pair: pair[1].due_at):
        violation = KIND_OF.get(kind) or _of_the_rulebook(clock, book)
        if kind == ClockKind.ACCEPT and (seq, ClockKind.TRANSFER) in missed:
            continue
        if kind == ClockKind.PICKUP and confirmed is not None and confirmed <= clock.due_at:
            continue
        if violation:
            words = f"超时未记违规 / missed, and no violation: {clock.kind} {clock.due_at.isoformat()}"
            found.setdefault((seq, violation), Cause(words, clock.due_at, clock.station))
    return found


def _of_the_rulebook(clock: ClockRow, book: Book) -> str:
    """The violation that missing an edition's own clock is; "" for one that costs nothing."""
    rule = book.named(clock.edition).clock_rules.get(clock.kind)
    return rule.violation if rule else ""


def _unlike(row: ViolationRow, cause: Cause, book: Book) -> str | None:
    edition = book.tariff(row.kind, cause.happened_at)
    pairs = (
        ("happened_at", row.happened_at, cause.happened_at),
        ("station", row.station, cause.station),
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
