"""Channels as this process knows them, read again every few seconds: a push must not pay for unsealing secrets."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Thread

from channels.queries import Channel, load_channels
from storage.session import reading
from web.errors import RETRY_AFTER, Problem
from web.services import Credentials, Services, now, services

FRESH = timedelta(seconds=2)
# Seconds for which a push waits for what is newer, and in a fresh process for the first reading (B-52).
PATIENCE, FIRST_PATIENCE = 0.5, 3.0
log = logging.getLogger("lanshou.web")


def channels_known() -> Mapping[str, Channel]:
    """Every channel and sender that was set up, by name. Problem `busy` when the database does not say in time."""
    ours, at = services(), now()
    known = ours.credentials
    # One reads, the others go on with what is known: a slow database must not make them queue here as well.
    if not _fresh(known, at) and known.lock.acquire(blocking=False):
        reader = Thread(target=_read, args=(ours, at), name="lanshou-channels", daemon=True)
        try:
            reader.start()
        except RuntimeError:  # no thread to be had (F-06): then this one reads
            _read(ours, at)
        else:
            reader.join(PATIENCE if known.ready.is_set() else FIRST_PATIENCE)
    if not known.ready.wait(FIRST_PATIENCE):
        raise Problem("busy", retry_after=RETRY_AFTER)
    return known.channels


def _fresh(known: Credentials, at: datetime) -> bool:
    """A clock set back makes them stale too."""
    return known.read_at is not None and timedelta(0) <= at - known.read_at < FRESH


def _read(ours: Services, at: datetime) -> None:
    """Holds the lock, and lets go of it."""
    known = ours.credentials
    try:
        with reading(ours.engine) as conn:
            known.channels = load_channels(conn, ours.master, at)
        known.read_at = at
        known.ready.set()
    except Exception as error:  # the push itself will meet the same database, and say so
        log.warning("channels cannot be read: %s", type(error).__name__)
    finally:
        known.lock.release()
