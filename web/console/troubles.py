"""异常订单: orders that the machine failed to judge; nothing falls out of sight (RELIABILITY F-15, DESIGN law 11)."""

import re

from flask import Blueprint, request

from dispatch.troubled.queries import listed
from people.access import Action, may
from web.auth import current_actor, needs
from web.console.acting import page as shown
from web.console.fields import choice, invalid
from web.services import services
from web.transactions import seeing

pages = Blueprint("troubles", __name__)
KINDS = ("stuck", "all")
_ID = re.compile(r"[0-9]{1,18}", re.ASCII)


@pages.get("/troubles")
@needs(Action.SEE_HEALTH)
def page() -> str:
    """Those that wait for a person, or all."""
    kind = choice("kind", KINDS) or "all"
    after = request.args.get("after", "0")
    if not _ID.fullmatch(after):
        raise invalid("after", "cursor_invalid")
    with seeing() as conn:
        network = services().networks.get(conn)
        found = listed(conn, kind == "stuck", int(after))
    return shown(
        "troubles.html", rows=found.rows, following=found.following, kind=kind, kinds=KINDS, network=network,
        sees_orders=may(current_actor(), Action.SEE_ORDER),
    )  # fmt: skip
