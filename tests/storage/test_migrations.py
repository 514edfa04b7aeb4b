"""Migrations make exactly the tables that storage/tables describes, on both databases, and the ledger only grows."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, delete, insert, inspect, select, text, update
from sqlalchemy import column as named
from sqlalchemy import table as of_table
from sqlalchemy.exc import DatabaseError

from penalties.booking.actions import post
from penalties.ledger import Posting
from rulebook.book import packaged
from storage import migrate, triggers
from storage.schema import complete_metadata, create_all
from storage.session import connect, reading, writing
from storage.tables import penalties as t
from verify.queries import check

AT = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.fixture
def created(engine: Engine) -> Iterator[Engine]:
    """A database of the same kind as `engine`, emptied and made by `create_all` instead of by migrations."""
    migrate.downgrade(engine, "base")
    with writing(engine) as conn:
        conn.execute(text("DROP TABLE alembic_version"))
        create_all(conn)
    yield engine


def description(conn: Connection) -> dict[str, Any]:
    """Everything that the database says of its tables, names of constraints and checks included."""
    seen = inspect(conn)
    told: dict[str, Any] = {}
    for table in sorted(set(seen.get_table_names()) - {"alembic_version"}):
        columns = [(c["name"], str(c["type"]), c["nullable"], str(c["default"])) for c in seen.get_columns(table)]
        told[table] = {
            "columns": sorted(columns),  # one added later stands last
            "primary key": seen.get_pk_constraint(table),
            "foreign keys": sorted(map(str, seen.get_foreign_keys(table))),
            "unique": sorted(map(str, seen.get_unique_constraints(table))),
            "checks": sorted(map(str, seen.get_check_constraints(table))),
            "indexes": sorted(f"{i['name']} {i['column_names']} {i['unique']}" for i in seen.get_indexes(table)),
        }
    return told


def test_migrations_and_tables_agree(engine: Engine) -> None:
    with reading(engine) as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, complete_metadata()) == []
    assert migrate.current(engine) == migrate.newest()


def test_migrated_and_created_are_the_same(engine: Engine, request: pytest.FixtureRequest) -> None:
    """Checks and names too, which alembic does not compare."""
    with reading(engine) as conn:
        migrated = description(conn)
    with reading(request.getfixturevalue("created")) as conn:
        assert description(conn) == migrated


def test_down_and_up_again(engine: Engine) -> None:
    with reading(engine) as conn:
        before = description(conn)
    migrate.downgrade(engine, "base")
    with reading(engine) as conn:
        assert description(conn) == {}
    assert migrate.current(engine) is None
    migrate.upgrade(engine)
    migrate.upgrade(engine)
    with reading(engine) as conn:
        assert description(conn) == before


def test_several_at_once(engine: Engine, database_url: str) -> None:
    """Processes that start together: one does it, the others find it done."""
    migrate.downgrade(engine, "base")
    engines = [connect(database_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate.upgrade, engines))
    assert migrate.current(engine) == migrate.newest()
    for one in engines:
        one.dispose()


def test_foreign_tables_are_left_alone(created: Engine) -> None:
    """A database that no migration made is not taken over."""
    with pytest.raises(migrate.ForeignSchema):
        migrate.upgrade(created)
    assert migrate.current(created) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_foreign_keys_hold_again_after_a_migration(engine: Engine) -> None:
    migrate.upgrade(engine)
    with reading(engine) as conn:
        assert conn.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_broken_foreign_key_stops_a_migration(tmp_path: Path) -> None:
    """SQLite does not look while a migration runs, so the migration looks at its end."""
    engine = connect(f"sqlite:///{tmp_path}/broken.db")
    migrate.upgrade(engine)
    with engine.connect() as conn:
        conn.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        conn.execute(t.lines.insert(), {"posting_id": 7, "account": "S1", "amount_fen": 1})
        conn.commit()
    with pytest.raises(ValueError, match="ledger_lines"):
        migrate.upgrade(engine)


def a_posting(conn: Connection) -> None:
    row = {
        "id": 1, "key": "fine:crm/IS1:1:V-ACCEPT", "content_hash": "0" * 64, "happened_at": AT, "recorded_at": AT,
        "station": "S1", "logistics_no": "IS1", "rule": "V-ACCEPT", "edition": "2017-01-01",
        "seq": 1, "chain": "0" * 64, "month": "2026-05", "why": "",
    }  # fmt: skip
    conn.execute(t.postings.insert(), row)
    lines = [("S1", 100), ("fines", -100)]
    conn.execute(t.lines.insert(), [{"posting_id": 1, "account": a, "amount_fen": fen} for a, fen in lines])


CHANGES = {
    "amount": update(t.lines).where(t.lines.c.account == "S1").values(amount_fen=1),
    "line": delete(t.lines),
    "posting": update(t.postings).values(station="S2"),
    "deletion": delete(t.postings),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("made_by", ["migrations", "create_all"])
def test_ledger_is_append_only(engine: Engine, made_by: str, change: str, request: pytest.FixtureRequest) -> None:
    """LEDGER-1, RELIABILITY D7."""
    if made_by == "create_all":
        request.getfixturevalue("created")
    with writing(engine) as conn:
        a_posting(conn)
    with pytest.raises(DatabaseError, match="append-only"), writing(engine) as conn:
        conn.execute(CHANGES[change])
    with writing(engine) as conn:
        triggers.install(conn)  # again: changes nothing
        triggers.remove(conn)
        conn.execute(CHANGES["amount"])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_ledger_cannot_be_truncated(engine: Engine) -> None:
    with pytest.raises(DatabaseError, match="append-only"), writing(engine) as conn:
        conn.execute(text("TRUNCATE ledger_lines"))


def an_old_posting(conn: Connection, row_id: int, recorded_at: datetime) -> None:
    """As the schema before the chain had it."""
    old = {
        "id": row_id, "key": f"fine:crm/IS{row_id}:1:V-ACCEPT", "content_hash": "0" * 64, "happened_at": AT,
        "recorded_at": recorded_at, "station": "S1", "logistics_no": f"IS{row_id}", "rule": "V-ACCEPT",
        "edition": "2017-01-01",
    }  # fmt: skip
    columns = [column for column in t.postings.columns if column.name in old]
    conn.execute(insert(of_table("postings", *(named(one.name, one.type) for one in columns))).values(old))
    rows = [
        {"posting_id": row_id, "account": account, "amount_fen": fen} for account, fen in (("S1", 1), ("fines", -1))
    ]
    conn.execute(t.lines.insert(), rows)


def test_i_13_what_was_posted_before_becomes_the_beginning_of_the_chain(engine: Engine) -> None:
    """In the order of time, whatever their ids; the next one gets an id of its own; down and up again the same."""
    migrate.downgrade(engine, "0004")
    with writing(engine) as conn:
        for row_id, minutes in ((3, 3), (7, 2), (8, 1), (20, 0)):
            an_old_posting(conn, row_id, AT + timedelta(minutes=minutes))
    migrate.upgrade(engine)
    chain = select(t.postings.c.id, t.postings.c.seq, t.postings.c.chain, t.postings.c.month).order_by(t.postings.c.seq)
    with reading(engine) as conn:
        before = conn.execute(chain).all()
    assert [(row.id, row.seq, row.month) for row in before] == [
        (20, 1, "2026-05"), (8, 2, "2026-05"), (7, 3, "2026-05"), (3, 4, "2026-05"),
    ]  # fmt: skip
    one = Posting("fine:crm/N:1:V-ACCEPT", AT, "S1", "N", "V-ACCEPT", "2017-01-01", (("S1", 1), ("fines", -1)))
    with writing(engine) as conn:
        post(conn, [one], AT + timedelta(days=1))
        assert conn.execute(chain).all()[-1][:2] == (21, 5)
        assert not [found for found in check(conn, packaged()) if found.invariant == "I-13"]
    migrate.downgrade(engine, "0004")
    migrate.upgrade(engine)
    with reading(engine) as conn:
        assert conn.execute(chain).all()[:4] == before


def test_going_down_is_refused_while_the_ledger_rests_on_a_settlement(engine: Engine) -> None:
    one = Posting("settle:2026-05:S1:reward:1", AT, "S1", "", "REWARD-1", "2017-01-01", (("S1", -1), ("rewards", 1)))
    with writing(engine) as conn:
        post(conn, [one], AT)
    with pytest.raises(ValueError, match="settle:2026-05:S1:reward:1"):
        migrate.downgrade(engine, "0004")
    with reading(engine) as conn:
        assert conn.execute(select(t.postings.c.key)).scalar_one() == one.key
    assert migrate.current(engine) == migrate.newest()
