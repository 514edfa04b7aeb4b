"""Passwords are hashed and compared outside of transactions, a few at a time: each takes 64 MiB."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import BoundedSemaphore

from flask import request

from people import passwords
from people.actions import mark_success, record_attempt
from web.errors import RETRY_AFTER, Problem
from web.services import now
from web.transactions import noting

_AT_ONCE = BoundedSemaphore(4)
_PATIENCE = 5.0  # seconds to wait for one of them


@contextmanager
def _one_of_few() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=_PATIENCE):
        raise Problem("busy", retry_after=RETRY_AFTER)
    try:
        yield
    finally:
        _AT_ONCE.release()


def fits(stored: str | None, password: str) -> bool:
    """Whether the password made the stored hash; with None as slow, and False. Problem `busy`."""
    with _one_of_few():
        return passwords.verify_password(stored, password)


def hashed(password: str) -> str:
    """A new hash. Problem `busy`."""
    with _one_of_few():
        return passwords.hash_password(password)


def fits_again(login: str, stored: str, password: str) -> bool | timedelta:
    """As `fits`, of somebody who sits here already; guessing waits as at the log-in (B-126)."""
    with noting() as conn:
        attempt = record_attempt(conn, login, request.remote_addr or "", now())
    if isinstance(attempt, timedelta):
        return attempt
    if not fits(stored, password):
        return False
    with noting() as conn:
        mark_success(conn, attempt)
    return True
