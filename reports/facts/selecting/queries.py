"""The statement behind each frame, one a frame: what the database joins, and what it alone can tell.

Each gives the columns of its RAW schema; `reports/facts/derive.py` makes the frame of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, Integer, Select, and_, case, exists, func, literal, or_, select

from basics.words import DATA_CENTRE, OWN_ACCOUNTS, CaseState, State
from reports.facts.columns.queries import INSTANT, Schema, flag, instant
from storage.tables import penalties as t
from storage.tables.dispatch import assignments, events, orders, scans
from storage.tables.geo import stations
from storage.tables.sla import clocks, violations

FAILED = (State.ACCEPT_FAILED, State.PICKUP_FAILED)
# DO-5: what has a number and should have been scanned.
TO_SCAN = (State.ACCEPTED, State.AWAITING_WAYBILL, State.PICKED_UP)
_OF: Schema = {
    "order_id": pl.Int64, "logistics_no": pl.String, "channel": pl.String, "region": pl.String, "station": pl.String,
}  # fmt: skip
RAW: dict[str, Schema] = {
    "orders": _OF | {
        "business_type": pl.String, "online": pl.Boolean, "adcode": pl.String, "state": pl.String,
        "routing_cause": pl.String, "created_at": INSTANT, "received_at": INSTANT, "assigned_at": INSTANT,
        "accepted_at": INSTANT, "confirmed_at": INSTANT, "picked_up_at": INSTANT, "ended_at": INSTANT,
        "promise_at": INSTANT, "withdrawal_origin": pl.String, "withdrawal_code": pl.String, "unscanned": pl.Boolean,
    },
    "clocks": _OF | {
        "seq": pl.Int64, "kind": pl.String, "verdict": pl.String, "starts_at": INSTANT, "due_at": INSTANT,
        "edition": pl.String,
    },
    "holdings": _OF | {
        "seq": pl.Int64, "cause": pl.String, "created_at": INSTANT, "started_at": INSTANT, "ended_at": INSTANT,
        "accepted_at": INSTANT, "misrouted": pl.Boolean,
    },
    "violations": _OF | {
        "violation_id": pl.Int64, "seq": pl.Int64, "kind": pl.String, "state": pl.String, "excuse": pl.String,
        "fine_fen": pl.Int64, "happened_at": INSTANT, "edition": pl.String, "decided_at": INSTANT,
        "reviewer": pl.String, "appealed": pl.Boolean, "created_at": INSTANT,
    },
    "money": _OF | {
        "posting_id": pl.Int64, "kind": pl.String, "rule": pl.String, "amount_fen": pl.Int64, "happened_at": INSTANT,
        "recorded_at": INSTANT, "month": pl.String, "violation_id": pl.Int64, "account": pl.String,
    },
    "failures": _OF | {
        "stage": pl.String, "reason": pl.String, "failed_at": INSTANT, "business_type": pl.String,
        "adcode": pl.String,
    },
}  # fmt: skip
STATIONS: Schema = {"station": pl.String, "house": pl.String, "province": pl.String, "duty": pl.String}
o, a, s = orders.c, assignments.c, stations.c


@dataclass(frozen=True, slots=True)
class Wanted:
    """Rows with their instant in [start, end), of these stations; None: without a bound."""

    start: datetime | None = None
    end: datetime | None = None
    stations: tuple[str, ...] | None = None

    def holds(self, at: ColumnElement[Any], station: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """As conditions. A held order is of no station."""
        found: list[ColumnElement[bool]] = []
        if self.start is not None:
            found.append(at >= self.start)
        if self.end is not None:
            found.append(at < self.end)
        if self.stations is not None:
            found.append(
                func.coalesce(station, "").in_(self.stations) if "" in self.stations else station.in_(self.stations)
            )
        return found


def network() -> Select[Any]:
    """Stations as they are in the network now."""
    return select(s.code, func.coalesce(s.parent, s.code), s.province, s.duty)


def statement(conn: Connection, frame: str, wanted: Wanted, columns: Sequence[str]) -> Select[Any]:
    """The query of a frame, of these columns of RAW. A join that none of them needs the database leaves out itself."""
    of = {
        "orders": _orders, "clocks": _clocks, "holdings": _holdings, "violations": _violations, "money": _money,
        "failures": _failures,
    }  # fmt: skip
    query = of[frame](conn, wanted)
    selected = dict(zip(RAW[frame], query.column_descriptions, strict=True))
    return query.with_only_columns(*(selected[name]["expr"] for name in columns))


def _order(station: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    return [o.id, o.logistics_no, o.channel, o.region, station]


def _orders(conn: Connection, wanted: Wanted) -> Select[Any]:
    asked = and_(True, *wanted.holds(o.created_at, o.station))
    matched, seen = _matched(), _seen(wanted)
    surely = and_(
        seen.c.waybill_no == o.waybill_no, seen.c.station == o.station, seen.c.last >= o.assigned_at,
        o.station.in_(select(s.code)),
    )  # fmt: skip
    to_scan = and_(o.state.in_(TO_SCAN), o.waybill_no.is_not(None), seen.c.waybill_no.is_(None))
    unscanned = case((to_scan, case((matched, 0), else_=1)), else_=0)
    times = (
        o.created_at, o.received_at, o.assigned_at, o.accepted_at, o.confirmed_at, o.picked_up_at, o.ended_at,
        o.promise_at,
    )  # fmt: skip
    return (
        select(
            *_order(o.station), o.business_type, flag(conn, o.online), o.adcode, o.state, o.routing_cause,
            *(instant(conn, at) for at in times), o.withdrawal_origin, _withdrawal_code(),
            unscanned,
        )
        .select_from(orders.outerjoin(seen, surely))
        .where(asked)
    )  # fmt: skip


def _withdrawal_code() -> ColumnElement[Any]:
    """Of the withdrawal that stands: an earlier one is told later, and takes the place of the one before (CHAN-6)."""
    e = events.c
    told = select(e.data["code"].as_string()).where(e.order_id == o.id, e.kind == "withdrawn")
    last = told.order_by(e.seq.desc()).limit(1).correlate(orders).scalar_subquery()
    return case((o.state == State.WITHDRAWN, last))


def _seen(wanted: Wanted) -> Any:
    """Who scanned a number last: mostly the station that has the order, which is known without asking for each."""
    c = scans.c
    query = select(c.waybill_no, c.station, func.max(c.scanned_at).label("last"))
    if wanted.start is not None:
        query = query.where(c.scanned_at >= wanted.start)  # not before the order was there
    if wanted.stations is not None:
        query = query.where(c.station.in_(wanted.stations))
    return query.group_by(c.waybill_no, c.station).subquery("seen")


def _matched() -> ColumnElement[bool]:
    """Of an order: it has a matching scan (DO-4), as the list of un-scanned orders has it: made at the house that held
    the order then."""
    holder, scanner = stations.alias("holder"), stations.alias("scanner")
    return (
        exists()
        .correlate(orders)
        .where(
            scans.c.waybill_no == o.waybill_no,
            a.order_id == o.id,
            a.started_at <= scans.c.scanned_at,
            or_(a.ended_at.is_(None), scans.c.scanned_at < a.ended_at),
            holder.c.code == a.station,
            scanner.c.code == scans.c.station,
            func.coalesce(scanner.c.parent, scanner.c.code) == func.coalesce(holder.c.parent, holder.c.code),
        )
    )


def _clocks(conn: Connection, wanted: Wanted) -> Select[Any]:
    c = clocks.c
    return (
        select(
            *_order(c.station), c.seq, c.kind, c.verdict, instant(conn, c.starts_at), instant(conn, c.due_at), c.edition
        )
        .join_from(clocks, orders, o.id == c.order_id)
        .where(*wanted.holds(c.due_at, c.station))
    )


def _holdings(conn: Connection, wanted: Wanted) -> Select[Any]:
    """`misrouted`: routing's last word was this station, and another one has the order now (dispatch/misrouting.py)."""
    later = assignments.alias("later")
    rerouted = exists().where(later.c.order_id == a.order_id, later.c.cause == "routing", later.c.seq > a.seq)
    passed_on = and_(
        a.cause == "routing", a.station != DATA_CENTRE, o.station.is_not(None), o.station != a.station,
        o.station != DATA_CENTRE,
    )  # fmt: skip
    misrouted = case((passed_on, case((rerouted, 0), else_=1)), else_=0)
    times = (o.created_at, a.started_at, a.ended_at, a.accepted_at)
    return (
        select(*_order(a.station), a.seq, a.cause, *(instant(conn, at) for at in times), misrouted)
        .join_from(assignments, orders, o.id == a.order_id)
        .where(*wanted.holds(a.started_at, a.station))
    )


