"""What a supplement changed: each cell, what it was and is."""

from collections.abc import Iterable
from dataclasses import dataclass

from reports.compliance.figures import both, column, measures, name_of
from reports.compliance.tables import NOBODY, Stations, channel_name, one_line
from reports.cube import Key
from reports.paper.document import Cell, Column, Kind, Section

UNITS: tuple[tuple[Kind, str, str], ...] = (
    ("count", "变动:数量", "Changes: counts"),
    ("minutes", "变动:分钟", "Changes: minutes"),
    ("fen", "变动:金额", "Changes: money"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """A cell that differs from the number before; None: no figure there, which of counts and sums is 0."""

    key: Key
    was: int | None
    now: int | None


def changed(changes: Iterable[Change], of: tuple[str, str], stations: Stations, before: str) -> list[Section]:
    """A section a unit that has any, of the cells that this scope shows. `before`: name of the report before."""
    level, code = of
    mine = [one for one in changes if one.key.measure in measures() and _seen(one.key, level, code, stations)]
    listed = list(measures())
    mine.sort(key=lambda one: (_ORDER.index(one.key.level), one.key.code, listed.index(one.key.measure)))
    found = []
    for unit, zh, en in UNITS:
        rows = tuple(_row(one, stations, before) for one in mine if column(one.key.measure).kind == unit)
        if rows:
            found.append(Section(f"changes_{unit}", zh, en, _columns(unit), rows))
    return found


_ORDER = ("network", "province", "station", "channel")


def _seen(key: Key, level: str, code: str, stations: Stations) -> bool:
    if level == "network" or (key.level, key.code) == (level, code):
        return True
    station = stations.get(key.code)
    return level == "province" and key.level == "station" and station is not None and station.province == code


def _columns(unit: Kind) -> tuple[Column, ...]:
    return (
        Column("whose", "范围", "of whom", "text", both("数字属于谁", "whose figure it is"), 24),
        Column("item", "指标", "measure", "text", both("这一行是什么", "what the row is"), 30),
        Column("was", "原为", "was", unit, both("前一号中的数字", "in the number before")),
        Column("is", "现为", "is", unit, both("本号中的数字", "in this number")),
        Column("difference", "增减", "difference", unit, both("现为减原为", "is less was")),
    )


def _row(one: Change, stations: Stations, before: str) -> tuple[Cell, ...]:
    nothing = None if measures()[one.key.measure].how.startswith("p") else 0
    was, now = nothing if one.was is None else one.was, nothing if one.now is None else one.now
    change = None if was is None or now is None else now - was
    return (
        Cell(_whose(one.key, stations)),
        Cell(name_of(one.key.measure)),
        Cell(was, f"{before}/{one.key}"),
        Cell(now, str(one.key)),
        Cell(change),
    )


def _whose(key: Key, stations: Stations) -> str:
    if key.level == "network":
        return both("全网", "network")
    if key.level == "channel":
        return channel_name(key.code)
    if key.level == "station" and key.code in stations:
        return f"{key.code} {one_line(stations[key.code].name)}"
    return key.code or NOBODY
