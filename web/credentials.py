"""Channels as this process knows them, read again every few seconds: a push must not pay for unsealing secrets."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Thread

from channels.queries import Channel, load_channels
from storage.session import reading
from web.services import Credentials, Services, now, services

FRESH = timedelta(seconds=2)
PATIENCE = 1.0  # seconds for which a push waits for what is newer; then it goes on with what is known
log = logging.getLogger("lanshou.web")


def channels_known() -> Mapping[str, Channel]:
    """Every channel and sender that was set up, by name."""
    ours, at = services(), now()
    known = ours.credentials
    if known.read_at is None:
        with known.lock:
            if known.read_at is None:
                _read(ours, at)
    elif not _fresh(known, at) and known.lock.acquire(blocking=False):
        # One reads again, the others go on: a slow database must not make them queue here as well (B-52).
        reader = Thread(target=_read_again, args=(ours, at), name="lanshou-channels", daemon=True)
        reader.start()
        reader.join(PATIENCE)
    return known.channels


def _fresh(known: Credentials, at: datetime) -> bool:
    """A clock set back makes them stale too."""
    return known.read_at is not None and timedelta(0) <= at - known.read_at < FRESH


def _read_again(ours: Services, at: datetime) -> None:
    """In a thread of its own, which holds the lock."""
    try:
        _read(ours, at)
    except Exception as error:  # the push itself will meet the same database, and say so
        log.warning("channels cannot be read again: %s", type(error).__name__)
    finally:
        ours.credentials.lock.release()


def _read(ours: Services, at: datetime) -> None:
    with reading(ours.engine) as conn:
        ours.credentials.channels = load_channels(conn, ours.master, at)
    ours.credentials.read_at = at
