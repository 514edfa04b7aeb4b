"""Open suspicions as their causes see them (VIO-4)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, literal, select

from basics.words import CaseState
from penalties.clusters import CHANNEL, DISPATCHER, EXCUSE, PLACE, STATION, Cause, Suspect, place_of
from penalties.lists.queries import Filters, narrowed, oldest
from storage.sql import among
from storage.tables.dispatch import assignments, orders
from storage.tables.penalties import cases
from storage.tables.sla import violations

LOOKED_AT = 20_000  # suspicions, the oldest ones: so many are read at a time

v, o = violations.c, orders.c
_COLUMNS: dict[str, ColumnElement[Any]] = {
    STATION: v.station, CHANNEL: o.channel, DISPATCHER: assignments.c.by, EXCUSE: v.excuse,
}  # fmt: skip


def suspects(conn: Connection, filters: Filters, limit: int = LOOKED_AT) -> list[Suspect]:
    """The oldest open suspicions."""
    return [_suspect(row) for row in conn.execute(_select().where(v.id.in_(oldest(filters, limit))))]


def suspects_of(conn: Connection, violation_ids: Sequence[int]) -> list[Suspect]:
    """These, whatever has become of them."""
    return [_suspect(row) for row in conn.execute(_select().where(among(conn, v.id, violation_ids)))]


def members(conn: Connection, filters: Filters, cause: Cause, limit: int = LOOKED_AT) -> list[Suspect]:
    """The oldest open suspicions of a cause; of a place among the oldest LOOKED_AT of all."""
    dimension = cause.scope or cause.dimension
    query = narrowed(_select(dimension == PLACE).where(cases.c.state == CaseState.SUSPECTED), filters)
    if dimension != PLACE:
        query = query.where(_COLUMNS[dimension] == cause.value)
    if cause.since is not None and cause.until is not None:
        query = query.where(v.happened_at >= cause.since, v.happened_at <= cause.until)
    rows = conn.execute(query.order_by(v.happened_at, v.id).limit(limit))
    return [one for one in map(_suspect, rows) if cause.holds(one)]


def _select(with_place: bool = True) -> Select[Any]:
    """Reading addresses is most of the work: left out where no place is asked for."""
    a, address = assignments.c, o.content["address"].as_string() if with_place else literal("")
    dispatched = and_(a.order_id == v.order_id, a.seq == v.seq, a.cause == "dispatch")
    return (
        select(
            v.id, v.kind, v.happened_at, v.station, v.house, o.channel, a.by, o.adcode,
            address.label("address"), v.edition, v.excuse, v.fine_fen,
        )
        .select_from(violations)
        .join(cases, cases.c.violation_id == v.id)
        .join(orders, o.id == v.order_id)
        .outerjoin(assignments, dispatched)
    )  # fmt: skip


def _suspect(row: Row[Any]) -> Suspect:
    return Suspect(
        row.id, row.kind, row.happened_at, row.station, row.house, row.channel, row.by or "",
        place_of(row.adcode, row.address), row.edition, row.excuse, row.fine_fen,
    )  # fmt: skip
