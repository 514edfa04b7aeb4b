"""How many messages wait for whoever is asking: for the badge in the navigation."""

from notify.messages import mailbox_of
from notify.queries import unread
from storage.session import reading
from web.auth import known_actor
from web.services import services


def unread_messages() -> int:
    """Up to 100; 0 for who has no inbox."""
    actor = known_actor()
    whose = mailbox_of(actor) if actor else None
    if whose is None:
        return 0
    with reading(services().engine) as conn:
        return unread(conn, whose)
