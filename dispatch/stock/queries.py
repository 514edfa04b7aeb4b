"""Whose stock numbers lie in (WAYBILL-1), and scans that show what a slip of the hand meant (DO-5, DO-9)."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import String, Text

from basics.words import State
from dispatch.slips import meant_by
from dispatch.stock.blocks import Block
from geo.network import Network
from rulebook.book import Book, Edition
from storage.tables.dispatch import events, orders, scans, waybill_stock, waybills

s, o = waybill_stock.c, orders.c
CHUNK = 5_000  # numbers that one statement names


def issued_to(conn: Connection, numbers: Iterable[str]) -> dict[str, str]:
    """Number -> station in whose stock it lies; without those that no block holds.

    One statement, one step down an index for each number, however many blocks there are.
    """
    # Whatever is no number of digits lies in no block, and could compare as anything.
    asked = sorted({number for number in numbers if number.isascii() and number.isdigit() and len(number) <= 30})
    if not asked:
        return {}
    on_postgres = conn.dialect.name == "postgresql"
    found = conn.execute(_nearest(on_postgres), {"numbers": asked if on_postgres else json.dumps(asked)})
    return {row[0]: row[1] for row in found}


@cache
def _nearest(on_postgres: bool) -> Select[Any]:
    """(number, station) of the numbers in one parameter: the statement is the same for any number of them, and is made
    once, because every push with a number asks it."""
    if on_postgres:
        several = func.unnest(bindparam("numbers", type_=ARRAY(Text)))
        among = several.table_valued("value", name="asked").render_derived()
    else:
        among = func.json_each(bindparam("numbers", type_=Text)).table_valued("value", name="asked")
    value = type_coerce(among.c.value, String)
    before = waybill_stock.alias("before")
    nearest = (
        select(before.c.id)
        .where(
            before.c.first <= value,
            func.length(before.c.first) == func.length(value),
            before.c.withdrawn_at.is_(None),
        )
        .order_by(before.c.first.desc())
        .limit(1)
        .correlate(among)
        .scalar_subquery()
    )
    return select(value, s.station).select_from(among).join(waybill_stock, s.id == nearest).where(s.last >= value)


def with_stock(conn: Connection, stations: Collection[str]) -> set[str]:
    """Those of the stations that have a block of their own."""
    query = select(s.station).where(s.station.in_(stations), s.withdrawn_at.is_(None))
    return set(conn.scalars(query.distinct()))


def touching(conn: Connection, blocks: Sequence[Block]) -> list[Block]:
    """The stored blocks from the first to the last of these, without withdrawn ones."""
    if not blocks:
        return []
    query = select(s.station, s.first, s.last).where(
        s.last >= min(block.first for block in blocks),
        s.first <= max(block.last for block in blocks),
        s.withdrawn_at.is_(None),
    )
    return [Block(*row) for row in conn.execute(query)]


def listed(conn: Connection, station: str = "", withdrawn: bool = False) -> Sequence[Row[Any]]:
    """All blocks, or those of one station, by station and number; the withdrawn ones when they are asked for."""
    query = select(waybill_stock).order_by(s.station, s.first, s.id)
    query = query.where(s.withdrawn_at.is_not(None) if withdrawn else s.withdrawn_at.is_(None))
    return conn.execute(query.where(s.station == station) if station else query).all()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A scan that belongs to no order, one slip away from the number `typed`."""

    typed: str
    waybill_no: str
    station: str
    scanned_at: datetime


