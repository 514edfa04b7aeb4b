"""Reads clocks and violations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from storage.tables import sla as t
from storage.tables.penalties import cases


@dataclass(frozen=True, slots=True)
class StoredViolation:
    """A violation as it is stored, with the state of its case."""

    id: int
    state: str
    station: str
    happened_at: datetime
    excuse: str
    evidence: Mapping[str, Any]

    def differs(self, row: Mapping[str, Any]) -> bool:
        """Whether a fresh judgement says something else."""
        return (self.station, self.happened_at, self.excuse, self.evidence) != (
            row["station"], row["happened_at"], row["excuse"], row["evidence"],
        )  # fmt: skip


def stored_clocks(conn: Connection, order_ids: Sequence[int]) -> dict[tuple[int, int, str], tuple[Any, ...]]:
    """(order, seq, kind) -> (station, starts_at, due_at, verdict, decided_by)."""
    if not order_ids:
        return {}
    c = t.clocks.c
    query = select(c.order_id, c.seq, c.kind, c.station, c.starts_at, c.due_at, c.verdict, c.decided_by)
    return {tuple(row[:3]): tuple(row[3:]) for row in conn.execute(query.where(c.order_id.in_(order_ids)))}


def stored_violations(conn: Connection, order_ids: Sequence[int]) -> dict[tuple[int, int, str], StoredViolation]:
    """(order, seq, kind) -> the violation. Locks the cases: a review at the same moment waits, or is waited for."""
    if not order_ids:
        return {}
    v = t.violations.c
    query = (
        select(v.order_id, v.seq, v.kind, v.id, cases.c.state, v.station, v.happened_at, v.excuse, v.evidence)
        .join(cases, cases.c.violation_id == v.id)
        .where(v.order_id.in_(order_ids))
        .order_by(v.id)
        .with_for_update(of=cases)
    )
    return {tuple(row[:3]): StoredViolation(*row[3:]) for row in conn.execute(query)}
