"""`lanshou channels try NAME`: a conversation with one channel, from its first push to its last feedback.

Everything happens in a throw-away installation on loopback: a real server, a real push, real feedback to a local mock
of the channel. Nothing of this installation is touched.
"""

import importlib
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click
import requests
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from basics.settings import Settings
from basics.words import DATA_CENTRE
from channels.actions import set_channel
from channels.registry import ADAPTERS
from commands.init import make_secret
from commands.output import fail
from dispatch.actions import conduct
from dispatch.facts import Accept, Act, Confirm, Dispatch, Item, Target
from dispatch.queries import known_orders
from geo import actions as geo
from geo import folder
from jobs.environment import Environment
from jobs.tasks import perform
from rulebook.book import packaged
from storage import migrate
from storage.session import connect, reading, run, writing

Build = Callable[[Environment, tuple[str, ...]], Flask]
STATION = "SANDBOX"
STATIONS = (
    "code,name,level,parent,province,duty,accepts,contact,phone,address\n"
    f"{STATION},沙箱网点,1,,浙江省,standard,1,张三,13700137000,文一西路1号\n"
)
DISTRICTS = f"adcode,station\n330110,{STATION}\n"
WAYBILL = "55012345678901"


def try_command(build: Build) -> click.Command:
    """The command, given what builds the web application (app.py knows)."""

    @click.command("try")
    @click.argument("name", type=click.Choice(tuple(ADAPTERS)))
    def try_(name: str) -> None:
        """演练 / Push a sample order of this channel, accept, withdraw and pick up, and print the conversation."""
        with _stage(build, name) as stage:
            _play(stage)
        if stage.troubles:
            fail(f"{len(stage.troubles)} 处不符 / went wrong: {'; '.join(stage.troubles)}")
        click.echo(f"渠道 {name} 演练通过 / {name}: everything as it should be")

    return try_


@dataclass
class _Stage:
    """One throw-away installation with the channel's other side beside it."""

    env: Environment
    name: str
    side: Any  # the module sandbox.<name>
    url: str
    heard: "_Mock"
    troubles: list[str] = field(default_factory=list)

    def check(self, good: bool, what: str) -> None:
        click.echo(f"   {'✓' if good else '✗'} {what}")
        if not good:
            self.troubles.append(what)

    def push(self, title: str, call: Any, taken: bool = True) -> bytes:
        """Send one call and show it with its answer, which should say `taken`."""
        path = f"{call.path}{'?' + call.query if call.query else ''}"
        click.echo(f"→ {title}: {call.method} {path}")
        click.echo(_indented(_shown(call.content)))
        answer = requests.request(call.method, self.url + path, data=call.body, headers=call.headers, timeout=30)
        click.echo(f"← {answer.status_code} {answer.headers.get('content-type', '')}")
        click.echo(_indented(answer.text))
        told = self.side.accepted(answer.status_code, answer.content)
        self.check(told is taken, "已受理 / taken" if told else "已拒绝 / refused")
        return answer.content

    def act(self, title: str, act: Act) -> None:
        """An act of the station or of HQ."""
        item = Item(self.env.clock(), act, "sandbox")
        refusal = run(self.env.engine, lambda conn: conduct(conn, [item], self.env.world(conn)))[0]
        self.check(refusal is None, f"{title}{f' [{refusal.code}]' if refusal else ''}")

    def feedback(self, least: int) -> None:
        """Send what is due, and show what the channel heard."""
        perform(self.env, "feedback")
        lines = self.heard.take()
        for line in lines:
            click.echo(f"⇢ 回传 / feedback: {line}")
        bad = [line for line in lines if line.startswith("BAD")]
        self.check(
            len(lines) >= least and not bad, f"回传 {len(lines)} 条,签名有效 / heard and verified by the channel"
        )

    def state(self, number: str) -> str:
        with reading(self.env.engine) as conn:
            known = known_orders(conn, {(self.name, number)}).get((self.name, number))
        return known.state if known else "none"


