"""The two real days of ../shared/data (never part of the repository): known results, byte for byte every time.

PICKUP-1, PICKUP-2, PROMISE-1, V-PICKUP, LEDGER-1, NOTICE-1; skipped when the data is not there.
"""

import csv
import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from basics.days import week_of
from tests import paths
from tests.databases import PostgresServer
from tests.replaying import empty_postgres, replay, written


@dataclass(frozen=True)
class Known:
    """What is known of one city's day."""

    city: str
    orders: int
    level_2: int
    late: int
    promise_kept: int


CITIES = [
    Known("chongqing", orders=1470, level_2=411, late=3, promise_kept=1444),
    Known("shanghai", orders=1285, level_2=668, late=4, promise_kept=1235),
]
FINE = 10_000


@pytest.fixture(params=CITIES, ids=lambda known: known.city, scope="module")
def known(request: pytest.FixtureRequest) -> Known:
    """One city; skips without the data."""
    found: Known = request.param
    paths.shared("data", "replay", found.city)
    return found


def run(known: Known, out: Path, *more: str) -> Path:
    folder = paths.shared("data", "replay", known.city)
    result = replay(folder / "events.jsonl.gz", folder, out, *more)
    assert result.exit_code == 0, result.output
    return out


def rows(out: Path, name: str) -> list[dict[str, str]]:
    with (out / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def level_2_of(known: Known) -> set[str]:
    with (paths.shared("data", "replay", known.city) / "stations.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"] for row in csv.DictReader(file) if row["level"] == "2"}


@pytest.fixture(scope="module")
def out(known: Known, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(known, tmp_path_factory.mktemp(known.city))


def test_all_orders_are_routed_and_picked_up(known: Known, out: Path) -> None:
    """ROUTE-1: none at the data centre, and the contracted areas win over their parents."""
    orders = rows(out, "orders.csv")
    assert Counter(row["routing_cause"] for row in orders) == {"area": known.orders}
    assert not [row for row in orders if row["station"] == "DATA_CENTRE"]
    assert sum(row["station"] in level_2_of(known) for row in orders) == known.level_2
    assert {row["state"] for row in orders} == {"picked_up"} and all(row["picked_up_at"] for row in orders)
    clocks = Counter((row["kind"], row["verdict"]) for row in rows(out, "clocks.csv"))
    in_time = known.orders - known.late
    assert clocks == {("accept", "kept"): known.orders, ("pickup", "kept"): in_time, ("pickup", "missed"): known.late}
    assert not any(rows(out, name) for name in ("rejected.csv", "appeals.csv", "settlement.csv"))
    summary = json.loads((out / "summary.json").read_text())
    assert summary["edition"] == "2017-01-01" and summary["orders.csv"] == known.orders


def test_the_late_ones_are_fined_and_the_ledger_sums_to_zero(known: Known, out: Path) -> None:
    violations = rows(out, "violations.csv")
    expected = [("V-PICKUP", "confirmed", str(FINE))] * known.late
    assert [(v["kind"], v["state"], v["fine_fen"]) for v in violations] == expected
    ledger = rows(out, "ledger.csv")
    assert sum(int(line["amount_fen"]) for line in ledger) == 0
    assert sum(int(line["amount_fen"]) for line in ledger if line["account"] == "fines") == -known.late * FINE
    assert len({line["key"] for line in ledger}) == known.late and len(ledger) == 2 * known.late
    assert not {line["account"] for line in ledger} & level_2_of(known)


def test_the_weeks_add_up(known: Known, out: Path) -> None:
    weekly = rows(out, "weekly.csv")

    def total(name: str) -> int:
        return sum(int(row[name]) for row in weekly)

    assert (total("orders"), total("promise_kept")) == (known.orders, known.promise_kept)
    assert (total("accept_on_time"), total("accept_late")) == (known.orders, 0)
    assert (total("pickup_on_time"), total("pickup_late")) == (known.orders - known.late, known.late)
    assert (total("suspected"), total("confirmed"), total("fines_fen")) == (0, known.late, known.late * FINE)
    created = Counter(week_of(datetime.fromisoformat(row["created_at"])) for row in rows(out, "orders.csv"))
    for week, orders in created.items():
        assert sum(int(row["orders"]) for row in weekly if row["week"] == week) == orders


def test_twice_identical_bytes_and_on_postgresql(
    known: Known, out: Path, tmp_path: Path, postgres_server: PostgresServer
) -> None:
    first = written(out)
    assert written(run(known, tmp_path / "again", "--batch", "97")) == first
    with empty_postgres(postgres_server) as url:
        assert written(run(known, tmp_path / "postgresql", "--database", url)) == first


def test_the_rulebook_makes_the_difference(known: Known, tmp_path: Path) -> None:
    """HQ rehearses a draft: with pickup due within 1 h and fines of 70 yuan more is late, each by its own tariff."""
    shipped = (paths.REPO / "rulebook" / "editions" / "2017-01-01.toml").read_text(encoding="utf-8")
    draft = shipped.replace("pickup = { value = 16,", "pickup = { value = 1,").replace(
        "V-PICKUP = { value = 10000,", "V-PICKUP = { value = 7000,"
    )
    draft = draft.replace('name = "2017-01-01"', 'name = "draft"')
    (tmp_path / "draft.toml").write_text(draft, encoding="utf-8")
    out = run(known, tmp_path / "out", "--rulebook", str(tmp_path / "draft.toml"))
    violations = rows(out, "violations.csv")
    assert len(violations) > known.late
    assert {(v["edition"], v["fine_fen"]) for v in violations} == {("draft", "7000")}
    assert json.loads((out / "summary.json").read_text())["edition"] == "draft"
