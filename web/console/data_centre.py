"""分件台: what no station is sure to serve, with cause and candidates; HQ dispatches it (ROUTE-2, ROUTE-3)."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from basics.words import BUSINESS_TYPES, DATA_CENTRE
from channels.registry import SOURCES
from dispatch.facts import Dispatch
from dispatch.lists import queries as lists
from people.access import Action
from storage.session import reading
from web.auth import current_actor, current_scope, needs
from web.console import acting
from web.console.choices import choices
from web.console.fields import cursor, cursor_text, list_filters, picked, text
from web.notes import say
from web.services import now, services

pages = Blueprint("data_centre", __name__)


@pages.get("/data-centre")
@needs(Action.DISPATCH)
def page() -> str:
    """Longest waiting first."""
    return acting.page("data_centre.html", **_orders())


@pages.post("/data-centre/dispatch")
@needs(Action.DISPATCH)
def dispatch() -> Response:
    """The row whose button was pressed to the station beside it; or each ticked one, or all of them to `to`."""
    actor, orders = current_actor(), picked("orders")
    to_all = "" if "one" in request.form else text("to", 32)
    to = {one: to_all or text(f"to-{one}", 32) for one in orders}
    ready = [one for one in orders if to[one] and to[one] != DATA_CENTRE]
    results = acting.act(ready, lambda order: Dispatch(order, to[order.order_id or 0], actor.name))
    if not orders:
        say("请先勾选订单 / Pick some orders first", "warning")
    elif len(ready) < len(orders):
        say(f"{len(orders) - len(ready)} 单未选网点 / no station chosen", "warning")
    return acting.back_with(results, "已分件", "dispatched")


def _orders() -> dict[str, object]:
    filters = list_filters(SOURCES, BUSINESS_TYPES)
    with reading(services().engine) as conn:
        found = lists.at_data_centre(conn, current_scope(), filters, cursor())
        network = services().networks.get(conn)
    return {
        "rows": [(row, choices(network, row, row.region, now()).likely) for row in found.rows],
        "following": cursor_text(found.following),
        "network": network,
        "filters": filters,
        "channels": SOURCES,
        "types": BUSINESS_TYPES,
        "here": acting.address(),
    }
