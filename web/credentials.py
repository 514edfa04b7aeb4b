"""Channel secrets of this process, read again every few seconds: a push must not pay for unsealing them."""

from datetime import datetime, timedelta

from channels.queries import load_channels
from storage.session import reading
from web.services import Credentials, now, services

FRESH = timedelta(seconds=2)


def secrets_of(channel: str) -> tuple[bytes, ...]:
    """Valid keys of a channel, newest first; empty when it is unknown or switched off."""
    known, at = services().credentials, now()
    # One reads again, the others go on with what is known: a slow database must not make them queue here as well.
    if not _fresh(known, at) and known.lock.acquire(blocking=known.read_at is None):
        try:
            if not _fresh(known, at):
                _read(known, at)
        finally:
            known.lock.release()
    return known.keys.get(channel, ())


def _fresh(known: Credentials, at: datetime) -> bool:
    """A clock set back makes them stale too."""
    return known.read_at is not None and timedelta(0) <= at - known.read_at < FRESH


def _read(known: Credentials, at: datetime) -> None:
    with reading(services().engine) as conn:
        found = load_channels(conn, services().master, at)
    known.keys = {name: one.secrets for name, one in found.items() if one.enabled}
    known.read_at = at
