"""静默网点: stations on duty that have not looked at their desk for more than 20 minutes (DUTY-3). Never fined."""

from flask import Blueprint

from people.access import Action
from sla.presence.queries import open_silences, seen
from web.auth import current_scope, needs
from web.console.acting import page as shown
from web.console.calls import stations_in_scope
from web.services import services
from web.transactions import seeing

pages = Blueprint("silent", __name__)

MOST_NEVER = 200  # named on the page; the others are counted


@pages.get("/silent")
@needs(Action.SEE_WARNINGS)
def page() -> str:
    """Those with waiting orders lead. Stations that never looked are listed apart: they have no account, perhaps."""
    with seeing() as conn:
        network = services().networks.get(conn)
        inside = stations_in_scope(network)
        rows = open_silences(conn, inside)
        known = seen(conn)
    codes = network.stations if inside is None else inside
    never = [code for code in codes if network.stations[code].accepts and code not in known]
    return shown(
        "silent.html", rows=rows, network=network, never=never[:MOST_NEVER], never_count=len(never),
        several=current_scope().everywhere,
    )  # fmt: skip
