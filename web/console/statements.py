"""账户: how a house's account stands, its statements month by month, and what its running month may cost or earn."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, send_file
from sqlalchemy import Connection

from basics.days import month_bounds, month_of
from geo.stations import CODE_LIMIT
from penalties.standing import Standing
from penalties.standings.queries import standing_of, to_count
from penalties.statements import queries
from penalties.statements.entry import KINDS, Statement, decision_words
from people.access import Action, Role, Scope, may
from reports.statement import Table, balance_words, csv_file, table
from reports.statement_pdf import as_pdf
from reports.statement_xlsx import as_xlsx
from web.auth import current_actor, current_scope, needs
from web.console.acting import page as shown
from web.console.fields import argument, invalid
from web.console.money_forms import payout_values
from web.errors import Problem
from web.services import now, services
from web.transactions import seeing

pages = Blueprint("statements", __name__)

SEARCH_LIMIT = 64


@pages.get("/statements")
@needs(Action.SEE_STATEMENT)
def page() -> str:
    """Of station staff their own account; of others the accounts of their scope, `q` in code or name, by code."""
    actor, scope = current_actor(), current_scope()
    if actor.role == Role.STATION:
        return _account(actor.station or "", scope)
    asked = argument("q", SEARCH_LIMIT)
    with seeing() as conn:
        found = queries.houses(conn, scope, asked, argument("after", CODE_LIMIT))
    return shown("statements.html", rows=found.rows, following=found.following, q=asked)


@pages.get("/statements/<station>")
@needs(Action.SEE_STATEMENT)
def account(station: str) -> str:
    """404 for a station outside the reader's scope (ROLE-1)."""
    return _account(station, current_scope())


def _account(code: str, scope: Scope) -> str:
    actor = current_actor()
    with seeing() as conn:
        network = services().networks.get(conn)
        house = _house(network, code, scope)
        own = code == house
        values: dict[str, Any] = {}
        if own and may(actor, Action.ASK_PAYOUT) and actor.station == house:
            values = payout_values(conn, house)
        balance = queries.balance_of(conn, house) if own else 0
        return shown(
            "statement_account.html", station=code, house=house, own=own, network=network, balance=balance,
            words=balance_words(balance), months=queries.months_of(conn, house, code), month=month_of(now()),
            settled=queries.settled_of(conn, house) if own else (), kinds=KINDS,
            standings=standings_of(conn, house) if own else (), mine=code == actor.station, **values,
        )  # fmt: skip


def standings_of(conn: Connection, house: str) -> list[tuple[str, Standing, datetime]]:
    """Of the running month and, until it is settled, the one before, the running one last; as they were counted."""
    found = [(month, standing_of(conn, month, house)) for month in to_count(conn, now())]
    return [(month, *one) for month, one in found if one is not None]


@pages.get("/statements/<station>/<month>")
@needs(Action.SEE_STATEMENT)
def one(station: str, month: str) -> str:
    """Entry by entry, with the way to whatever each rests on."""
    statement, network = statement_for(station, month)
    start, end = month_bounds(month)
    return shown(
        "statement.html", statement=statement, network=network, kinds=KINDS, running=end > now(),
        made=table(statement, _names(statement, network)), before=month_of(start - (end - start) / 2),
        after=month_of(end) if end <= now() else "", opening=balance_words(statement.opening_fen),
        closing=balance_words(statement.closing_fen),
        entries=[(entry, decision_words(entry)) for entry in statement.entries],
    )  # fmt: skip


@pages.get("/statements/<station>/<month>.csv")
@needs(Action.SEE_STATEMENT)
def csv(station: str, month: str) -> Response:
    """The same table for spreadsheets and programs."""
    return _file(station, month, "csv", "text/csv", csv_file)


@pages.get("/statements/<station>/<month>.xlsx")
@needs(Action.SEE_STATEMENT)
def xlsx(station: str, month: str) -> Response:
    """The same as a workbook."""
    return _file(station, month, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx)


@pages.get("/statements/<station>/<month>.pdf")
@needs(Action.SEE_STATEMENT)
def pdf(station: str, month: str) -> Response:
    """The same on paper."""
    return _file(station, month, "pdf", "application/pdf", as_pdf)


def _file(station: str, month: str, form: str, media_type: str, write: Callable[[Table], bytes]) -> Response:
    statement, network = statement_for(station, month)
    content = write(table(statement, _names(statement, network)))
    name = f"statement-{statement.station}-{month}.{form}"
    return send_file(BytesIO(content), media_type, as_attachment=form != "pdf", download_name=name)


def statement_for(station: str, month: str) -> tuple[Statement, Any]:
    try:
        month_bounds(month)
    except ValueError:
        raise invalid("month", "month_invalid", "没有这个月 / No such month") from None
    with seeing() as conn:
        network = services().networks.get(conn)
        house = _house(network, station, current_scope())
        return queries.statement(conn, house, month, station), network


def _house(network: Any, code: str, scope: Scope) -> str:
    """The house whose account a station's money is on. Problem `not_found` outside the scope."""
    known = network.stations.get(code)
    if known is None or not scope.holds(code, known.province):
        raise Problem("not_found")
    return str(known.parent or code)


def _names(statement: Statement, network: Any) -> dict[str, str]:
    codes = {statement.station, statement.house, *(entry.station for entry in statement.entries)}
    return {code: network.stations[code].name for code in codes if code in network.stations}
