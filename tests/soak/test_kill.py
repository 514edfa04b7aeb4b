"""kill -9 under load: every answered push is there, once, and what is stored is true (I-01, D1, D10, F-01).

The product runs as real processes; this harness and its channel import nothing of it and know only its commands, its
address and the file it keeps. `make soak KILLS=500` runs as many kills as wanted.
"""

import ctypes
import json
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

import pytest

REPO = Path(__file__).parents[2]
NETWORK = REPO / "tests" / "stories" / "_networks" / "plain"
RATE = 50  # pushes a second
FEWEST = 6  # more in the soak
START_SECONDS, DRAIN_SECONDS = 60, 60
Process = subprocess.Popen[bytes]


class Installation:
    """The product over a folder of its own, as `./lanshou` starts it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = secrets.token_bytes(32)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        known = {name: value for name, value in os.environ.items() if not name.startswith("LANSHOU")}
        ours = {"LANSHOU_DATA": str(folder / "data"), "PYTHONPATH": str(REPO), "DATABASE_URL": "", "REDIS_URL": ""}
        self.env = known | ours

    def start(self, *args: str) -> Process:
        log = open(self.folder / "log", "ab")  # noqa: SIM115 (the process keeps it)
        command = [sys.executable, "-P", "-c", "from app import cli; cli(prog_name='lanshou')", *args]
        return subprocess.Popen(
            command,
            env=self.env,
            cwd=self.folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=with_parent,
        )

    def run(self, *args: str) -> None:
        code = self.start(*args).wait(120)
        assert code == 0, f"lanshou {args[0]}: {(self.folder / 'log').read_text()[-3000:]}"

    def set_up(self) -> None:
        self.run("init")
        self.run("stations", "import", str(NETWORK / "stations.csv"))
        self.run("areas", "import", str(NETWORK / "areas.geojson"))
        self.run("districts", "import", str(NETWORK / "districts.csv"))
        self.run("channels", "set", "crm", f"secret=whsec_{b64encode(self.key).decode()}")

    def serve(self) -> Process:
        return self.start("serve", "--port", str(self.port))

    def wait_until_ready(self, process: Process) -> None:
        for _ in range(START_SECONDS * 20):
            assert process.poll() is None, (self.folder / "log").read_text()[-3000:]
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2):
                return
            time.sleep(0.05)
        pytest.fail("the product did not start")

    def pusher(self, journal: Path) -> Process:
        url = f"http://127.0.0.1:{self.port}/push/crm"
        command = [sys.executable, "-I", str(Path(__file__).with_name("pusher.py")), url, self.key.hex(), str(journal)]
        return subprocess.Popen([*command, str(RATE)], preexec_fn=with_parent)


def with_parent() -> None:
    """Linux: a killed test run leaves no process behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


@contextmanager
def ended(process: Process) -> Iterator[Process]:
    """Gone with the block, with all its children."""
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL) if os.getpgid(process.pid) == process.pid else process.kill()
        process.wait(10)


def storm(product: Installation, journal: Path, kills: int, rng: Random) -> None:
    """Kill the whole process group again and again; some while it is still starting. Then let it drain."""
    with ended(product.pusher(journal)) as pusher:
        for number in range(kills):
            with ended(product.serve()) as serving:
                if number % 5:
                    product.wait_until_ready(serving)
                time.sleep(rng.uniform(0.05, 2.5))
        with ended(product.serve()) as serving:
            product.wait_until_ready(serving)
            pusher.send_signal(signal.SIGTERM)
            assert pusher.wait(DRAIN_SECONDS) == 0
            os.kill(serving.pid, signal.SIGTERM)
            assert serving.wait(35) == 0  # G-14: drains by itself


def check_stored(data: Path, journal: Path) -> int:
    """Hold the file against the journal; how many pushes were answered."""
    answered = [json.loads(line) for line in journal.read_text().splitlines()]
    assert {one["status"] for one in answered} == {200}
    first = {one["id"]: one["answer"] for one in answered}
    assert all(first[one["id"]] == one["answer"] for one in answered)  # a repeated one was answered alike
    with sqlite3.connect(f"file:{data / 'lanshou.db'}?mode=ro", uri=True) as database:
        orders = Counter(number for (number,) in database.execute("SELECT logistics_no FROM orders"))
        inbox = Counter(key for (key,) in database.execute("SELECT message_key FROM inbox"))
        states = dict(database.execute("SELECT logistics_no, state FROM orders"))
        waiting = database.execute("SELECT count(*) FROM waiting").fetchone()[0]
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    pushed = {one["number"] for one in answered if one["kind"] == "pickup.order.created"}
    withdrawn = {one["number"] for one in answered if one["kind"] == "pickup.order.cancelled"}
    assert orders == Counter(pushed)
    assert inbox == Counter(first.keys())
    assert {number for number, state in states.items() if state == "withdrawn"} == withdrawn
    assert waiting == 0
    return len(first)


def outlives(folder: Path, kills: int, seed: int) -> None:
    """The whole of it, once."""
    product, journal = Installation(folder), folder / "journal"
    product.set_up()
    began = time.monotonic()
    storm(product, journal, kills, Random(seed))
    count = check_stored(folder / "data", journal)
    product.run("verify")
    again = sum(json.loads(line)["tries"] > 1 for line in journal.read_text().splitlines())
    print(f"{kills} kills in {time.monotonic() - began:.0f} s, {count} pushes answered, {again} of them after a retry")
    assert count > kills * 10 and again > kills / 2


@pytest.mark.timeout(400)
def test_i_01_a_few_kills_lose_nothing(tmp_path: Path) -> None:
    outlives(tmp_path, FEWEST, seed=int(time.time()))


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_i_01_as_many_kills_as_asked_for(tmp_path: Path) -> None:
    outlives(tmp_path, int(os.environ.get("KILLS", "200")), seed=int(time.time()))
