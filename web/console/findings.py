"""问题: what is doubtful in the service areas, each with its place on the map."""

from flask import Blueprint

from people.access import Action
from web.auth import needs
from web.console.acting import page as shown

pages = Blueprint("findings", __name__)


@pages.get("/areas/findings")
@needs(Action.MANAGE_AREAS)
def page() -> str:
    """By kind and station."""
    return shown("findings.html", found=[])
