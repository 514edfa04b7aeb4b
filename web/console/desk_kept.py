"""What belongs to the desk beside its list: kept filters, and the bell of a desk whose session is over (DO-8)."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dispatch.lists.queries import desk_counts
from people.access import Action, Scope
from people.filters.actions import forget, keep
from web.auth import current_actor, local_path, needs, open_to_all
from web.console import acting
from web.console.desk import SCREEN
from web.console.desk_bell import bell_of
from web.console.fields import BIGGEST_ID, invalid, text
from web.desk_token import TOKEN_HEADER, stations_of
from web.errors import Problem
from web.notes import say
from web.services import now
from web.transactions import seeing, transact

pages = Blueprint("desk_kept", __name__)

KEPT = tuple(name for name in acting.FILTERS if name != "after")  # a page of the list is no filter


@pages.post("/desk/filters")
@needs(Action.ACCEPT)
def save() -> AnyResponse:
    """The filters of the list one comes from, under a name."""
    name, back = text("name", 40), local_path(request.form.get("back"))
    if not name:
        raise invalid("name", "field_required", "请填写名称 / A name is required")
    query = kept_words(urlsplit(back).query)
    if len(query) > 1_000:
        raise invalid("back", "text_too_long")
    user = current_actor().user_id
    refusal = transact(lambda conn: keep(conn, user, SCREEN, name, query, now()))
    if refusal is not None:
        raise invalid(refusal.field or "name", refusal.code, refusal.message)
    say(f"已保存筛选 {name} / Filter saved: {name}")
    return redirect(url_for("desk.page") + (f"?{query}" if query else ""), 303)


def kept_words(query: str) -> str:
    """Of an address's words those that are filters."""
    return urlencode([(key, value) for key, value in parse_qsl(query) if key in KEPT])


@pages.post(f"/desk/filters/<int(max={BIGGEST_ID}):filter_id>/delete")
@needs(Action.ACCEPT)
def delete(filter_id: int) -> AnyResponse:
    """One of one's own; another's does not exist."""
    user = current_actor().user_id
    if not transact(lambda conn: forget(conn, user, filter_id)):
        raise Problem("not_found")
    say("已删除筛选 / Filter deleted")
    return redirect(local_path(request.form.get("back") or url_for("desk.page")), 303)


@pages.get("/desk/waiting")
@open_to_all
def waiting() -> Response:
    """How many orders wait and whether they ring, and nothing else, for a desk whose session is over: it sounds on
    (RELIABILITY 11.2)."""
    stations = stations_of(request.headers.get(TOKEN_HEADER, ""))
    if stations is None:
        raise Problem("login_required")
    with seeing() as conn:
        bell = bell_of(conn, stations, acting.world(conn), now())
        count = desk_counts(conn, Scope(stations=stations))["waiting"]
    response = jsonify({"waiting": count, "bell": bell.value})
    response.headers["Cache-Control"] = "no-store"
    return response
