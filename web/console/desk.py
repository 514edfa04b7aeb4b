"""接单台: what waits for the station, least time left first (DO-1, DO-6, DO-8)."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from basics.words import BUSINESS_TYPES
from channels.registry import SOURCES
from dispatch.desks.queries import numbers
from dispatch.facts import Accept
from dispatch.lists import queries as lists
from geo.addresses import packaged as gazetteer
from people.access import Action, Scope
from people.filters.queries import kept_filters
from web.auth import current_actor, current_scope, needs
from web.console import acting
from web.console.countdown import Clocks, Countdown, clocks_of
from web.console.desk_bell import Bell, bell_of, look, steps_of
from web.console.desk_places import Lies, places
from web.console.fields import choice, cursor, cursor_text, list_filters, picked
from web.desk_token import desk_token
from web.errors import wants_json
from web.language import side
from web.notes import say
from web.services import now
from web.transactions import seeing
from web.unread import unread_messages

pages = Blueprint("desk", __name__)

SHOWN_HEADER = "X-Shown"  # the version of the list that the page shows already
SCREEN = "desk"  # of kept filters

TABS: dict[str, Callable[..., lists.Page]] = {
    "waiting": lists.waiting,
    "to_pick_up": lists.to_pick_up,
    "to_handle": lists.to_handle,
}


@pages.get("/desk")
@needs(Action.ACCEPT)
def page() -> str | Response:
    """The desk; htmx fetches the list alone when it may have changed, and nothing when it shows all there is (204).

    Whoever loads or fetches it looks at the desk of these stations (DUTY-3).
    """
    scope = current_scope()
    look(scope.stations)
    desk = _desk(scope)
    if not acting.wants_part():
        return acting.page("desk.html", **desk, token=desk_token(scope.stations), user=current_actor().user_id)
    if request.headers.get(SHOWN_HEADER) == desk["version"]:
        return Response(status=204)
    return acting.page("_desk_part.html", **desk)


@pages.post("/desk/accept")
@needs(Action.ACCEPT)
def accept() -> AnyResponse:
    """DO-1: accept the picked orders; what became of each is told on the list, or to the page that asks by itself."""
    station, orders = acting.station_of(current_actor()), picked("orders")
    results = acting.act(orders, lambda order: Accept(order, station))
    if wants_json():
        return jsonify({"results": [_told_of(result) for result in results]})
    if not orders:
        say("请先勾选订单 / Pick some orders first", "warning")
    return acting.back_with(results, "已接单", "accepted")


def _told_of(result: acting.Result) -> dict[str, object]:
    refusal = result.refusal
    return {
        "order": result.order_id,
        "number": result.number,
        "code": refusal.code if refusal else None,
        "message": side(refusal.message) if refusal else None,
    }


def _desk(scope: Scope) -> dict[str, object]:
    tab, at = choice("tab", tuple(TABS)) or "waiting", now()
    filters = list_filters(SOURCES, BUSINESS_TYPES)
    if tab == "to_handle":
        filters = replace(filters, withdrawal=choice("withdrawal", ("handled",)))
    with seeing() as conn:
        # Before the list: what changes between the two is asked for once more.
        number = sum(numbers(conn, scope.stations).values())
        around = acting.world(conn)
        counts, districts = lists.desk_of(conn, scope)
        found = TABS[tab](conn, scope, filters, cursor())
        clocks = lists.holder_clocks(conn, [row.id for row in found.rows])
        steps = steps_of(conn, clocks) if tab == "waiting" else {}
        bell = bell_of(conn, scope.stations, around, at)
        kept = kept_filters(conn, current_actor().user_id, SCREEN)
        g.unread = unread_messages(conn)
    rows = [(row, clocks_of(row, clocks.get(row.id, {}), around, at)) for row in found.rows]
    lie = places(around.network, found.rows, at) if tab == "waiting" else {}
    names = gazetteer()
    return {
        "tab": tab,
        "counts": counts,
        "rows": rows,
        "lie": lie,
        "steps": steps,
        "bell": bell,
        "unread": g.unread,
        "number": number,
        "version": _version((counts, steps, bell, g.unread, lie), rows),
        "again": _changes_by_itself(rows, at),
        "following": cursor_text(found.following),
        "filters": filters,
        "kept": kept,
        "channels": SOURCES,
        "types": BUSINESS_TYPES,
        "districts": [(code, names.name(code) or code) for code in districts],
        "network": around.network,
        "several": len(scope.stations) > 1,
        "here": acting.address(),
    }


Besides = tuple[dict[str, int], dict[int, list[str]], Bell, int, dict[int, Lies]]


def _version(besides: Besides, rows: Sequence[tuple[Any, Clocks]]) -> str:
    """Changes with whatever the list shows, but not with minutes that the page counts by itself."""
    shown = [(tuple(row), [_told(clock) for clock in _all(own)], own.pickup_due) for row, own in rows]
    return hashlib.sha256(repr((besides, shown)).encode()).hexdigest()[:16]


def _all(own: Clocks) -> tuple[Countdown | None, ...]:
    return (own.accept, own.transfer, *(one.left for one in own.more))


def _told(clock: Countdown | None) -> tuple[object, ...] | None:
    if clock is None:
        return None
    counted = clock.how in ("running", "late")
    return (clock.how, clock.due) if counted else (clock.how, clock.due, clock.minutes, clock.resumes)


def _changes_by_itself(rows: Sequence[tuple[Any, Clocks]], at: datetime) -> datetime | None:
    """When the list will show something else though nothing happens: a pause ends, a minute before a pause is over, a
    deadline passes."""
    found = []
    for clock in (clock for _, own in rows for clock in _all(own) if clock is not None):
        if clock.how == "paused":
            found.append(clock.resumes)
        elif clock.how == "split":
            found.append(at + timedelta(minutes=1))
        elif clock.how == "running":
            found.append(clock.due + timedelta(seconds=1))
    return min(found, default=None)
