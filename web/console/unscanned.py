"""未扫描: accepted or confirmed orders that no scan bears out yet, to be cleared before closing (DO-5)."""

from flask import Blueprint

from basics.words import BUSINESS_TYPES
from channels.registry import SOURCES
from dispatch.lists import queries as lists
from people.access import Action
from storage.session import reading
from web.auth import current_scope, needs
from web.console.acting import page as shown
from web.console.fields import cursor, cursor_text, list_filters
from web.services import services

pages = Blueprint("unscanned", __name__)


@pages.get("/unscanned")
@needs(Action.CONFIRM)
def page() -> str:
    """By order time, oldest first."""
    scope, filters = current_scope(), list_filters(SOURCES, BUSINESS_TYPES)
    with reading(services().engine) as conn:
        found = lists.unscanned(conn, scope, filters, cursor())
        network = services().networks.get(conn)
    return shown(
        "unscanned.html", rows=found.rows, following=cursor_text(found.following), network=network, filters=filters,
        channels=SOURCES, types=BUSINESS_TYPES, several=len(scope.stations) > 1,
    )  # fmt: skip
