"""`lanshou report`: one document in every form, its slips, and silent stations (NOTICE-1, DUTY-3)."""

import csv
import json
import os
from collections.abc import Callable, Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook
from sqlalchemy import Engine

from app import cli
from basics.days import week_bounds
from basics.settings import from_environ
from commands import report, report_forms
from jobs.environment import Environment
from penalties.lifecycle import CONFIRM
from reports.compliance import queries
from reports.export import as_csv
from reports.kinds import Asked
from reports.making.queries import MAKERS
from reports.paper.document import Document
from reports.paper.text import from_json
from reports.queries import frames
from reports.weekly import weekly
from rulebook.book import packaged
from storage.session import reading, writing
from tests.pdf import words_of
from tests.rules.courses import t
from tests.rules.scene import Scene, accepts, pushed
from tests.rules.stage import IN_A1, IN_B

WEEK = "2026-W19"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def clock() -> list[str]:
    """What it shows is the last."""
    return ["11 09:00"]


@pytest.fixture
def run(engine: Engine, clock: list[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    with writing(engine) as conn:
        scene = Scene(conn).stations()
        scene.tell("5 10:00", pushed("LP1"), pushed("LP2", where=IN_A1), pushed("LP3", where=IN_B))
        scene.tell("5 10:05", accepts("LP1"))
        scene.sweep("7 12:00")
    monkeypatch.setattr(queries, "CHEAP", -1)  # the weeks before are looked at elsewhere
    made = Environment(from_environ(os.environ), engine, packaged(), lambda: t(clock[-1]))
    monkeypatch.setattr(report, "of_this_process", lambda: made)
    return lambda *words: CliRunner().invoke(cli, ["report", *words], catch_exceptions=False)


def test_every_form_is_of_one_document(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = from_json(run("weekly", WEEK, "--form", "json").stdout)
    assert (document.kind, document.period, document.scope, document.number) == ("weekly", WEEK, "network", None)
    monkeypatch.setitem(MAKERS, "weekly", lambda *_: document)  # its figures are read once, its forms looked at
    assert run("weekly", WEEK, "--form", "line").stdout == document.line + "\n"
    assert document.title_zh in run("weekly", WEEK).stdout, "text, when nothing is said"
    long = list(csv.DictReader(StringIO(run("weekly", WEEK, "--form", "csv").stdout)))
    assert {row["value"] for row in long if row["rows"] == "orders@network:" and row["kind"] == "count"} == {"3"}
    for form in ("xlsx", "pdf", "json", "csv"):
        file = tmp_path / f"week.{form}"
        said = run("weekly", WEEK, "-o", str(file))
        assert said.exit_code == 0 and str(file) in said.stderr and said.stdout == ""
    assert json.loads((tmp_path / "week.json").read_text())["title_en"] == document.title_en
    assert len(load_workbook(tmp_path / "week.xlsx").sheetnames) == len(document.sections) + 2
    assert WEEK in "".join(words_of((tmp_path / "week.pdf").read_bytes()))
    piped = run("weekly", WEEK, "--form", "xlsx").stdout_bytes
    assert load_workbook(BytesIO(piped)).sheetnames


def test_the_figures_by_province_and_station_are_those_of_weekly_csv(
    run: Callable[..., Result], engine: Engine
) -> None:
    """What `report weekly` wrote before there were documents, and REPLAY weekly.csv has: same names, same figures."""
    with reading(engine) as conn:
        wanted = list(csv.DictReader(StringIO(as_csv(weekly(frames(conn, *week_bounds(WEEK)))))))
    *stations, total = csv.DictReader(StringIO(run("weekly", WEEK, "--section", "stations").stdout))
    assert len(wanted) == len(stations) == 3
    for old, new in zip(wanted, stations, strict=True):
        fines = old.pop("fines_fen")
        assert old.pop("week") == WEEK and {name: new[name] for name in old} == old
        assert new["fines_fen"] == f"{int(fines) / 100:.2f}"
    assert total["orders"] == "3"


def test_a_scope(run: Callable[..., Result]) -> None:
    short = from_json(run("station", "A1", WEEK, "--form", "json").stdout)
    assert short == from_json(run("weekly", WEEK, "--scope", "station:A1", "--form", "json").stdout)
    assert short.scope == "station:A1"
    assert run("weekly", WEEK, "--scope", "province:江苏省", "--form", "line").stdout.startswith("2026-W19 周报 江苏省")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("weekly", "W1"), 2, "[period_invalid]"),
        (("weekly", "2026-W21"), 1, "[period_future]"),
        (("weekly", WEEK, "--scope", "house:A"), 2, "[scope_invalid]"),
        (("weekly", WEEK, "--scope", "province:天上省"), 1, "[province_unknown]"),
        (("station", "NO", WEEK), 1, "[station_unknown]"),
        (("weekly", WEEK, "--number", "0"), 1, "[number_unknown]"),
        (("weekly", WEEK, "--number", "x"), 2, "number"),
        (("weekly", WEEK, "--number", "-1"), 2, "number"),
        (("weekly", WEEK, "--form", "docx"), 2, "--form"),
        (("weekly", WEEK, "--section", "nothing"), 2, "stations"),
        (("weekly", WEEK, "--section", "stations", "--form", "pdf"), 2, "--section"),
        (("weekly", WEEK, "-o", "week.docx"), 2, "--form"),
        (("weekly", WEEK, "-o", "/proc/nothing/week.csv"), 2, "cannot be written"),
        (("silent", "W1"), 2, "ISO"),
        (("silent", "2026-W21"), 1, "[period_future]"),
        (("silent", WEEK, "-o", "/proc/nothing/week.csv"), 2, "cannot be written"),
        (("operations", "2026-06"), 1, "[period_future]"),
    ],
)
def test_slips(run: Callable[..., Result], words: tuple[str, ...], code: int, says: str) -> None:
    found = run(*words)
    assert found.exit_code == code and says in found.stderr and found.stdout == ""


