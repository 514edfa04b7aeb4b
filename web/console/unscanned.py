"""未扫描: accepted or confirmed orders that no scan bears out yet, to be cleared before closing (DO-5)."""

from flask import Blueprint

from basics.words import BUSINESS_TYPES
from channels.registry import SOURCES
from dispatch.lists import queries as lists
from dispatch.stock.queries import likely_slips
from people.access import Action, may
from web.auth import current_actor, current_scope, needs
from web.console.acting import address
from web.console.acting import page as shown
from web.console.fields import cursor, cursor_text, list_filters
from web.services import now, services
from web.transactions import seeing

pages = Blueprint("unscanned", __name__)


@pages.get("/unscanned")
@needs(Action.CONFIRM)
def page() -> str:
    """By order time, oldest first. Beside a typed number the scan that it must have meant (DO-9)."""
    scope, filters, book = current_scope(), list_filters(SOURCES, BUSINESS_TYPES), services().book
    with seeing() as conn:
        found = lists.unscanned(conn, scope, filters, cursor())
        network = services().networks.get(conn)
        meant = likely_slips(conn, found.rows, network, book, now())
    return shown(
        "unscanned.html", rows=found.rows, following=cursor_text(found.following), network=network, filters=filters,
        channels=SOURCES, types=BUSINESS_TYPES, several=len(scope.stations) > 1, here=address(), meant=meant,
        may_correct=may(current_actor(), Action.SUPPLY_WAYBILL),
    )  # fmt: skip
