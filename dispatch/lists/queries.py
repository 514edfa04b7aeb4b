"""Lists of orders and the order page, within what an actor may see (ROLE-1). No query per row, keyset paging."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, or_, select, true, union

from basics.words import DATA_CENTRE, ClockKind, State
from channels.queries import told
from dispatch.lists.late.queries import TO_PICK_UP, late_accept, late_pickup
from people.access import Scope
from storage.row_security import behind_wall
from storage.sql import one_of
from storage.tables.dispatch import assignments, events, orders, scans, waybills
from storage.tables.geo import stations
from storage.tables.penalties import cases
from storage.tables.sla import clocks, violations

PAGE = 50
MOST_NUMBERS = 1_000  # DO-7: one pasted list
Cursor = tuple[datetime, int]  # sort key and id of the last row seen

o = orders.c


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list leaves out; empty: nothing. `withdrawal` is DO-6's `handled` or `not_handled`; `late_accept` and
    `late_pickup`: that clock is over at this instant, and nothing is done yet."""

    states: tuple[str, ...] = ()
    channel: str = ""
    business_type: str = ""
    online: bool | None = None
    station: str = ""
    created_from: datetime | None = None
    created_until: datetime | None = None  # exclusive
    withdrawal: str = ""
    adcode: str = ""
    late_accept: datetime | None = None
    late_pickup: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of `orders`, and where the next page begins; None on the last."""

    rows: Sequence[Row[Any]]
    following: Cursor | None


@dataclass(frozen=True, slots=True)
class OrderPage:
    """All that is known of one order (DO-7). Events and told are newest first; violations carry their case."""

    order: Row[Any]
    events: Sequence[Row[Any]]
    assignments: Sequence[Row[Any]]
    clocks: Sequence[Row[Any]]
    violations: Sequence[Row[Any]]
    scans: Sequence[Row[Any]]
    told: Sequence[Row[Any]]


NOTHING = Filters()
# DO-6: a station can handle only what it held, and need not handle what it withdrew itself.
_TO_HANDLE = and_(
    o.state == State.WITHDRAWN,
    o.withdrawal_origin != "station",
    o.station.is_not(None),
    o.station != DATA_CENTRE,
    o.withdrawal_handled_at.is_(None),
)


def visible(scope: Scope, few: bool = False) -> ColumnElement[bool]:
    """The condition on `orders` that `scope.holds` says of one order. `few`: see `one_of`."""
    if scope.everywhere:
        return true()
    if scope.province is not None:
        here = one_of(o.station, select(stations.c.code).where(stations.c.province == scope.province), few)
        return or_(here, and_(or_(o.station.is_(None), o.station == DATA_CENTRE), o.region == scope.province))
    return o.station.in_(scope.stations)


# ---- the desk -------------------------------------------------------------------------------------------------


def waiting(
    conn: Connection, scope: Scope, filters: Filters = NOTHING, after: Cursor | None = None, limit: int = PAGE
) -> Page:
    """Orders waiting for acceptance, least time left first; those already late lead, by assignment."""
    query = _select(scope, filters).where(o.state == State.WAITING)
    return _page(conn, query, func.coalesce(o.accept_due_at, o.assigned_at), after, limit)


def to_pick_up(
    conn: Connection, scope: Scope, filters: Filters = NOTHING, after: Cursor | None = None, limit: int = PAGE
) -> Page:
    """Accepted orders by pickup deadline; those already late lead, by creation."""
    query = _select(scope, filters).where(o.state.in_(TO_PICK_UP))
    return _page(conn, query, func.coalesce(o.pickup_due_at, o.created_at), after, limit)


def to_handle(
    conn: Connection, scope: Scope, filters: Filters = NOTHING, after: Cursor | None = None, limit: int = PAGE
) -> Page:
    """DO-6: withdrawals that their station did not cause and has not handled, oldest first; or the handled ones."""
    if filters.withdrawal == "handled":
        return _page(conn, _select(scope, filters), o.ended_at, after, limit, newest_first=True)
    return _page(conn, _select(scope, filters).where(_TO_HANDLE), o.ended_at, after, limit)


def desk_counts(conn: Connection, scope: Scope) -> dict[str, int]:
    """How many orders are `waiting`, `to_pick_up` and `to_handle`; `asked`: a caller waits for an answer (CHAN-8)."""
    return desk_of(conn, scope)[0]


def desk_of(conn: Connection, scope: Scope) -> tuple[dict[str, int], list[str]]:
    """`desk_counts`, and the districts of what waits or is to be picked up, by code."""
    waits, picks = o.state == State.WAITING, o.state.in_(TO_PICK_UP)
    counted = [func.count().filter(one) for one in (waits, picks, _TO_HANDLE)]
    query = select(o.adcode, *counted, func.count(o.asked_at)).where(visible(scope), or_(waits, picks, _TO_HANDLE))
    rows = conn.execute(query.group_by(o.adcode)).all()
    names = ("waiting", "to_pick_up", "to_handle", "asked")
    counts = {name: sum(row[at] for row in rows) for at, name in enumerate(names, 1)}
    return counts, sorted(row[0] for row in rows if row[0] is not None and row[1] + row[2])


def holder_clocks(conn: Connection, ids: Collection[int]) -> dict[int, dict[str, Row[Any]]]:
    """Order -> kind -> clock of the present or last holder. Each holder has an accept clock, so it tells the last."""
    found: dict[int, dict[str, Row[Any]]] = {}
    query = select(clocks).where(clocks.c.order_id.in_(ids)).order_by(clocks.c.seq)
    for row in conn.execute(query):
        found.setdefault(row.order_id, {})[row.kind] = row
    for own in found.values():
        last = own[ClockKind.ACCEPT].seq
        for kind in [kind for kind, row in own.items() if row.seq != last]:
            del own[kind]
    return found


# ---- other lists ----------------------------------------------------------------------------------------------


def listing(
    conn: Connection, scope: Scope, filters: Filters = NOTHING, after: Cursor | None = None, limit: int = PAGE
) -> Page:
    """All orders, newest creation first."""
    return _page(conn, _select(scope, filters), o.created_at, after, limit, newest_first=True)


def unscanned(
    conn: Connection, scope: Scope, filters: Filters = NOTHING, after: Cursor | None = None, limit: int = PAGE
) -> Page:
    """DO-5: accepted or confirmed orders whose waybill has no matching scan, by order time. A scan matches when it was
    made at the house that held the order then (DO-4), whoever holds it now; the data centre is no house."""
    held, holder, scanner = assignments.c, stations.alias("holder"), stations.alias("scanner")
    matching = exists().where(
        scans.c.waybill_no == o.waybill_no,
        held.order_id == o.id,
        held.started_at <= scans.c.scanned_at,
        or_(held.ended_at.is_(None), scans.c.scanned_at < held.ended_at),
        holder.c.code == held.station,
        scanner.c.code == scans.c.station,
        func.coalesce(scanner.c.parent, scanner.c.code) == func.coalesce(holder.c.parent, holder.c.code),
    )
    query = _select(scope, filters).where(
        o.state.in_((*TO_PICK_UP, State.PICKED_UP)), o.waybill_no.is_not(None), ~matching
    )
    return _page(conn, query, o.created_at, after, limit)


def at_data_centre(
    conn: Connection, scope: Scope, filters: Filters = NOTHING, after: Cursor | None = None, limit: int = PAGE
) -> Page:
    """ROUTE-2: what no station is sure to serve, longest waiting first; `sent_by` and `sent_cause` say how it came."""
    last = assignments.c
    query = (
        _select(scope, filters)
        .join(assignments, and_(last.order_id == o.id, last.ended_at.is_(None)))
        .add_columns(last.cause.label("sent_cause"), last.by.label("sent_by"))
        .where(o.state == State.AT_DATA_CENTRE)
    )
    return _page(conn, query, o.assigned_at, after, limit)


def search(conn: Connection, scope: Scope, numbers: Collection[str]) -> Sequence[Row[Any]]:
    """DO-7: orders whose logistics or present waybill number is exactly one of `numbers`; newest first."""
    wanted, named = set(numbers), orders.alias("named")
    # Ids by either index first, then rows by id: an OR of the two makes PostgreSQL walk the whole table.
    ids = union(
        select(named.c.id).where(named.c.logistics_no.in_(wanted)),
        select(waybills.c.order_id).where(waybills.c.waybill_no.in_(wanted)),
    )
    query = _select(scope, NOTHING).where(o.id.in_(ids))
    return conn.execute(query.order_by(o.created_at.desc(), o.id.desc())).all()


def in_scope(conn: Connection, scope: Scope, ids: Collection[int]) -> dict[int, str]:
    """Those of `ids` that the scope holds, with their logistics number; the others do not exist for its actor."""
    query = select(o.id, o.logistics_no).where(o.id.in_(ids), visible(scope))
    with behind_wall(conn):
        return {row.id: row.logistics_no for row in conn.execute(query)}


def zero_of(conn: Connection, scope: Scope, order_id: int) -> datetime | None:
    """When the order's clocks begin, which says whose edition of the rulebook it goes by (CHAN-5); None: not there."""
    row = conn.execute(select(o.released_at, o.created_at).where(o.id == order_id, visible(scope))).one_or_none()
    return None if row is None else row.released_at or row.created_at


