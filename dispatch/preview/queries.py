"""Reads the orders of the last weeks and says which of them a change of areas would have sent elsewhere."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from dispatch.places import read_place
from dispatch.rerouting import Hits, changed_hits, moves, redraw, touched
from dispatch.routing import Place, Route
from geo.addresses import Gazetteer
from geo.areas import Area
from geo.network import Network
from geo.service_areas.queries import present_areas
from rulebook.book import Book
from storage.tables.dispatch import orders

CHUNK = 10_000  # orders named in a statement
NOT_BY_PLACE = ("", "prefix")  # never routed; its number does not fit its channel (CHAN-1)


@dataclass(frozen=True, slots=True)
class Moved:
    """An order that routing would send elsewhere; point in GCJ-02, stations may be the data centre."""

    order_id: int
    logistics_no: str
    lng: float
    lat: float
    station_before: str
    cause_before: str
    station_after: str
    cause_after: str


@dataclass(frozen=True, slots=True)
class Preview:
    """`looked_at` orders had a point and were routed, `touched` of them in an old or new area of a station in question.

    Left out are orders never routed (held, or withdrawn before that) and those that wait for a person because of their
    number, wherever their point is.
    `pairs` counts all that move by (station before, station after); `moved` are the newest of them.
    """

    looked_at: int
    touched: int
    moved: Sequence[Moved]
    pairs: Counter[tuple[str, str]]


def preview(
    conn: Connection,
    network: Network,
    proposed: Mapping[str, Sequence[Area]],
    now: datetime,
    book: Book,
    days: int = 30,
    most: int = 200,
    gazetteer: Gazetteer | None = None,
) -> Preview:
    """What routing would do with the orders of the last `days` if the stations of `proposed` had these areas now.

    All else is as in the present network; closures and named places are those of each order's time. Without a
    gazetteer an address names nothing (see `read_place`). Whose orders one may see is the caller's business (ROLE-1).
    """
    o = orders.c
    since = now - timedelta(days=days)
    query = select(o.id, o.lng, o.lat).where(o.created_at >= since, o.created_at <= now, o.lng.is_not(None))
    rows = conn.execute(query.where(o.routing_cause.not_in(NOT_BY_PLACE)).order_by(o.id)).all()
    table = np.array([tuple(row) for row in rows], dtype=np.float64).reshape(-1, 3)
    redrawn = redraw(present_areas(conn, now, set(proposed)), proposed)
    which = touched(redrawn, table[:, 1:], now)
    hits = changed_hits(redrawn, network, table[which, 1:], now)
    differing = {int(table[k, 0]): pair for k, pair in zip(which.tolist(), hits, strict=True) if pair[0] != pair[1]}
    pairs: Counter[tuple[str, str]] = Counter()
    moved: list[Moved] = []
    for part in _batches(sorted(differing, reverse=True)):
        found = conn.execute(select(*_READ).where(o.id.in_(part)).order_by(o.id.desc())).all()
        for row, before, after in _moves(found, differing, network, book, gazetteer):
            pairs[before.station, after.station] += 1
            if len(moved) < most:
                moved.append(
                    Moved(
                        row.id, row.logistics_no, row.lng, row.lat,
                        before.station, before.cause, after.station, after.cause,
                    )
                )  # fmt: skip
    return Preview(len(rows), len(which), moved, pairs)


_READ = (orders.c.id, orders.c.logistics_no, orders.c.lng, orders.c.lat, orders.c.adcode, orders.c.created_at,
         orders.c.content)  # fmt: skip


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _moves(
    rows: Sequence[Any],
    hits: Mapping[int, tuple[Hits, Hits]],
    network: Network,
    book: Book,
    gazetteer: Gazetteer | None,
) -> Iterator[tuple[Any, Route, Route]]:
    """By the point alone first: only of what moves then the words are read, which may keep it where it is."""
    points = [Place(row.lng, row.lat, row.adcode) for row in rows]
    moving = moves(points, [hits[row.id] for row in rows], network, [row.created_at for row in rows])
    if gazetteer is None or not (network.named or network.shapes):
        yield from ((rows[k], before, after) for k, before, after in moving)
        return
    kept = [rows[k] for k, *_ in moving]
    places = [
        replace(read_place(row.content, book.at(row.created_at), gazetteer, network), lng=row.lng, lat=row.lat)
        for row in kept
    ]
    again = moves(places, [hits[row.id] for row in kept], network, [row.created_at for row in kept])
    yield from ((kept[k], before, after) for k, before, after in again)
