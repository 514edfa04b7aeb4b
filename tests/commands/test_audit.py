"""`lanshou audit`: the head to keep elsewhere, the chain read again, who did what; and the task that links (I-22)."""

import csv
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select, update

from app import cli
from jobs import environment
from jobs.tasks import perform
from people.actions import AuditEntry, NewUser, add_users, record
from storage import triggers
from storage.session import reading, writing
from storage.tables.people import audit, audit_links

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
Do = Callable[..., Result]


@pytest.fixture
def do(engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Do:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("LANSHOU_DATA", str(tmp_path))
    now = environment.of_this_process().clock()
    with writing(engine) as conn:
        [user] = add_users(conn, [NewUser("hq", "总部", "hq", "hash")], now)
        assert isinstance(user, int)
        record(conn, [AuditEntry(user, "unmask", f"=KD{number}", "10.0.0.1") for number in range(3)], now)
    return lambda *args: CliRunner().invoke(cli, ["audit", *args])


def test_head_verify_and_what_was_altered(do: Do, engine: Engine, tmp_path: Path) -> None:
    assert do("head").stdout == "0:\n"
    perform(environment.of_this_process(), "link_audit")
    perform(environment.of_this_process(), "link_audit")
    with reading(engine) as conn:
        assert list(conn.scalars(select(audit_links.c.seq))) == [1, 2, 3]
    head = do("head").stdout.strip()
    [kept] = (tmp_path / "audit_heads.log").read_text().splitlines()  # outside the database, once a day
    assert kept.partition(" ")[2] == head
    done = do("verify", "--head", head)
    assert (done.exit_code, done.stdout) == (0, f"正常 OK: {head}\n")
    assert do("verify", "--head", "3:x").exit_code == 2 and do("verify", "--head", f"4:{'0' * 64}").exit_code == 1
    with writing(engine) as conn:
        triggers.remove(conn)
        conn.execute(update(audit).where(audit.c.id == 2).values(reason="别的"))
    bad = do("verify")
    assert bad.exit_code == 1 and bad.stdout.startswith("audit 2 (#2): ")
    whole = CliRunner().invoke(cli, ["verify"])
    assert whole.exit_code == 1 and "I-22" in whole.stdout and "audit 2 (#2)" in whole.stdout


def test_search_is_a_table_without_formulas(do: Do) -> None:
    rows = list(csv.DictReader(StringIO(do("search", "--user", "HQ", "--what", "unmask").stdout)))
    assert [row["subject"] for row in rows] == ["'=KD2", "'=KD1", "'=KD0"] and rows[0]["login"] == "hq"
    assert do("search", "--user", "nobody").exit_code == 2
    assert len(do("search", "--order", "KD404").stdout.splitlines()) == 1
    assert do("search", "--from", "2026-01-01", "--until", "2026-04-04").exit_code == 2  # 94 days
    assert do("search", "--from", "2026-01-01", "--until", "2026-04-03").exit_code == 0
    assert do("search", "--from", "2026-01-02", "--until", "2026-01-01").exit_code == 2