# ---- one order ------------------------------------------------------------------------------------------------


def order_page(conn: Connection, order_id: int, scope: Scope) -> OrderPage | None:
    """The order with its log, holders, clocks, violations, scans and outbox; None when the scope does not hold it."""
    with behind_wall(conn):
        order = conn.execute(select(orders).where(o.id == order_id, visible(scope))).one_or_none()
    if order is None:
        return None
    found = (
        select(violations, *_CASE)
        .join(cases, cases.c.violation_id == violations.c.id)
        .where(violations.c.order_id == order_id)
        .order_by(violations.c.happened_at, violations.c.id)
    )
    return OrderPage(
        order=order,
        events=_of(conn, select(events).order_by(events.c.seq.desc()), events.c.order_id, order_id),
        assignments=_of(conn, select(assignments).order_by(assignments.c.seq), assignments.c.order_id, order_id),
        clocks=_of(conn, select(clocks).order_by(clocks.c.seq, clocks.c.kind), clocks.c.order_id, order_id),
        violations=conn.execute(found).all(),
        scans=_of(conn, select(scans).order_by(scans.c.scanned_at), scans.c.waybill_no, order.waybill_no or ""),
        told=list(reversed(told(conn, [order_id]))),
    )


_CASE = (cases.c.state.label("case_state"), cases.c.decided_at, cases.c.decided_by, cases.c.reason)


