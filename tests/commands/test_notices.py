"""`lanshou notice publish|show|list` (NOTICE-1)."""

import os
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select

from app import cli
from basics.settings import from_environ
from commands import notices
from jobs.environment import Environment
from replay.network import load_folder
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables import penalties
from tests.jobs.test_notices_job import late
from tests.paths import REPO
from tests.web.conftest import Clock
from tests.web.console.conftest import local

MONDAY = local("09:00", "2026-05-11")


@pytest.fixture
def run(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    with writing(engine) as conn:
        load_folder(conn, REPO / "tests" / "stories" / "_networks" / "plain", local("08:00", "2026-04-01"))
    env = Environment(from_environ(os.environ), engine, packaged(), Clock(MONDAY))
    late(env, "LP1", local("10:00", "2026-05-06"), local("12:00", "2026-05-08"))
    monkeypatch.setattr(notices, "of_this_process", lambda: env)
    return lambda *words: CliRunner().invoke(cli, ["notice", *words], catch_exceptions=False)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_notice_1_by_command(run: Callable[..., Result], engine: Engine) -> None:
    dry = run("publish", "2026-W19", "--dry-run")
    assert dry.exit_code == 0 and "浙江省:确认 1 起,罚款 100.00 元" in dry.stdout and "not published" in dry.stdout
    assert run("show", "2026-W19").exit_code == 1
    assert "TB-2026-W19" in run("publish", "2026-W19").stdout
    again = run("publish", "2026-W19")
    assert again.exit_code == 1 and "nothing_new" in again.stderr
    shown, table = run("show", "2026-W19").stdout, run("show", "2026-W19", "--csv").stdout.splitlines()
    assert "新疆维吾尔自治区:无违规" in shown and dry.stdout.splitlines()[1] in shown
    assert len(table) == 2 and table[1].split(",")[0] == "TB-2026-W19" and table[1].endswith("LP1,已确认,100.00")
    assert run("list").stdout.startswith("TB-2026-W19  2026-05-11T09:00:00+08:00  cli")
    assert run("list", "--before", "2026-W19").stdout == ""
    with reading(engine) as conn:
        assert len(conn.execute(select(penalties.notices)).all()) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("week", "code"), [("2026-W20", 1), ("2026-W60", 2), ("W19", 2), ("", 2)])
def test_notice_1_what_is_no_week_that_is_over(run: Callable[..., Result], week: str, code: int) -> None:
    assert run("publish", week).exit_code == code
