"""Couriers, and which of them an order's present holder sends (DO-3)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, ScalarSelect, Select, case, func, select

from dispatch.lists.late.queries import TO_PICK_UP
from dispatch.lists.queries import visible
from people.access import Scope
from storage.tables.dispatch import orders
from storage.tables.pickups import courier_assignments, couriers

a, c, o = courier_assignments.c, couriers.c, orders.c


@dataclass(frozen=True, slots=True)
class Courier:
    """Who carries. `open`: the orders that he is to fetch now."""

    id: int
    station: str
    name: str
    active: bool
    open: int


def going() -> ScalarSelect[Any]:
    """The courier of the row of `orders` around it, None for none: the last word of its present holder. What a former
    holder said, or the same one before it had the order again, counts no more."""
    last = (
        select(case((c.station == o.station, a.courier_id)))
        .select_from(courier_assignments.outerjoin(couriers, c.id == a.courier_id))
        .where(a.order_id == o.id, a.at >= o.assigned_at)
        .order_by(a.seq.desc())
        .limit(1)
    )
    return last.correlate(orders).scalar_subquery()


def listed(conn: Connection, stations: Collection[str]) -> list[Courier]:
    """All couriers of these stations with what each is to fetch; those who carry no more come last."""
    fetched = going()
    here = select(fetched.label("courier"), func.count().label("open")).where(
        o.station.in_(stations), o.state.in_(TO_PICK_UP)
    )
    counts = {row.courier: row.open for row in conn.execute(here.group_by(fetched))}
    query = select(couriers).where(c.station.in_(stations)).order_by(c.station, c.active.desc(), c.name)
    return [Courier(row.id, row.station, row.name, row.active, counts.get(row.id, 0)) for row in conn.execute(query)]


def open_counts(conn: Connection, scope: Scope) -> dict[int | None, int]:
    """How many orders each courier is to fetch, None for those that nobody was sent for."""
    each = select(going().label("courier")).where(visible(scope), o.state.in_(TO_PICK_UP)).subquery()
    query = select(each.c.courier, func.count()).group_by(each.c.courier)
    return {row[0]: row[1] for row in conn.execute(query)}


def history(conn: Connection, order_id: int) -> Sequence[Row[Any]]:
    """Who was to fetch an order, newest first: `at`, `by`, `courier` (None: taken back), `station`."""
    query: Select[Any] = (
        select(a.at, a.by, c.name.label("courier"), c.station)
        .select_from(courier_assignments.outerjoin(couriers, c.id == a.courier_id))
        .where(a.order_id == order_id)
    )
    return conn.execute(query.order_by(a.seq.desc())).all()
