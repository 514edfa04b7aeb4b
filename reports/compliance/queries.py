"""Makes the weekly report: of what was frozen, else as things stand now (NOTICE-1, SETTLE-2)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
from sqlalchemy import Connection, func, literal, select

from basics.days import week_bounds
from basics.words import DATA_CENTRE
from channels.registry import SOURCES
from geo.queries import stations_by_code
from geo.stations import Station
from reports.archive.queries import facts_of
from reports.compliance.changes import Change
from reports.compliance.document import Made, split, weekly_document, weeks_before
from reports.compliance.figures import Week, week_of
from reports.cube import LEVELS, Key, UnknownCell, figures, parse
from reports.facts.frames import AT, Facts
from reports.kinds import Asked, NoReport, Say
from reports.measures import weekly_measures
from reports.paper.document import Document
from reports.periods import bounds
from reports.silent import silent
from reports.snapshots import queries as snapshots
from reports.snapshots.parts import Damaged
from reports.snapshots.queries import Snapshot
from sla.presence.queries import silent_minutes
from storage.tables.dispatch import orders

KIND = "weekly"
CHEAP = 50_000  # orders of the weeks before that are computed for a report that is not frozen
STEPS = 3
_FRAMES = ("orders", "clocks", "holdings", "violations", "money")


@dataclass(frozen=True, slots=True)
class _Of:
    """The scope: its level and code, the stations whose figures it needs (None: all), the levels of those figures."""

    level: str
    code: str
    stations: Mapping[str, Station]

    @property
    def province(self) -> str | None:
        """Whose stations are needed: a station's place is among those of its province."""
        if self.level == "province":
            return self.code
        return self.stations[self.code].province if self.level == "station" else None

    @property
    def members(self) -> Collection[str] | None:
        """Stations to read. A province's orders lie with nobody and the data centre too."""
        if self.province is None:
            return None
        own = {code for code, station in self.stations.items() if station.province == self.province}
        return own | ({"", DATA_CENTRE} if self.level == "province" else set())

    @property
    def parts(self) -> Collection[str] | None:
        """Whose parts of a frozen report; those of everybody are read anyway."""
        if self.province is not None:
            return (self.province,)
        return None if self.level == "network" else ()

    @property
    def levels(self) -> tuple[str, ...]:
        if self.level == "network":
            return tuple(LEVELS)
        return ("channel",) if self.level == "channel" else tuple(dict.fromkeys((self.level, "station")))

    def own(self, table: pl.DataFrame) -> pl.DataFrame:
        """The figures that this scope may show."""
        if self.level == "network":
            return table
        kept = (pl.col("level") == self.level) & (pl.col("code") == self.code)
        if self.members is not None:
            kept |= (pl.col("level") == "station") & pl.col("code").is_in(
                sorted(set(self.members) & set(self.stations))
            )
        return table.filter(kept)

    def own_alone(self, table: pl.DataFrame) -> pl.DataFrame:
        """Its own figures, and nobody's that it holds."""
        return table.filter((pl.col("level") == self.level) & (pl.col("code") == self.code))


def document(conn: Connection, asked: Asked, say: Say) -> Document:
    """The week of `asked.period` for its scope. NoReport."""
    try:
        return _document(conn, asked, say)
    except Damaged as error:
        raise NoReport("report_damaged", f"定稿已损坏 / the frozen report is damaged: {error}") from None


def _document(conn: Connection, asked: Asked, say: Say) -> Document:
    start, end = week_asked(asked)
    stations = stations_by_code(conn)
    of = _scope(asked.scope, stations)
    say(0, STEPS, "读取本周 / reading the week")
    snapshot = _frozen(conn, asked)
    made_at = snapshot.made_at if snapshot else asked.now
    until = end if snapshot else min(end, asked.now)
    now = week_of(_told(conn, snapshot, of) if snapshot else of.own(_figures(conn, asked.archive, start, until, of)))
    say(1, STEPS, "读取前几周 / reading the weeks before")
    past = _past(conn, asked, of, made_at, live=snapshot is None)
    say(2, STEPS, "汇总 / putting it together")
    provinces = {code: station.province for code, station in stations.items()}
    made = Made(
        asked.period, asked.scope, now, past, stations,
        snapshot.number if snapshot else None,
        snapshot.edition if snapshot else _editions(asked, start, end),
        made_at,
        until,
        _changes(conn, snapshot),
        frozenset(now.codes("station")) if snapshot and of.level == "province" else None,
        silent(silent_minutes(conn, start, until, None if of.members is None else set(of.members)), provinces),
    )  # fmt: skip
    found = weekly_document(made)
    say(STEPS, STEPS, "完成 / done")
    return found


def week_asked(asked: Asked) -> tuple[datetime, datetime]:
    """Its bounds; a week that has not begun is none. NoReport."""
    if "-W" not in asked.period:
        raise NoReport("period_invalid", f"不是 ISO 周 / not an ISO week: {asked.period[:40]} (2026-W47)")
    start, end = bounds(asked.period)
    if start > asked.now:
        raise NoReport("period_future", "这一周还没有开始 / this week has not begun")
    return start, end


