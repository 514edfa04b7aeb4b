"""通报: the week's violations as they were told to the whole network, their supplements, and who has read them
(NOTICE-1). Figures are for everybody; the violations behind them within one's scope."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from flask import Blueprint, Response, make_response, redirect, request, url_for
from sqlalchemy import Connection, Row
from werkzeug.wrappers import Response as AnyResponse

from basics.days import week_bounds, week_of
from basics.refusal import Refusal
from notify.actions import mark_read
from notify.messages import mailbox_of
from notify.queries import told_by_keys
from penalties import notice_texts as texts
from penalties.notices import WEEK, Cell, Item, Sum, appeal_end, cells, figures, number_of, total
from penalties.noticing import queries
from penalties.noticing.actions import publish_notice
from penalties.trail.queries import links_of
from people.access import Action, Role, Scope, may
from reports.export import as_csv
from web.auth import current_actor, current_scope, needs
from web.console.acting import CONFLICTS
from web.console.acting import page as shown
from web.console.fields import BIGGEST_ID, argument, choice, invalid
from web.console.notice_readers import Told, days_in_words, read_counts, readers
from web.errors import Problem, wants_json
from web.notes import say
from web.services import doubted, now, services
from web.transactions import seeing, transact

pages = Blueprint("notices", __name__)

ITEMS_PAGE = 200
ALL_STATIONS = 200  # figures of stations shown at once; of a larger notice those of a province
MOST_READERS = 300
_WEEK = re.compile(r"2[0-9]{3}-W[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of figures; `opens`: whether the reader may see what is behind them."""

    province: str
    station: str
    name: str
    kinds: dict[str, Sum]
    sum: Sum
    opens: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One notice or supplement on the page; `row` None: a draft. `items`: those of one's own stations. `folded`: there
    are too many stations, a province is to be chosen."""

    name: str
    number: int
    row: Row[Any] | None
    kinds: list[str]
    provinces: list[Line]
    stations: list[Line]
    network: Line
    total: Sum
    folded: bool
    appeal_until: datetime | None
    items: Sequence[Item] = ()


@pages.get("/notices")
@needs(Action.SEE_NOTICE)
def page() -> str:
    """By week, newest first; HQ sees the week that waits for it and how many have read."""
    actor, before = current_actor(), argument("before", 8)
    if before and not _WEEK.fullmatch(before):
        raise invalid("before", "week_invalid")
    publishes = may(actor, Action.PUBLISH_NOTICE)
    last = week_of(now() - WEEK)
    with seeing() as conn:
        rows, following = queries.newest(conn, before)
        found = {row.id: cells(row.figures) for row in rows}
        counts = read_counts(conn, rows) if publishes else {}
        waiting = "" if not publishes or before or last in queries.published_weeks(conn) else last
    scope = current_scope()
    return shown(
        "notices.html", rows=rows, totals={key: total(some) for key, some in found.items()},
        own={key: total(within(some, scope)) for key, some in found.items()}, own_scope=not scope.everywhere,
        counts=counts, waiting=waiting, following=following, publishes=publishes, number_of=number_of,
        days_of=days_in_words,
    )  # fmt: skip


@pages.get("/notices/<week>")
@needs(Action.SEE_NOTICE)
def one(week: str) -> str:
    """The notice, its supplements below it, and for HQ what waits to be published. Looking at it is reading it; who of
    a station or province did so first is kept."""
    _check(week)
    if request.method == "GET":
        mark(week)
    return _render(week)


@pages.post("/notices/<week>/publish")
@needs(Action.PUBLISH_NOTICE)
def publish(week: str) -> AnyResponse:
    """`number`: the one that the page showed, so that what another published meanwhile is not doubled."""
    _check(week)
    given = request.form.get("number", "")
    if not re.fullmatch(r"[0-9]{1,4}", given, re.ASCII):
        raise invalid("number", "number_invalid")
    answer = published(week, int(given))
    if not isinstance(answer, Refusal):
        say(f"已发布 {number_of(week, answer)} / published")
        return redirect(url_for("notices.one", week=week), 303)
    status = 409 if answer.code in CONFLICTS else 422
    if wants_json():
        raise Problem(answer.code, answer.message, status=status)
    say(answer.message, "danger")
    return make_response(_render(week), status)


def published(week: str, number: int) -> Refusal | int:
    """The number of what was published."""
    by, book = current_actor().name, services().book

    def work(conn: Connection) -> Refusal | int:
        return publish_notice(conn, week, now(), by, number, book)

    return transact(work)


@pages.get("/notices/<week>/items")
@needs(Action.SEE_NOTICE)
def items(week: str) -> str:
    """The violations behind a figure: of notice `number`, by `province`, `station`, `kind` and `state`."""
    row = _row(week)
    province, station = argument("province", 100), argument("station", 40)
    kind, state = argument("kind", 20), choice("state", ("confirmed", "overturned"))
    behind = [
        cell for cell in within(cells(row.figures), current_scope())
        if province in ("", cell.province) and station in ("", cell.station)
    ]  # fmt: skip
    given = request.args.get("after", "0")
    if not re.fullmatch(r"[0-9]{1,18}", given, re.ASCII) or int(given) > BIGGEST_ID:
        raise invalid("after", "cursor_invalid")
    with seeing() as conn:
        found = queries.items_of(conn, row, {cell.station for cell in behind}, kind, state, int(given), ITEMS_PAGE + 1)
        money = links_of(conn, current_scope(), [one.violation_id for one in found])
    more = len(found) > ITEMS_PAGE
    return shown(
        "notice_items.html", week=week, row=row, name=number_of(week, row.number), rows=found[:ITEMS_PAGE],
        province=province, station=station, kind=kind, state=state,
        following=found[ITEMS_PAGE - 1].violation_id if more else 0, money=money,
    )  # fmt: skip


@pages.get("/notices/<week>.csv")
@needs(Action.SEE_NOTICE)
def download(week: str) -> Response:
    """The full table, a row for each violation of one's scope, of the notice and its supplements."""
    _check(week)
    scope = current_scope()
    with seeing() as conn:
        table = [line for row in queries.notices_of(conn, week) for line in _table(conn, row, scope)]
    if not table:
        frame = pl.DataFrame(schema=dict.fromkeys(texts.TABLE, pl.String))
    else:
        frame = pl.DataFrame(table, schema=list(texts.TABLE), orient="row")
    answer = Response("\ufeff" + as_csv(frame), mimetype="text/csv")  # the mark makes spreadsheets read it as UTF-8
    answer.headers["Content-Disposition"] = f'attachment; filename="notice-{week}.csv"'
    return answer


