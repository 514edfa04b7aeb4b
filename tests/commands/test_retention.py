"""`lanshou retention --dry-run|--now`: what is due, and letting it go (RELIABILITY 11.3)."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select

from basics.settings import from_environ
from commands import retention
from jobs import tasks
from jobs.environment import Environment
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables.channels import inbox
from storage.tables.people import login_attempts

AT = datetime(2026, 5, 4, 4, tzinfo=UTC)


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'test.db')}"


@pytest.fixture
def run(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    rows = [
        {"channel": "crm", "message_key": f"k{n}", "sha256": "0" * 64, "body": b"13812345678",
         "received_at": AT - timedelta(days=n)}
        for n in (1, 89, 91, 120)
    ]  # fmt: skip
    with writing(engine) as conn:
        conn.execute(inbox.insert(), rows)
    env = Environment(from_environ(os.environ), engine, packaged(), lambda: AT)
    monkeypatch.setattr(retention, "of_this_process", lambda: env)
    return lambda *words: CliRunner().invoke(retention.retention_command, words)


def test_it_is_one_of_the_timetable() -> None:
    assert tasks.is_task("retention")


@pytest.mark.parametrize("words", [(), ("--dry-run", "--now")])
def test_one_of_two_is_said(run: Callable[..., Result], words: tuple[str, ...]) -> None:
    answer = run(*words)
    assert answer.exit_code == 1 and "--dry-run 或 --now" in answer.stderr


def test_counts_and_the_oldest_then_nothing(run: Callable[..., Result], engine: Engine) -> None:
    told = run("--dry-run").stdout
    assert "到期 / due 2,最早 / oldest 2026-01-04T12:00:00+08:00(早于 / before 2026-02-03T00:00:00+08:00)" in told
    assert len(told.splitlines()) == 4 and "13812345678" not in told
    with reading(engine) as conn:
        assert all(conn.scalars(select(inbox.c.body))), "nothing was done"
    assert "已处理 / done 2" in run("--now").stdout
    assert "到期 / due 2" not in run("--dry-run").stdout
    with reading(engine) as conn:
        assert sorted(conn.scalars(select(inbox.c.body))) == [b"", b"", b"13812345678", b"13812345678"]


def test_attempts_to_log_in_stay_half_a_year(run: Callable[..., Result], engine: Engine) -> None:
    """RELIABILITY 11.2: the security log six months at least, and not for ever."""
    one = {"login": "hz01", "network": "10.0.0.0/24", "address": "10.0.0.1", "succeeded": False}
    with writing(engine) as conn:
        conn.execute(login_attempts.insert(), [{**one, "attempted_at": AT - timedelta(days=n)} for n in (1, 184, 191)])
    assert run("--now").exit_code == 0
    with reading(engine) as conn:
        kept = conn.scalars(select(login_attempts.c.attempted_at).order_by(login_attempts.c.id))
        assert [(AT - at).days for at in kept] == [1, 184]