def _scope(scope: str, stations: Mapping[str, Station]) -> _Of:
    level, code = split(scope)
    if level not in LEVELS or (scope != "network" and (level == "network" or not code)):
        raise NoReport("scope_invalid", f"范围不可识别 / no such scope: {scope[:60]}")
    if level == "province" and code not in {station.province for station in stations.values()}:
        raise NoReport("province_unknown", f"没有省份 / no such province: {code[:60]}")
    if level == "station" and code not in stations:
        raise NoReport("station_unknown", f"没有网点 / no such station: {code[:60]}")
    if level == "channel" and code not in SOURCES:
        raise NoReport("channel_unknown", f"没有渠道 / no such channel: {code[:60]}")
    return _Of(level, code, stations)


def _editions(asked: Asked, start: datetime, end: datetime) -> str:
    """Those in force in the week: a new one may begin in the middle of it."""
    first, last = asked.book.at(start).name, asked.book.at(end - timedelta(microseconds=1)).name
    return first if first == last else f"{first}, {last}"


def _figures(conn: Connection, archive: Path | None, start: datetime, until: datetime, of: _Of) -> pl.DataFrame:
    measures = weekly_measures()
    return figures(facts_of(conn, archive, start, until, _FRAMES, of.members, measures), measures, of.levels)


def _told(conn: Connection, snapshot: Snapshot, of: _Of) -> pl.DataFrame:
    """What was frozen. A province has the stations that it had then, wherever they are now, so that they add up to it;
    of those that were of no province none."""
    table = _frozen_of(conn, snapshot, of)
    if of.level != "province":
        return of.own(table)
    homeless = snapshots.figures_of(conn, snapshot, ()).filter(level="station")["code"].unique()
    stations = (pl.col("level") == "station") & ~pl.col("code").is_in(homeless.to_list())
    return table.filter(stations | (pl.col("level") == of.level) & (pl.col("code") == of.code))


def _frozen_of(conn: Connection, snapshot: Snapshot, of: _Of) -> pl.DataFrame:
    """A station's figures lie with the province that it was in then: looked for everywhere when not at home."""
    table = snapshots.figures_of(conn, snapshot, of.parts)
    moved = of.level == "station" and of.own_alone(table).is_empty()
    return snapshots.figures_of(conn, snapshot) if moved else table


def _past(conn: Connection, asked: Asked, of: _Of, made_at: datetime, live: bool) -> dict[str, Week]:
    """The weeks before as they were known at `made_at`: frozen ones, and others only for a report that is not frozen
    itself, when there is little to read."""
    found = {}
    for one in weeks_before(asked.period):
        if snapshot := _known_then(conn, one, made_at):
            table = (
                _frozen_of(conn, snapshot, of) if of.level == "station" else snapshots.figures_of(conn, snapshot, ())
            )
            found[one] = week_of(of.own_alone(table), f"{one}-{snapshot.number}")
    missing = [one for one in weeks_before(asked.period) if one not in found]
    if live and missing:
        found.update(_now(conn, asked.archive, missing, of))
    return found


def _now(conn: Connection, archive: Path | None, weeks: list[str], of: _Of) -> Iterator[tuple[str, Week]]:
    """Weeks as things stand now, all read at once; none when they hold too much."""
    start, end = week_bounds(weeks[0])[0], week_bounds(weeks[-1])[1]
    members = of.members
    few = select(literal(1)).where(orders.c.created_at >= start, orders.c.created_at < end)
    if members is not None:
        few = few.where(func.coalesce(orders.c.station, "").in_(sorted(members)))
    if (conn.scalar(select(func.count()).select_from(few.limit(CHEAP + 1).subquery())) or 0) > CHEAP:
        return
    facts = facts_of(conn, archive, start, end, _FRAMES, members)
    for week in weeks:
        table = figures(_within(facts, *week_bounds(week)), weekly_measures(), (of.level,))
        yield week, week_of(of.own_alone(table), f"{week}-now")


def _within(facts: Facts, start: datetime, end: datetime) -> Facts:
    return {name: frame.filter((pl.col(AT[name]) >= start) & (pl.col(AT[name]) < end)) for name, frame in facts.items()}


def _frozen(conn: Connection, asked: Asked) -> Snapshot | None:
    """The one asked for; None: as things stand now. NoReport."""
    if asked.number == "now":
        return None
    if asked.number is None:
        return snapshots.newest(conn, KIND, asked.period)
    if not isinstance(asked.number, int) or asked.number < 0:
        raise NoReport("number_invalid", "编号为 0、1、2……或 now / a number is 0, 1, 2 … or now")
    found = snapshots.snapshot(conn, KIND, asked.period, asked.number)
    if found is None:
        raise NoReport("number_unknown", f"没有这一号 / no such number: {asked.period}-{asked.number}")
    return found


def _known_then(conn: Connection, week: str, made_at: datetime) -> Snapshot | None:
    """The newest number of a week by then: what a frozen report compares with must not change either."""
    then = [one for one in snapshots.numbers(conn, KIND, week) if one.made_at <= made_at]
    return then[-1] if then else None


def _changes(conn: Connection, snapshot: Snapshot | None) -> tuple[Change, ...]:
    if snapshot is None or snapshot.number == 0:
        return ()
    rows = snapshots.changes_of(conn, snapshot).iter_rows()
    return tuple(Change(key, was, now) for cell, was, now in rows if (key := _known(cell)) is not None)


def _known(cell: str) -> Key | None:
    """What belongs to nobody (no province, no channel) has no name."""
    try:
        return parse(cell)
    except UnknownCell:
        return None
