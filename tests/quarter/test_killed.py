"""SETTLE-1, LEDGER-1: settled three times, broken off at random points by exceptions or kill -9: the same ledger."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, text

from storage.session import connect, snapshot
from tests.databases import PostgresServer
from tests.paths import REPO
from tests.quarter import quarters
from tests.replaying import empty_postgres, replay
from tests.settling import book_of, books, settle_all, watched
from verify import queries

ORDERS, SEED = 400, 7
BREAKS, KILLS = 12, 5
LEDGER_COLUMNS = 10
Rows = list[tuple[Any, ...]]


class Broken(Exception):
    """What befalls a settlement in these tests."""


@pytest.fixture(scope="module")
def unsettled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the quarter and its database before anything was settled."""
    folder = tmp_path_factory.mktemp("quarter")
    quarters.write(SEED, folder, ORDERS)
    events = folder / "events.jsonl"
    lines = events.read_text(encoding="utf-8").splitlines(keepends=True)
    events.write_text("".join(line for line in lines if json.loads(line)["do"] != "settle"), encoding="utf-8")
    fill(folder, f"sqlite:///{folder / 'unsettled.db'}")
    return folder


def fill(folder: Path, url: str) -> None:
    more = ("--rulebook", str(folder / "edition.toml"), "--database", url)
    result = replay(folder / "events.jsonl", folder, folder / "out", *more)
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="module")
def straight(unsettled: Path) -> tuple[Rows, int]:
    """The books when nothing goes wrong, and how many statements that takes."""
    engine, book = connect(copy_of(unsettled, unsettled / "straight.db")), book_of(unsettled / "edition.toml")
    with watched(engine) as sent:
        made = settle_all(engine, book)
    found = books(engine)
    assert made > 20
    assert sum(row[-1] for row in found if len(row) == LEDGER_COLUMNS) == 0, "trial balance"
    assert settle_all(engine, book) == 0
    assert books(engine) == found
    engine.dispose()
    return found, len(sent)


def copy_of(unsettled: Path, to: Path) -> str:
    return f"sqlite:///{shutil.copy(unsettled / 'unsettled.db', to)}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, unsettled: Path, tmp_path: Path) -> Iterator[str]:
    """The unsettled quarter on each kind of database."""
    if request.param == "sqlite":
        yield copy_of(unsettled, tmp_path / "quarter.db")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with empty_postgres(server) as found:
        fill(unsettled, found)
        yield found


def test_broken_off_by_an_exception(url: str, unsettled: Path, straight: tuple[Rows, int]) -> None:
    """Whatever statement fails: nothing of that month's settlement stays, and the next run makes it whole."""
    (wanted, statements), book, rng = straight, book_of(unsettled / "edition.toml"), Random(SEED)
    engine = connect(url, throw_away=True)

    def fall() -> None:
        raise Broken

    for number in sorted(rng.sample(range(1, statements), BREAKS)):
        with watched(engine, number, fall), suppress(Broken):
            settle_all(engine, book)
        assert half_posted(engine) == []
    settle_all(engine, book)
    assert books(engine) == wanted
    assert settle_all(engine, book) == 0
    with snapshot(engine) as conn:
        assert queries.check(conn, book) == [], "chain and books"
    engine.dispose()


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


def test_kill_9(url: str, unsettled: Path, straight: tuple[Rows, int]) -> None:
    """Processes that settle are killed at random statements, one after another; the last one is let through."""
    wanted, statements = straight
    numbers = sorted(Random(SEED + 1).sample(range(2, statements), KILLS))
    command = [sys.executable, "-m", "tests.settling", url, str(unsettled / "edition.toml"), *map(str, numbers)]
    env = {**os.environ, "PYTHONPATH": str(REPO)}
    told = subprocess.run(command, env=env, cwd=REPO, capture_output=True, text=True, check=True, timeout=300)
    assert told.stdout.split().count("killed") >= KILLS - 2, told
    engine = connect(url, throw_away=True)
    settle_all(engine, book_of(unsettled / "edition.toml"))
    assert books(engine) == wanted
    engine.dispose()
