"""The OpenAPI document and the page that shows it, for whoever is logged in or has a key."""

from collections.abc import Sequence

from flask import Blueprint, Response, jsonify

from web.api.openapi import document
from web.api.operation import PREFIX, Api
from web.auth import needs
from web.console.acting import page as shown


def documents(areas: Sequence[Api]) -> Blueprint:
    """Two addresses: the document, written once, and the page."""
    pages, written = Blueprint("api", __name__, url_prefix=PREFIX), document(areas)

    @pages.get("/openapi.json")
    @needs(None)
    def openapi() -> Response:
        return jsonify(written)

    @pages.get("/docs")
    @needs(None)
    def docs() -> str:
        return shown("api_docs.html")

    return pages
