"""An order's clocks, whose minutes it used, and why: as known now or at a past instant."""

from datetime import datetime

from flask import Blueprint, Response, jsonify, request

from basics.days import parse_instant
from dispatch.clock_story.queries import story
from dispatch.clock_story.story import Unknown
from dispatch.clock_story.telling import as_json
from people.access import Action
from sla.explain_words import moment
from web.auth import current_scope, needs
from web.console.fields import ORDER
from web.errors import FieldError, Problem
from web.services import now, services
from web.transactions import seeing

pages = Blueprint("clocks_api", __name__)


@pages.get(f"/api{ORDER}/clocks")
@needs(Action.SEE_ORDER)
def clocks(order_id: int) -> Response:
    """`at`: ISO 8601 with an offset, not in the future; without it: now, with all that is stored. 404 outside the
    actor's scope."""
    at = _at()
    with seeing() as conn:
        told = story(conn, services().world(conn), order_id, at or now(), current_scope(), latest=at is None)
    if told is None:
        raise Problem("not_found")
    if isinstance(told, Unknown):
        detail = f"当时尚未收到此单,{moment(told.since)} 才收到 / The order was not known by then"
        raise Problem("not_known_then", detail, status=422, errors=(FieldError("at", "not_known_then"),))
    return jsonify(as_json(told))


def _at() -> datetime | None:
    said = request.args.get("at", "").replace(" ", "+")  # what a plus sign becomes in an address
    if not said:
        return None
    try:
        at = parse_instant(said)
    except ValueError:
        detail = "at 应为带时区的时间 / at is an instant with its offset: 2026-05-04T10:30:00+08:00"
        raise Problem("invalid", detail, errors=(FieldError("at", "no_instant"),)) from None
    if at > now():
        raise Problem("invalid", "at 在将来 / at lies in the future", errors=(FieldError("at", "future"),))
    return at
