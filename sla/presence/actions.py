"""Looks at the desk are noted, silences opened, told to the province once, and ended (DUTY-3)."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update

from geo.network import Network
from notify.actions import notify
from notify.messages import PROVINCE, Message
from rulebook.edition import Edition
from sla.presence.queries import able_since, open_silences, seen
from sla.silence import LOOK_AGAIN, duty_ends, silent_since
from sla.warnings.plan import CalendarOf
from storage.sql import insert_ignore
from storage.tables.sla import presence, silences

MOST_NAMED = 5  # stations in a message


def look(conn: Connection, stations: Collection[str], now: datetime) -> None:
    """These stations look at their desk; a silence of theirs ends. An older look than the one known changes nothing."""
    p, s = presence.c, silences.c
    _held(conn, stations)
    conn.execute(update(presence).where(p.station.in_(stations), p.seen_at < now).values(seen_at=now))
    insert_ignore(conn, presence, [{"station": one, "seen_at": now} for one in sorted(stations)], ["station"])
    over = (s.station.in_(stations), s.ended_at.is_(None), s.started_at <= now)
    conn.execute(update(silences).where(*over).values(ended_at=now))


def watch(conn: Connection, network: Network, edition: Edition, calendar: CalendarOf, now: datetime) -> int:
    """End silences whose duty is over, open those that have begun, tell each province once; how many are new.

    Stations that never looked are no case of silence: the screen lists them apart. Those that do not accept are never
    silent, and while our own console is away nobody can look. A look may be up to LOOK_AGAIN younger than it is noted.
    """
    _end(conn, edition, calendar, network, now)
    silent_already = {row.station for row in open_silences(conn)}
    able, away = able_since(conn, now)
    if away:
        return 0
    found: dict[str, datetime] = {}
    looked = seen(conn)
    for code, seen_at in looked.items():
        station = network.stations.get(code)
        if station is not None and station.accepts and code not in silent_already:
            since = silent_since(calendar(code, edition), seen_at + LOOK_AGAIN, edition.look_every, now, able)
            if since is not None:
                found[code] = since
    held = _held(conn, found)  # who has looked meanwhile is not silent, and who looks from here on comes after
    still = sorted(code for code in found if held.get(code) == looked[code])
    rows = [{"station": code, "started_at": found[code], "noticed_at": now} for code in still]
    new = insert_ignore(conn, silences, rows, ["station", "started_at"], ("station",))
    notify(conn, _messages([row.station for row in new], network, edition, calendar, now), now)
    return len(new)


def _held(conn: Connection, stations: Collection[str]) -> dict[str, datetime]:
    """When these stations last looked; their rows are held, in one order for all."""
    p = presence.c
    query = select(p.station, p.seen_at).where(p.station.in_(stations)).order_by(p.station).with_for_update()
    return {row.station: row.seen_at for row in conn.execute(query)}


def _end(conn: Connection, edition: Edition, calendar: CalendarOf, network: Network, now: datetime) -> None:
    """A silence ends with the duty in which it began, at the latest; and when the station accepts no more."""
    ended = []
    for row in open_silences(conn):
        station = network.stations.get(row.station)
        end = duty_ends(calendar(row.station, edition), row.started_at)
        if station is None or not station.accepts:
            end = min(end, now)
        if end <= now:
            ended.append({"b_id": row.id, "b_end": max(end, row.started_at)})
    s = silences.c
    statement = update(silences).where(s.id == bindparam("b_id"), s.ended_at.is_(None))
    if ended:
        conn.execute(statement.values(ended_at=bindparam("b_end")), ended)


def _messages(
    new: Sequence[str], network: Network, edition: Edition, calendar: CalendarOf, now: datetime
) -> list[Message]:
    """One a province."""
    provinces: dict[str, list[str]] = {}
    minutes = edition.look_every // timedelta(minutes=1)
    for code in sorted(new):
        provinces.setdefault(network.province(code), []).append(code)
    found = []
    for province, codes in provinces.items():
        named = "、".join(f"{network.stations[code].name} {code}" for code in codes[:MOST_NAMED])
        more = f"等 {len(codes)} 个网点" if len(codes) > MOST_NAMED else ""
        subject = f"{len(codes)} 个网点静默 / {len(codes)} silent stations"
        text = f"{named}{more}在班超过 {minutes} 分钟未查看接单台,请联系。/ On duty, no look at the desk."
        key = f"silent:{province}:{now.isoformat()}"
        until = min(duty_ends(calendar(code, edition), now) for code in codes)
        found.append(Message(key, (PROVINCE, province), "silent", subject, text, "/silent", until=until))
    return found
