"""边界登记: places that stations had passed on to one another, and to whom HQ gave them; both sides see it."""

from collections.abc import Collection

from flask import Blueprint, current_app

from dispatch.borders import queries
from dispatch.lists.queries import in_scope
from geo.addresses import packaged as gazetteer
from geo.network import Network
from geo.stations import CODE_LIMIT
from people.access import Action
from web.auth import current_scope, needs
from web.console.acting import page as shown
from web.console.fields import argument, cursor, cursor_text
from web.services import services
from web.transactions import seeing

pages = Blueprint("borders", __name__)


@pages.get("/borders")
@needs(Action.SEE_BORDERS)
def page() -> str:
    """The latest decision first; `station`: those that concern it. Orders of others stay without their number."""
    station, scope = argument("station", CODE_LIMIT), current_scope()
    with seeing() as conn:
        network = services().networks.get(conn)
        found = queries.listed(conn, seen_by_actor(network), station, cursor())
        numbers = in_scope(conn, scope, {row.order_id for row in found.rows})
    names = {row.adcode: gazetteer().name(row.adcode) or row.adcode for row in found.rows if row.adcode}
    return shown(
        "borders.html", rows=found.rows, following=cursor_text(found.following), station=station, network=network,
        numbers=numbers, districts=names, mapped="areas.page" in current_app.view_functions,
    )  # fmt: skip


def seen_by_actor(network: Network) -> Collection[str] | None:
    """Whose entries the actor sees; None: all (ROLE-1)."""
    scope = current_scope()
    if scope.everywhere:
        return None
    if scope.province is not None:
        return [code for code, station in network.stations.items() if station.province == scope.province]
    return scope.stations
