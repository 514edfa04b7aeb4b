"""How many messages wait for whoever is asking: for the badge in the navigation."""

from sqlalchemy import Connection

from notify.messages import mailbox_of
from notify.queries import unread
from web.auth import known_actor
from web.transactions import seeing


def unread_messages(conn: Connection | None = None) -> int:
    """Up to 100; 0 for who has no inbox. `conn`: a transaction that is open already."""
    actor = known_actor()
    whose = mailbox_of(actor) if actor else None
    if whose is None:
        return 0
    if conn is not None:
        return unread(conn, whose)
    with seeing() as own:
        return unread(own, whose)
