"""Whether this process can serve: for load balancers and for people who wonder."""

from flask import Blueprint, Response, jsonify
from sqlalchemy import text

from storage.session import reading
from web.auth import open_to_all
from web.services import services

pages = Blueprint("health", __name__)


@pages.get("/healthz")
@open_to_all
def healthz() -> Response:
    """200 when the database answers; otherwise the handlers of errors.py say 503 or 500."""
    with reading(services().engine) as conn:
        conn.execute(text("SELECT 1"))
    return jsonify({"ok": True})
