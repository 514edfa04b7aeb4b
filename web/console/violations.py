"""疑似违规: what is suspected of one's own stations, and what became of it (VIO-4)."""

from flask import Blueprint

from basics.words import CaseState
from dispatch.evidence.queries import charges
from penalties.trail.queries import links_of
from people.access import Action
from web.auth import current_scope, needs
from web.console.acting import page as shown
from web.console.fields import choice, cursor, cursor_text
from web.services import services
from web.transactions import seeing

pages = Blueprint("violations", __name__)

STATES = tuple(state.value for state in CaseState)


@pages.get("/violations")
@needs(Action.SEE_OWN_CASES)
def page() -> str:
    """Newest first; `state` of the case. By the station they are of, whoever holds the order now."""
    scope, state = current_scope(), choice("state", STATES)
    with seeing() as conn:
        found = charges(conn, scope, state, cursor())
        network = services().networks.get(conn)
        money = links_of(conn, scope, [row.id for row in found.rows])
    return shown(
        "violations.html", rows=found.rows, following=cursor_text(found.following), state=state, states=STATES,
        money=money, network=network, with_station=scope.province is not None or len(scope.stations) > 1,
    )  # fmt: skip
