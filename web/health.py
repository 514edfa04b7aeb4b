"""Whether this process can serve: for load balancers and for people who wonder."""

from flask import Blueprint, Response, jsonify
from sqlalchemy import text

from web.auth import open_to_all
from web.clock_gate import RETRY_AFTER
from web.services import services
from web.transactions import seeing

pages = Blueprint("health", __name__)


@pages.get("/healthz")
@open_to_all
def healthz() -> Response:
    """200 when the database answers; otherwise the handlers of errors.py say 503 or 500."""
    _ask_database()
    return jsonify({"ok": True})


@pages.get("/readyz")
@open_to_all
def readyz() -> Response:
    """200 when this process takes writes as well: the database answers, and its clock was looked at and agrees
    (RELIABILITY F-38)."""
    _ask_database()
    watch = services().watch
    if watch is None or (watch.state.looked and watch.apart is None):
        return jsonify({"ok": True})
    seconds = round(watch.apart.total_seconds(), 3) if watch.apart is not None else None
    response = jsonify({"ok": False, "cause": "clock", "seconds": seconds})
    response.status_code = 503
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def _ask_database() -> None:
    with seeing() as conn:
        conn.execute(text("SELECT 1"))
