"""分件台: what no station is sure to serve, with cause and candidates; HQ dispatches it (ROUTE-2, ROUTE-3)."""

from flask import Blueprint, make_response, request
from werkzeug.wrappers import Response

from basics.words import BUSINESS_TYPES, CHANNELS, DATA_CENTRE
from dispatch.facts import Dispatch
from dispatch.lists import queries as lists
from people.access import Action
from storage.session import reading
from web.auth import current_actor, current_scope, needs
from web.console import acting
from web.console.choices import choices
from web.console.fields import cursor, cursor_text, ids, list_filters, text
from web.notes import say
from web.services import services

pages = Blueprint("data_centre", __name__)


@pages.get("/data-centre")
@needs(Action.DISPATCH)
def page() -> str:
    """Longest waiting first."""
    return acting.page("data_centre.html", **_orders(), results=[])


@pages.post("/data-centre/dispatch")
@needs(Action.DISPATCH)
def dispatch() -> Response:
    """Each picked order to the station beside it, or all to `to`; 200 with a result for each (RELIABILITY B-91)."""
    actor, picked, to_all = current_actor(), ids("orders"), text("to", 32)
    to = {one: to_all or text(f"to-{one}", 32) for one in picked}
    ready = [one for one in picked if to[one] and to[one] != DATA_CENTRE]
    results = acting.act(ready, lambda order: Dispatch(order, to[order.order_id or 0], actor.name))
    if not picked:
        say("请先勾选订单 / Pick some orders first", "warning")
    elif len(ready) < len(picked):
        say(f"{len(picked) - len(ready)} 单未选网点 / no station chosen", "warning")
    answer = acting.page("data_centre.html", **_orders(), results=results)
    return make_response(answer, 200 if ready else 422)


def _orders() -> dict[str, object]:
    filters = list_filters(CHANNELS, BUSINESS_TYPES)
    with reading(services().engine) as conn:
        found = lists.at_data_centre(conn, current_scope(), filters, cursor())
        network = services().networks.get(conn)
    return {
        "rows": [(row, choices(network, row, row.region).likely) for row in found.rows],
        "following": cursor_text(found.following),
        "network": network,
        "filters": filters,
        "channels": CHANNELS,
        "types": BUSINESS_TYPES,
        "here": request.path if request.method == "GET" else "/data-centre",
    }