def _table(conn: Connection, row: Row[Any], scope: Scope) -> list[tuple[Any, ...]]:
    some = cells(row.figures)
    found = queries.items_of(conn, row, {cell.station for cell in within(some, scope)})
    return texts.table(texts.Notice(row.week, row.number, row.published_at, some, found, ()))


def _render(week: str) -> str:
    scope, actor = current_scope(), current_actor()
    publishes, chosen = may(actor, Action.PUBLISH_NOTICE), argument("province", 100)
    told: list[Told] = []
    with seeing() as conn:
        rows = queries.notices_of(conn, week)
        notices = [_shown(conn, row, scope, chosen) for row in rows]
        waiting = queries.offered(conn, week, now()) if publishes else None
        if publishes:
            told = readers(conn, rows)
        network = services().networks.get(conn)
    if not rows and not publishes:
        raise Problem("not_found")
    draft = None
    if isinstance(waiting, queries.Draft) and (waiting.number == 0 or waiting.items):
        some = cells(figures(waiting.items, waiting.provinces))
        draft = _figures(week, waiting.number, None, some, scope, chosen)
    return shown(
        "notice.html", week=week, days=days_in_words(week), notices=notices, draft=draft, told=told[:MOST_READERS],
        told_count=len(told),
        refusal=waiting if isinstance(waiting, Refusal) else None, network=network, publishes=publishes,
        week_total=sum((one.total for one in notices), Sum()), station=actor.role == Role.STATION,
        name=number_of(week, 0),
    )  # fmt: skip


def _shown(conn: Connection, row: Row[Any], scope: Scope, chosen: str) -> Shown:
    some = cells(row.figures)
    own = {cell.station for cell in within(some, scope)} if scope.stations else set()
    found = queries.items_of(conn, row, own, limit=ITEMS_PAGE) if own else []
    return _figures(row.week, row.number, row, some, scope, chosen, found)


def _figures(
    week: str, number: int, row: Row[Any] | None, some: Sequence[Cell], scope: Scope, chosen: str,
    found: Sequence[Item] = (),
) -> Shown:  # fmt: skip
    seen = within(some, scope)
    folded = len({cell.station for cell in seen}) > ALL_STATIONS
    if folded:
        seen = [cell for cell in seen if cell.province == chosen]
    quiet = [name for name, stations in row.figures["provinces"].items() if not stations] if row else []
    by_kind = _by_kind(some)
    return Shown(
        number_of(week, number), number, row, sorted(by_kind),
        _lines(some, scope, by_station=False) + [Line(name, "", "", {}, Sum(), False) for name in quiet],
        _lines(seen, scope, by_station=True),
        Line("", "", "", by_kind, total(some), scope.everywhere), total(some), folded,
        appeal_end(services().book, row.published_at) if row else None, found,
    )  # fmt: skip


def _lines(some: Sequence[Cell], scope: Scope, by_station: bool) -> list[Line]:
    found: dict[tuple[str, str], list[Cell]] = {}
    for cell in some:
        found.setdefault((cell.province, cell.station if by_station else ""), []).append(cell)
    return [
        Line(
            province, station, group[0].name if station else "",
            _by_kind(group), total(group), len(within(group, scope)) == len(group),
        )
        for (province, station), group in found.items()
    ]  # fmt: skip


def _by_kind(some: Sequence[Cell]) -> dict[str, Sum]:
    found: dict[str, Sum] = {}
    for cell in some:
        found[cell.kind] = found.get(cell.kind, Sum()) + cell.sum
    return found


def within(some: Sequence[Cell], scope: Scope) -> list[Cell]:
    """Those of one's scope, by the province in which the station was when it was told."""
    return [cell for cell in some if scope.holds(cell.station, cell.province)]


def mark(week: str) -> None:
    """It counts as read by the person asking. HQ's messages are read in its inbox: here it leaves no trace."""
    actor = current_actor()
    whose = mailbox_of(actor)
    if whose is None or actor.role not in (Role.STATION, Role.PROVINCE) or doubted():
        return
    with seeing() as conn:
        keys = [texts.key_of(week, row.number, whose) for row in queries.notices_of(conn, week)]
        fresh = [row.id for row in told_by_keys(conn, keys) if row.read_at is None]
    if fresh:
        transact(lambda conn: mark_read(conn, whose, fresh, actor.name, now()))


def _row(week: str) -> Row[Any]:
    _check(week)
    given = request.args.get("number", "0")
    with seeing() as conn:
        found = next((row for row in queries.notices_of(conn, week) if str(row.number) == given), None)
    if found is None:
        raise Problem("not_found")
    return found


def _check(week: str) -> None:
    try:
        if _WEEK.fullmatch(week) and week_bounds(week):
            return
    except ValueError:
        pass
    raise Problem("not_found")
