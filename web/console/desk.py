"""接单台: what waits for the station, least time left first (DO-1, DO-6, DO-8)."""

import hashlib
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.wrappers import Response as AnyResponse

from basics.words import BUSINESS_TYPES
from channels.registry import SOURCES
from dispatch.facts import Accept
from dispatch.lists import queries as lists
from people.access import Action, Scope
from web.auth import current_actor, current_scope, needs
from web.console import acting
from web.console.countdown import Clocks, Countdown, clocks_of
from web.console.desk_bell import Bell, bell_of, look, steps_of
from web.console.fields import choice, cursor, cursor_text, list_filters, picked
from web.notes import say
from web.services import now
from web.transactions import seeing
from web.unread import unread_messages

pages = Blueprint("desk", __name__)

SHOWN_HEADER = "X-Shown"  # the version of the list that the page shows already

TABS: dict[str, Callable[..., lists.Page]] = {
    "waiting": lists.waiting,
    "to_pick_up": lists.to_pick_up,
    "to_handle": lists.to_handle,
}


@pages.get("/desk")
@needs(Action.ACCEPT)
def page() -> str | Response:
    """The desk; htmx fetches the list alone every ten seconds, and nothing when it shows all there is (204).

    Whoever loads or fetches it looks at the desk of these stations (DUTY-3).
    """
    scope = current_scope()
    look(scope.stations)
    desk = _desk(scope)
    if not acting.wants_part():
        return acting.page("desk.html", **desk)
    if request.headers.get(SHOWN_HEADER) == desk["version"]:
        return Response(status=204)
    return acting.page("_desk_part.html", **desk)


@pages.post("/desk/accept")
@needs(Action.ACCEPT)
def accept() -> AnyResponse:
    """DO-1: accept the picked orders; the list tells what became of each."""
    station, orders = acting.station_of(current_actor()), picked("orders")
    results = acting.act(orders, lambda order: Accept(order, station))
    if not orders:
        say("请先勾选订单 / Pick some orders first", "warning")
    return acting.back_with(results, "已接单", "accepted")


def _desk(scope: Scope) -> dict[str, object]:
    tab = choice("tab", tuple(TABS)) or "waiting"
    filters = list_filters(SOURCES, BUSINESS_TYPES)
    with seeing() as conn:
        around = acting.world(conn)
        counts = lists.desk_counts(conn, scope)
        found = TABS[tab](conn, scope, filters, cursor())
        clocks = lists.holder_clocks(conn, [row.id for row in found.rows])
        steps = steps_of(conn, clocks) if tab == "waiting" else {}
        bell = bell_of(conn, scope.stations, around, now())
        g.unread = unread_messages(conn)
    at = now()
    rows = [(row, clocks_of(row, clocks.get(row.id, {}), around, at)) for row in found.rows]
    return {
        "tab": tab,
        "counts": counts,
        "rows": rows,
        "steps": steps,
        "bell": bell,
        "unread": g.unread,
        "version": _version((counts, steps, bell, g.unread), rows),
        "following": cursor_text(found.following),
        "filters": filters,
        "channels": SOURCES,
        "types": BUSINESS_TYPES,
        "network": around.network,
        "several": len(scope.stations) > 1,
        "here": acting.address(),
    }


def _version(besides: tuple[dict[str, int], dict[int, list[str]], Bell, int], rows: list[tuple[Any, Clocks]]) -> str:
    """Changes with whatever the list shows, but not with minutes that the page counts by itself."""
    shown = [
        (tuple(row), [_told(clock) for clock in (own.accept, own.transfer, *(one.left for one in own.more))],
         own.pickup_due) for row, own in rows
    ]  # fmt: skip
    return hashlib.sha256(repr((besides, shown)).encode()).hexdigest()[:16]


def _told(clock: Countdown | None) -> tuple[object, ...] | None:
    if clock is None:
        return None
    counted = clock.how in ("running", "late")
    return (clock.how, clock.due) if counted else (clock.how, clock.due, clock.minutes, clock.resumes)
