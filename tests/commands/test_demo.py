"""`lanshou demo`: sets up, serves, is seen, and leaves nothing behind (a tiny one; the real one differs in numbers)."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from basics.settings import from_environ
from basics.words import State, Verdict
from commands.demo import demo_environ
from commands.demo_data import Folder, Kept, NotADemo, Plan
from storage.session import connect, reading
from storage.tables.channels import outbox
from storage.tables.dispatch import orders
from storage.tables.people import users
from storage.tables.sla import clocks
from tests.paths import REPO

TINY = ("--days", "2", "--per-day", "60", "--port", "0")
GONE_SECONDS = 10
URL = re.compile(r"http://127\.0\.0\.1:([0-9]+)")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "data"


@pytest.fixture(scope="module")
def first(data: Path) -> str:
    """What the first start said; it ended by itself."""
    done = subprocess.run(command("--once"), env=environ(data), capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def running(data: Path, first: str) -> Iterator[subprocess.Popen[str]]:
    """A second start, killed at the end should it still be there."""
    process = subprocess.Popen(
        command(), env=environ(data), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    yield process
    if process.poll() is None:
        process.terminate()
        process.wait(GONE_SECONDS)


def command(*more: str) -> list[str]:
    return [sys.executable, "-P", "-m", "app", "demo", *TINY, *more]


def environ(data: Path) -> Mapping[str, str]:
    """As in a shell of somebody who works on a real installation: none of it may be touched."""
    return {
        **os.environ, "PYTHONPATH": str(REPO), "LANSHOU_DATA": str(data),
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/precious", "REDIS_URL": "redis://127.0.0.1:9",
    }  # fmt: skip


def left_behind(data: Path) -> list[str]:
    """Processes that have the demo's folder in their environment."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("no /proc to look for processes in")
    mark, found = f"LANSHOU_DATA={data}".encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # ended meanwhile, or not ours
            continue
    return found


def count(data: Path, *where: object) -> int:
    engine = connect(f"sqlite:///{data}/lanshou.db")
    try:
        with reading(engine) as conn:
            return conn.execute(select(func.count()).where(*where)).scalar_one()  # type: ignore[arg-type]
    finally:
        engine.dispose()


def test_it_shows_orders_with_running_clocks(data: Path, first: str) -> None:
    """Item 12: pages answer, clocks run, the channel hears, each role has its account."""
    assert "ok: " in first and URL.search(first) and "Traceback" not in first
    heard = re.search(r"feedback heard ([0-9]+)", first)
    assert heard and int(heard[1]) > 0
    assert count(data, clocks.c.verdict == Verdict.RUNNING) > 0
    assert count(data, orders.c.state == State.PICKED_UP) > 20
    assert count(data, outbox.c.channel == "crm", outbox.c.state == "sent") > 0
    assert count(data, outbox.c.channel == "crm", outbox.c.state == "parked") == 0
    assert count(data, users.c.id > 0) == 6


def test_what_it_keeps_is_for_its_owner(data: Path, first: str) -> None:
    for name in ("demo.json", "secret.key"):
        assert (data / name).stat().st_mode & 0o077 == 0, name


def test_nothing_is_left_running(data: Path, first: str) -> None:
    assert left_behind(data) == []
    for port in set(URL.findall(first)):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(port))) != 0


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.soak)])
def test_a_second_start_keeps_the_data_and_a_signal_stops_it(
    data: Path, first: str, running: subprocess.Popen[str], number: signal.Signals
) -> None:
    assert running.stdout is not None
    said = ""
    while "Ctrl-C" not in said:
        line = running.stdout.readline()
        assert line, said
        said += line
    assert "fast-forward" not in said
    passwords = re.findall(r"[a-z]{4}(?:-[a-z]{4}){3}", first)
    assert len(passwords) == 6 and re.findall(r"[a-z]{4}(?:-[a-z]{4}){3}", said) == passwords
    running.send_signal(number)
    rest = running.stdout.read()
    assert running.wait(GONE_SECONDS) == 0
    assert "Traceback" not in said + rest
    assert left_behind(data) == []


PLAN = Plan(1, 2, 60)
MADE = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kept", "later"),
    [
        (Kept(PLAN), timedelta(0)),
        (Kept(Plan(2, 2, 60), MADE), timedelta(0)),
        (Kept(PLAN, MADE), timedelta(hours=24)),
        (Kept(PLAN, MADE), timedelta(seconds=-1)),
        (Kept(PLAN, MADE), timedelta(hours=1)),
    ],
    ids=["half-made", "another plan", "a day old", "made in the future", "another schema"],
)
def test_data_that_will_not_do(tmp_path: Path, kept: Kept, later: timedelta) -> None:
    folder = Folder(from_environ({"LANSHOU_DATA": str(tmp_path)}))
    folder.save(kept)
    (tmp_path / "lanshou.db").touch()
    assert folder.load() == kept
    assert not folder.is_usable(kept, PLAN, MADE + later)


def test_only_one_runs_in_a_folder(tmp_path: Path) -> None:
    folder = Folder(from_environ({"LANSHOU_DATA": str(tmp_path)}))
    with folder.alone(), pytest.raises(NotADemo, match="runs already"), folder.alone():
        pass


def test_a_real_installation_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "lanshou.db").write_bytes(b"precious")
    done = subprocess.run(
        command("--once", "--fresh"), env=environ(tmp_path), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1 and "no demo" in done.stderr and "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["lanshou.db"]
    assert (tmp_path / "lanshou.db").read_bytes() == b"precious"


def test_its_children_know_nothing_of_another_installation(tmp_path: Path) -> None:
    env = demo_environ(environ(tmp_path))
    assert "DATABASE_URL" not in env and "REDIS_URL" not in env and env["LANSHOU_DATA"] == str(tmp_path)
