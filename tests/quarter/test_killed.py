"""SETTLE-1, LEDGER-1: settled while the quarter goes on, each settlement broken off at random points by exceptions or
kill -9, then let through and run again: the same ledger."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from subprocess import PIPE
from typing import Any

import pytest
from sqlalchemy import Engine, text

from storage.session import connect, snapshot
from tests.databases import PostgresServer
from tests.paths import REPO
from tests.quarter import quarters
from tests.replaying import empty_postgres
from tests.settling import Run, book_of, books, lived, parts_of, settle_all, settle_month, watched
from verify import queries

ORDERS, SEED = 300, 7
BREAKS, KILLS = 4, 2  # of each settlement that posts
LEDGER_COLUMNS = 10
Rows = list[tuple[Any, ...]]
Straight = tuple[Rows, list[Run]]


class Broken(Exception):
    """What befalls a settlement in these tests."""


@pytest.fixture(scope="module")
def quarter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the quarter in parts, after each of which months are settled."""
    folder = tmp_path_factory.mktemp("quarter")
    quarters.write(SEED, folder, ORDERS)
    parts_of(folder)
    return folder


@pytest.fixture(scope="module")
def straight(quarter: Path) -> Straight:
    """The books when nothing goes wrong, and the settlements that posted something."""
    engine = connect(f"sqlite:///{quarter / 'straight.db'}", throw_away=True)
    book, runs = book_of(quarter / "edition.toml"), []
    for part, now in lived(engine, quarter, book):
        runs += settle_all(engine, book, now, part)
    found = books(engine)
    assert sum(row[-1] for row in found if len(row) == LEDGER_COLUMNS) == 0, "trial balance"
    engine.dispose()
    return found, [run for run in runs if run.items]


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        engine = connect(f"sqlite:///{tmp_path / 'quarter.db'}", throw_away=True)
        yield engine
        engine.dispose()
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with empty_postgres(server) as url:
        engine = connect(url)
        yield engine
        engine.dispose()


def test_every_path_is_broken(straight: Straight) -> None:
    """What the test below breaks off: first postings, differences of both signs, a key's third posting."""
    _, runs = straight
    items = [item for run in runs for item in run.items]
    assert len({run.part for run in runs if any(item.difference for item in run.items)}) >= 3
    assert {item.kind for item in items if item.difference} == {"reward", "refund_1", "refund_2"}
    assert {item.amount_fen > 0 for item in items if item.difference} == {True, False}
    assert {item.key.rsplit(":", 1)[1] for item in items} == {"1", "2", "3"}


def test_broken_off_and_killed(engine: Engine, quarter: Path, straight: Straight) -> None:
    """At whatever statement of a settlement an exception or SIGKILL comes, the commit included, nothing of it stays;
    the next run makes it whole, and the one after that posts nothing."""
    (wanted, runs), book, rng = straight, book_of(quarter / "edition.toml"), Random(SEED)
    with killer(engine, quarter / "edition.toml") as kill:
        for part, now in lived(engine, quarter, book):
            before = books(engine)
            for run in (run for run in runs if run.part == part):
                for number in (*rng.sample(range(1, run.statements), BREAKS), run.statements):
                    with watched(engine, number, fall), pytest.raises(Broken):
                        settle_month(engine, run.month, book, now)
                for number in rng.sample(range(2, run.statements + 1), KILLS):
                    assert kill(f"{now.isoformat()} {run.month} {number}") == "killed"
            assert books(engine) == before, "nothing of it stays"
            settle_all(engine, book, now, part)
            assert half_posted(engine) == []
            assert not any(run.items for run in settle_all(engine, book, now, part)), "settled again: nothing"
    assert books(engine) == wanted
    with snapshot(engine) as conn:
        assert queries.check(conn, book) == [], "chain and books"


def fall() -> None:
    raise Broken


@contextmanager
def killer(engine: Engine, edition: Path) -> Iterator[Callable[[str], str]]:
    """A process whose children settle and are killed."""
    command = [sys.executable, "-m", "tests.settling", engine.url.render_as_string(hide_password=False), str(edition)]
    env = {**os.environ, "PYTHONPATH": str(REPO)}
    with subprocess.Popen(command, env=env, cwd=REPO, stdin=PIPE, stdout=PIPE, text=True, bufsize=1) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told, heard = process.stdin, process.stdout

        def kill(line: str) -> str:
            told.write(line + "\n")
            return heard.readline().strip()

        yield kill
        told.close()


def half_posted(engine: Engine) -> list[Any]:
    """Postings whose lines do not sum to zero, and those of settlements that say nothing of them."""
    with engine.connect() as conn:
        query = (
            "SELECT p.key FROM postings p LEFT JOIN ledger_lines l ON l.posting_id = p.id"
            " LEFT JOIN settlement_items i ON i.posting_id = p.id"
            " GROUP BY p.id, p.key HAVING COALESCE(SUM(l.amount_fen), 1) <> 0"
            " OR (p.key LIKE 'settle:%' AND COUNT(i.posting_id) = 0)"
        )
        return list(conn.execute(text(query)))