def _play(stage: _Stage) -> None:
    side, env = stage.side, stage.env
    first, second = side.number(1), side.number(2)
    call = _create(stage, first)
    stage.push("签名不符 / a wrong signature", replace(call, body=_spoilt(call.body)), taken=False)
    stage.check(stage.state(first) == "none", "没有订单 / no order came of it")
    answer = stage.push(f"下单 / order {first}", call)
    again = stage.push("重复推送 / the same again", call)
    stage.check(answer == again, "回答相同,只有一单 / the same answer, one order")
    _hold(stage, first)
    stage.feedback(1)
    stage.push("撤单 / withdrawal", side.cancel(first, env.clock()))
    stage.check(stage.state(first) == "withdrawn", "订单已撤 / the order is withdrawn")
    stage.feedback(0)
    stage.push(f"下单 / order {second}", _create(stage, second))
    _hold(stage, second)
    stage.act("揽件确认 / pickup confirmed", Confirm(Target(second, stage.name), STATION, WAYBILL))
    stage.feedback(2)


def _spoilt(body: bytes) -> bytes:
    """One digit of the content changed after it was signed."""
    place = body.rindex(b"1")
    return body[:place] + b"2" + body[place + 1 :]


def _create(stage: _Stage, number: str) -> Any:
    return stage.side.create(number, stage.env.clock(), callback=f"{stage.heard.url}/callback")


def _hold(stage: _Stage, number: str) -> None:
    """The station gets the order (by HQ when the district did not say) and accepts it."""
    target = Target(number, stage.name)
    if stage.state(number) == "at_data_centre":
        stage.act(f"分件 / dispatched from {DATA_CENTRE}", Dispatch(target, STATION, "sandbox"))
    stage.act("接单 / accepted", Accept(target, STATION))


@contextmanager
def _stage(build: Build, name: str) -> Iterator[_Stage]:
    side = importlib.import_module(f"sandbox.{name}")
    with ExitStack() as ending:
        data = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="lanshou-try-")))
        heard = _Mock(side)
        ending.callback(heard.close)
        env = _installation(data)
        ending.callback(env.engine.dispose)
        values: Mapping[str, str] = side.SECRETS
        with writing(env.engine) as conn:
            refusal = set_channel(conn, env.master(), name, {**values, "feedback_url": heard.url}, env.clock())
        if refusal is not None:
            fail(f"{refusal.message} ({refusal.field})")
        server = make_server("127.0.0.1", 0, build(env, ()), threaded=True, request_handler=_Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ending.callback(server.server_close)
        ending.callback(server.shutdown)
        yield _Stage(env, name, side, f"http://127.0.0.1:{server.server_port}", heard)


def _installation(data: Path) -> Environment:
    """A fresh SQLite installation with one station that serves one district of Hangzhou."""
    settings = Settings(f"sqlite:///{data / 'lanshou.db'}", None, data, data / "secret.key", True)
    make_secret(settings.secret_file)
    engine = connect(settings.database_url)
    migrate.upgrade(engine)
    env = Environment(settings, engine, packaged())
    now: datetime = env.clock()
    with writing(engine) as conn:
        geo.import_stations(conn, folder.parse_stations(STATIONS), now)
        geo.import_districts(conn, folder.parse_districts(DISTRICTS), now)
    return env


class _Quiet(WSGIRequestHandler):
    """The conversation is on the screen already."""

    def log(self, *_: Any) -> None:
        pass


class _Mock:
    """The channel's own server: verifies what it hears by the channel's rules and answers as the channel does."""

    def __init__(self, side: Any) -> None:
        self._lines: list[str] = []
        mock = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                path, _, query = self.path.partition("?")
                headers = {name.lower(): value for name, value in self.headers.items()}
                try:
                    status, kind, text, line = side.listen(path, query, headers, body)
                except Exception as error:  # a call that the channel could not even read
                    status, kind, text, line = 500, "text/plain", "", f"BAD {error!r}"
                if line:
                    mock._lines.append(line)
                self.send_response(status)
                self.send_header("content-type", kind)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def take(self) -> list[str]:
        """What was heard since the last time."""
        lines, self._lines[:] = list(self._lines), []
        return lines

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _shown(content: object) -> str:
    if isinstance(content, Mapping):
        return "\n".join(f"{name} = {value}" for name, value in content.items())
    return str(content)


def _indented(text: str) -> str:
    return "\n".join(f"   {line}" for line in text.splitlines())
