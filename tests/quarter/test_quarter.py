"""A quarter replayed: every row and every fen as the naive calculation has it, on SQLite and PostgreSQL.

`make test` takes one seed; `make soak` takes fresh, larger ones (QUARTERS=5, from QUARTER_SEED)."""

import csv
import json
import os
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from tests.databases import PostgresServer
from tests.oracle.compare import compare, soft_differences
from tests.oracle.money import fines, month_of
from tests.oracle.results import Rows
from tests.quarter import quarters
from tests.quarter.arranged import rivalries
from tests.quarter.author import LAST, Author
from tests.replaying import empty_postgres, replay, written

ORDERS = 1200
SEED = int(os.environ.get("QUARTER_SEED", "1"))
SOAK = range(SEED + 1, SEED + 1 + int(os.environ.get("QUARTERS", "3")))


def play(folder: Path, out: Path, *more: str) -> None:
    rulebook = ("--rulebook", str(folder / "edition.toml"))
    result = replay(folder / "events.jsonl", folder, out, *rulebook, *more)
    assert result.exit_code == 0, result.output


def settled_alike(seed: int, folder: Path, orders: int, server: PostgresServer) -> tuple[Author, Rows]:
    """Replay that quarter on both databases and compare."""
    author = quarters.write(seed, folder, orders)
    rows, edition = author.replay.rows(), folder / "edition.toml"
    play(folder, folder / "sqlite")
    found = compare(folder / "sqlite", rows, edition) + soft_differences(folder / "sqlite", rows)
    assert not found, f"seed {seed}, {orders} orders:\n" + "\n".join(found)
    with empty_postgres(server) as url:
        play(folder, folder / "postgresql", "--database", url)
    assert written(folder / "postgresql") == written(folder / "sqlite")
    return author, rows


@pytest.mark.timeout(600)
def test_a_quarter_to_the_fen(tmp_path: Path, postgres_server: PostgresServer) -> None:
    """REWARD-1, REWARD-2, REFUND-1, SETTLE-1, APPEAL-1..3, LEDGER-1 over three months and five provinces."""
    author, rows = settled_alike(SEED, tmp_path, ORDERS, postgres_server)
    with (tmp_path / "sqlite" / "ledger.csv").open(encoding="utf-8") as file:
        ledger = list(csv.DictReader(file))
    assert sum(int(line["amount_fen"]) for line in ledger) == 0, "trial balance"
    by_posting: Counter[str] = Counter()
    for line in ledger:
        by_posting[line["key"]] += int(line["amount_fen"])
    assert set(by_posting.values()) == {0}
    assert not [line for line in ledger if line["happened_at"] == LAST.isoformat()], "settled again: nothing"
    assert sum(code.startswith("settle taken") * n for code, n in author.codes.items()) == 15
    _has_everything(author, rows)


def _has_everything(author: Author, rows: Rows) -> None:
    """A quarter in which nothing happens would agree too."""
    book = author.replay.book
    stages = {(stage.stage, stage.state) for d in book.decisions.values() for stage in d.stages}
    assert stages >= {("province", "overturned"), ("province", "upheld"), ("province", "passed_on")}
    assert stages >= {("hq", "overturned"), ("hq", "upheld")}
    assert {s.amount > 0 for s in book.settlements if s.again} == {True, False}, "differences of both signs"
    rewarded = Counter(s.house[:2] for s in book.settlements if s.kind == "reward" and not s.again)
    assert rewarded["P0"] == 0, "4 of 60 stations: 0.4 places"
    assert rewarded["P4"] == 9, "25 of 60 stations: 2.5 places, 3 a month"
    assert any(s.amount % 100 for s in book.settlements if s.kind == "refund_1"), "60 % of odd fines"
    assert {code.split()[1] for code in author.codes if code.startswith("appeal")} >= {
        "taken", "appeal_period_over", "already_appealed", "not_confirmed",
    }  # fmt: skip
    assert any(row[2] == "rewards" for row in rows["ledger.csv"])
    _comes_late(author)
    _rivals_turn_on_one_thing(author)


def _comes_late(author: Author) -> None:
    """What was decided before and what after the first settlement of the violation's month, and what that posted."""
    book = author.replay.book
    first: dict[str, datetime] = {}
    for s in book.settlements:
        first[s.month] = min(s.at, first.get(s.month, s.at))
    said = [json.loads(line) for line in author.lines]
    by = {(e["logistics_no"], e["kind"], e["at"]): e["stage"] for e in said if e.get("decision") == "overturn"}
    found: Counter[tuple[str, bool]] = Counter()
    for key, decision in book.decisions.items():
        settled = first.get(month_of(decision.suspicion.happened), LAST)  # of July nothing is settled
        if key in author.confirmed:
            found["confirmed", author.confirmed[key] >= settled] += 1
        if decision.overturned_at is not None:
            who = by.get((key[0], key[2], decision.overturned_at.isoformat()), "news")
            found[who, decision.overturned_at >= settled] += 1
    wanted = [(by, after) for by in ("province", "hq", "news", "confirmed") for after in (False, True)]
    assert min(found[one] for one in wanted) > 0, found
    postings = Counter((s.kind, s.n, s.amount > 0) for s in book.settlements)
    for kind in ("reward", "refund_1", "refund_2"):
        assert postings[kind, 1, True], postings
        assert postings[kind, 2, False], f"{kind} taken back: {postings}"
        assert postings[kind, 3, True], f"{kind} posted again: {postings}"


def _rivals_turn_on_one_thing(author: Author) -> None:
    """REWARD-2, SETTLE-2: both without a fine in the end, and the place with the one that earned it."""
    book = author.replay.book
    had: Counter[tuple[str, str]] = Counter()
    for s in book.settlements:
        had[s.month, s.house] += s.amount if s.kind == "reward" else 0
    for one in rivalries():
        month = f"2026-{one.month:02d}"
        assert not fines(book, one.winner, month) + fines(book, one.loser, month), one
        assert had[month, one.winner] > 0 == had[month, one.loser], one


@pytest.mark.soak
@pytest.mark.parametrize("seed", SOAK)
def test_larger_quarters(seed: int, tmp_path: Path, postgres_server: PostgresServer) -> None:
    settled_alike(seed, tmp_path, 10_000, postgres_server)
