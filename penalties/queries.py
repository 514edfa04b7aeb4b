"""Reads cases and the ledger."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from penalties.ledger import Posting
from storage.tables import penalties as t
from storage.tables.sla import violations


def posting_of(conn: Connection, violation_ids: Sequence[int]) -> dict[int, Posting]:
    """The fine of each violation, as it was posted."""
    if not violation_ids:
        return {}
    query = (
        select(t.postings, t.lines.c.account, t.lines.c.amount_fen)
        .join(t.lines, t.lines.c.posting_id == t.postings.c.id)
        .where(t.postings.c.violation_id.in_(violation_ids), t.postings.c.key.like("fine:%"))
        .where(t.postings.c.key.not_like("%:reversed"))
        .order_by(t.postings.c.id, t.lines.c.account)
    )
    rows: dict[int, list[Row[Any]]] = {}
    for row in conn.execute(query):
        rows.setdefault(row.violation_id, []).append(row)
    return {vid: _posting(found) for vid, found in rows.items()}


def _posting(rows: Sequence[Row[Any]]) -> Posting:
    head = rows[0]
    lines = tuple((row.account, row.amount_fen) for row in rows)
    return Posting(
        head.key, head.happened_at, head.station, head.logistics_no, head.rule, head.edition, lines, head.violation_id,
        head.month,
    )  # fmt: skip


def open_suspicions(conn: Connection) -> list[int]:
    """Ids of the open suspicions that are not likely excused (REPLAY `review all`)."""
    v = violations.c
    query = (
        select(v.id).join(t.cases, t.cases.c.violation_id == v.id)
        .where(t.cases.c.state == "suspected", v.excuse == "").order_by(v.id)
    )  # fmt: skip
    return list(conn.execute(query).scalars())


def suspicions_on(conn: Connection, order_ids: Sequence[int], station: str, kind: str) -> list[int]:
    """Ids of the open suspicions of a station and kind on these orders."""
    v = violations.c
    query = (
        select(v.id).join(t.cases, t.cases.c.violation_id == v.id)
        .where(v.order_id.in_(order_ids), v.station == station, v.kind == kind, t.cases.c.state == "suspected")
        .order_by(v.id)
    )  # fmt: skip
    return list(conn.execute(query).scalars())
