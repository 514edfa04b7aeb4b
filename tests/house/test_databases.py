"""The database fixtures themselves: a fresh database for each test, on both kinds, with the same instants."""

from datetime import UTC, datetime, timedelta, timezone

import polars as pl
import pytest
from freezegun import freeze_time
from sqlalchemy import Column, Engine, MetaData, Table, inspect, select

from storage.session import reading, writing
from storage.tables.base import BigId, Instant, metadata
from tests.databases import import_tables


def test_schema_is_there(engine: Engine) -> None:
    import_tables()
    assert set(metadata.tables) <= set(inspect(engine).get_table_names())


@pytest.mark.parametrize("run", [1, 2])
def test_each_test_has_its_own(engine: Engine, run: int) -> None:
    """A table made by the first run would stop the second."""
    probe = Table("probe", MetaData(), Column("id", BigId, primary_key=True), Column("seen_at", Instant))
    at = datetime(2026, 1, 2, 3, 4, 5, 678901, timezone(timedelta(hours=8)))
    with writing(engine) as conn:
        probe.create(conn)
        conn.execute(probe.insert(), [{"seen_at": at}, {"seen_at": None}])
    with reading(engine) as conn:
        rows = conn.execute(select(probe.c.id, probe.c.seen_at).order_by(probe.c.id)).all()
    assert [tuple(row) for row in rows] == [(1, at), (2, None)]
    assert rows[0].seen_at.tzinfo is UTC


def test_polars_survives_frozen_time() -> None:
    with freeze_time("2026-05-01"):
        assert pl.DataFrame({"at": [datetime.now(UTC)]}).schema["at"] == pl.Datetime("us", "UTC")
    assert pl.DataFrame({"at": [datetime.now(UTC)]}).schema["at"] == pl.Datetime("us", "UTC")
