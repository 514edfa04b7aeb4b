"""Writes named places: a person gives a fragment of a district to a station, or ends that. Nothing else writes them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from basics.refusal import Refusal
from geo.actions import count_up
from geo.fragments import readable
from geo.naming.queries import find_named
from storage.locks import lock_names
from storage.tables.geo import named_places, stations

n = named_places.c
WORDS = {
    "station_unknown": "没有这个网点 / no such station",
    "station_not_accepting": "该网点不接单 / the station does not accept orders",
    "place_unreadable": "系统在地址中读不出这个地名 / no address would be read as naming this place",
    "place_unknown": "没有这个地名归属 / no such named place",
    "place_ended": "该归属已终止 / it has ended already",
    "place_named": "该地名刚刚已归属网点,请刷新 / somebody has just named it",
    "end_too_early": "终止时间不能早于现在 / it cannot end in the past",
}


@dataclass(frozen=True, slots=True)
class Naming:
    """`fragment` of the district `adcode` belongs to `station` from now on; who says so and why."""

    adcode: str
    fragment: str
    station: str
    by: str
    note: str


def name_place(conn: Connection, naming: Naming, now: datetime, typed: bool = False) -> Refusal | None:
    """From `now` on the fragment is the station's; whose it was before, it is no more from that instant.

    `typed`: a person wrote the fragment, so that it may be one that no address is ever read as.
    """
    _lock(conn, naming.adcode, naming.fragment)
    if typed and not readable(naming.fragment):
        return _refuse("place_unreadable", "fragment")
    accepts = conn.scalar(select(stations.c.accepts).where(stations.c.code == naming.station))
    if not accepts:
        return _refuse("station_unknown" if accepts is None else "station_not_accepting", "station")
    here = (n.adcode == naming.adcode, n.fragment == naming.fragment)
    if (last := _last_word(conn, *here)) is not None and last >= now:
        return _refuse("place_named", "fragment")  # just now, or by a clock that goes before this one
    still = or_(n.valid_until.is_(None), n.valid_until > now)
    conn.execute(update(named_places).where(*here, still).values(valid_until=now))
    row = {
        "adcode": naming.adcode, "fragment": naming.fragment, "station": naming.station, "valid_from": now,
        "valid_until": None, "by": naming.by, "note": naming.note,
    }  # fmt: skip
    conn.execute(insert(named_places), [row])
    count_up(conn, now)
    return None


def end_place(conn: Connection, place_id: int, until: datetime | None, now: datetime) -> Refusal | None:
    """It holds until then, now (None) or later; what was judged by it stays (VIO-2).

    A place that somebody has named anew in the meantime has ended, whatever the clock here says.
    """
    asked = find_named(conn, place_id)
    if asked is None:
        return _refuse("place_unknown")
    _lock(conn, asked.adcode, asked.fragment)
    found = find_named(conn, place_id)  # as it is now that nobody else can write
    last = _last_word(conn, n.adcode == asked.adcode, n.fragment == asked.fragment)
    if found is None or last is None:
        return _refuse("place_unknown")
    if last > found.valid_from or (found.valid_until is not None and found.valid_until <= now):
        return _refuse("place_ended")
    until = until or now
    if until < now or until <= found.valid_from:
        return _refuse("end_too_early", "until")
    conn.execute(update(named_places).where(n.id == place_id).values(valid_until=until))
    count_up(conn, now)
    return None


def _lock(conn: Connection, adcode: str, fragment: str) -> None:
    lock_names(conn, [f"named place {adcode} {fragment}"])


def _last_word(conn: Connection, *here: ColumnElement[bool]) -> datetime | None:
    """When this fragment was given to a station last."""
    last: datetime | None = conn.scalar(select(func.max(n.valid_from)).where(*here))
    return last


def _refuse(code: str, field: str | None = None) -> Refusal:
    return Refusal(code, WORDS[code], field)
