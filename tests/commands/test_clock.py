"""`lanshou clock` and `lanshou outages`: what a person at the machine does when the console cannot (VIO-3, F-38)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select

from app import cli
from basics.now import now
from people.actions import add_users
from sla.availability.queries import listed
from sla.clock_safety.actions import raise_alarm
from storage.session import reading, writing
from storage.tables.people import audit
from storage.tables.sla import clock_alarms
from tests.web.conftest import USERS

Do = Callable[..., Result]


@pytest.fixture
def do(engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Do:
    """Run a command over `engine`, which has one account a role."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("LANSHOU_DATA", str(tmp_path))
    with writing(engine) as conn:
        add_users(conn, USERS, datetime(2026, 1, 1, tzinfo=UTC))
    return lambda *args: CliRunner().invoke(cli, args)


def test_f_38_a_named_admin_accepts(do: Do, engine: Engine) -> None:
    assert do("clock", "status").exit_code == 0
    with writing(engine) as conn:
        raise_alarm(conn, "web-1:7", 90.0, now())
    told = do("clock", "status")
    assert told.exit_code == 1 and "web-1:7  +90.0 s" in told.output and "OPEN" in told.output
    accept = ("clock", "accept", "web-1:7", "--note", "核对过", "--by")
    for login in ("hq", "nobody"):
        assert "不是管理员" in do(*accept, login).output
    assert do(*accept, "admin").exit_code == 0
    assert "alarm_unknown" in do(*accept, "admin").output
    with reading(engine) as conn:
        [row] = conn.execute(select(clock_alarms)).all()
    assert (row.accepted_by, row.note) == ("管理员", "核对过")
    assert "accepted by 管理员" in do("clock", "status").output


def test_vio_3_outages_are_entered_and_listed(do: Do, engine: Engine) -> None:
    since, until = now() - timedelta(hours=2), now() - timedelta(hours=1)
    add = ("outages", "add", "alipay", "--from", since.isoformat(), "--until", until.isoformat(), "--note", "=公告",
           "--by", "hq")  # fmt: skip
    assert "不能登记" in do(*add[:-1], "admin").output
    assert do(*add).exit_code == 0
    assert "outage_known" in do(*add).output
    assert do("outages", "add", "nobody", *add[3:]).exit_code == 2
    late = (now() + timedelta(hours=1)).isoformat()
    assert "outage_time_invalid" in do(*add[:6], late, *add[7:]).output
    head, row = do("outages", "list").output.splitlines()
    assert head.startswith("source,from,until") and row.startswith("alipay,") and "'=公告" in row
    with reading(engine) as conn:
        [one] = listed(conn, 9)
        assert (one.started_at, one.ended_at, one.by) == (since, until, "总部赵敏")
    back = ("outages", "withdraw", str(one.id), "--note", "渠道更正", "--by", "hq")
    assert do(*back).exit_code == 0 and "outage_unknown" in do(*back).output
    assert do("outages", "list").output.splitlines()[1].endswith("总部赵敏")
    with reading(engine) as conn:
        said = conn.execute(select(audit.c.subject, audit.c.reason).where(audit.c.what == "outage")).all()
    assert [tuple(row) for row in said] == [("alipay", "=公告"), (f"withdrawn {one.id}", "渠道更正")]
