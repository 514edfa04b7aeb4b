"""Engines, and the one way to open a transaction (DESIGN law 7: at the edge; nobody below commits)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import uniform
from threading import Lock
from time import sleep
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as Busy

Result = TypeVar("Result")
TRIES = 5
BUSY_SECONDS = 10  # SQLite: how long a writer waits for its turn (RELIABILITY D10, F-34)
# PostgreSQL: one hung transaction must not hold up the pushes to its orders for ever (RELIABILITY D11).
PATIENCE = "-c lock_timeout=10s -c statement_timeout=120s -c idle_in_transaction_session_timeout=120s"
# Serialisation failure, deadlock, lock not available, unique key: the same work may well succeed in a moment.
_AGAIN = frozenset({"40001", "40P01", "55P03", "23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"})
# SQLite: without it INSERT OR REPLACE deletes a row past the triggers that refuse it (LEDGER-1).
REPLACE_DELETES = "recursive_triggers=ON"
# SQLite lets one write at a time, and who waits polls with growing pauses: of sixteen threads some waited five
# seconds. So writers of one process queue here and come to SQLite one by one.
_turns: WeakKeyDictionary[Engine, Lock] = WeakKeyDictionary()


def connect(url: str, *, throw_away: bool = False) -> Engine:
    """An engine for `sqlite:///path` or `postgresql://…`.

    `throw_away` is for replays into a scratch SQLite file: no fsync. Never for a live file (RELIABILITY D10).
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, hide_parameters=True)  # an error in the log must hold nobody's data
        _sqlite(engine, "OFF" if throw_away else "FULL")
        _turns[engine] = Lock()
        return engine
    return create_engine(
        parsed,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=10,
        pool_timeout=2,
        connect_args={"options": PATIENCE},
        hide_parameters=True,
    )


def _sqlite(engine: Engine, synchronous: str) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None  # stop the driver's own BEGIN: it would be a deferred one
        waits = f"busy_timeout={BUSY_SECONDS * 1000}"
        for pragma in (waits, "journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON", REPLACE_DELETES):
            dbapi.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(conn: Connection) -> None:
        # A deferred BEGIN that later writes loses updates or dies "locked" (RELIABILITY D10).
        conn.exec_driver_sql("BEGIN" if conn.get_execution_options().get("readonly") else "BEGIN IMMEDIATE")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One writing transaction: committed at the end, rolled back on any exception."""
    with _turn(engine), engine.begin() as conn:
        yield conn


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    lock = _turns.get(engine)
    if lock is None:
        yield
        return
    if not lock.acquire(timeout=BUSY_SECONDS):
        raise Busy("no turn to write")
    try:
        yield
    finally:
        lock.release()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One reading transaction; on SQLite it takes no write lock."""
    with engine.connect().execution_options(readonly=True) as conn, conn.begin():
        yield conn


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """The database as it is at one instant, however long the look takes; nothing can be written through it."""
    options: dict[str, Any] = {"readonly": True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as conn, conn.begin():
        if engine.dialect.name == "sqlite":
            conn.exec_driver_sql("PRAGMA query_only=ON")
        try:
            yield conn
        finally:
            if engine.dialect.name == "sqlite":  # the connection goes back to the pool
                conn.exec_driver_sql("PRAGMA query_only=OFF")


def run(
    engine: Engine, work: Callable[[Connection], Result], tries: int = TRIES, lock_patience: float | None = None
) -> Result:
    """`work` in one writing transaction, tried again when another transaction got in its way (RELIABILITY F-27).

    A unique key hit by a simultaneous transaction counts as such: the next try sees what the other wrote.
    `lock_patience`: seconds to wait for a lock on PostgreSQL, instead of PATIENCE.
    """
    for attempt in range(1, tries + 1):
        try:
            with writing(engine) as conn:
                if lock_patience is not None and conn.dialect.name == "postgresql":
                    conn.exec_driver_sql(f"SET LOCAL lock_timeout = {int(lock_patience * 1000)}")
                return work(conn)
        except DBAPIError as error:
            told = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
            if told not in _AGAIN or attempt == tries:
                raise
            sleep(uniform(0.005, 0.02) * attempt)
    raise AssertionError("unreachable")
