"""Feedback a second from the outbox to a local channel, beside a bare loop of `requests.post` (G-10, F-48)."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import Engine, func, select

from basics.settings import Settings
from channels.actions import set_channel
from channels.outbox.actions import queue_feedback
from commands.init import make_secret
from jobs.environment import Environment
from jobs.tasks import perform
from rulebook.book import packaged
from storage import migrate
from storage.session import connect, reading, writing
from storage.tables.channels import outbox
from tests.channels import vectors
from tests.databases import postgres, postgres_bin
from tests.soak.channel import Remote, channel

MESSAGES = int(os.environ.get("MESSAGES", "5000"))
THREADS = 16
GOAL = 200  # messages a second (G-10)
BODY = (
    b'{"type":"pickup.order.accepted","timestamp":"2026-11-22T12:00:00+08:00",'
    b'"data":{"logistics_order_no":"IS202611220000017","station":"HZ01"}}'
)
NOTES = (
    "*Feedback*: messages of as many orders waiting in the outbox, claimed, signed, sent by 16 threads to a channel in",
    f"another process and marked in the database, which keeps its promises (fsync on); the goal is {GOAL} a second.",
    "*requests.post*: the same body to the same channel by 16 threads, nothing read, signed or kept.",
)
Row = tuple[str, str, Callable[[], float], str, Callable[[], float]]  # name, unit, ours, the peer's name, the peer


def rows() -> Iterator[Row]:
    """A row for each database."""
    with tempfile.TemporaryDirectory() as folder, channel() as there:
        yield _row("SQLite", connect(f"sqlite:///{folder}/outbox.db"), Path(folder), there)
        programs = postgres_bin()
        if programs is not None:
            with postgres(programs, durable=True) as server, _database(server) as engine:
                yield _row("PostgreSQL", engine, Path(folder), there)


@contextmanager
def _database(server: Any) -> Iterator[Engine]:
    server.run("CREATE DATABASE bench_outbox")
    engine = connect(server.url("bench_outbox"))
    yield engine
    engine.dispose()


def _row(name: str, engine: Engine, folder: Path, there: Remote) -> Row:
    migrate.upgrade(engine)
    secret = folder / f"{name}.key"
    make_secret(secret)
    env = Environment(Settings("", None, folder, secret, True), engine, packaged())
    values = {"secret": vectors.SECRET, "feedback_url": there.url}
    with writing(engine) as conn:
        assert set_channel(conn, env.master(), "crm", values, env.clock()) is None
    orders = iter(range(1, 10**9, MESSAGES))

    def ours() -> float:
        _queue(env, next(orders))
        started = time.perf_counter()
        while _waiting(env):
            perform(env, "feedback:crm")
        return MESSAGES / (time.perf_counter() - started)

    return f"feedback, {name}", "messages/s", ours, "requests.post, 16 threads", lambda: _bare(there)


def _queue(env: Environment, first: int) -> None:
    told = {"logistics_no": "IS202611220000017", "happened_at": "2026-11-22T12:00:00+08:00", "station": "HZ01"}
    row = {"region": "", "channel": "crm", "kind": "accepted", "payload": told, "at": datetime.now(UTC)}
    with writing(env.engine) as conn:
        queue_feedback(conn, [row | {"order_id": order} for order in range(first, first + MESSAGES)])


def _waiting(env: Environment) -> int:
    with reading(env.engine) as conn:
        return conn.scalar(select(func.count()).where(outbox.c.state == "waiting")) or 0


def _bare(there: Remote) -> float:
    started = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(lambda _: requests.post(there.url, data=BODY, timeout=15).ok, range(MESSAGES)))
    return MESSAGES / (time.perf_counter() - started)


if __name__ == "__main__":
    for name, unit, ours, peer_name, peer in rows():
        print(f"{name}: {ours():,.0f} {unit}; {peer_name}: {peer():,.0f}")
