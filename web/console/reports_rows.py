"""The rows behind one figure of a report: counted, summed or ranked again, they are the figure (SETTLE-2, ROLE-1)."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any

import polars as pl
from flask import Blueprint, Response, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from basics.days import iso
from basics.words import DATA_CENTRE
from dispatch.lists.queries import in_scope
from geo.network import Network
from people.access import Action, may
from reports import cube
from reports.export import harmless
from reports.facts.frames import AT, Facts
from reports.facts.queries import load
from reports.measures import Measure, weekly_measures
from web.auth import current_actor, current_scope, needs
from web.console.acting import page as shown
from web.console.fields import argument, invalid
from web.console.reports import scope_name
from web.console.reports_asked import Wanted, may_see, number_asked, period_of
from web.console.reports_frozen import behind as behind_frozen
from web.errors import Problem
from web.language import t
from web.services import now, services
from web.transactions import seeing
from web.words_reports import HOW, KINDS, MONEY_KINDS, ROWS

pages = Blueprint("reports_rows", __name__)
PAGE = 100
MOST = 1_000_000  # rows of a file


@dataclass(frozen=True, slots=True)
class Behind:
    """`figure`: the cell's; `over`: what its rows give; they are one number. `rows`: sorted, of the page. `marked`: the
    place, from 1, of the row that a percentile is; 0 of none."""

    asked: Wanted
    key: cube.Key
    measure: Measure
    number: int | str
    figure: int | None
    over: int | None
    many: int
    rows: Sequence[dict[str, Any]]
    marked: int


@pages.get("/reports/<kind>/<period>/rows")
@needs(Action.SEE_REPORT)
def page(kind: str, period: str) -> str | AnyResponse:
    """`cell`: `measure@level:code`; `number` as of the report; `page` from 1. Of no cell it is the report."""
    if not request.args.get("cell"):
        return redirect(url_for("reports.one", kind=kind, period=period), 303)
    at = page_asked()
    with seeing(beyond=True) as conn:
        network = services().networks.get(conn)
        found = behind(conn, kind, period, network, at)
    with seeing() as conn:
        open_to = in_scope(conn, current_scope(), [row["order_id"] for row in found.rows])
    pages_ = max(1, -(-found.many // PAGE))
    scope = _scope(found.key)
    return shown(
        "reports_rows.html", found=found, columns=ROWS[found.measure.frame], at=at, pages=pages_, open_to=open_to,
        sees_case=may(current_actor(), Action.SEE_CASE),
        name=t("省份不明", "no province known") if not found.key.code and found.key.level == "province"
        else scope_name(scope, network), scope=scope, how=HOW[found.measure.how], first=(at - 1) * PAGE,
        money_kind=lambda code: t(*MONEY_KINDS.get(code, (code, code))),
    )  # fmt: skip


@pages.get("/reports/<kind>/<period>/rows.csv")
@needs(Action.SEE_REPORT)
def download(kind: str, period: str) -> Response:
    """All of them, every column of the frame, for spreadsheets."""
    with seeing(beyond=True) as conn:
        found = behind(conn, kind, period, services().networks.get(conn), 1, MOST)
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    names = list(found.rows[0]) if found.rows else [name for name, _, _ in ROWS[found.measure.frame]]
    writer.writerow(names)
    writer.writerows([harmless(_written(row[name])) for name in names] for row in found.rows)
    answer = Response("\ufeff" + file.getvalue(), mimetype="text/csv")
    name = f"{found.asked.kind.code}-{found.asked.word}-{found.number}-{found.measure.code.replace(':', '-')}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _written(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else "" if value is None else value


def page_asked() -> int:
    """From 1. Problem 422 for nonsense."""
    given = request.args.get("page", "1")
    if not (given.isascii() and given.isdigit() and len(given) <= 6 and int(given)):
        raise invalid("page", "number_invalid")
    return int(given)


def behind(conn: Connection, kind: str, period: str, network: Network, at: int, most: int = PAGE) -> Behind:
    """Of a cell of the reader's scope. Problem `not_found` for any other and for one that there is not."""
    known = KINDS.get(kind)
    if known is None:
        raise Problem("not_found")
    word, start, end = period_of(known, period)
    key, measure = cell_asked()
    scope = _scope(key)
    if not may_see(scope, current_scope(), network):
        raise Problem("not_found")
    asked = Wanted(known, word, start, end, scope, number_asked())
    number, figure, facts = _facts(conn, asked, key, measure, network)
    rows = cube.rows(facts, measure, key)
    rows = rows.sort(*_order(measure))
    table = rows.collect()
    over = table.select(cube.over(measure)).item()
    if number == "now":
        figure = over
    place = _place(table, measure, over)
    page = table.slice((at - 1) * most, most)
    return Behind(asked, key, measure, number, figure, over, table.height, page.to_dicts(), place)


def _scope(key: cube.Key) -> str:
    """Whose it is to see: what is of no province the network's."""
    return f"{key.level}:{key.code}" if key.code else "network"


def cell_asked() -> tuple[cube.Key, Measure]:
    """Problem 422 for nonsense."""
    try:
        key = cube.parse(argument("cell", 200))
    except cube.UnknownCell:
        raise invalid("cell", "cell_invalid", "没有这个单元格 / No such cell") from None
    measure = next((one for one in weekly_measures() if one.code == key.measure), None)
    if measure is None:
        raise invalid("cell", "measure_unknown", "没有这个指标 / No such measure")
    return key, measure


def _facts(
    conn: Connection, asked: Wanted, key: cube.Key, measure: Measure, network: Network
) -> tuple[int | str, int | None, Facts]:
    """The number, its figure, and the facts; of what is not frozen the facts of now."""
    number = asked.number
    if not isinstance(number, str):
        found = behind_frozen(conn, asked.kind.code, asked.period, number, key, measure)
        if found is not None:
            return found
        if number is not None:
            raise Problem("not_found")
    until, stations = min(asked.end, now()), _stations(key, network)
    return "now", None, load(conn, asked.start, until, [measure.frame], stations)


def _stations(key: cube.Key, network: Network) -> set[str] | None:
    """Whose rows are read; a province's lie with nobody and the data centre too. None: everybody's."""
    if key.level == "station":
        return {key.code}
    if key.level != "province" or not key.code:
        return None
    return {code for code, one in network.stations.items() if one.province == key.code} | {"", DATA_CENTRE}


def _order(measure: Measure) -> tuple[str, ...]:
    """A percentile's by value, so that its row stands where it belongs; others in the order in which they happened."""
    at = (AT[measure.frame], "order_id")
    return (measure.value, *at) if measure.how.startswith("p") else at


def _place(table: pl.DataFrame, measure: Measure, over: int | None) -> int:
    """Of the row that nearest rank chooses: ceil(n·p/100), of those with a value."""
    if over is None or not measure.how.startswith("p"):
        return 0
    values = table[measure.value]
    return values.null_count() + (values.count() * int(measure.how[1:]) + 99) // 100
