"""`lanshou serve|worker|cron`: the processes of an installation (DESIGN, "Where it runs")."""

import signal
import threading
from collections.abc import Callable
from typing import Any

import click
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from basics.settings import is_weak
from commands.logs import configure
from commands.output import fail
from jobs.availability import Beats
from jobs.environment import Environment, of_this_process
from jobs.queue import Bell, InProcess, keep_time, work

STREAMS = 100  # open desks, each of which keeps a thread (WebSettings.streams)
THREADS = 32 + STREAMS
SERVING = "lanshou-serving"  # web/stream.py: a stream ends with its process, or a restart would wait for it
LONG_BODY = 256 * 1024  # bytes; no push may be longer


Build = Callable[[Environment, tuple[str, ...]], Any]  # the application, and the names it is served under
LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn without its own command line. `build` makes the WSGI application in each worker."""

    def __init__(self, build: Build, hosts: tuple[str, ...], options: dict[str, Any]) -> None:
        self._build, self._hosts = build, hosts
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._build(of_this_process(), self._hosts)


def close_after_long_body(_worker: Any, request: Any) -> None:
    """A body that may be refused unread ends its connection: the rest is not waited for (RELIABILITY B-08)."""
    told = dict(request.headers)
    if "TRANSFER-ENCODING" in told or int(told.get("CONTENT-LENGTH", 0)) > LONG_BODY:
        request.force_close()


class Jobs:
    """Without Redis the web process does the jobs itself, in threads; they end with it."""

    def __init__(self, env: Environment) -> None:
        self._jobs, self._stop = InProcess(env), threading.Event()
        self._time = threading.Thread(target=keep_time, args=(self._ring, self._stop), name="lanshou-time")
        self._time.start()

    def _ring(self, name: str, _slot: int, _every: int) -> None:
        self._jobs.ring(name)

    def close(self) -> None:
        """Ring nothing more, and wait for what runs."""
        self._stop.set()
        self._time.join()
        self._jobs.close()


def with_threads(options: dict[str, Any], embedded: bool) -> dict[str, Any]:
    """gunicorn's options with hooks that start the beats in each web process, and the jobs where it does them itself,
    and end them with it."""
    started: list[Beats | Jobs] = []

    def start(worker: Any) -> None:
        worker.wsgi.extensions[SERVING] = lambda: worker.alive
        started.append(Beats(of_this_process()))
        if embedded:
            started.append(Jobs(of_this_process()))

    def end(_server: Any, _worker: Any) -> None:
        for one in reversed(started):
            one.close()

    return options | {"post_worker_init": start, "worker_exit": end}


def serve_command(build: Build) -> click.Command:
    """The command, given what builds the web application (app.py knows; nobody imports app.py)."""

    @click.command("serve")
    @click.option("--host", default="127.0.0.1", show_default=True)
    @click.option("--port", default=8000, show_default=True)
    @click.option("--workers", default=1, show_default=True, help="进程数 / processes")
    def serve(host: str, port: int, workers: int) -> None:
        """网页与推送接口 / Web console and push addresses; without REDIS_URL the jobs too."""
        env = of_this_process()
        if not env.settings.secret_file.exists():
            fail("请先运行 lanshou init / run `lanshou init` first")
        if is_weak(env.master()):
            fail("密钥过短或为示例，不能启动 / the secret key is too short or an example's: see `lanshou init`")
        embedded = env.settings.redis_url is None
        options = {
            "bind": f"{host}:{port}", "workers": workers, "worker_class": "gthread", "threads": THREADS,
            "control_socket_disable": True, "graceful_timeout": 25, "timeout": 30, "loglevel": "warning",
            "limit_request_line": 8190, "limit_request_field_size": 16384, "pre_request": close_after_long_body,
        }  # fmt: skip
        configure()
        # The processes to come must not share a connection of this one: two talking on one socket lose and mix rows.
        env.engine.dispose()
        hosts = env.settings.hosts or (LOOPBACK if host in LOOPBACK else ())
        Server(build, hosts, with_threads(options, embedded)).run()

    return serve


@click.command("worker")
@click.option("--burst", is_flag=True, help="队列空了就退出 / stop when the queue is empty")
def worker(burst: bool) -> None:
    """后台任务 / An RQ worker."""
    url = of_this_process().settings.redis_url
    if url is None:
        fail("没有设置 REDIS_URL / REDIS_URL is not set: `lanshou serve` does the jobs itself")
    configure()
    work(url, burst)


@click.command("cron")
def cron() -> None:
    """定时 / Rings the workers by the timetable; does their work itself while Redis is away."""
    env = of_this_process()
    if env.settings.redis_url is None:
        fail("没有设置 REDIS_URL / REDIS_URL is not set: `lanshou serve` does the jobs itself")
    configure()
    jobs, stop = InProcess(env), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    keep_time(Bell(env.settings.redis_url, jobs.ring).ring, stop)
    jobs.close()
