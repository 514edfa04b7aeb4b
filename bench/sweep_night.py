"""A night's orders that share one deadline, in a database of their own: one order is taken by the real actions, the
others are copies of its rows with numbers of their own."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from basics.now import now
from basics.settings import Settings
from channels.messages import OrderPush
from dispatch.actions import conduct
from dispatch.facts import Item
from jobs.environment import Environment
from replay.network import load_folder
from rulebook.book import packaged
from storage.session import connect, run, writing
from tests.databases import PostgresServer

HERE = Path(__file__).parent.parent
NETWORK = HERE / "tests" / "stories" / "_networks" / "plain"
EVENING = datetime(2026, 5, 4, 13, tzinfo=UTC)  # 21:00 in Shanghai; long ago, so that the wall clock may be used too
DEADLINE = datetime(2026, 5, 5, 0, 30, tzinfo=UTC)  # ACCEPT-1: 08:30 of the next morning
MOMENT = timedelta(microseconds=1)
CONTENT = {
    "business_type": "send_express", "online": True, "lng": 120.07, "lat": 30.07, "datum": "GCJ-02",
    "address": "浙江省杭州市西湖区文一路一号", "sender": {"name": "寄件人", "phone": "13800000000"},
    "window_start": "2099-01-01T10:00:00+08:00", "window_end": "2099-01-01T12:00:00+08:00",  # PICKUP-2: runs on
}  # fmt: skip
TABLES = ("orders", "events", "assignments", "clocks")


def copies(conn: Connection, count: int) -> None:
    """The one order in the database becomes `count` orders."""
    names = text(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = ANY(:tables) ORDER BY ordinal_position"
    )
    columns: dict[str, list[str]] = {}
    for table, column in conn.execute(names, {"tables": list(TABLES)}):
        columns.setdefault(table, []).append(column)
    for table in TABLES:
        made = [name for name in columns[table] if name != "id" or table == "orders"]
        changed = {"id": "id + n", "order_id": "order_id + n", "logistics_no": "logistics_no || '-' || n"}
        values = ", ".join(changed.get(name, f'"{name}"') for name in made)
        into = ", ".join(f'"{name}"' for name in made)
        conn.execute(
            text(f"INSERT INTO {table} ({into}) SELECT {values} FROM {table}, generate_series(1, :more) AS n"),
            {"more": count - 1},
        )
    conn.execute(text("SELECT setval(pg_get_serial_sequence('orders', 'id'), (SELECT max(id) FROM orders))"))


def make(url: str, count: int) -> None:
    """The night's orders into an empty database with our tables."""
    engine = connect(url)
    with writing(engine) as conn:
        load_folder(conn, NETWORK, EVENING)
    env = environment(engine, EVENING)
    push = Item(EVENING, OrderPush("crm", "IS1", EVENING, CONTENT), "channel:crm")
    assert run(engine, lambda conn: conduct(conn, [push], env.world(conn))) == [None]
    with writing(engine) as conn:
        copies(conn, count)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE"))
        conn.execute(text("CHECKPOINT"))
    engine.dispose()


def environment(engine: Engine, at: datetime | None = None) -> Environment:
    """The product over that database, its clock standing still at an instant if one is given."""
    return Environment(Settings("", None, HERE, HERE, False), engine, packaged(), now if at is None else lambda: at)


@contextmanager
def copied(server: PostgresServer, night: str) -> Iterator[str]:
    """A copy of the database `night`, gone with the block."""
    name = f"sweep_{time.monotonic_ns()}"
    server.run(f"CREATE DATABASE {name} TEMPLATE {night} STRATEGY FILE_COPY")
    try:
        yield server.url(name)
    finally:
        server.run(f"DROP DATABASE {name} WITH (FORCE)")
