"""周报: the compliance figures of a week by province and station, as they stand now (SETTLE-2)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl
from flask import Blueprint, Response, request

from basics.days import week_bounds, week_of
from people.access import Action, Scope
from reports.export import as_csv
from reports.queries import frames
from reports.silent import silent
from reports.weekly import FIGURES, weekly
from sla.presence.queries import silent_minutes
from web.auth import current_actor, current_scope, needs
from web.console.acting import page as shown
from web.console.fields import invalid
from web.services import now, services
from web.transactions import seeing

pages = Blueprint("weekly", __name__)

CHOICE = 12  # weeks in the list
YEARS = (2000, 3000)
ALL_STATIONS = 200  # rows shown at once; a larger network is shown a province at a time


@dataclass(frozen=True, slots=True)
class Province:
    """A province's sums and the rows of its stations, each a dict of figures."""

    name: str
    sums: dict[str, Any]
    stations: list[dict[str, Any]]


@pages.get("/weekly")
@needs(Action.SEE_REPORT)
def page() -> str:
    """`week=2026-W47`; the running one when none is asked for. `province` opens one of a large network."""
    week, scope, actor = week_asked(), current_scope(), current_actor()
    table, network, silences = figures_of(week, scope)
    provinces = _by_province(table)
    asked = request.args.get("province", "")
    wide = table.height > ALL_STATIONS
    opened = [province for province in provinces if not wide or province.name == asked]
    start, end = week_bounds(week)
    return shown(
        "weekly.html",
        week=week,
        weeks=_weeks(week),
        start=start,
        last_day=end - timedelta(days=1),
        running=end > now(),
        before=week_of(start - timedelta(days=1)),
        after=week_of(end) if end <= now() else "",
        provinces=provinces,
        opened=opened,
        total=_sums(table),
        network=network,
        silent=_silent(silences, opened),
        own=actor.station,
    )


@pages.get("/weekly.csv")
@needs(Action.SEE_REPORT)
def download() -> Response:
    """The same figures as a file for spreadsheets: UTF-8 with a mark, and no cell that they would compute."""
    week = week_asked()
    table, _, _ = figures_of(week, current_scope())
    answer = Response("\ufeff" + as_csv(table), mimetype="text/csv")  # the mark makes spreadsheets read it as UTF-8
    answer.headers["Content-Disposition"] = f'attachment; filename="weekly-{week}.csv"'
    return answer


def week_asked() -> str:
    asked = request.args.get("week", "") or week_of(now())
    try:
        start, _ = week_bounds(asked)
    except (ValueError, OverflowError):
        start = None
    if start is None or not YEARS[0] <= start.year < YEARS[1]:
        raise invalid("week", "week_invalid", "没有这一周 / No such week")
    return asked


def _weeks(shown_week: str) -> list[str]:
    """The last weeks, newest first, and the one shown."""
    last = [week_of(now() - timedelta(weeks=back)) for back in range(CHOICE)]
    return last if shown_week in last else sorted({*last, shown_week}, reverse=True)


def figures_of(week: str, scope: Scope) -> tuple[pl.DataFrame, Any, pl.DataFrame]:
    """The scope's figures, the network, and the scope's silent stations (DUTY-3)."""
    start, end = week_bounds(week)
    with seeing() as conn:
        table = weekly(frames(conn, start, end))
        network = services().networks.get(conn)
        silences = silent_minutes(conn, start, min(end, now()))
    provinces = {code: station.province for code, station in network.stations.items()}
    seen = [row for row in silences if scope.holds(row[0], provinces.get(row[0]))]
    if scope.province is not None:
        table = table.filter(pl.col("province") == scope.province)
    elif not scope.everywhere:
        table = table.filter(pl.col("station").is_in(sorted(scope.stations)))
    return table, network, silent(seen, provinces)


def _silent(table: pl.DataFrame, opened: list[Province]) -> list[dict[str, Any]]:
    """In a large network those of the provinces that are opened."""
    rows = table.to_dicts()
    if len(rows) <= ALL_STATIONS:
        return rows
    names = {province.name for province in opened}
    return [row for row in rows if row["province"] in names]


def _by_province(table: pl.DataFrame) -> list[Province]:
    return [
        Province(str(key[0]), _sums(part), part.to_dicts())
        for key, part in table.group_by("province", maintain_order=True)
    ]


def _sums(table: pl.DataFrame) -> dict[str, Any]:
    return {name: int(table[name].sum()) for name in FIGURES}