def _violations(conn: Connection, wanted: Wanted) -> Select[Any]:
    v, c = violations.c, t.cases.c
    appealed = select(t.appeals.c.violation_id).distinct().subquery("appealed")
    return (
        select(
            *_order(v.station), v.id, v.seq, v.kind, c.state, v.excuse, v.fine_fen, instant(conn, v.happened_at),
            v.edition, instant(conn, c.decided_at), c.decided_by, flag(conn, appealed.c.violation_id.is_not(None)),
            instant(conn, o.created_at),
        )
        .join_from(violations, t.cases, c.violation_id == v.id)
        .join(orders, o.id == v.order_id)
        .outerjoin(appealed, appealed.c.violation_id == v.id)
        .where(c.state != CaseState.CLEARED, *wanted.holds(v.happened_at, v.station))
    )  # fmt: skip


def _money(conn: Connection, wanted: Wanted) -> Select[Any]:
    """Lines of stations' accounts; the other side of each posting is the network's own."""
    p, line, item = t.postings.c, t.lines.c, t.settlement_items.c
    kind = case(
        (item.kind.is_not(None), item.kind),
        (or_(p.request_id.is_not(None), p.violation_id.is_(None)), "other"),
        (p.key.endswith(":reversed"), "reversal"),
        else_="fine",
    )
    nothing = literal(0, Integer)
    return (
        select(
            func.coalesce(o.id, nothing), p.logistics_no, o.channel, literal(""), p.station, p.id, kind, p.rule,
            line.amount_fen, instant(conn, p.happened_at), instant(conn, p.recorded_at), p.month, p.violation_id,
            line.account,
        )
        .join_from(t.postings, t.lines, line.posting_id == p.id)
        .outerjoin(t.settlement_items, item.posting_id == p.id)
        .outerjoin(violations, violations.c.id == p.violation_id)
        .outerjoin(orders, o.id == violations.c.order_id)
        .where(line.account.not_in(sorted(OWN_ACCOUNTS)), *wanted.holds(p.happened_at, p.station))
    )  # fmt: skip


def _failures(conn: Connection, wanted: Wanted) -> Select[Any]:
    """A failure is final, so it is its order's last holder's, and there is one (DO-2)."""
    e = events.c
    created = [o.created_at < wanted.end] if wanted.end is not None else []  # of use to the index
    return (
        select(
            *_order(o.station), e.data["stage"].as_string(), e.data["reason"].as_string(), instant(conn, o.ended_at),
            o.business_type, o.adcode,
        )
        .join_from(orders, events, and_(e.order_id == o.id, e.kind == "failed"))
        .where(o.state.in_(FAILED), *created, *wanted.holds(o.ended_at, o.station))
    )  # fmt: skip
