"""Channels as this process knows them, read again every few seconds: a push must not pay for unsealing secrets."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from channels.queries import Channel, load_channels
from storage.session import reading
from web.services import Credentials, now, services

FRESH = timedelta(seconds=2)


def channels_known() -> Mapping[str, Channel]:
    """Every channel and sender that was set up, by name."""
    known, at = services().credentials, now()
    # One reads again, the others go on with what is known: a slow database must not make them queue here as well.
    if not _fresh(known, at) and known.lock.acquire(blocking=known.read_at is None):
        try:
            if not _fresh(known, at):
                _read(known, at)
        finally:
            known.lock.release()
    return known.channels


def _fresh(known: Credentials, at: datetime) -> bool:
    """A clock set back makes them stale too."""
    return known.read_at is not None and timedelta(0) <= at - known.read_at < FRESH


def _read(known: Credentials, at: datetime) -> None:
    with reading(services().engine) as conn:
        known.channels = load_channels(conn, services().master, at)
    known.read_at = at
