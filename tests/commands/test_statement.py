"""`lanshou statement`: the same table as the console's, as three kinds of file (STATEMENT-1)."""

import csv
import os
from collections.abc import Callable
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook
from sqlalchemy import Engine

from app import cli
from basics.settings import from_environ
from commands import statement
from jobs.environment import Environment
from rulebook.book import packaged
from storage.session import writing
from tests.pdf import words_of
from tests.rules.months import Months, at


@pytest.fixture
def run(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    with writing(engine) as conn:
        months = Months(conn)
        months.fine("A", "1-05")
        months.fine("A1", "1-06", 12_345)
    made = Environment(from_environ(os.environ), engine, packaged(), lambda: at("2-01"))
    monkeypatch.setattr(statement, "of_this_process", lambda: made)
    return lambda *words: CliRunner().invoke(cli, ["statement", *words], catch_exceptions=False)


def test_three_kinds_of_file(run: Callable[..., Result], tmp_path: Path) -> None:
    rows = list(csv.DictReader(StringIO(run("A", "2026-01").stdout)))
    assert [(row["amount"], row["balance"]) for row in rows[1:]] == [
        ("100.00", "100.00"), ("123.45", "223.45"), ("", "223.45"),
    ]  # fmt: skip
    book, paper = tmp_path / "a.xlsx", tmp_path / "a.pdf"
    assert run("A", "2026-01", "--format", "xlsx", "-o", str(book)).exit_code == 0
    assert run("A", "2026-01", "--format", "pdf", "-o", str(paper)).exit_code == 0
    read: Any = load_workbook(book)
    assert [row[8].value for row in read["对账单"].iter_rows(min_row=3, max_row=4)] == [100, 123.45]
    assert "123.45223.45fine:crm/IS2:1:V-ACCEPT" in "".join(words_of(paper.read_bytes()))


def test_a_level_2_station_has_its_part(run: Callable[..., Result]) -> None:
    rows = list(csv.DictReader(StringIO(run("A1", "2026-01").stdout)))
    assert [row["amount"] for row in rows] == ["", "123.45", ""]


@pytest.mark.parametrize(
    ("words", "code"),
    [(("NO", "2026-01"), 1), (("A", "2026-13"), 2), (("A", "x"), 2), (("A", "2026-01", "--format", "pdf"), 2)],
)
def test_slips(run: Callable[..., Result], words: tuple[str, ...], code: int) -> None:
    assert run(*words).exit_code == code


def test_a_file_that_cannot_be_written(run: Callable[..., Result], tmp_path: Path) -> None:
    """A sentence and exit code 2, no traceback."""
    for form in ("csv", "pdf"):
        said = run("A", "2026-01", "--format", form, "-o", str(tmp_path / "no" / f"a.{form}"))
        assert said.exit_code == 2 and "cannot be written" in said.stderr and "Traceback" not in said.stderr


def test_the_csv_is_the_file_whose_digest_is_printed(run: Callable[..., Result], tmp_path: Path) -> None:
    """STATEMENT-1: byte for byte, on standard output too."""
    file, paper = tmp_path / "a.csv", tmp_path / "a.pdf"
    assert run("A", "2026-01", "-o", str(file)).exit_code == 0
    assert run("A", "2026-01", "--format", "pdf", "-o", str(paper)).exit_code == 0
    assert run("A", "2026-01").stdout_bytes == file.read_bytes()
    assert sha256(file.read_bytes()).hexdigest() in "".join(words_of(paper.read_bytes()))
