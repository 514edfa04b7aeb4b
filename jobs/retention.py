"""The task that lets personal data go when its time is over (RELIABILITY 11.3), and what it would do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from basics.days import shanghai
from basics.retention import Cutoffs, cutoffs
from channels.errors_seen.actions import prune
from channels.retention.actions import forget_bodies
from channels.retention.queries import count_bodies
from dispatch.retention.actions import forget_waiting, pseudonymise
from dispatch.retention.queries import count_orders, count_waiting
from jobs.environment import Environment
from penalties.retention.actions import forget_files
from penalties.retention.queries import count_files
from people.answers.actions import forget_answers
from people.retention.actions import forget_attempts
from storage.session import reading, run

ORDERS, BODIES, FILES, ANSWERS = 500, 2_000, 20, 50_000  # in one transaction; a file has up to ten mebibytes
ROUNDS = 2_000  # transactions of one kind in one night; the next night goes on
NIGHT = range(1, 5)  # hours in Shanghai: nobody waits then


@dataclass(frozen=True, slots=True)
class Due:
    """What is old enough: how many, the oldest one's instant, and the instant before which it is old."""

    what: str
    count: int
    oldest: datetime | None
    before: datetime


def retention(env: Environment) -> None:
    """Every hour of the night; by day nothing."""
    if shanghai(env.clock()).hour in NIGHT:
        let_go(env)


def let_go(env: Environment) -> None:
    """Everything that is old enough, in batches: each is a transaction of its own, and again changes nothing."""
    now = env.clock()
    until = cutoffs(env.settings.keep, now)

    def orders(conn: Connection, after: int) -> int | None:
        return pseudonymise(conn, until.orders, now, ORDERS, after)

    def bodies(conn: Connection, after: int) -> int | None:
        return forget_bodies(conn, until.messages, BODIES, after)

    def files(conn: Connection, _after: int) -> int | None:
        return forget_files(conn, until.evidence, FILES) or None

    for act in (orders, bodies, files):
        _in_rounds(env, act)
    run(env.engine, lambda conn: forget_waiting(conn, until.orders))
    run(env.engine, lambda conn: prune(conn, now))
    run(env.engine, lambda conn: forget_answers(conn, now, ANSWERS))
    run(env.engine, lambda conn: forget_attempts(conn, now))


def _in_rounds(env: Environment, act: Callable[[Connection, int], int | None]) -> None:
    after: int | None = 0
    for _ in range(ROUNDS):
        if after is None:
            return
        after = _round(env, act, after)


def _round(env: Environment, act: Callable[[Connection, int], int | None], after: int) -> int | None:
    return run(env.engine, lambda conn: act(conn, after))


def due(env: Environment) -> list[Due]:
    """What `let_go` would take now."""
    now = env.clock()
    until: Cutoffs = cutoffs(env.settings.keep, now)
    with reading(env.engine) as conn:
        return [
            Due("orders", *count_orders(conn, until.orders, now), until.orders),
            Due("messages", *count_bodies(conn, until.messages), until.messages),
            Due("evidence", *count_files(conn, until.evidence), until.evidence),
            Due("waiting", *count_waiting(conn, until.orders), until.orders),
        ]
