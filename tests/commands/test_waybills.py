"""`lanshou waybills import|withdraw|list` (WAYBILL-1): whole or not at all, each wrong row by its line."""

import os
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from app import cli
from basics.settings import from_environ
from commands import waybills
from jobs.environment import Environment
from replay.network import load_folder
from rulebook.book import Book, packaged
from storage.session import writing
from tests.commands.importing import START
from tests.paths import REPO

HEAD = "station,from,until\n"
GOOD = HEAD + "HZ01,55000000000000,55000000000099\nHZ02,55000000000100,55000000000199\n"


class Desk:
    """The command line over a database with the stories' plain network."""

    def __init__(self, engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.engine, self.folder, self.monkeypatch = engine, folder, monkeypatch
        self.book(packaged())

    def book(self, book: Book) -> None:
        env = Environment(from_environ(os.environ), self.engine, book, lambda: START)
        self.monkeypatch.setattr(waybills, "of_this_process", lambda: env)

    def import_(self, content: str) -> Result:
        file = self.folder / "stock.csv"
        file.write_text(content, encoding="utf-8")
        return CliRunner().invoke(cli, ["waybills", "import", str(file)], catch_exceptions=False)

    def withdraw(self, content: str, by: str) -> Result:
        file = self.folder / "wrong.csv"
        file.write_text(content, encoding="utf-8")
        return CliRunner().invoke(cli, ["waybills", "withdraw", str(file), "--by", by], catch_exceptions=False)

    def list(self, *words: str) -> list[str]:
        answer = CliRunner().invoke(cli, ["waybills", "list", *words], catch_exceptions=False)
        return [line.rsplit(",", 2)[0] for line in answer.stdout.splitlines()[1:]]


@pytest.fixture
def desk(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Desk:
    monkeypatch.setenv("DATABASE_URL", database_url)
    with writing(engine) as conn:
        load_folder(conn, REPO / "tests" / "stories" / "_networks" / "plain", START)
    return Desk(engine, tmp_path, monkeypatch)


def test_imported_once_and_listed(desk: Desk) -> None:
    first, again = desk.import_(GOOD), desk.import_(GOOD)
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "2 new, 0 known" in first.stdout and "0 new, 2 known" in again.stdout
    assert desk.list() == GOOD.splitlines()[1:]
    assert desk.list("--station", "HZ02") == ["HZ02,55000000000100,55000000000199"]
    assert desk.list("--station", "XJ01") == []


def test_a_workbook_in_another_order_of_columns(desk: Desk) -> None:
    """Excel keeps fourteen digits whole as a number."""
    book = openpyxl.Workbook()
    sheet = book.create_sheet(index=0)
    sheet.append(["until", "station", "from"])
    sheet.append([55000000000099, "HZ01", "55000000000000"])
    book.save(desk.folder / "stock.xlsx")
    answer = CliRunner().invoke(cli, ["waybills", "import", str(desk.folder / "stock.xlsx")], catch_exceptions=False)
    assert answer.exit_code == 0, answer.stderr
    assert desk.list() == ["HZ01,55000000000000,55000000000099"]


WRONG = [
    ("NO01,55000000000300,55000000000399", "station", "station_unknown"),
    ("HZ01,55000000000399,55000000000300", "until", "block_backwards"),
    ("HZ01,5500000000030,55000000000399", "from", "waybill_invalid"),
    ("HZ01,55000000000300,56000000000399", "until", "waybill_invalid"),
    ("HZ01,55000000000150,55000000000250", "from", "block_overlaps"),
    ("HZ02,55000000000300", "", "columns"),
    ("HZ02,,", "until", "waybill_invalid"),
]


@pytest.mark.parametrize(("row", "field", "code"), WRONG, ids=[c[2] + c[1] for c in WRONG])
def test_a_wrong_row_is_named_and_nothing_is_stored(desk: Desk, row: str, field: str, code: str) -> None:
    desk.import_(GOOD)
    answer = desk.import_(f"{HEAD}HZ03,55000000000500,55000000000599\n{row}\n")
    assert answer.exit_code == 1
    said = [line for line in answer.stderr.splitlines() if ":3:" in line and f"[{code}]" in line]
    assert said and any(not field or f"{field}:" in line for line in said), answer.stderr
    assert len(desk.list()) == 2


def test_wrong_rows_and_overlaps_are_told_together(desk: Desk) -> None:
    answer = desk.import_(HEAD + "NO01,55000000000000,55000000000099\n" + "HZ01,55000000000000,55000000000099\n"
                          "HZ02,55000000000099,55000000000100\n")  # fmt: skip
    assert ":2:" in answer.stderr and ":4:" in answer.stderr and ":3:" not in answer.stderr
    assert desk.list() == []


@pytest.mark.parametrize("content", ["", "station,from\n", "a,b,c\n", HEAD.strip() + ",more\n", "\0"])
def test_no_such_table(desk: Desk, content: str) -> None:
    assert desk.import_(content).exit_code == 2


def test_serial_numbers_where_the_edition_has_a_check_digit(desk: Desk) -> None:
    serial = HEAD + "HZ01,5500000000000,5500000000009\n"
    assert desk.import_(serial).exit_code == 1
    [edition] = packaged().editions
    desk.book(Book([replace(edition, waybill_check_digit="luhn")]))
    assert desk.import_(serial).exit_code == 0
    assert desk.list() == ["HZ01,55000000000000,55000000000099"]


def test_withdrawn_with_who_and_when(desk: Desk) -> None:
    """A wrong import is taken back with its own file, whole or not at all."""
    desk.import_(GOOD)
    assert desk.withdraw(GOOD, " ").exit_code == 2
    half = desk.withdraw(GOOD + "HZ01,55000000000300,55000000000399\n", "李工")
    assert half.exit_code == 1 and ":4:" in half.stderr and "[block_unknown]" in half.stderr
    assert len(desk.list()) == 2
    done = desk.withdraw(GOOD, "李工")
    assert (done.exit_code, desk.list()) == (0, []) and "2 withdrawn" in done.stdout
    kept = CliRunner().invoke(cli, ["waybills", "list", "--withdrawn"], catch_exceptions=False).stdout.splitlines()
    assert kept[0].endswith("withdrawn_at,withdrawn_by") and all(line.endswith(",李工") for line in kept[1:])
    assert len(kept) == 3
    assert desk.import_(GOOD.replace("HZ01", "HZ03")).exit_code == 0
