"""周报 at its old address: the report of a week, by default the one that goes on; and its plain table (SETTLE-2)."""

import polars as pl
from flask import Blueprint, Response, request

from basics.days import week_bounds, week_of
from people.access import Action, Scope
from reports.export import as_csv
from reports.queries import frames
from reports.weekly import weekly
from web.auth import current_scope, needs
from web.console.fields import invalid
from web.console.reports import document_page
from web.services import now
from web.transactions import seeing

pages = Blueprint("weekly", __name__)

YEARS = (2000, 3000)


@pages.get("/weekly")
@needs(Action.SEE_REPORT)
def page() -> str:
    """`week=2026-W47`; the running one when none is asked for."""
    return document_page("weekly", week_asked())


@pages.get("/weekly.csv")
@needs(Action.SEE_REPORT)
def download() -> Response:
    """The same figures as a file for spreadsheets: UTF-8 with a mark, and no cell that they would compute."""
    week = week_asked()
    table = figures_of(week, current_scope())
    answer = Response("\ufeff" + as_csv(table), mimetype="text/csv")  # the mark makes spreadsheets read it as UTF-8
    answer.headers["Content-Disposition"] = f'attachment; filename="weekly-{week}.csv"'
    return answer


def week_asked() -> str:
    """Problem 422 for no such week."""
    asked = request.args.get("week", "") or week_of(now())
    try:
        start, _ = week_bounds(asked)
    except (ValueError, OverflowError):
        start = None
    if start is None or not YEARS[0] <= start.year < YEARS[1]:
        raise invalid("week", "week_invalid", "没有这一周 / No such week")
    return asked


def figures_of(week: str, scope: Scope) -> pl.DataFrame:
    """The scope's figures."""
    with seeing() as conn:
        table = weekly(frames(conn, *week_bounds(week)))
    if scope.province is not None:
        return table.filter(pl.col("province") == scope.province)
    return table if scope.everywhere else table.filter(pl.col("station").is_in(sorted(scope.stations)))
