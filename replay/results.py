"""The result files of a replay (REPLAY.md, Results): depend on nothing but the inputs, byte for byte."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from basics.days import iso
from replay.driver import Rejected
from reports.queries import frames
from reports.weekly import COLUMNS as WEEKLY
from reports.weekly import weekly
from storage.tables.dispatch import assignments, orders
from storage.tables.penalties import appeals, cases, lines, postings, settlement_items, settlements
from storage.tables.sla import clocks, violations

HEADERS: dict[str, tuple[str, ...]] = {
    "orders.csv": (
        "logistics_no", "channel", "state", "station", "routing_cause", "waybill_no", "created_at", "accepted_at",
        "picked_up_at",
    ),
    "assignments.csv": ("logistics_no", "seq", "station", "started_at", "ended_at", "cause"),
    "clocks.csv": ("logistics_no", "seq", "kind", "starts_at", "due_at", "verdict"),
    "violations.csv": (
        "logistics_no", "seq", "station", "kind", "state", "happened_at", "edition", "excuse", "fine_fen",
    ),
    "appeals.csv": ("logistics_no", "station", "kind", "stage", "state", "opened_at", "closed_at"),
    "ledger.csv": ("key", "happened_at", "account", "amount_fen", "station", "logistics_no", "rule"),
    "settlement.csv": ("month", "station", "kind", "amount_fen", "why"),
    "weekly.csv": WEEKLY,
    "rejected.csv": ("line", "do", "code", "message"),
}  # fmt: skip
NUMBERS = frozenset({"seq", "line"})  # sort as numbers; everything else as text by code point


def write_results(conn: Connection, out: Path, rejected: Sequence[Rejected], edition: str) -> dict[str, Any]:
    """Write every result file into `out`; returns the summary."""
    out.mkdir(parents=True, exist_ok=True)
    rows: dict[str, Iterable[Sequence[Any]]] = {
        "orders.csv": _orders(conn),
        "assignments.csv": _assignments(conn),
        "clocks.csv": _clocks(conn),
        "violations.csv": _violations(conn),
        "appeals.csv": _appeals(conn),
        "ledger.csv": _ledger(conn),
        "settlement.csv": _settlement(conn),
        "weekly.csv": weekly(frames(conn)).iter_rows(),
        "rejected.csv": ((r.line, r.do, r.code, r.message) for r in rejected),
    }
    summary: dict[str, Any] = {"edition": edition}
    for name, header in HEADERS.items():
        table = sort_rows(header, ([_cell(value) for value in row] for row in rows[name]))
        (out / name).write_text(_csv(header, table), encoding="utf-8")
        summary[name] = len(table)
    (out / "summary.json").write_text(json.dumps(summary, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return summary


def sort_rows(header: Sequence[str], rows: Iterable[list[str]]) -> list[list[str]]:
    """By the columns from the left."""
    numeric = [name in NUMBERS for name in header]
    return sorted(rows, key=lambda row: [int(v) if n else v for v, n in zip(row, numeric, strict=True)])


def _cell(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else str(value)


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return file.getvalue()


def _orders(conn: Connection) -> Iterator[Sequence[Any]]:
    o = orders.c
    query = select(
        o.logistics_no, o.channel, o.state, o.station, o.routing_cause, o.waybill_no, o.created_at, o.accepted_at,
        o.picked_up_at,
    )  # fmt: skip
    for row in conn.execute(query):
        yield *row[:6], iso(row.created_at), iso(row.accepted_at), iso(row.picked_up_at)


def _assignments(conn: Connection) -> Iterator[Sequence[Any]]:
    a = assignments.c
    query = select(orders.c.logistics_no, a.seq, a.station, a.started_at, a.ended_at, a.cause).join_from(
        assignments, orders, orders.c.id == a.order_id
    )
    for row in conn.execute(query):
        yield *row[:3], iso(row.started_at), iso(row.ended_at), row.cause


def _clocks(conn: Connection) -> Iterator[Sequence[Any]]:
    c = clocks.c
    query = select(orders.c.logistics_no, c.seq, c.kind, c.starts_at, c.due_at, c.verdict).join_from(
        clocks, orders, orders.c.id == c.order_id
    )
    for row in conn.execute(query):
        yield *row[:3], iso(row.starts_at), iso(row.due_at), row.verdict


def _violations(conn: Connection) -> Iterator[Sequence[Any]]:
    v = violations.c
    query = (
        select(
            orders.c.logistics_no,
            v.seq,
            v.station,
            v.kind,
            cases.c.state,
            v.happened_at,
            v.edition,
            v.excuse,
            v.fine_fen,
        )
        .join_from(violations, orders, orders.c.id == v.order_id)
        .join(cases, cases.c.violation_id == v.id)
        .where(cases.c.state != "cleared")
    )
    for row in conn.execute(query):
        yield *row[:5], iso(row.happened_at), *row[6:]


def _appeals(conn: Connection) -> Iterator[Sequence[Any]]:
    a, v = appeals.c, violations.c
    query = (
        select(orders.c.logistics_no, a.station, v.kind, a.stage, a.state, a.opened_at, a.closed_at)
        .join_from(appeals, violations, v.id == a.violation_id)
        .join(orders, orders.c.id == v.order_id)
    )
    for row in conn.execute(query):
        yield *row[:5], iso(row.opened_at), iso(row.closed_at)


def _settlement(conn: Connection) -> Iterator[Sequence[Any]]:
    s, i = settlements.c, settlement_items.c
    query = select(s.month, s.number, i.station, i.kind, i.amount_fen, i.why).join_from(
        settlements, settlement_items, i.settlement_id == s.id
    )
    for row in conn.execute(query):
        kind = f"{row.kind}_difference" if row.number else row.kind  # of a month settled before (fine print 9)
        yield row.month, row.station, kind, row.amount_fen, row.why


def _ledger(conn: Connection) -> Iterator[Sequence[Any]]:
    p, n = postings.c, lines.c
    query = select(p.key, p.happened_at, n.account, n.amount_fen, p.station, p.logistics_no, p.rule).join_from(
        postings, lines, n.posting_id == p.id
    )
    for row in conn.execute(query):
        yield _key(row.key), iso(row.happened_at), *row[2:]


def _key(key: str) -> str:
    """Stored keys name the channel too: a live number is unique only within it; a replay's is unique as it is."""
    kind, _, rest = key.partition(":")
    return f"{kind}:{rest.partition('/')[2]}" if kind == "fine" else key
