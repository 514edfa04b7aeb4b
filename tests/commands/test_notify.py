"""`lanshou notify contact add|list|remove`, `lanshou notify list`, `lanshou report silent`."""

import os
from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, update

from app import cli
from basics.settings import from_environ
from commands import notify, report
from jobs.environment import Environment
from notify.actions import notify as tell
from notify.messages import Message
from replay.network import load_folder
from rulebook.book import packaged
from sla.presence.actions import look, watch
from storage.session import reading, writing
from storage.tables.notify import deliveries
from tests.paths import REPO
from tests.web.door import NOON

ADD = ("notify", "contact", "add")


@pytest.fixture
def env(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Environment:
    with writing(engine) as conn:
        load_folder(conn, REPO / "tests" / "stories" / "_networks" / "plain", NOON)
    made = Environment(from_environ(os.environ), engine, packaged(), lambda: NOON + timedelta(minutes=30))
    for module in (notify, report):
        monkeypatch.setattr(module, "of_this_process", lambda: made)
    return made


@pytest.fixture
def run(env: Environment) -> Callable[..., Result]:
    return lambda *words: CliRunner().invoke(cli, words, catch_exceptions=False)


def test_contacts(run: Callable[..., Result]) -> None:
    sms = ("--way", "sms", "--address", "13800138000")
    mail = ("--way", "email", "--address", "hq@example.com", "--kind", "silent")
    assert run(*ADD, "station", "HZ01", *sms).exit_code == 0
    assert run(*ADD, "station", "HZ01", *sms).exit_code == 1, "known already"
    assert run(*ADD, "hq", "-", *mail).exit_code == 0 and run(*ADD, "province", "浙江省", *sms).exit_code == 0
    listed = run("notify", "contact", "list").stdout.splitlines()
    assert [line.split("  ")[:4] for line in listed] == [
        ["hq -", "email", "hq@example.com", "网点静默"],
        ["province 浙江省", "sms", "13800138000", "全部 all"],
        ["station HZ01", "sms", "13800138000", "全部 all"],
    ]
    remove = ("notify", "contact", "remove", "hq", "-", *mail[:4])
    assert run(*remove).exit_code == 0 and run(*remove).exit_code == 1


ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"


def test_a_robot_s_key_is_never_shown(
    run: Callable[..., Result], env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read from standard input, listed by its end only, and taken away by what the list shows."""
    robot = ("--way", "wecom", "--address")
    monkeypatch.setattr(notify, "check_target", lambda url, private_targets: None)
    for whose in (("hq", "-"), ("finance", "-")):
        added = CliRunner().invoke(cli, [*ADD, *whose, *robot, "-"], input=f"{ROBOT}\n", catch_exceptions=False)
        assert added.exit_code == 0
    with writing(env.engine) as conn:
        tell(conn, [Message("late_soon:1", ("hq", ""), "late_soon", "S", "T", "/desk")], NOON)
    shown = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=****5aaa"
    listed, sent = run("notify", "contact", "list").stdout, run("notify", "list").stdout
    assert shown in listed and shown in sent and "693a91f6" not in listed + sent
    assert "finance -" in listed
    remove = ("notify", "contact", "remove", "hq", "-", *robot)
    assert run(*remove, shown).exit_code == 0 and run(*remove, shown).exit_code == 1
    assert run("notify", "contact", "remove", "finance", "-", *robot, ROBOT).exit_code == 0


def test_b_138_no_robot_at_home(run: Callable[..., Result]) -> None:
    inside = "http://127.0.0.1/cgi-bin/webhook/send?key=693a91f6-7xxx"
    refused = run(*ADD, "hq", "-", "--way", "wecom", "--address", inside)
    assert refused.exit_code == 1 and "target_forbidden" in refused.stderr and "693a91f6" not in refused.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("station", "NONE", "--way", "sms", "--address", "13800138000"),
        ("province", "火星", "--way", "sms", "--address", "13800138000"),
        ("station", "HZ01", "--way", "sms", "--address", "wang@example.com"),
        ("station", "HZ01", "--way", "email", "--address", "13800138000"),
        ("nobody", "-", "--way", "email", "--address", "wang@example.com"),
        ("hq", "-", "--way", "email", "--address", "wang@example.com", "--kind", "gossip"),
    ],
)
def test_what_is_no_contact(run: Callable[..., Result], words: tuple[str, ...]) -> None:
    assert run(*ADD, *words).exit_code in (1, 2)
    assert run("notify", "contact", "list").stdout == ""


def test_list(run: Callable[..., Result], env: Environment) -> None:
    run(*ADD, "station", "HZ01", "--way", "sms", "--address", "13800138000")
    with writing(env.engine) as conn:
        tell(conn, [Message("k", ("station", "HZ01"), "late_soon", "1 单即将超时", "IS1", "/desk")], NOON)
    first, second = run("notify", "list").stdout.splitlines()
    assert "station HZ01  sms 13800138000  1 单即将超时" in first and "parked 未发送   not_set_up" in second
    assert run("notify", "list", "--state", "waiting").stdout == ""


def test_list_sends_nothing_to_the_terminal(run: Callable[..., Result], env: Environment) -> None:
    """A gateway's raw answer may hold anything."""
    run(*ADD, "station", "HZ01", "--way", "sms", "--address", "13800138000")
    with writing(env.engine) as conn:
        tell(conn, [Message("k", ("station", "HZ01"), "late_soon", "1 单", "IS1", "/desk")], NOON)
        conn.execute(update(deliveries).values(last_answer="\x1b[2J\x1b]0;all well\x07bad\u202e\r\nnumber"))
    said = run("notify", "list").stdout
    assert "?[2J?]0;all well?bad? number" in said and set(said) & set("\x1b\x07\u202e\r") == set()


def test_duty_3_silent_stations_of_a_week(run: Callable[..., Result], env: Environment) -> None:
    with reading(env.engine) as conn:
        world = env.world(conn)
    with writing(env.engine) as conn:
        look(conn, ["HZ01"], NOON)
        watch(conn, world.network, world.book.at(NOON), world.calendar, NOON + timedelta(minutes=25))
    head = "province,station,silences,minutes"
    assert run("report", "silent", "2026-W47").stdout.splitlines() == [head, "浙江省,HZ01,1,9"]
    assert run("report", "silent", "2026-W46").stdout.splitlines() == [head]
    later = run("report", "silent", "2026-W48")
    assert later.exit_code == 1 and later.stdout == "" and "period_future" in later.stderr, "not begun"
    assert run("report", "silent", "W1").exit_code == 2
