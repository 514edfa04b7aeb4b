"""The figures of the weekly report are those of a naive recount of the event log, in every cell of every week."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection

from basics.days import week_bounds
from reports.cube import Key, figures, over, rows
from reports.facts.frames import Facts
from reports.facts.queries import load
from reports.measures import weekly_measures
from storage.session import connect, snapshot
from tests import paths
from tests.databases import PostgresServer
from tests.oracle import histories, naive, naive_weekly
from tests.oracle.network import read_text
from tests.replaying import empty_postgres, replay
from tests.rules.same_in_forms import week_walked

SEEDS = (1004, 1008, 1037)
ON_POSTGRESQL = 1033  # a long one, with settlements of months and of what changed in them
SOAK = (*range(1001, 1101), *range(2001, 2021))
Cells = dict[tuple[str, str, str], int]


@contextmanager
def replayed(events: Path, network: Path, out: Path, url: str) -> Iterator[Connection]:
    """The real engine's database after a history."""
    result = replay(events, network, out, "--database", url)
    assert result.exit_code == 0, result.output
    engine = connect(url)
    with snapshot(engine) as conn:
        yield conn
    engine.dispose()


def cells_of(facts: Facts) -> Cells:
    found = figures(facts, weekly_measures())
    assert found.equals(found.sort("level", "code", "measure"))
    return {(level, code, measure): value for level, code, measure, value in found.iter_rows()}


def told_twice(conn: Connection, events: Path, network: Path) -> dict[str, Facts]:
    """Compare every week with the recount; the facts of each week that has any."""
    feed = naive.Replay(network)
    for line in read_text(events).splitlines():
        feed.feed(json.loads(line))
    assert feed.now is not None
    feed.rows()  # what is silent by the end is passed on
    feed.book.at_end = True
    weeks = naive_weekly.weeks_of(naive_weekly.facts(feed.book, feed.now))
    found = {week: load(conn, *week_bounds(week)) for week in sorted(weeks)}
    for week, facts in found.items():
        wanted, given = naive_weekly.cells(weeks[week]), cells_of(facts)
        differ = {cell: (given.get(cell), wanted.get(cell)) for cell in wanted.keys() | given.keys()
                  if given.get(cell) != wanted.get(cell)}  # fmt: skip
        assert not differ, f"{week}: product, naive: {differ}"
    return found


def opened(facts: Facts) -> int:
    """Every cell again, from the rows that it opens; how many there are."""
    measures = {one.code: one for one in weekly_measures()}
    held = {name: frame.collect().lazy() for name, frame in facts.items()}
    cells = cells_of(held)
    for (level, code, name), value in cells.items():
        one = measures[name]
        assert rows(held, one, Key(name, level, code)).select(over(one)).collect().item() == value, (level, code, name)
    return len(cells)


def same_as_weekly_csv(found: Mapping[str, Facts], out: Path) -> None:
    """REPLAY weekly.csv: each of its figures stands in the cube too, and no other week or station has one."""
    text = (out / "weekly.csv").read_text(encoding="utf-8").splitlines()
    told: dict[str, Cells] = defaultdict(dict)
    names: set[str] = set()
    for row in csv.DictReader(text):
        names = set(row) - {"week", "province", "station"}
        told[row["week"]] |= {("station", row["station"], name): int(row[name]) for name in names if int(row[name])}
    for week, facts in found.items():
        stations = {cell: value for cell, value in cells_of(facts).items() if cell[0] == "station" and cell[2] in names}
        assert stations == told[week], week
    assert set(told) <= set(found)


def test_both_know_the_same_measures() -> None:
    assert set(naive_weekly.MEASURES) == {one.code for one in weekly_measures()}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_cell_of_every_week(seed: int, tmp_path: Path) -> None:
    """SETTLE-2, PROMISE-1, DO-5, LEDGER-1: of the event log alone, by plain counting."""
    events = histories.write(seed, tmp_path)
    with replayed(events, tmp_path, tmp_path / "out", f"sqlite:///{tmp_path}/replay.db") as conn:
        found = told_twice(conn, events, tmp_path)
        same_as_weekly_csv(found, tmp_path / "out")
        assert sum(opened(facts) for facts in list(found.values())[:2]) > 100


@pytest.mark.soak
@pytest.mark.parametrize("seed", SOAK)
def test_every_cell_for_long(seed: int, tmp_path: Path) -> None:
    events = histories.write(seed, tmp_path, orders=40 if seed < 2000 else 120)
    with replayed(events, tmp_path, tmp_path / "out", f"sqlite:///{tmp_path}/replay.db") as conn:
        same_as_weekly_csv(told_twice(conn, events, tmp_path), tmp_path / "out")


def test_every_cell_on_postgresql(tmp_path: Path, postgres_server: PostgresServer) -> None:
    events = histories.write(ON_POSTGRESQL, tmp_path)
    with empty_postgres(postgres_server) as url, replayed(events, tmp_path, tmp_path / "out", url) as conn:
        found = told_twice(conn, events, tmp_path)
        assert {"refunds_fen", "rewards_fen"} <= {cell[2] for facts in found.values() for cell in cells_of(facts)}


@pytest.mark.parametrize("city", ["chongqing", "shanghai"])
def test_the_real_days(city: str, tmp_path: Path) -> None:
    """Both replays of ../shared/data: recounted, opened in every form, and weekly.csv says the same."""
    folder = paths.shared("data", "replay", city)
    with replayed(folder / "events.jsonl.gz", folder, tmp_path, f"sqlite:///{tmp_path}/replay.db") as conn:
        found = told_twice(conn, folder / "events.jsonl.gz", folder)
        same_as_weekly_csv(found, tmp_path)
        assert sum(opened(facts) for facts in found.values()) > 500
        assert week_walked(conn, Random(city).choice(sorted(found))) > 500
