"""首页: what needs me now, what changes soon, how we stand."""

from flask import Blueprint

from basics.days import month_of
from people.access import Action, may
from web.auth import current_actor, current_scope, needs
from web.console.acting import page as shown
from web.console.home_parts import changes_soon, charts, leftovers_of, needs_now
from web.console.statements import standings_of
from web.services import now, services
from web.transactions import seeing

pages = Blueprint("home", __name__)


@pages.get("/home")
@needs(None)
def page() -> str:
    """The first page of every role."""
    actor, scope = current_actor(), current_scope()
    with seeing() as conn:
        network = services().networks.get(conn)
        own = network.stations.get(actor.station or "")
        own_money = own is not None and may(actor, Action.ASK_PAYOUT)
        return shown(
            "home.html",
            needs=needs_now(conn, actor, scope, network, now()),
            soon=changes_soon(conn, actor, scope, network, services().book, now()),
            charts=charts(conn, actor, scope, now()),
            month=month_of(now()),
            leftovers=leftovers_of(conn, actor, scope, now()),
            standings=standings_of(conn, own.parent or own.code)[-1:] if own and own_money else (),  # the running month
        )
