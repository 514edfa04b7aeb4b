"""`lanshou ledger`: balances, the head, a day's report, exports that another program reads (LEDGER-1, I-12, I-13)."""

import csv
import io
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from beancount import loader
from beancount.core import realization
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from app import cli
from basics.days import parse_instant
from penalties.booking.actions import post
from penalties.booking.queries import Period, balances, moved
from penalties.ledger import ADJUSTMENTS, Posting
from reports.ledger_export import account_name, in_yuan
from storage.session import reading, writing
from tests.verify.books_scene import FINE, KEYS, LAST, build

Do = Callable[..., Result]
# Codes that are no account's name in Beancount, and two that a careless map would bring together.
CODES = ("西湖-01", "hz 01", "a.b", "A-2e-B", "A.B", "=cmd|x", '"')


@pytest.fixture
def nothing_booked(engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Do:
    """Run a command over an empty ledger; `tmp_path` is the data folder."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("LANSHOU_DATA", str(tmp_path))
    return lambda *args: CliRunner().invoke(cli, args)


@pytest.fixture
def do(nothing_booked: Do, engine: Engine, tmp_path: Path) -> Do:
    """The same over the ledger of `books_scene`."""
    build(engine, tmp_path)
    return nothing_booked


def odd_accounts(engine: Engine) -> None:
    at = parse_instant("2026-07-20T10:00:00+08:00")
    with writing(engine) as conn:
        for number, code in enumerate(CODES):
            lines = ((code, 1 + number), (ADJUSTMENTS, -1 - number))
            post(conn, [Posting(f"request:{90 + number}", at, code, "", "ROLE-3", "2017-01-01", lines)], at)


def loaded(path: Path) -> tuple[dict[str, Decimal], Sequence[object]]:
    """Balances by account, and the errors, as Beancount itself finds them."""
    entries, errors, _ = loader.load_file(str(path))
    root = realization.realize(entries)
    found: dict[str, Decimal] = {}
    for account in realization.iter_children(root):
        units = account.balance.get_currency_units("CNY").number
        if units:
            found[account.account] = units
    return found, errors


def in_beancount(fen: dict[str, int]) -> dict[str, Decimal]:
    return {account_name(account): Decimal(in_yuan(amount)) for account, amount in fen.items() if amount}


def test_ledger_1_beancount_reads_all_of_it_and_comes_to_the_same_balances(
    do: Do, engine: Engine, tmp_path: Path
) -> None:
    odd_accounts(engine)
    out = tmp_path / "all.beancount"
    assert do("ledger", "export", "--format", "beancount", "-o", str(out)).exit_code == 0
    found, errors = loaded(out)
    with reading(engine) as conn:
        assert not errors and found == in_beancount(balances(conn))
    assert len({account_name(code) for code in CODES}) == len(CODES)
    text = out.read_text(encoding="utf-8")
    assert text.count(" * ") == len(KEYS) + len(CODES)
    assert f'  key: "{FINE}"' in text and '  order: "KD2102"' in text and '  rule: "V-PICKUP"' in text
    assert '  happened: "2026-05-05T01:00:00+08:00"\n  booked: "2026-05-05T09:00:00+08:00"' in text, "both instants"


def test_the_balance_assertions_notice_a_line_that_is_missing(do: Do, tmp_path: Path) -> None:
    out = tmp_path / "all.beancount"
    do("ledger", "export", "--format", "beancount", "-o", str(out))
    text = out.read_text(encoding="utf-8")
    start = text.index(f'* "{LAST}"')
    cut = text[: text.rindex("\n", 0, start)] + text[text.index("\n\n", start) :]
    out.write_text(cut, encoding="utf-8")
    _, errors = loaded(out)
    assert errors and "Balance failed" in str(errors)


PARTS: dict[tuple[str, ...], Period | None] = {
    ("--month", "2026-06"): Period(month="2026-06"),
    ("--from", "2026-07-04"): None,
    ("--until", "2026-07-03"): Period(end=parse_instant("2026-07-04T00:00:00+08:00")),
    ("--from", "2026-07-03", "--until", "2026-07-06"): Period(end=parse_instant("2026-07-07T00:00:00+08:00")),
    ("--from", "2026-08-01"): None,
    ("--month", "2026-01"): Period(month="2026-01"),
}


def test_a_part_of_it_balances_too(do: Do, engine: Engine, tmp_path: Path) -> None:
    """From a day on, with the balances before it; of a month, what was booked in it."""
    for words, period in PARTS.items():
        out = tmp_path / "part.beancount"
        assert do("ledger", "export", "--format", "beancount", *words, "-o", str(out)).exit_code == 0
        found, errors = loaded(out)
        with reading(engine) as conn:
            assert not errors and found == in_beancount(moved(conn, period) if period else balances(conn)), words


def test_an_empty_ledger(nothing_booked: Do, tmp_path: Path) -> None:
    out = tmp_path / "none.beancount"
    assert nothing_booked("ledger", "export", "--format", "beancount", "-o", str(out)).exit_code == 0
    assert loaded(out) == ({}, [])
    assert nothing_booked("ledger", "export").output.count("\n") == 1
    assert nothing_booked("ledger", "balance").output == "account,balance_fen\n"
    assert nothing_booked("ledger", "head", "--write").output.startswith("0:\n")


def test_csv_has_a_row_a_line_and_no_formula(do: Do, engine: Engine, tmp_path: Path) -> None:
    odd_accounts(engine)
    out = tmp_path / "all.csv"
    assert do("ledger", "export", "-o", str(out)).exit_code == 0
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))
    assert len(rows) == 2 * (len(KEYS) + len(CODES)) and [row["key"] for row in rows[: 2 * len(KEYS) : 2]] == list(KEYS)
    sums: dict[str, int] = {}
    for row in rows:
        sums[row["account"].removeprefix("'")] = sums.get(row["account"].removeprefix("'"), 0) + int(row["amount_fen"])
    with reading(engine) as conn:
        assert sums == balances(conn)
    cells = [cell for row in rows for name, cell in row.items() if name != "amount_fen"]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert [path.name for path in tmp_path.glob("*.part")] == []


@pytest.mark.parametrize(
    "words",
    [
        ("--month", "2026-13"), ("--month", "juni"), ("--from", "2026-06-31"), ("--until", "1066-01-01"),
        ("--month", "2026-06", "--from", "2026-06-01"), ("--from", "2026-06-02", "--until", "2026-06-01"),
        ("--format", "pdf"), ("-o", "nowhere/at/all.csv"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_be_exported(nothing_booked: Do, words: tuple[str, ...]) -> None:
    told = nothing_booked("ledger", "export", *words)
    assert told.exit_code == 2 and "Traceback" not in told.output


def test_balance_head_and_daily(do: Do, engine: Engine, tmp_path: Path) -> None:
    with reading(engine) as conn:
        expected = {account: str(fen) for account, fen in balances(conn).items()}
    told = do("ledger", "balance")
    assert told.exit_code == 0
    assert {row["account"]: row["balance_fen"] for row in csv.DictReader(io.StringIO(told.output))} == expected
    assert do("ledger", "head", "--write").exit_code == 0
    head = do("ledger", "head").output.strip()
    assert head.startswith(f"{len(KEYS)}:") and do("verify", "--head", head).exit_code == 0
    told = do("ledger", "daily", "2026-07-04")
    assert told.exit_code == 0 and "booked that day: 2" in told.output
    assert "- REWARD-1: 1, 200.00 元" in told.output and "- REFUND-1: 1, 60.00 元" in told.output
    assert "it balances" in told.output and "head of the chain: 6:" in told.output
    again = do("ledger", "daily", "2026-05-05")
    assert "- V-PICKUP: 2, 200.00 元" in again.output and "reversed" not in again.output
    assert "- V-PICKUP 冲正 reversed: 1, 100.00 元" in do("ledger", "daily", "2026-07-01").output
    assert do("ledger", "daily", "2999-01-01").exit_code == 2


def test_i_13_head_write_appends_and_verify_reads_the_file_by_itself(do: Do, tmp_path: Path) -> None:
    file = tmp_path / "ledger_heads.log"
    assert do("ledger", "head", "--write").exit_code == 0
    lines = file.read_text(encoding="ascii").splitlines()
    assert lines[0].startswith("2026-05-05 2 ") and lines[-2].startswith("2026-07-07 7 ") and "T" in lines[-1]
    assert do("ledger", "head", "--write").exit_code == 0
    assert file.read_text(encoding="ascii").splitlines()[: len(lines)] == lines, "nothing of it is written anew"
    assert do("verify").exit_code == 0
    with file.open("a", encoding="ascii") as end:
        end.write(f"2026-07-09T10:00:00+08:00 8 {'0' * 64}\n")
    told = do("verify")
    assert told.exit_code == 1 and "ledger_heads.log 2026-07-09T10:00:00+08:00: 当时的链头 8:" in told.output
