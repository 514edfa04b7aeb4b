"""接单台: what waits for the station, least time left first (DO-1, DO-6, DO-8)."""

from collections.abc import Callable

from flask import Blueprint, make_response, request
from werkzeug.wrappers import Response

from basics.words import BUSINESS_TYPES, CHANNELS
from dispatch.facts import Accept
from dispatch.lists import queries as lists
from people.access import Action
from storage.session import reading
from web.auth import current_actor, current_scope, needs
from web.console import acting
from web.console.countdown import clocks_of
from web.console.fields import choice, cursor, cursor_text, ids, list_filters
from web.notes import say
from web.services import now, services

pages = Blueprint("desk", __name__)

TABS: dict[str, Callable[..., lists.Page]] = {
    "waiting": lists.waiting,
    "to_pick_up": lists.to_pick_up,
    "to_handle": lists.to_handle,
}


@pages.get("/desk")
@needs(Action.ACCEPT)
def page() -> str:
    """The desk; htmx fetches the list alone every ten seconds."""
    return acting.page("_desk_list.html" if acting.wants_part() else "desk.html", **_desk(), results=[])


@pages.post("/desk/accept")
@needs(Action.ACCEPT)
def accept() -> Response:
    """DO-1: accept the picked orders; 200 with a result for each (RELIABILITY B-91)."""
    station, picked = acting.station_of(current_actor()), ids("orders")
    results = acting.act(picked, lambda order: Accept(order, station))
    if not picked:
        say("请先勾选订单 / Pick some orders first", "warning")
    answer = acting.page("desk.html", **_desk(), results=results)
    return make_response(answer, 200 if picked else 422)


def _desk() -> dict[str, object]:
    scope = current_scope()
    tab = choice("tab", tuple(TABS)) or "waiting"
    filters = list_filters(CHANNELS, BUSINESS_TYPES)
    with reading(services().engine) as conn:
        around = acting.world(conn)
        counts = lists.desk_counts(conn, scope)
        found = TABS[tab](conn, scope, filters, cursor())
        clocks = lists.holder_clocks(conn, [row.id for row in found.rows])
    at = now()
    return {
        "tab": tab,
        "counts": counts,
        "rows": [(row, clocks_of(row, clocks.get(row.id, {}), around, at)) for row in found.rows],
        "following": cursor_text(found.following),
        "filters": filters,
        "channels": CHANNELS,
        "types": BUSINESS_TYPES,
        "network": around.network,
        "several": len(scope.stations) > 1,
        "here": request.full_path.rstrip("?") if request.method == "GET" else "/desk",
    }
