"""Reads what months look like: counts and sums that change whenever a fact of the month does.

An order's number of events pins everything that was judged from its log. Clocks, holdings and failures of a month can
be of orders of earlier months, so a mark names the months whose orders it pins. What arrives without an order's event
is counted: cases' steps, appeals, postings. The network is told by a digest: facts take their province from it as it is
now. A scan that comes late is counted by `scanned`, of the few orders that miss one.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, and_, case, func, or_, select

from basics.days import month_bounds
from reports.archive.layout import Mark, form
from storage.sql import among
from storage.tables.dispatch import assignments, orders, scans
from storage.tables.geo import stations
from storage.tables.penalties import appeals, cases, lines, postings
from storage.tables.sla import clocks, violations

Sums = dict[str, list[int]]


def marks(conn: Connection, wanted: Mapping[str, Sequence[str]]) -> dict[str, Mark]:
    """Month -> its mark; `wanted` says of each the months of the orders that it rests on."""
    if not wanted:
        return {}
    pinned = _orders(conn, sorted({month for some in wanted.values() for month in some}))
    of = {name: found(conn, list(wanted)) for name, found in _FOUND.items()}
    common = {"form": form(), "network": _network(conn)}
    return {
        month: common
        | {"orders": {one: pinned[one] for one in some}}
        | {name: sums[month] for name, sums in of.items()}
        for month, some in wanted.items()
    }


def running(mark: Mark) -> int:
    """Clocks of the month that are not decided yet."""
    return int(mark["clocks"][-1])


def span(conn: Connection, ids: Iterable[int]) -> list[datetime]:
    """When the first and the last of these orders were created; nothing for none."""
    created = orders.c.created_at
    row = conn.execute(select(func.min(created), func.max(created)).where(among(conn, orders.c.id, ids))).one()
    return [at for at in row if at is not None]


def scanned(conn: Connection, ids: Iterable[int]) -> list[int]:
    """Of these orders, one entry for each scan of their numbers, by whomever (DO-5)."""
    o, s = orders.c, scans.c
    query = select(o.id).join(scans, s.waybill_no == o.waybill_no).where(among(conn, o.id, ids))
    return list(conn.scalars(query))


def _month(column: Column[Any], months: Sequence[str]) -> tuple[ColumnElement[str], ColumnElement[bool]]:
    """The month of an instant, one of these; and whether it is in one of them."""
    within = [(and_(column >= start, column < end), month) for month in months for start, end in [month_bounds(month)]]
    return case(*within), or_(*(inside for inside, _ in within))


def _sums(
    conn: Connection, query: Select[*tuple[Any, ...]], at: Column[Any], months: Sequence[str], width: int
) -> Sums:
    """A query of sums, by month; zeros where nothing is found."""
    month, inside = _month(at, months)
    found = conn.execute(query.add_columns(month).where(inside).group_by(month))
    sums = {month: [0] * width for month in months}
    return sums | {row[-1]: [int(value or 0) for value in row[:-1]] for row in found}


def _if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _orders(conn: Connection, months: Sequence[str]) -> Sums:
    o = orders.c
    return _sums(conn, select(func.count(), func.sum(o.version)), o.created_at, months, 2)


def _clocks(conn: Connection, months: Sequence[str]) -> Sums:
    c = clocks.c
    running = _if(c.verdict == "running")
    return _sums(
        conn, select(func.count(), _if(c.verdict == "kept"), _if(c.verdict == "missed"), running), c.due_at, months, 4
    )


def _holdings(conn: Connection, months: Sequence[str]) -> Sums:
    a = assignments.c
    found = select(func.count(), func.count(a.accepted_at), func.count(a.ended_at))
    return _sums(conn, found, a.started_at, months, 3)


def _violations(conn: Connection, months: Sequence[str]) -> Sums:
    v, c = violations.c, cases.c
    found = select(func.count(), func.sum(v.fine_fen), _if(v.excuse != ""), func.sum(c.steps))
    joined = found.select_from(violations.outerjoin(cases, c.violation_id == v.id))
    return _sums(conn, joined, v.happened_at, months, 4)


def _appeals(conn: Connection, months: Sequence[str]) -> Sums:
    v, a = violations.c, appeals.c
    found = select(func.count()).select_from(appeals.join(violations, a.violation_id == v.id))
    return _sums(conn, found, v.happened_at, months, 1)


def _postings(conn: Connection, months: Sequence[str]) -> Sums:
    p = postings.c
    found = select(func.count(p.id.distinct()), func.max(p.seq), func.count(lines.c.account))
    return _sums(conn, found.select_from(postings.join(lines, lines.c.posting_id == p.id)), p.happened_at, months, 3)


def _network(conn: Connection) -> str:
    """A digest of every station with what facts take from it."""
    s = stations.c
    found = conn.execute(select(s.code, s.level, s.parent, s.province, s.duty).order_by(s.code))
    return sha256(json.dumps([list(row) for row in found], ensure_ascii=False).encode()).hexdigest()[:16]


_FOUND = {
    "clocks": _clocks, "holdings": _holdings, "violations": _violations, "appeals": _appeals, "postings": _postings,
}  # fmt: skip