def _of(conn: Connection, query: Select[Any], column: ColumnElement[Any], value: Any) -> Sequence[Row[Any]]:
    return conn.execute(query.where(column == value)).all()


# ---- pieces ---------------------------------------------------------------------------------------------------


def _select(scope: Scope, filters: Filters) -> Select[Any]:
    query = select(orders).where(visible(scope))
    equal: Mapping[Any, Any] = {
        o.channel: filters.channel,
        o.business_type: filters.business_type,
        o.station: filters.station,
        o.adcode: filters.adcode,
    }
    query = query.where(*(column == value for column, value in equal.items() if value))
    if filters.states:
        query = query.where(o.state.in_(filters.states))
    if filters.online is not None:
        query = query.where(o.online.is_(filters.online))
    for at, condition in (
        (filters.created_from, o.created_at.__ge__), (filters.created_until, o.created_at.__lt__),
        (filters.late_accept, late_accept), (filters.late_pickup, late_pickup),
    ):  # fmt: skip
        query = query if at is None else query.where(condition(at))
    if filters.withdrawal == "not_handled":
        query = query.where(_TO_HANDLE)
    elif filters.withdrawal == "handled":
        query = query.where(o.state == State.WITHDRAWN, o.withdrawal_handled_at.is_not(None))
    return query


def _page(
    conn: Connection,
    query: Select[Any],
    key: ColumnElement[Any],
    after: Cursor | None,
    limit: int,
    newest_first: bool = False,
) -> Page:
    """Keyset paging: one row more than asked for tells whether there is another page."""
    if after is not None:
        at, last = after
        beyond, behind = (key < at, o.id < last) if newest_first else (key > at, o.id > last)
        query = query.where(or_(beyond, and_(key == at, behind)))
    order_by = (key.desc(), o.id.desc()) if newest_first else (key, o.id)
    rows = conn.execute(query.add_columns(key.label("sort_key")).order_by(*order_by).limit(limit + 1)).all()
    if len(rows) <= limit:
        return Page(rows, None)
    last_shown = rows[limit - 1]
    return Page(rows[:limit], (last_shown.sort_key, last_shown.id))
