"""Writes named places: a person gives a fragment of a district to a station, or ends that. Nothing else writes them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, or_, select, update

from basics.refusal import Refusal
from geo.fragments import readable
from geo.naming.queries import find_named
from storage.locks import lock_names
from storage.sql import insert_ignore
from storage.tables.geo import named_places, network_version, stations

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
    lock_names(conn, [f"named place {naming.adcode} {naming.fragment}"])
    if typed and not readable(naming.fragment):
        return _refuse("place_unreadable", "fragment")
    accepts = conn.scalar(select(stations.c.accepts).where(stations.c.code == naming.station))
    if not accepts:
        return _refuse("station_unknown" if accepts is None else "station_not_accepting", "station")
    here = (n.adcode == naming.adcode, n.fragment == naming.fragment)
    still = or_(n.valid_until.is_(None), n.valid_until > now)
    if conn.scalar(select(n.id).where(*here, still, n.valid_from >= now)) is not None:
        return _refuse("place_named", "fragment")
    conn.execute(update(named_places).where(*here, still).values(valid_until=now))
    row = {
        "adcode": naming.adcode, "fragment": naming.fragment, "station": naming.station, "valid_from": now,
        "valid_until": None, "by": naming.by, "note": naming.note,
    }  # fmt: skip
    conn.execute(insert(named_places), [row])
    _count_up(conn, now)
    return None


def end_place(conn: Connection, place_id: int, until: datetime, now: datetime) -> Refusal | None:
    """It holds until then, now or later; what was judged by it stays (VIO-2)."""
    found = find_named(conn, place_id)
    if found is None:
        return _refuse("place_unknown")
    if until < now or until <= found.valid_from:
        return _refuse("end_too_early", "until")
    still = or_(n.valid_until.is_(None), n.valid_until > now)
    if conn.execute(update(named_places).where(n.id == place_id, still).values(valid_until=until)).rowcount == 0:
        return _refuse("place_ended")
    _count_up(conn, now)
    return None


def _count_up(conn: Connection, now: datetime) -> None:
    """Whoever holds the network in memory loads it again."""
    insert_ignore(conn, network_version, [{"id": 1, "version": 0, "changed_at": now}], ["id"])
    values = {"version": network_version.c.version + 1, "changed_at": now}
    conn.execute(update(network_version).values(values))


def _refuse(code: str, field: str | None = None) -> Refusal:
    return Refusal(code, WORDS[code], field)
