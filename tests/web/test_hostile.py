"""Hostile texts where they could do harm: in the log, in a spreadsheet, in an address (B-112, B-135; 11.1)."""

import csv
import io
import json
import logging
import shutil
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import polars as pl
import pytest
from flask import Flask

from commands import logs
from reports.export import as_csv, harmless
from tests.web.conftest import Visitor


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'test.db')}"


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """The log of a process, and the loggers as they were afterwards."""
    root = logging.getLogger()
    handlers, level, out = root.handlers, root.level, io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    logs.configure()
    yield out
    root.handlers, root.level = handlers, level


ANSI = "\x1b[31mred\x1b[0m\r\nINFO forged\u2028\u202e\x9b31m\x00"


def test_one_line_escaped_and_cut(stderr: io.StringIO) -> None:
    """B-112: CRLF, ANSI codes of both kinds, marks of direction, 8 KB."""
    logging.getLogger("lanshou.security").warning("%s", ANSI, extra={"path": "/" + "x" * 8_192, "code": ANSI})
    [line] = stderr.getvalue().splitlines()
    assert line.isprintable() or line.isascii(), line
    told = json.loads(line)
    assert len(told["path"]) == logs.LONGEST and "forged" in told["event"]
    assert not [one for one in line if ord(one) < 32 or 0x7F <= ord(one) < 0xA0 or one in "\u2028\u202e"]


def test_a_request_in_the_log(stderr: io.StringIO, app: Flask) -> None:
    """B-112, B-113: a refused form with hostile headers is one line; the forged source is not believed."""
    headers = {"User-Agent": "x" * 8_000, "X-Forwarded-For": "6.6.6.6"}
    client = app.test_client()
    for _ in range(2):
        client.post("/login", data={"login": f"hq{ANSI}", "password": ANSI}, headers=headers)
    said = stderr.getvalue()
    assert "forged" not in said and "6.6.6.6" not in said
    assert all(len(line) < 4_000 and json.loads(line) for line in said.splitlines())


def test_an_error_repeats_no_number(stderr: io.StringIO) -> None:
    """I-24: what a library put into its message is not ours to choose."""
    try:
        raise ValueError("no such phone 13812345678, request 0138123456780abc")
    except ValueError:
        logging.getLogger("lanshou.web").exception("failed for 13812345678")
    told = json.loads(stderr.getvalue())
    assert "13812345678," not in told["exception"] and "138******78" in told["exception"]
    assert told["event"] == "failed for 138******78"
    assert "0138123456780abc" in told["exception"], "no phone number: a part of something longer"
    assert "Traceback" in told["exception"]


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(first: str) -> None:
    """11.1, ASVS 1.2.10"""
    said = f"'{first}1+1".replace("\r", "\n")
    assert harmless(f"{first}1+1") == said
    [row] = csv.reader(StringIO(as_csv(pl.DataFrame({"x": [f"a\r{first}1+1"]})).partition("\n")[2]))
    assert len(row) == 1, "a bare carriage return begins no line"


@pytest.mark.parametrize("cell", ["1=1", "", "揽收", 7, -7, None, 1.5])
def test_other_cells_stay(cell: object) -> None:
    assert harmless(cell) is cell


@pytest.mark.parametrize(
    "path",
    [
        "/console", "/.git/config", "/.env", "/metrics", "/openapi.json", "/debug", "/clock", "/sim/clock",
        "/static/../app.py",
        "/static/%2e%2e/app.py", "/static/vendor/", "/static/..%2f..%2fpyproject.toml", "/server-status", "/admin.php",
    ],
)  # fmt: skip
def test_what_is_not_there(visitor: Visitor, path: str) -> None:
    """B-135: no debugger, no repository, no clock of a simulation, nothing outside the folder of files."""
    answer = visitor.get(path)
    assert answer.status_code in (401, 404), path
    assert "secret" not in answer.text.lower() and "import " not in answer.text
