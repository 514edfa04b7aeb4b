"""`lanshou rulebook check|diff|propose|approve|list|show` (DAY-1, ROLE-3, B-103), and editions at init and verify."""

import csv
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select, text, update

from app import cli
from basics.days import parse_instant
from basics.settings import from_environ
from commands import rulebook as commands
from editions.rules import text_hash
from jobs import environment
from jobs.environment import Environment, NotReady
from people.actions import NewUser, add_users
from rulebook.book import packaged
from storage import triggers
from storage.session import connect, reading, writing
from storage.tables.editions import editions
from storage.tables.people import audit, users
from tests.rules.editions import TEXT, later_text

MAY_5 = parse_instant("2026-05-05T10:00:00+08:00")
JUNE = later_text("2026-06-01", ("accept = { value = 30", "accept = { value = 20"))
READ = ("--sha256", text_hash(JUNE)[:12])  # of the text that was read


@dataclass
class Desk:
    """The command line over one database, at a time of its own."""

    engine: Engine
    folder: Path
    at: datetime = field(default=MAY_5)

    def __call__(self, *words: object) -> Result:
        return CliRunner().invoke(cli, ["rulebook", *map(str, words)])

    def file(self, content: str | bytes, name: str = "e.toml") -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


@pytest.fixture
def desk(engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk(engine, tmp_path)
    people = [("wang", "王芳", "admin"), ("li", "李雷", "admin"), ("zhao", "赵敏", "hq"), ("gone", "旧人", "admin")]
    with writing(engine) as conn:
        add_users(conn, [NewUser(login, name, role, "x") for login, name, role in people], MAY_5)
        conn.execute(update(users).where(users.c.login == "gone").values(disabled=True))
    monkeypatch.setenv("DATABASE_URL", database_url)
    env = Environment(from_environ(os.environ), engine, packaged(), lambda: made.at)
    monkeypatch.setattr(commands, "of_this_process", lambda: env)
    return made


def test_check_says_what_is_wrong_by_key(desk: Desk) -> None:
    good = desk("check", desk.file(JUNE))
    assert good.exit_code == 0 and "2026-06-01" in good.output
    assert packaged().editions[0].text_sha256 in desk("check", desk.file(TEXT)).output
    wrong = desk("check", desk.file(JUNE.replace("accept = { value = 20", "accept = { value = 0")))
    assert wrong.exit_code == 1
    assert "clocks.accept.value: 应为1 到 100000 的整数" in wrong.output and "expected a whole number" in wrong.output
    for content, code in (
        (b"\xff\xfe", "encoding_invalid"), (b"#" * (256 * 1024 + 1), "text_too_long"),
        (b"a = 1\na = 2", "edition_invalid"), (JUNE.encode() + b"# \x00", "text_invalid"),
    ):  # fmt: skip
        told = desk("check", desk.file(content))
        assert told.exit_code == 1 and f"[{code}]" in told.output
    assert desk("check", desk.folder / "no.toml").exit_code == 2


def test_diff_of_editions_files_and_proposals(desk: Desk) -> None:
    file = desk.file(JUNE)
    told = desk("diff", "2017-01-01", file)
    assert told.exit_code == 0 and "clocks.accept: 30 → 20 duty minutes  [ACCEPT-1]" in told.output
    assert desk("propose", file, "--by", "wang", "--reason", "试行").exit_code == 0
    listed = json.loads(desk("diff", "2017-01-01", "1", "--json").stdout)
    assert listed[2] == {"key": "clocks.accept", "old": 30, "new": 20, "unit": "duty minutes", "rule": "ACCEPT-1"}
    assert json.loads(desk("diff", file, "1", "--json").stdout) == []
    for unknown in ("2", "nope"):
        assert desk("diff", "2017-01-01", unknown).exit_code == 1


def test_role_3_b_103_from_proposal_to_edition(desk: Desk) -> None:
    told = desk("propose", desk.file(JUNE), "--by", "wang", "--reason", "试行更短的时限")
    assert told.exit_code == 0 and "提案 1" in told.output and "2026-05-15" in told.output
    for login, code in (
        ("wang", "four_eyes"), ("WANG ", "four_eyes"), ("zhao", "not_an_admin"), ("gone", "not_an_admin"),
        ("nobody", "not_an_admin"),
    ):  # fmt: skip
        refused = desk("approve", 1, *READ, "--by", login, "--reason", "同意")
        assert refused.exit_code == 1 and f"[{code}]" in refused.output, login
    assert "[version_conflict]" in desk("approve", 1, "--by", "li", "--reason", "x", "--sha256", "abc" * 4).output
    assert "[reason_required]" in desk("approve", 1, *READ, "--by", "li", "--reason", " ").output
    done = desk("approve", 1, *READ, "--by", "li", "--reason", "同意")
    assert done.exit_code == 0 and "2026-06-01 已批准" in done.output
    assert "[proposal_decided]" in desk("approve", 1, *READ, "--by", "li", "--reason", "同意").output
    assert desk("show", "2026-06-01").stdout_bytes == JUNE.encode()
    assert "自下单起 20 分钟" in desk("show", "2026-06-01", "--words").output
    rows = list(csv.DictReader(StringIO(desk("list").stdout)))
    assert [(row["name"], row["state"], row["maker"], row["checker"]) for row in rows] == [
        ("2017-01-01", "in force", "lanshou", "lanshou"),
        ("2026-06-01", "coming", "王芳 #1", "李雷 #2"),
    ]
    with reading(desk.engine) as conn:
        done_by = conn.execute(select(audit.c.user_id, audit.c.subject).order_by(audit.c.id)).all()
    assert [tuple(row) for row in done_by] == [(1, "proposed 1 2026-06-01"), (2, "approved 1")]


def test_day_1_the_edge_of_the_15th(desk: Desk) -> None:
    assert desk("propose", desk.file(JUNE), "--by", "wang", "--reason", "x").exit_code == 0
    desk.at = parse_instant("2026-05-16T00:00:00+08:00")
    late = desk("approve", 1, *READ, "--by", "li", "--reason", "x")
    assert late.exit_code == 1 and "[announced_too_late]" in late.output and "2026-07-01" in late.output
    assert "[announced_too_late]" in desk("propose", desk.file(JUNE), "--by", "li", "--reason", "x").output
    desk.at -= timedelta(microseconds=1)
    assert desk("approve", 1, *READ, "--by", "li", "--reason", "x").exit_code == 0


def test_a_declined_proposal_keeps_its_reason(desk: Desk) -> None:
    desk("propose", desk.file(JUNE), "--by", "wang", "--reason", "x")
    told = desk("approve", 1, "--decline", "--by", "li", "--reason", "太短")
    assert told.exit_code == 0 and "已驳回" in told.output
    [_, row] = csv.reader(StringIO(desk("list").stdout))
    assert row[:4] == ["1", "2026-06-01", "2026-06-01", "declined"]
    assert desk("show", "1").stdout_bytes == JUNE.encode()


Of = Callable[..., Environment]


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Of:
    """A process over an installation of its own, made by `lanshou init`."""
    monkeypatch.setenv("LANSHOU_DATA", str(tmp_path / "data"))
    for name in ("DATABASE_URL", "REDIS_URL", "LANSHOU_SECRET_FILE"):
        monkeypatch.delenv(name, raising=False)
    return environment.of_this_process.__wrapped__


def test_i_25_init_writes_down_the_shipped_edition_and_every_start_compares(started: Of, tmp_path: Path) -> None:
    told = CliRunner().invoke(cli, ["init"])
    assert told.exit_code == 0 and f"2017-01-01 {packaged().editions[0].text_sha256[:12]} 已建立" in told.output
    assert "2017-01-01" in CliRunner().invoke(cli, ["init"]).output
    assert started().book.editions == packaged().editions
    engine = connect(f"sqlite:///{tmp_path}/data/lanshou.db")
    with writing(engine) as conn:
        assert conn.execute(select(editions.c.name, editions.c.text)).all() == [("2017-01-01", TEXT)]
        triggers.remove(conn)
        conn.execute(text("UPDATE editions SET text = text || '#'"))
    with pytest.raises(NotReady, match="2017-01-01"):
        started()
    again = CliRunner().invoke(cli, ["init"])
    assert again.exit_code == 2 and "2017-01-01" in again.output
    verified = CliRunner().invoke(cli, ["verify"])
    assert verified.exit_code == 1 and "editions 2017-01-01: 文本被改动" in verified.output
    engine.dispose()


def test_a_database_from_before_editions_were_written_down_gets_its_first(started: Of, tmp_path: Path) -> None:
    assert CliRunner().invoke(cli, ["init"]).exit_code == 0
    engine = connect(f"sqlite:///{tmp_path}/data/lanshou.db")
    with writing(engine) as conn:
        triggers.remove(conn)
        conn.execute(text("DELETE FROM editions"))
    assert started().book.named("2017-01-01").text_sha256 == packaged().editions[0].text_sha256
    with reading(engine) as conn:
        assert conn.scalars(select(editions.c.name)).all() == ["2017-01-01"]
    engine.dispose()


@pytest.mark.parametrize("seen", [(), ("--sha256", ""), ("--sha256", text_hash(JUNE)[:11])])
def test_b_103_who_approves_names_the_text_he_read(desk: Desk, seen: tuple[str, ...]) -> None:
    assert desk("propose", desk.file(JUNE), "--by", "wang", "--reason", "试行").exit_code == 0
    refused = desk("approve", 1, *seen, "--by", "li", "--reason", "同意")
    assert refused.exit_code == 2 and "--sha256" in refused.output
    assert desk("approve", 1, *READ, "--by", "li", "--reason", "同意").exit_code == 0
