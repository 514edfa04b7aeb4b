"""The sweep while other things go on: signed pushes beside a night's deadlines, and the lag of a steady stream."""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import Engine, text

from bench.load import http, run
from bench.pushes import NOWHERE, _lanshou, _serving
from bench.sweep_night import DEADLINE, copied, environment
from channels.actions import set_channel
from commands.init import make_secret
from jobs.queue import InProcess
from jobs.tasks import perform
from jobs.timetable import TIMETABLE
from sandbox import crm
from storage.session import connect, writing
from tests.databases import PostgresServer

PUSHES, WARM, RATE, CONNECTIONS = 2_000, 300, 100, 16
A_SECOND, SECONDS = 50, 60  # deadlines
SHARES = (0.5, 0.99)


def beside_pushes(running: PostgresServer, runs: int, night: str) -> Iterator[str]:
    """Signed pushes through the web processes at a steady rate, without and with a night being swept meanwhile."""
    quiet, busy, swept = [], [], []
    for _ in range(runs):
        with copied(running, night) as url, _installed(url) as env, _serving(_lanshou(env)[:1], env) as port:
            engine = connect(url)
            run(port, _pushes(2 * PUSHES, WARM), CONNECTIONS, RATE)  # every process has read the network
            quiet.append(run(port, _pushes(1, PUSHES // 4), CONNECTIONS, RATE))
            taken: list[float] = []
            sweep = threading.Thread(target=lambda: taken.append(_sweep(engine)), daemon=True)  # noqa: B023
            sweep.start()
            busy.append(run(port, _pushes(PUSHES + 1, PUSHES // 2), CONNECTIONS, RATE))
            sweep.join()
            swept += taken
            _all_there(engine, night, WARM + PUSHES // 4 + PUSHES // 2)
            engine.dispose()
    for name, loads in (("before", quiet), ("while the night was swept", busy)):
        figures = ", ".join(f"p{s * 100:g} {_spread([load.quantile(s) for load in loads])} ms" for s in SHARES)
        yield f"- signed pushes at {RATE}/s {name}: {figures}, {sum(load.bad for load in loads)} not taken"
    yield f"- the night beside those pushes: {_spread(swept, 1)} s ({runs} runs)"


def _sweep(engine: Engine) -> float:
    time.sleep(1)  # pushes are under way
    started = time.perf_counter()
    perform(environment(engine), "sweep")
    return time.perf_counter() - started


def lag(running: PostgresServer, night: str) -> Iterator[str]:
    """From each deadline until its suspicion can be read, by the timetable's own rhythm."""
    count = A_SECOND * SECONDS
    with copied(running, night) as url:
        engine = connect(url)
        first = datetime.now(UTC) + timedelta(seconds=5)
        _spread_out(engine, count, first)
        lags = sorted(_watched(engine, count, first))
        engine.dispose()
    figures = ", ".join(f"p{s * 100:g} {lags[int(len(lags) * s)]:.2f} s" for s in SHARES)
    yield f"- {A_SECOND} deadlines a second for {SECONDS} s, until the suspicion: {figures}, most {lags[-1]:.2f} s"


def _spread_out(engine: Engine, count: int, first: datetime) -> None:
    """The first `count` orders fall due one after the other, the others never."""
    values = {"first": first, "count": count, "step": timedelta(seconds=1) / A_SECOND}
    with engine.begin() as conn:
        conn.execute(text("UPDATE orders SET next_at = NULL WHERE id > :count"), values)
        for statement in (
            "UPDATE orders SET next_at = :first + id * :step, accept_due_at = :first + id * :step WHERE id <= :count",
            "UPDATE clocks SET due_at = :first + order_id * :step WHERE kind = 'accept' AND order_id <= :count",
        ):
            conn.execute(text(statement), values)


def _watched(engine: Engine, count: int, first: datetime) -> Iterator[float]:
    """Seconds from each deadline to when its violation was first seen, looked for twenty times a second."""
    every = next(entry.every for entry in TIMETABLE if entry.task == "sweep")
    stop = threading.Event()
    hands = InProcess(environment(engine))

    def ring() -> None:
        while not stop.wait(every):
            hands.ring("sweep")

    threading.Thread(target=ring, daemon=True).start()
    seen, found = 0, text("SELECT count(*) FROM violations")
    until = time.monotonic() + SECONDS + 60
    step = 1 / A_SECOND
    while seen < count and time.monotonic() < until:
        with engine.connect() as conn:
            now_seen = conn.execute(found).scalar_one()
        past = (datetime.now(UTC) - first).total_seconds()
        yield from (
            past - number * step for number in range(seen + 1, now_seen + 1)
        )  # fired in the order they fall due
        seen = now_seen
        time.sleep(0.05)
    stop.set()
    hands.close()
    if seen < count:
        raise SystemExit(f"{seen} of {count} deadlines were decided")


@contextmanager
def _installed(url: str) -> Iterator[dict[str, str]]:
    """The environment of an installation on that night's database, with the CRM set up."""
    with tempfile.TemporaryDirectory() as data:
        secret = Path(data, "secret.key")
        make_secret(secret)
        engine = connect(url)
        with writing(engine) as conn:
            set_channel(conn, secret.read_bytes().strip(), "crm", crm.SECRETS, datetime.now(UTC))
        engine.dispose()
        yield {"DATABASE_URL": url, "LANSHOU_DATA": data, "REDIS_URL": NOWHERE}


def _pushes(first: int, count: int) -> list[bytes]:
    at = datetime.now(UTC)
    calls = (crm.create(crm.number(serial), at, lng="120.07", lat="30.07") for serial in range(first, first + count))
    return [http(call.path, call.headers, call.body) for call in calls]


def _all_there(engine: Engine, night: str, pushed: int) -> None:
    """Every push that was answered, and a violation for every order of the night."""
    expected = int(night.removeprefix("night_"))
    with engine.connect() as conn:
        orders = conn.execute(text("SELECT count(*) FROM orders")).scalar_one()
        late = conn.execute(
            text("SELECT count(*) FROM violations WHERE happened_at = :at"), {"at": DEADLINE}
        ).scalar_one()
    if (orders, late) != (expected + pushed, expected):
        raise SystemExit(f"{expected + pushed} orders expected, {orders} there; {expected} late expected, {late} there")


def _spread(values: list[float], digits: int = 0) -> str:
    return f"{median(values):,.{digits}f} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"
