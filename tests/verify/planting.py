"""Lies planted into a database behind the engine's back, and what `verify` finds then."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, select, text, update

from rulebook.book import packaged
from storage import triggers
from storage.session import snapshot
from verify.finding import Finding
from verify.queries import check

TICK = timedelta(microseconds=1)
CHAIN = "transfer_chain_own_minutes"  # two orders; HZ03, HZ02, data centre, HZ03; a missed accept clock
FINES = "scan_after_fine_overturns"  # a fine that was overturned, one that stands, a dismissed suspicion


@contextmanager
def behind_the_back(engine: Engine) -> Iterator[Connection]:
    """As somebody with every right: no trigger and no foreign key stops what is done here."""
    with engine.connect() as conn:
        if conn.dialect.name == "sqlite":
            conn.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        with conn.begin():
            if conn.dialect.name == "postgresql":
                conn.execute(text("SET LOCAL session_replication_role = replica"))
            triggers.remove(conn)
            yield conn


def found_after(engine: Engine, plant: Callable[[Connection], Any]) -> list[Finding]:
    with behind_the_back(engine) as conn:
        plant(conn)
    with snapshot(engine) as conn:
        return check(conn, packaged())


def moved(table: Any, where: Any, column: Any, by: timedelta = TICK) -> Callable[[Connection], Any]:
    """An instant of one row moved."""

    def plant(conn: Connection) -> None:
        at = conn.execute(select(column).where(where)).scalar_one()
        conn.execute(update(table).where(where).values({column.name: at + by}))

    return plant


def copied(row: Row[Any], **changes: Any) -> dict[str, Any]:
    return {**row._mapping, **changes}