def likely_slips(
    conn: Connection, rows: Sequence[Row[Any]], network: Network, book: Book, now: datetime
) -> dict[int, Proposal]:
    """What was surely meant by the typed numbers of these rows of `orders`, by order id; a number by its first scan.

    Only where the station can still correct the number (DO-9). A scan counts if the holder's house made it, not before
    the order's creation: by it the corrected number matches (DO-4). Labels are consecutive, so that the next parcel's
    is a slip away too: nothing is said where a second scan or a second un-scanned number of the house is as near, or
    where the scan may be of an order that the house has accepted and that has no number yet. A page costs five
    statements; a row asks for 119 numbers at most (`slips.meant_by`), whatever the number of scans.
    """
    open_rows = _correctable(conn, rows, book, now)
    asked: dict[str, list[Row[Any]]] = {}
    for row in open_rows:
        for number in meant_by(row.waybill_no, book.at(row.released_at or row.created_at)):
            asked.setdefault(number, []).append(row)
    c = scans.c
    query = (
        select(c.waybill_no, c.station, c.scanned_at)
        .join(waybills, waybills.c.waybill_no == c.waybill_no, isouter=True)
        .where(waybills.c.order_id.is_(None))
        .order_by(c.scanned_at)
    )
    found: dict[int, dict[str, Proposal]] = {}
    for some in batches(asked):
        for number, station, at in conn.execute(query.where(c.waybill_no.in_(some))):
            for row in asked[number]:
                if _house(network, station) == _house(network, row.station) and at >= row.created_at:
                    found.setdefault(row.id, {}).setdefault(number, Proposal(row.waybill_no, number, station, at))
    single = {order_id: one for order_id, scanned in found.items() if len(scanned) == 1 for one in scanned.values()}
    return _unrivalled(conn, single, network, book.at(now))


def _unrivalled(
    conn: Connection, meant: Mapping[int, Proposal], network: Network, edition: Edition
) -> dict[int, Proposal]:
    """Those whose scan can be of no other order of the house: none without a number, none with one as near."""
    if not meant:
        return {}
    houses = {_house(network, one.station) for one in meant.values()}
    stations = [code for code, house in network.house_of.items() if house in houses]
    bare = select(o.station, func.min(o.created_at)).where(
        o.station.in_(stations), o.state.in_((State.ACCEPTED, State.AWAITING_WAYBILL)), o.waybill_no.is_(None)
    )
    since: dict[str, datetime] = {}  # house -> creation of its oldest order without a number
    for station, created in conn.execute(bare.group_by(o.station)):
        house = _house(network, station)
        since[house] = min(created, since.get(house, created))
    near = {number for one in meant.values() for number in meant_by(one.waybill_no, edition)}
    query = (
        select(waybills.c.waybill_no, o.station)
        .join(orders, o.id == waybills.c.order_id)
        .join(scans, scans.c.waybill_no == waybills.c.waybill_no, isouter=True)
        .where(scans.c.id.is_(None))
    )
    unscanned: set[tuple[str, str]] = set()
    for some in batches(near):
        found = conn.execute(query.where(waybills.c.waybill_no.in_(some)))
        unscanned |= {(_house(network, station or ""), number) for number, station in found}

    def alone(one: Proposal) -> bool:
        house, others = _house(network, one.station), meant_by(one.waybill_no, edition) - {one.typed}
        if house in since and one.scanned_at >= since[house]:
            return False
        return not any((house, number) in unscanned for number in others)

    return {order_id: one for order_id, one in meant.items() if alone(one)}


def _correctable(conn: Connection, rows: Sequence[Row[Any]], book: Book, now: datetime) -> list[Row[Any]]:
    typed = [row for row in rows if row.waybill_by == "station" and row.state in (State.ACCEPTED, State.PICKED_UP)]
    if not typed:
        return []
    e = events.c
    query = select(e.order_id, e.recorded_at, e.data).where(
        e.order_id.in_([row.id for row in typed]), e.kind == "numbered"
    )
    first: dict[int, datetime] = {}
    for order_id, at, data in conn.execute(query):
        if data["by"] == "station":
            first[order_id] = min(at, first.get(order_id, at))
    return [
        row for row in typed if now <= first[row.id] + book.at(row.released_at or row.created_at).waybill_correction
    ]


def _house(network: Network, station: str) -> str:
    return network.house_of.get(station, station)


def batches(numbers: Iterable[str]) -> list[list[str]]:
    """In order, and no more at a time than a statement may name."""
    ordered = sorted(numbers)
    return [ordered[at : at + CHUNK] for at in range(0, len(ordered), CHUNK)]