def test_a_binary_form_refuses_the_terminal(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_forms, "to_a_terminal", lambda: True)
    for form in ("pdf", "xlsx"):
        found = run("weekly", WEEK, "--form", form)
        assert found.exit_code == 2 and "-o" in found.stderr and not found.stdout_bytes
    assert run("weekly", WEEK, "--form", "line").exit_code == 0


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Asked]]:
    """What the rooms are asked, whichever they are."""
    found: list[Asked] = []

    def maker(_conn: Any, asked: Asked, _say: Any) -> Document:
        found.append(asked)
        return Document(asked.kind, "报表", "report", asked.period, asked.scope, None, "2017-01-01", asked.now, ())

    for kind in ("weekly", "monthly", "year", "fairness", "honesty", "operations", "ask"):
        monkeypatch.setitem(MAKERS, kind, maker)
    yield found


def test_every_kind_is_asked_of_its_room(run: Callable[..., Result], heard: list[Asked], tmp_path: Path) -> None:
    file = tmp_path / "asks.json"
    file.write_text('{"measures": ["orders"]}')
    for words in (
        ("monthly", "2026-05", "--number", "now"), ("year", "2026"), ("fairness", "2026-05-01/2026-05-31"),
        ("honesty", "2026-05"), ("operations", WEEK, "--scope", "station:A"), ("weekly", WEEK, "--number", "2"),
        ("ask", "月度对比", "2026-05"), ("ask", str(file), "2026-05"),
    ):  # fmt: skip
        assert run(*words).exit_code == 0, words
    assert [(one.kind, one.period, one.scope, one.number, dict(one.more)) for one in heard] == [
        ("monthly", "2026-05", "network", "now", {}),
        ("year", "2026", "network", None, {}),
        ("fairness", "2026-05-01/2026-05-31", "network", None, {}),
        ("honesty", "2026-05", "network", None, {}),
        ("operations", WEEK, "station:A", None, {}),
        ("weekly", WEEK, "network", 2, {}),
        ("ask", "2026-05", "network", None, {"name": "月度对比"}),
        ("ask", "2026-05", "network", None, {"asks": {"measures": ["orders"]}}),
    ]
    file.write_text("{")
    assert run("ask", str(file), "2026-05").exit_code == 2


def test_a_week_is_frozen_once_and_again_when_it_differs(
    run: Callable[..., Result], engine: Engine, clock: list[str]
) -> None:
    """NOTICE-1, decision 18: by the process that Monday begins; the report says the number from then on."""
    assert run("freeze", "2026-W20").exit_code == 1, "not over"
    assert run("freeze", "2026-W99").exit_code == run("freeze", "x").exit_code == 2
    assert run("freeze", WEEK).stdout == f"{WEEK}-0\n"
    before = run("weekly", WEEK, "--form", "json").stdout
    assert from_json(before).number == 0
    clock.append("11 10:00")
    again = run("freeze", WEEK)
    assert again.exit_code == 0 and "nothing differs" in again.stdout
    with writing(engine) as conn:
        scene = Scene(conn)
        scene.review("11 11:00", CONFIRM, scene.suspicions().values())
    clock.append("11 12:00")
    assert run("freeze", WEEK).stdout == f"{WEEK}-1\n"
    newest = from_json(run("weekly", WEEK, "--form", "json").stdout)
    assert newest.number == 1 and any(section.key == "changes_fen" for section in newest.sections)
    assert from_json(run("weekly", WEEK, "--number", "0", "--form", "json").stdout) == from_json(before)
