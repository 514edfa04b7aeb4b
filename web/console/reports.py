"""报表: the hub, and one page that shows any report with the way from each figure to its rows (NOTICE-1, SETTLE-2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from channels.registry import SOURCES
from geo.network import Network
from geo.stations import CODE_LIMIT
from people.access import Action, Scope
from web.auth import current_actor, current_scope, needs
from web.console.acting import page as shown
from web.console.fields import argument
from web.console.reports_asked import (
    around,
    given_scope,
    kinds_for,
    newest_period,
    number_asked,
    own_scope,
    period_running,
    wanted,
)
from web.console.reports_frozen import periods
from web.console.reports_made import BIG, is_big, made
from web.console.reports_shown import Table, empty_ones, half, label, laid_out, tables
from web.language import t
from web.services import services
from web.transactions import seeing
from web.words import word
from web.words_reports import LEVELS, Kind

pages = Blueprint("reports", __name__)
LISTED = 8  # frozen periods of a kind on the hub
MANY_STATIONS = 400  # of more, a station is typed, not chosen


@dataclass(frozen=True, slots=True)
class Card:
    """A kind on the hub. `newest`: the last period that is over; `running` the one that goes on."""

    kind: Kind
    newest: str
    running: str
    frozen: Sequence[str]


@pages.get("/reports")
@needs(Action.SEE_REPORT)
def page() -> str:
    """What there is for the reader, by kind."""
    scope = current_scope()
    own = own_scope(scope, current_actor().station)
    with seeing() as conn:
        cards = cards_for(conn, scope)
        name = scope_name(own, services().networks.get(conn))
    return shown("reports.html", cards=cards, name=name, everywhere=scope.everywhere)


def cards_for(conn: Connection, scope: Scope) -> list[Card]:
    """What there is for somebody who sees this."""
    return [
        Card(kind, newest_period(kind), period_running(kind), periods(conn, kind.code, LISTED))
        for kind in kinds_for(scope)
    ]


@pages.get("/reports/<kind>/<period>")
@needs(Action.SEE_REPORT)
def one(kind: str, period: str) -> str:
    """`scope`: whose figures, by default the reader's own; `number`: a frozen one, or `now`."""
    return document_page(kind, period)


def document_page(kind: str, period: str) -> str:
    """A report of a great many orders another process makes, which this then offers."""
    with seeing(beyond=True) as conn:
        asked = wanted(conn, kind, period)
        network = services().networks.get(conn)
        big = is_big(conn, asked)
        found = None if big else made(conn, asked)
    if found is None:
        return shown("reports_offer.html", asked=asked, name=scope_name(asked.scope, network), most=BIG)
    number = "now" if found.document.number is None else found.document.number
    link = url_for("reports_rows.page", kind=kind, period=asked.word, number=number) + "&"
    before, after = around(asked)
    kept = {name: request.args[name] for name in ("scope", "number") if request.args.get(name)}
    return shown(
        "reports_document.html", asked=asked, made=found, document=found.document, tables=tables(found, link),
        empty=empty_ones(found.document), before=before, after=after, laid_out=laid_out,
        scopes=choices(asked.kind, current_scope(), network), scope=given_scope(),
        name=scope_name(asked.scope, network), stations=len(network.stations) > MANY_STATIONS, number=number,
        asked_number=number_asked(), frozen=found.frozen, level_name=lambda level: t(*LEVELS[level]),
        side_of=label, half=half,
        **folding(url_for("reports.one", kind=kind, period=asked.word), kept),
    )  # fmt: skip


@pages.get("/reports/<kind>/<period>/station")
@needs(Action.SEE_REPORT)
def station(kind: str, period: str) -> Response:
    """`code`, typed where there are too many to choose from."""
    scope = f"station:{argument('code', CODE_LIMIT)}"
    return redirect(url_for("reports.one", kind=kind, period=period, scope=scope), 303)


def folding(here: str, kept: Mapping[str, str]) -> dict[str, Any]:
    """For the tables that are folded: the address of this page with what else was chosen on it."""

    def turned(table: Table, page: int) -> str:
        chosen = {f"{table.key}.group": table.group} if table.group else {}
        return f"{here}?{urlencode({**kept, **chosen, f'{table.key}.page': page})}#{table.key}"

    return {"here": here, "kept": kept, "turned": turned}


def scope_name(scope: str, network: Network) -> str:
    """`全网`, `浙江省`, `西湖一网点 HZ01`, `菜鸟`."""
    level, _, code = scope.partition(":")
    if level == "network":
        return t(*LEVELS[level])
    if level == "station" and code in network.stations:
        return f"{network.stations[code].name} {code}"
    if level == "channel":
        known = word("channel", code)
        return t(known.chinese, known.english) or code
    return code


def choices(kind: Kind, scope: Scope, network: Network) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a report can be switched to, by level: (level, [(scope, name)]). Of a great network no stations."""
    provinces = sorted({one.province for one in network.stations.values()})
    stations = [code for code, one in sorted(network.stations.items()) if scope.holds(code, one.province)]
    whose = {
        "network": ["network"] if scope.everywhere else [],
        "province": [f"province:{one}" for one in provinces if scope.everywhere or scope.province == one],
        "channel": [f"channel:{one}" for one in SOURCES] if scope.everywhere else [],
        "station": [f"station:{one}" for one in stations] if len(stations) <= MANY_STATIONS else [],
    }
    return [
        (level, [(one, scope_name(one, network)) for one in those])
        for level, those in whose.items()
        if those and level in kind.levels
    ]
