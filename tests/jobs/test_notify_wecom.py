"""The notify door's third way, by a local robot that fails, delays, doubles and refuses: at least once, never lost, and
its key nowhere."""

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import select

from channels.actions import set_channel
from channels.outbox.actions import LEASE
from jobs.environment import Environment
from jobs.tasks import perform
from jobs.warn import due_ways
from notify.actions import add_contact, claim_due, notify
from notify.messages import Message
from storage.session import reading, run, writing
from storage.tables.notify import deliveries
from tests.jobs.conftest import Listener
from tests.jobs.test_notify import HZ01, MAIL, SECOND, SMS
from tests.web.conftest import Clock
from tests.web.door import MASTER

KEY = "693a91f6-7bbb-4bc4-97a0-0ec2a1fa5aaa"
OK = (200, '{"errcode":0,"errmsg":"ok"}')
LINE = "TB-2026-W47 违规通报:甲网点 HZ01 确认 1 起"


class Robot(ThreadingHTTPServer):
    """`answer` decides by how many calls there were; it hangs up without one when that is None."""

    daemon_threads = True
    answer: Callable[[int], tuple[int, str] | None]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.answer = lambda _count: OK
        self.heard: list[dict[str, Any]] = []
        Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/cgi-bin/webhook/send"

    @property
    def texts(self) -> list[str]:
        return [str(one["text"]["content"]) for one in self.heard]


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        robot = self.server
        assert isinstance(robot, Robot) and self.path.endswith(f"?key={KEY}")
        robot.heard.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        said = robot.answer(len(robot.heard))
        if said is None:
            self.close_connection = True
            return
        with suppress(OSError):
            self.send_response(said[0])
            self.end_headers()
            self.wfile.write(said[1].encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def robot(env: Environment) -> Any:
    there = Robot()
    with writing(env.engine) as conn:
        assert set_channel(conn, MASTER, "wecom", {"feedback_url": there.base}, env.clock()) is None
        assert add_contact(conn, HZ01, "wecom", f"{there.base}?key={KEY}", [], "test", env.clock())
    yield there
    there.shutdown()
    there.server_close()


def tell(env: Environment, number: int = 1, kind: str = "notice") -> None:
    told = Message(f"{kind}:{number}", HZ01, kind, LINE, "第一行\n第二行", "/notices/2026-W47")
    assert run(env.engine, lambda conn: notify(conn, [told], env.clock())) == 1


def rows(env: Environment) -> list[Any]:
    with reading(env.engine) as conn:
        return list(conn.execute(select(deliveries).order_by(deliveries.c.id)))


def test_a_notice_goes_in_its_length_by_each_way(
    env: Environment, robot: Robot, listen: Callable[[], Listener], tmp_path: Path
) -> None:
    """NOTICE-1: the line to the chat group and by SMS, the page by e-mail."""
    gateway, folder = listen(), tmp_path / "out"
    with writing(env.engine) as conn:
        set_channel(conn, MASTER, "sms", {"feedback_url": gateway.url, "secret": "s" * 40}, env.clock())
        set_channel(conn, MASTER, "email", {"feedback_url": f"file://{folder}", "from": "a@b.example"}, env.clock())
        add_contact(conn, HZ01, "sms", SMS, [], "test", env.clock())
        add_contact(conn, HZ01, "email", MAIL, [], "test", env.clock())
    tell(env)
    assert due_ways(env) == ["email", "sms", "wecom"]
    perform(env, "notify")
    assert robot.texts == [LINE] and gateway.heard[0][1]["text"] == LINE
    assert len(list(folder.iterdir())) == 1 and {row.state for row in rows(env)} == {"sent"}
    tell(env, 2, "late_soon")
    perform(env, "notify")
    assert robot.texts[1] == f"{LINE}\n第一行\n第二行" and gateway.heard[1][1]["text"] == "第一行\n第二行"


@pytest.mark.parametrize("bad", [(500, "boom"), (200, '{"errcode":45009,"errmsg":"freq"}'), (200, "<html>"), None])
def test_what_fails_is_tried_again(env: Environment, robot: Robot, clock: Clock, bad: tuple[int, str] | None) -> None:
    """5xx, too many messages, an answer that is none, and a line that goes dead: later, with pauses, then done."""
    failing = True
    robot.answer = lambda _count: bad if failing else OK
    tell(env)
    perform(env, "notify")
    (row,) = rows(env)
    assert row.state == "waiting" and row.attempts == 1 and row.next_at >= clock.at + 5 * SECOND
    failing = False
    perform(env, "notify")
    heard = len(robot.heard)
    clock.at = row.next_at
    perform(env, "notify:wecom")
    assert [one.state for one in rows(env)] == ["sent"] and len(robot.heard) == heard + 1


def test_a_robot_that_was_removed_is_parked_with_the_reason(
    env: Environment, robot: Robot, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "lanshou")
    robot.answer = lambda _count: (200, json.dumps({"errcode": 93000, "errmsg": f"invalid webhook url key={KEY}"}))
    tell(env)
    perform(env, "notify")
    clock.at += timedelta(days=2)
    perform(env, "notify")
    (row,) = rows(env)
    assert (row.state, row.attempts, len(robot.heard)) == ("parked", 1, 1)
    assert "93000" in row.last_answer and "key=****" in row.last_answer
    assert KEY not in row.last_answer and KEY not in caplog.text


def test_an_answer_too_late_doubles_and_is_not_lost(env: Environment, robot: Robot, clock: Clock) -> None:
    """A process that dies between sending and marking: another sends once more after the lease."""
    tell(env)
    with writing(env.engine) as conn:
        assert len(claim_due(conn, "wecom", 10, clock.at)) == 1
    perform(env, "notify")
    assert robot.heard == []
    clock.at += LEASE
    perform(env, "notify")
    assert robot.texts == [LINE] and [row.state for row in rows(env)] == ["sent"]


def test_b_138_a_robot_at_home_is_not_called(env: Environment, robot: Robot) -> None:
    """The rule of private targets holds when it is sent, too."""
    tell(env)
    perform(replace(env, settings=replace(env.settings, private_targets=False)), "notify")
    (row,) = rows(env)
    assert robot.heard == [] and row.state == "waiting" and row.last_answer.startswith("target_forbidden")
    assert KEY not in row.last_answer


def test_a_slow_robot_is_waited_for_and_holds_up_no_other_way(
    env: Environment, robot: Robot, listen: Callable[[], Listener]
) -> None:
    gateway = listen()
    with writing(env.engine) as conn:
        set_channel(conn, MASTER, "sms", {"feedback_url": gateway.url, "secret": "s" * 40}, env.clock())
        add_contact(conn, HZ01, "sms", SMS, [], "test", env.clock())
    go = Event()
    robot.answer = lambda _count: OK if go.wait(10) else None
    tell(env)
    slow = Thread(target=perform, args=(env, "notify:wecom"))
    slow.start()
    perform(env, "notify:sms")
    assert {row.way: row.state for row in rows(env)} == {"sms": "sent", "wecom": "waiting"}
    go.set()
    slow.join(10)
    assert {row.state for row in rows(env)} == {"sent"} and robot.texts == [LINE]


@pytest.mark.parametrize(("after", "sent"), [(timedelta(hours=24), True), (timedelta(hours=24) + SECOND, False)])
def test_what_is_no_news_any_more_is_parked(
    env: Environment, robot: Robot, clock: Clock, after: timedelta, sent: bool
) -> None:
    tell(env)
    clock.at += after
    perform(env, "notify")
    (row,) = rows(env)
    assert (row.state, row.last_answer == "too_late") == (("sent", False) if sent else ("parked", True))


def test_while_it_is_not_set_up(env: Environment) -> None:
    with writing(env.engine) as conn:
        add_contact(conn, HZ01, "wecom", f"https://qyapi.weixin.qq.com/send?key={KEY}", [], "test", env.clock())
    tell(env)
    assert [(row.state, row.last_answer) for row in rows(env)] == [("parked", "not_set_up")]
