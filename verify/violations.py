"""I-10: at most one violation of a kind for each assignment; one lateness is never V-ACCEPT and V-TRANSFER (VIO-1)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from basics.words import CaseState
from verify.finding import Finding
from verify.orders import OrderRow, key_of

SAME_LATENESS = frozenset({"V-ACCEPT", "V-TRANSFER"})
# News may turn one lateness into the other kind: what was held against the station before no longer stands.
STANDS = frozenset({CaseState.SUSPECTED.value, CaseState.CONFIRMED.value})


class ViolationRow(Protocol):
    """What is read of `violations` and their cases; `state` None where the case is missing."""

    seq: int
    kind: str
    happened_at: datetime
    state: str | None


def violation_findings(order: OrderRow, rows: Iterable[ViolationRow]) -> Iterator[Finding]:
    """One finding for each row too many."""
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
