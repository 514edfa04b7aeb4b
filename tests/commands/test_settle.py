"""`lanshou settle`: the dry run with places, differences and reasons (SETTLE-1); it posts nothing (ROLE-3)."""

import csv
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from app import cli
from basics.days import month_of
from basics.now import now
from penalties.booking.queries import balances
from storage.session import reading, writing
from tests.rules.months import EAST, Months

Do = Callable[..., Result]


@pytest.fixture
def do(engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Do:
    """Run the command over `engine`."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("LANSHOU_DATA", str(tmp_path))
    return lambda *args: CliRunner().invoke(cli, ["settle", *args])


def rows(told: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(told)))


def test_settle_1_the_dry_run_as_csv_and_as_a_table(do: Do, engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as conn:
        months = Months(conn)
        months.order("A", "5-10")
        months.order("B", "5-10")
        late = months.suspicion("B", "5-11")
        months.items("2026-05", "6-05")
        months.confirm(late, now="6-06")
        posted = months.balances()
    told = do("2026-05")
    assert told.exit_code == 0
    [row] = rows(told.stdout)
    assert (row["station"], row["kind"], row["amount_fen"], row["difference"]) == ("B", "reward", "-20000", "yes")
    assert row["key"] == "settle:2026-05:B:reward:2" and "应为 0.00 元，此前已记 200.00 元" in row["why"]
    assert "settled 1 times before" in told.stderr and "from stations -200.00 元" in told.stderr
    assert "名额合计 / places of all provinces: 200 (差 / gap +0)" in told.stderr
    east = rows(do("2026-05", "--places").stdout)[0]
    assert [east[name] for name in ("province", "stations", "candidates", "places", "winners")] == [
        EAST, "4", "1", "160", "A",
    ]  # fmt: skip
    file = tmp_path / "out.txt"
    assert do("2026-05", "--table", "-o", str(file)).stdout == ""
    assert "settle:2026-05:B:reward:2" in file.read_text(encoding="utf-8")
    assert "to be settled again too: 2026-05" in do("2026-04").stderr
    with reading(engine) as conn:
        assert balances(conn) == posted


def test_settle_1_refused(do: Do, engine: Engine) -> None:
    with writing(engine) as conn:
        Months(conn)
    running = do(month_of(now()))
    assert running.exit_code == 1 and "[month_not_over]" in running.stderr
    for no_month in ("2026-13", "may", "2026-5", "0000-01"):
        told = do(no_month)
        assert told.exit_code == 2 and "not a month" in told.stderr, told.stderr


def test_settle_1_a_month_before_all(do: Do, engine: Engine) -> None:
    with writing(engine) as conn:
        Months(conn)
    told = do("1999-05")
    assert told.exit_code == 0 and rows(told.stdout) == [] and "not settled yet" in told.stderr
