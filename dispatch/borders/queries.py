"""Reads the border register, and what the data centre's desk shows of how an order came there (ROUTE-2, ROUTE-5)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, true

from basics.words import DATA_CENTRE
from dispatch.borders_rules import NEAR, box, metres, passed_on
from dispatch.places import key_of
from storage.tables.dispatch import assignments, border_entries, events
from storage.tables.geo import areas

PAGE = 50
MOST_NEAR, MOST_READ = 5, 200
Cursor = tuple[datetime, int]  # sort key and id of the last row seen
e = border_entries.c


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, and where the next page begins; None on the last."""

    rows: Sequence[Row[Any]]
    following: Cursor | None


@dataclass(frozen=True, slots=True)
class Passed:
    """A transfer: who gave the order to whom; `asked` is another than `to` where ROUTE-5 sent it to the data centre."""

    at: datetime
    station: str
    to: str
    asked: str
    remark: str


@dataclass(frozen=True, slots=True)
class Course:
    """How an order came to the data centre. `place`: what the log keeps of how its words were understood; `lay`: how
    long it lay there before this stay; `disputed`: a station passed it on since it is where it is."""

    place: Mapping[str, Any]
    passed: tuple[Passed, ...]
    lay: timedelta
    disputed: bool


def listed(
    conn: Connection, stations: Collection[str] | None, station: str, after: Cursor | None, limit: int = PAGE
) -> Page:
    """Entries that concern one of `stations` (None: all) and `station` (when not ""), the latest decision first."""
    query = select(border_entries).where(_concerns(conn, stations))
    if station:
        query = query.where(_concerns(conn, [station]))
    if after is not None:
        at, last = after
        query = query.where(or_(e.decided_at < at, and_(e.decided_at == at, e.id < last)))
    rows = conn.execute(query.order_by(e.decided_at.desc(), e.id.desc()).limit(limit + 1)).all()
    return Page(rows[:limit], (rows[limit - 1].decided_at, rows[limit - 1].id) if len(rows) > limit else None)


def _concerns(conn: Connection, stations: Collection[str] | None) -> ColumnElement[bool]:
    """Both sides see an entry: to whom the place belongs, and who had passed it on."""
    if stations is None:
        return true()
    each = func.jsonb_array_elements_text if conn.dialect.name == "postgresql" else func.json_each
    other = each(e.others).table_valued("value")
    return or_(e.station.in_(stations), select(other.c.value).where(other.c.value.in_(stations)).exists())


def near(
    conn: Connection, lng: float | None, lat: float | None, adcode: str | None, fragments: Sequence[str]
) -> list[Row[Any]]:
    """Decided entries within 200 m of the point, or of one of the fragments in the same district; the latest first."""
    alike: list[ColumnElement[bool]] = []
    if lng is not None and lat is not None:
        west, south, east, north = box(lng, lat)
        alike.append(and_(e.lat.between(south, north), e.lng.between(west, east)))
    if adcode and fragments:
        alike.append(and_(e.adcode == adcode, e.fragment.in_([one for one in fragments if one])))
    if not alike:
        return []
    query = select(border_entries).where(or_(*alike)).order_by(e.decided_at.desc(), e.id.desc())
    found = conn.execute(query.limit(MOST_READ)).all()
    named = {(adcode, one) for one in fragments if adcode}
    return [row for row in found if (row.adcode, row.fragment) in named or _within(row, lng, lat)][:MOST_NEAR]


def _within(row: Row[Any], lng: float | None, lat: float | None) -> bool:
    if lng is None or lat is None or row.lng is None or row.lat is None:
        return False
    return metres(lng, lat, row.lng, row.lat) <= NEAR


def courses(conn: Connection, orders: Collection[int]) -> dict[int, Course]:
    """How each of these orders came to lie at the data centre, from its log and its holders."""
    if not orders:
        return {}
    v, a = events.c, assignments.c
    kinds = ("created", "updated", "amended", "transferred")
    told = select(v.order_id, v.kind, v.happened_at, v.data).where(v.order_id.in_(orders), v.kind.in_(kinds))
    places: dict[int, Mapping[str, Any]] = {}
    acts: dict[tuple[int, datetime], Mapping[str, Any]] = {}
    keys: dict[int, tuple[Any, ...]] = {}
    moved: dict[int, datetime] = {}  # when the place last changed
    for order, kind, at, data in conn.execute(told.order_by(v.order_id, v.seq)):
        if kind == "transferred":
            acts[order, at] = data
        else:
            places[order], key = data.get("place") or {}, key_of(data["content"])
            if keys.setdefault(order, key) != key:
                keys[order], moved[order] = key, at
    holders: dict[int, list[Row[Any]]] = {}
    for row in conn.execute(select(assignments).where(a.order_id.in_(orders)).order_by(a.order_id, a.seq)):
        holders.setdefault(row.order_id, []).append(row)
    return {one: _course(holders.get(one, []), places.get(one, {}), acts, moved.get(one)) for one in orders}


def _course(
    holders: Sequence[Row[Any]],
    place: Mapping[str, Any],
    acts: Mapping[tuple[int, datetime], Mapping[str, Any]],
    moved: datetime | None,
) -> Course:
    """Who gave it away is the holder: the act may name the level-1 station above it (DO-1)."""
    passed = []
    for one, following in pairwise(holders):
        if following.cause == "transfer":
            act = acts.get((following.order_id, following.started_at), {})
            asked, remark = act.get("asked") or following.station, act.get("remark") or ""
            passed.append(Passed(following.started_at, one.station, following.station, asked, remark))
    stays = [one.ended_at - one.started_at for one in holders if one.station == DATA_CENTRE and one.ended_at]
    return Course(place, tuple(passed), sum(stays, timedelta()), bool(passed_on(holders, moved)))


def outlines(conn: Connection, stations: Collection[str], at: datetime) -> dict[str, list[bytes]]:
    """The service areas (GCJ-02, well-known binary) of these stations that were valid at that instant."""
    a = areas.c
    since = or_(a.valid_from.is_(None), a.valid_from <= at)
    until = or_(a.valid_until.is_(None), a.valid_until > at)
    query = select(a.station, a.wkb).where(a.station.in_(stations), since, until).order_by(a.station, a.id)
    found: dict[str, list[bytes]] = {}
    for station, wkb in conn.execute(query):
        found.setdefault(station, []).append(wkb)
    return found
