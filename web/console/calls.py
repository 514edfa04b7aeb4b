"""催办: the province telephones stations whose orders are about to be late, and ticks off whom it called (DO-8)."""

import hashlib
from collections.abc import Collection

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from basics.days import parse_instant
from geo.network import Network
from geo.stations import CODE_LIMIT
from people.access import Action
from sla.warnings.actions import called
from sla.warnings.queries import MOST_LISTED, call_list
from web.auth import current_actor, current_scope, needs
from web.console import acting
from web.console.fields import text
from web.errors import Problem
from web.notes import say
from web.services import now, services
from web.transactions import seeing, transact

pages = Blueprint("calls", __name__)

SHOWN_HEADER = "X-Shown"


@pages.get("/calls")
@needs(Action.SEE_WARNINGS)
def page() -> str | Response:
    """Stations of the scope with orders on the call list; what can still be saved comes first. It renews itself."""
    with seeing() as conn:
        network = services().networks.get(conn)
        rows = call_list(conn, now(), stations_in_scope(network))
    version = hashlib.sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()[:16]
    if acting.wants_part() and request.headers.get(SHOWN_HEADER) == version:
        return Response(status=204)
    template = "_calls_list.html" if acting.wants_part() else "calls.html"
    return acting.page(
        template, rows=rows, network=network, version=version, most=MOST_LISTED, here=acting.address(),
        instant=parse_instant, several=current_scope().everywhere,
    )  # fmt: skip


@pages.post("/calls/called")
@needs(Action.CALL_STATION)
def tick() -> AnyResponse:
    """Field `station` was called about all that it has on the list; who and when is kept with each ring."""
    station = text("station", CODE_LIMIT)
    with seeing() as conn:
        network = services().networks.get(conn)
    count = ticked(station)
    if count:
        say(f"已记录致电 {network.stations[station].name},{count} 单 / called about {count} orders")
    else:
        say("该网点没有待催办订单 / Nothing to call this station about any more", "warning")
    return redirect(url_for("calls.page"), 303)


def ticked(station: str) -> int:
    """About how many orders the station was called. Problem `not_found` outside one's scope."""
    by = current_actor().name
    with seeing() as conn:
        network = services().networks.get(conn)
    if station not in network.stations or not current_scope().holds(station, network.province(station)):
        raise Problem("not_found")
    return transact(lambda conn: called(conn, station, by, now()))


def stations_in_scope(network: Network) -> Collection[str] | None:
    """Codes of the stations that the actor watches over; None: all."""
    scope = current_scope()
    if scope.everywhere:
        return None
    return [code for code, station in network.stations.items() if scope.holds(code, station.province)]
