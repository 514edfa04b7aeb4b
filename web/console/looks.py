"""The alarm about looks behind the mask: thirty in five minutes, or one that the hour's limit stopped (B-121)."""

from datetime import timedelta

from sqlalchemy import Connection

from notify.actions import notify
from notify.look_alert import look_alerts
from people.access import Actor
from people.actions import UNMASK
from people.queries import looks_since
from people.sittings import ALARMING_LOOKS
from web.services import now

LATELY = timedelta(minutes=5)


def alert(conn: Connection, actor: Actor, *, stopped: bool) -> None:
    """After a look was logged or refused, in its transaction."""
    lately = looks_since(conn, actor.user_id, UNMASK, now() - LATELY)
    if stopped or lately >= ALARMING_LOOKS:
        notify(conn, look_alerts(actor, lately, now(), stopped), now())
