"""The search in the header: any number or a pasted list (DO-7), a station, a notice's week, a ledger entry."""

import re
from dataclasses import dataclass

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from basics.days import week_bounds
from dispatch.lists.queries import search as orders_of
from geo.network import Network
from penalties.noticing.queries import notices_of
from penalties.trail.queries import trail
from people.access import Action, Actor, may
from web.auth import current_actor, current_scope, needs
from web.console import orders
from web.console.acting import page as shown
from web.console.fields import invalid, numbers
from web.services import services
from web.transactions import seeing

pages = Blueprint("search", __name__)

MOST_STATIONS = 12
WEEK = re.compile(r"(20[0-9]{2})-?W([0-9]{2})", re.ASCII | re.IGNORECASE)
ENTRY = re.compile(r"#([0-9]{1,15})", re.ASCII)  # of the ledger, as statements print it


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing with a page of its own; `kind` in words, zh and English."""

    kind: tuple[str, str]
    name: str
    url: str


@pages.post("/search")
@needs(None)
def find() -> str | Response:
    """One thing found: its page. A list of numbers: the orders, with those that nobody knows."""
    asked, actor = numbers(request.form.get("q", "")), current_actor()
    if not asked:
        raise invalid("q", "field_required", "请输入单号、网点或周次 / A number, a station or a week, please")
    with seeing() as conn:
        network = services().networks.get(conn)
        hits = _things(conn, actor, network, asked[0]) if len(asked) == 1 else []
        known = bool(orders_of(conn, current_scope(), asked)) if may(actor, Action.SEE_ORDER) else False
    if may(actor, Action.SEE_ORDER) and (known or not hits):
        return orders.found(asked)
    if len(hits) == 1:
        return redirect(hits[0].url, 303)
    return shown("search.html", hits=hits, asked=asked[0])


def _things(conn: Connection, actor: Actor, network: Network, asked: str) -> list[Hit]:
    week, entry = WEEK.fullmatch(asked), ENTRY.fullmatch(asked)
    found = []
    name = f"{week[1]}-W{week[2]}" if week else ""
    if week and may(actor, Action.SEE_NOTICE) and _has_notice(conn, actor, name):
        found.append(Hit(("通报", "notice"), name, url_for("notices.one", week=name)))
    if entry and may(actor, Action.SEE_LEDGER) and trail(conn, int(entry[1]), current_scope()) is not None:
        found.append(Hit(("账目", "ledger entry"), asked, url_for("trail.one", seq=int(entry[1]))))
    if may(actor, Action.SEE_STATEMENT):
        scope, wanted = current_scope(), asked.casefold()
        stations = [
            one
            for one in network.stations.values()
            if scope.holds(one.code, one.province) and wanted in f"{one.code} {one.name}".casefold()
        ]
        exact = [one for one in stations if one.code.casefold() == wanted]
        found += [
            Hit(("网点", "station"), f"{one.name} {one.code}", url_for("statements.account", station=one.code))
            for one in (exact or stations)[:MOST_STATIONS]
        ]
    return found


def _has_notice(conn: Connection, actor: Actor, week: str) -> bool:
    """Whether the week has a page: one that does not exist is not found, rather than led to."""
    try:
        week_bounds(week)
    except ValueError:
        return False
    return may(actor, Action.PUBLISH_NOTICE) or bool(notices_of(conn, week))
