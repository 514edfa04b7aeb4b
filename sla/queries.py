"""Reads clocks and violations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    exists,
    false,
    literal,
    not_,
    or_,
    select,
    true,
)

from basics.days import midnight
from basics.words import ClockKind, Verdict
from rulebook.book import Book
from sla.outages import Outage
from storage.sql import among
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


def stored_clocks(
    conn: Connection, order_ids: Sequence[int], names: Sequence[str]
) -> dict[tuple[int, int, str], tuple[Any, ...]]:
    """(order, seq, kind) -> these columns of the clock."""
    if not order_ids:
        return {}
    c = t.clocks.c
    query = select(c.order_id, c.seq, c.kind, *(c[name] for name in names)).where(c.order_id.in_(order_ids))
    return {tuple(row[:3]): tuple(row[3:]) for row in conn.execute(query)}


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


@dataclass(frozen=True, slots=True)
class Ripe:
    """A running clock that is past due. `known`: what was judged of it in advance holds, but for outages."""

    order_id: int
    station: str
    starts_at: datetime
    due_at: datetime
    known: bool


def ripe(conn: Connection, order_ids: Sequence[int], book: Book, now: datetime) -> list[Ripe]:
    """The clocks of locked orders that ran out before `now`.

    Not known: a clock that was never judged in advance, or of which a part is lost; one of an edition approved since;
    one whose violation is there already, for that has a case with a life of its own; a transfer after a V-ACCEPT,
    which it replaces (VIO-1).
    """
    c, v = t.clocks.c, t.violations.c
    there = exists().where(
        v.order_id == c.order_id,
        v.seq == c.seq,
        or_(v.kind == c.late_kind, and_(c.kind == ClockKind.TRANSFER, v.kind == "V-ACCEPT")),
    )
    whole = and_(c.late_fine_fen.is_not(None), c.late_excuse.is_not(None), c.late_evidence.is_not(None))
    foreseen = or_(c.late_kind == "", and_(whole, c.late_edition == _edition_at(c.due_at, book), not_(there)))
    known = and_(c.late_kind.is_not(None), foreseen)
    query = select(c.order_id, c.station, c.starts_at, c.due_at, case((known, true()), else_=false()))
    return [Ripe(*row) for row in conn.execute(query.where(past_due(conn, order_ids, now))).all()]


def past_due(conn: Connection, order_ids: Sequence[int], now: datetime) -> ColumnElement[bool]:
    """Of these orders the clocks that ran out before `now` and are still stored as running."""
    c = t.clocks.c
    return and_(among(conn, c.order_id, order_ids), c.verdict == Verdict.RUNNING, c.due_at < now)


def _edition_at(due_at: ColumnElement[datetime], book: Book) -> ColumnElement[str]:
    """`book.at(due_at).name`, in the database."""
    first, *later = book.editions
    since = [(due_at >= midnight(edition.effective), literal(edition.name)) for edition in reversed(later)]
    return case(*since, else_=literal(first.name)) if since else literal(first.name)


def outages_after(conn: Connection, since: datetime) -> list[tuple[Outage, datetime]]:
    """Outages that lasted beyond `since`, or still do, each with the instant when it was noticed."""
    o = t.outages.c
    query = select(o.source, o.started_at, o.ended_at, o.noticed_at)
    found = conn.execute(query.where(or_(o.ended_at.is_(None), o.ended_at > since)))
    return [(Outage(*row[:3]), row.noticed_at) for row in found]
