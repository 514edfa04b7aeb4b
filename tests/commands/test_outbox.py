"""`lanshou outbox list|retry|give-up` (CHAN-4): what was not delivered, its raw answer, and a person's decision."""

import csv
import io
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select, update

from app import cli
from basics.days import parse_instant
from basics.settings import from_environ
from channels.actions import set_channel
from channels.feedback import Outcome, Reply, Tried
from channels.outbox.actions import claim_due, mark, queue_feedback
from commands import outbox as commands
from commands.outbox import printable
from jobs.environment import Environment
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables.channels import channels, outbox
from tests.channels import vectors

NOW = parse_instant("2026-05-04T10:00:00+08:00")
HOSTILE = '=1+1;\x1b[31m"S05", "订单 <b>"\nsecond line\u202e'
Run = Callable[..., Result]


@pytest.fixture
def lanshou(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Orders 1 and 2 refused by crm, 3 put off, 4 asked to wait by website, 5 sent; 1 has a message behind."""
    with writing(engine) as conn:
        for name in ("crm", "website"):
            set_channel(
                conn, b"m" * 32, name, {"secret": vectors.SECRET, "feedback_url": f"https://{name}.example"}, NOW
            )
        for number, channel in ((1, "crm"), (2, "crm"), (1, "crm"), (3, "crm"), (4, "website"), (5, "website")):
            told = {"logistics_no": f"IS{number}"}
            row = {"order_id": number, "region": "", "channel": channel, "kind": "accepted", "payload": told, "at": NOW}
            queue_feedback(conn, [row])
        ends = {
            1: (Outcome.REFUSED, Reply(400, HOSTILE)), 2: (Outcome.REFUSED, Reply(422, "no")),
            3: (Outcome.LATER, Reply(503, "down")), 4: (Outcome.LATER, Reply(429, "slow", timedelta(hours=5))),
            5: (Outcome.DELIVERED, Reply(200, "ok")),
        }  # fmt: skip
        claimed = claim_due(conn, NOW, 10)
        mark(conn, [Tried(one, *ends[one.feedback.order_id or 0]) for one in claimed], NOW)
    monkeypatch.setenv("DATABASE_URL", database_url)
    env = Environment(from_environ(os.environ), engine, packaged(), lambda: NOW + timedelta(minutes=1))
    monkeypatch.setattr(commands, "of_this_process", lambda: env)
    monkeypatch.setattr(commands, "getuser", lambda: "zhao")
    return lambda *words: CliRunner().invoke(cli, ["outbox", *words])


def rows(engine: Engine) -> dict[int, Any]:
    with reading(engine) as conn:
        return {row.id: row for row in conn.execute(select(outbox).order_by(outbox.c.id))}


def states(engine: Engine) -> list[str]:
    return [row.state for row in rows(engine).values()]


def test_the_list_shows_what_is_parked_with_its_raw_answer(lanshou: Run) -> None:
    said = lanshou("list")
    assert said.exit_code == 0 and "2 条" in said.stderr
    lines = said.stdout.splitlines()
    assert lines[0].split("\t")[:5] == ["1", "crm", "IS1", "accepted", "parked"]
    assert lines[1].startswith('\t400 =1+1;\\x1b[31m"S05", "订单 <b>"\\nsecond line')  # one line, no colours
    assert "\x1b" not in said.stdout and "\u202e" not in said.stdout
    assert lines[2].split("\t")[2] == "IS2" and lines[3] == "\t422 no"


def test_the_list_by_channel_and_state(lanshou: Run) -> None:
    assert lanshou("list", "--channel", "website").stdout == ""
    waiting = lanshou("list", "--channel", "website", "--state", "waiting").stdout
    assert "IS4" in waiting and "2026-05-04T15:00:00+08:00" in waiting and "429 slow" in waiting
    assert lanshou("list", "--channel", "nobody").exit_code == 2


def test_the_csv_has_the_whole_answer_and_no_formula(lanshou: Run) -> None:
    """ASVS 1.2.10."""
    said = lanshou("list", "--format", "csv")
    first, second = csv.DictReader(io.StringIO(said.stdout))
    assert first["last_answer"] == '\'=1+1;\\x1b[31m"S05", "订单 <b>"\nsecond line\\u202e'
    assert (first["id"], first["logistics_no"], first["last_status"]) == ("1", "IS1", "400")
    assert (second["created_at"], second["next_at"], second["attempts"]) == ("2026-05-04T10:00:00+08:00", "", "1")


def test_chan_4_retry_by_number(lanshou: Run, engine: Engine) -> None:
    said = lanshou("retry", "1")
    assert said.exit_code == 0 and "1 条" in said.stdout
    first = rows(engine)[1]
    assert (first.state, first.attempts, first.next_at) == ("waiting", 0, NOW + timedelta(minutes=1))
    assert (first.handled_by, first.handled_at) == ("cli:zhao", NOW + timedelta(minutes=1))
    assert first.created_at == NOW  # its place in the order's log


def test_chan_4_retry_of_what_cannot_be(lanshou: Run, engine: Engine) -> None:
    unknown = lanshou("retry", "1", "99")
    assert unknown.exit_code == 1 and "99" in unknown.stderr and "1 条" in unknown.stdout
    sent = lanshou("retry", "6")
    assert sent.exit_code == 1 and states(engine)[5] == "sent"
    assert lanshou("retry").exit_code == 2
    assert lanshou("retry", "1", "--all").exit_code == 2
    assert lanshou("retry", "x").exit_code == 2
    assert lanshou("retry", str(2**63)).exit_code == 2


def test_chan_4_retry_says_what_holds_it_up(lanshou: Run, engine: Engine) -> None:
    with writing(engine) as conn:
        conn.execute(update(channels).values(paused_until=NOW + timedelta(minutes=3)))
    said = lanshou("retry", "1").stderr
    assert (
        "crm: 暂停至 / is paused until 2026-05-04T10:03:00+08:00" in said and "channels set crm feedback_url=" in said
    )
    with writing(engine) as conn:
        conn.execute(update(channels).values(paused_until=None, feedback_on=False))
    assert "crm: 回传已停用" in lanshou("retry", "--channel", "crm").stderr
    with writing(engine) as conn:
        conn.execute(update(channels).values(feedback_on=True))
    assert lanshou("retry", "2").stderr.count("crm") == 0


def test_chan_7_retry_in_bulk_leaves_out_old_messages_to_senders(lanshou: Run, engine: Engine) -> None:
    told = {"to": "13800138000", "text": "…"}
    sms = {"order_id": 9, "region": "", "channel": "sms", "kind": "received", "payload": told, "parked": "not_set_up"}
    with writing(engine) as conn:
        queue_feedback(conn, [sms | {"at": NOW - timedelta(days=120)}, sms | {"at": NOW}])
    for words in (("--channel", "sms"), ("--all",)):
        assert "1 条短信/邮件超过 24 小时" in lanshou("retry", *words).stderr
    assert states(engine)[6:] == ["parked", "waiting"]
    assert lanshou("retry", "7").exit_code == 0 and states(engine)[6] == "waiting"


def test_chan_4_very_many_numbers(lanshou: Run, engine: Engine) -> None:
    numbers = [str(number) for number in (*range(1_000, 36_000), 1)]
    for what in ("give-up", "retry"):
        said = lanshou(what, *numbers)
        assert said.exit_code == 1 and "no such numbers" in said.stderr
    assert states(engine)[0] == "given_up"


@pytest.mark.parametrize(
    ("words", "due"), [(("--channel", "crm"), [1, 2, 4]), (("--channel", "website"), []), (("--all",), [1, 2, 4])]
)
def test_chan_4_retry_in_bulk_leaves_alone_what_a_channel_asked_to_wait(
    lanshou: Run, engine: Engine, words: tuple[str, ...], due: list[int]
) -> None:
    assert f"{len(due)} 条" in lanshou("retry", *words).stdout
    assert [key for key, row in rows(engine).items() if row.handled_by] == due
    assert lanshou("retry", "5").exit_code == 0  # by its number a person may
    assert rows(engine)[5].next_at == NOW + timedelta(minutes=1)


def test_chan_4_given_up_it_holds_nothing_back(lanshou: Run, engine: Engine) -> None:
    assert lanshou("give-up", "1").exit_code == 0
    first = rows(engine)[1]
    assert (first.state, first.handled_by, first.last_answer) == ("given_up", "cli:zhao", HOSTILE)
    with writing(engine) as conn:
        due = claim_due(conn, NOW + timedelta(minutes=1), 10, "crm")
    assert 3 in [one.id for one in due]
    assert lanshou("give-up", "4").exit_code == 1  # not parked
    assert "1 条" in lanshou("give-up", "--channel", "crm").stdout
    assert "cli:zhao" in lanshou("list", "--state", "given_up").stdout
    assert lanshou("give-up").exit_code == 2


@pytest.mark.parametrize("steering", ["\x1b", "\x9b", "\r", "\x00", "\u202e", "\u200b", "\ud800", "\x07"])
def test_nothing_steers_the_terminal(steering: str) -> None:
    shown = printable(f"a{steering}b")
    assert steering not in shown and shown.startswith("a\\") and shown.endswith("b")
