"""Writes of couriers and of who fetches what. Transactions are opened at the edge."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from basics.refusal import Refusal
from dispatch.lists.late.queries import TO_PICK_UP
from dispatch.refusals import refuse
from pickups.couriers.queries import going
from storage.locks import lock_names
from storage.sql import insert_ignore
from storage.tables.dispatch import orders
from storage.tables.pickups import courier_assignments, couriers

LONGEST_NAME = 40
WORDS = {
    "courier_unknown": "没有这个快递员 / No such courier",
    "courier_known": "本网点已有同名快递员 / The station has a courier of that name already",
    "courier_inactive": "该快递员已停用 / This courier carries no more",
    "courier_elsewhere": "该快递员不属于持有订单的网点 / The courier is not one of the station that holds the order",
    "name_required": "请填写姓名 / A name is required",
}


def add(conn: Connection, station: str, name: str) -> int | Refusal:
    """A new courier's id; or why not: one name stands for one person of a station."""
    if not name:
        return _refuse("name_required", "name")
    row = {"station": station, "name": name, "active": True}
    found = insert_ignore(conn, couriers, [row], ["station", "name"], ["id"])
    return found[0].id if found else _refuse("courier_known", "name")


def rename(conn: Connection, stations: Collection[str], courier: int, name: str) -> Refusal | None:
    """Another name for the same person: a slip, a marriage. What he fetched stays his."""
    if not name:
        return _refuse("name_required", "name")
    station = _station_of(conn, stations, courier)
    if station is None:
        return _refuse("courier_unknown")
    lock_names(conn, [f"couriers {station}"])
    c = couriers.c
    if conn.scalar(select(c.id).where(c.station == station, c.name == name, c.id != courier)) is not None:
        return _refuse("courier_known", "name")
    conn.execute(update(couriers).where(c.id == courier).values(name=name))
    return None


def set_active(conn: Connection, stations: Collection[str], courier: int, active: bool) -> Refusal | None:
    """Who carries no more gets no further order; what he has stays with him until somebody else is sent."""
    if _station_of(conn, stations, courier) is None:
        return _refuse("courier_unknown")
    conn.execute(update(couriers).where(couriers.c.id == courier).values(active=active))
    return None


def assign(
    conn: Connection, order_ids: Sequence[int], courier: int | None, by: str, now: datetime
) -> list[Refusal | None]:
    """Send a courier for these orders (None: nobody), an answer for each. Only one of the order's present holder, and
    only while it is to be picked up; who goes already is not sent twice."""
    o, a, c = orders.c, courier_assignments.c, couriers.c
    numbers = select(o.logistics_no).where(o.id.in_(order_ids))
    lock_names(conn, (f"order {number}" for number in conn.scalars(numbers)))
    columns = (o.id, o.state, o.station, o.assigned_at, going().label("courier"))
    found = {
        row.id: row for row in conn.execute(select(*columns).where(o.id.in_(order_ids)).with_for_update(of=orders))
    }
    who = conn.execute(select(couriers).where(c.id == courier)).one_or_none() if courier is not None else None
    answers = [_why_not(found.get(one), courier, who) for one in order_ids]
    told = [
        found[one] for one, answer in zip(order_ids, answers, strict=True) if answer is None
        and found[one].courier != courier
    ]  # fmt: skip
    last = select(a.order_id, func.max(a.seq)).where(a.order_id.in_([row.id for row in told])).group_by(a.order_id)
    seqs: dict[int, int] = {row[0]: row[1] for row in conn.execute(last)}
    rows = [
        {"order_id": row.id, "seq": seqs.get(row.id, 0) + 1, "courier_id": courier,
         "at": max(now, row.assigned_at or now), "by": by}
        for row in told
    ]  # fmt: skip
    if rows:
        conn.execute(courier_assignments.insert(), rows)
    return answers


def _why_not(row: Any, courier: int | None, who: Any) -> Refusal | None:
    if row is None:
        return refuse("order_unknown")
    if row.state not in TO_PICK_UP:
        return refuse("not_allowed_in_state")
    if courier is None:
        return None
    if who is None:
        return _refuse("courier_unknown", "courier")
    if who.station != row.station:
        return _refuse("courier_elsewhere", "courier")
    return None if who.active else _refuse("courier_inactive", "courier")


def _station_of(conn: Connection, stations: Collection[str], courier: int) -> str | None:
    c = couriers.c
    return conn.scalar(select(c.station).where(c.id == courier, c.station.in_(stations)))


def _refuse(code: str, field: str | None = None) -> Refusal:
    return Refusal(code, WORDS[code], field)
