"""5,000 open desks on two web processes (issue 7): streams and pollers, beside a bare view that always answers 304.

PostgreSQL, the web processes, the sender of orders and the client share the machine. Each desk is of a station and an
account of its own. A poller opens a connection for each question, as after a pause of ten seconds a browser does.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from shapely import box
from sqlalchemy import select

from bench.pushes import HERE, NOWHERE, _serving
from channels.messages import OrderPush
from commands.init import make_secret
from dispatch.actions import conduct
from dispatch.batch import World
from dispatch.facts import Item
from geo.actions import import_areas, import_stations
from geo.areas import Area
from geo.queries import load_network
from geo.stations import Station
from people.actions import NewUser, add_users, start_session
from people.passwords import hash_password
from rulebook.book import packaged
from storage import migrate
from storage.session import connect, reading, writing
from storage.tables.people import users
from tests.databases import PostgresServer, postgres, postgres_bin
from web.desk_token import sealed

CONSOLES = int(os.environ.get("CONSOLES", "5000"))
STREAMS, PROCESSES, THREADS = 200, 2, 132
SECONDS, ORDERS = 60.0, 200
CLOSED, CONNECTIONS = 4_000, 32  # questions as fast as they are answered
SHARES = (0.5, 0.99)
Desks = Sequence[tuple[str, str]]  # station, token: of its session, or of its page


@dataclass
class Seen:
    """What the client noted. Seconds; `told`: from before the order's transaction to its event or answer."""

    polls: list[float] = field(default_factory=list)
    unchanged: int = 0
    bad: int = 0
    streams: int = 0
    told_streams: list[float] = field(default_factory=list)
    told_pollers: list[float] = field(default_factory=list)


@dataclass
class Notes:
    """Of all runs, for the text beneath the table."""

    runs: list[Seen] = field(default_factory=list)

    def lines(self) -> list[str]:
        """All runs together."""
        polls = [one for seen in self.runs for one in seen.polls]
        unchanged, bad = sum(seen.unchanged for seen in self.runs), sum(seen.bad for seen in self.runs)
        streams = [one for seen in self.runs for one in seen.told_streams]
        pollers = [one for seen in self.runs for one in seen.told_pollers]
        return [
            f"*{CONSOLES:,} desks*: {PROCESSES} web processes with {self.runs[0].streams} streams in all, the others"
            f" ask every 8–12 s; {SECONDS:.0f} s, in which {ORDERS} orders come to as many stations, one each 0.25 s.",
            "PostgreSQL (embedded, as in tests), the processes, the sender and the client share the machine.",
            "",
            f"- {len(polls):,} questions: {_quantiles(polls)}; 304: {unchanged / max(len(polls), 1):.1%};"
            f" {bad} not answered",
            f"- a new order is told on a stream after {_quantiles(streams)} ({len(streams)} events)",
            f"- and to a poller after {_quantiles(pollers)} ({len(pollers)} answers)",
            "",
            "The row is questions as fast as they are answered, over connections that are opened for each.",
        ]


def _quantiles(values: Sequence[float]) -> str:
    known = sorted(values)
    if not known:
        return "none"
    shares = (
        f"p{share * 100:g} {known[min(int(len(known) * share), len(known) - 1)] * 1000:,.0f} ms" for share in SHARES
    )
    return ", ".join(shares) + f", most {known[-1] * 1000:,.0f} ms"


def rows(notes: Notes) -> Iterator[tuple[str, str, Callable[[], float], str, Callable[[], float]]]:
    """One row; each run of ours holds the 5,000 desks open as well, for `notes`."""
    programs = postgres_bin()
    if programs is None:
        print("PostgreSQL is not installed: no row for consoles", file=sys.stderr)
        return
    with postgres(programs) as server:
        server.make_template()

        def ours() -> float:
            with _installed(server) as (env, desks, tokens), _serving(_lanshou(), env) as port:
                notes.runs.append(asyncio.run(_day(port, desks, tokens, env["DATABASE_URL"])))
                return asyncio.run(_closed(port, tokens))

        def peer() -> float:
            with _serving(_bare(), {}) as port:
                return asyncio.run(_closed(port, [("", "none")] * 100))

        yield f"change numbers asked, {PROCESSES} processes", "answers/s", ours, "Flask, a constant 304", peer


@contextmanager
def _installed(server: PostgresServer) -> Iterator[tuple[dict[str, str], Desks, Desks]]:
    with server.fresh(f"consoles_{time.monotonic_ns()}") as url, tempfile.TemporaryDirectory() as data:
        make_secret(Path(data, "secret.key"))
        master = Path(data, "secret.key").read_bytes().strip()
        engine = connect(url)
        migrate.upgrade(engine)
        now = datetime.now(UTC)
        codes = [f"B{n:05d}" for n in range(CONSOLES)]
        stored = hash_password("not used by this bench")
        with writing(engine) as conn:
            import_stations(conn, [Station(code, code, 1, None, "浙江省", "standard", True) for code in codes], now)
            import_areas(conn, [Area(code, box(*_square(n))) for n, code in enumerate(codes)], now)
            add_users(
                conn, [NewUser(code, code, "station", stored, station=code, province="浙江省") for code in codes], now
            )
            known = {row.station: row.id for row in conn.execute(select(users.c.id, users.c.station))}
            tokens = [(code, sealed(master, [code], now)) for code in codes]
            desks = [(code, start_session(conn, known[code], "127.0.0.1", now)) for code in codes]
        engine.dispose()
        yield {"DATABASE_URL": url, "LANSHOU_DATA": data, "REDIS_URL": NOWHERE}, desks, tokens


def _square(n: int) -> tuple[float, float, float, float]:
    """Where the n-th station serves: west, south, east, north."""
    west, south = 100 + n % 100 * 0.1, 25 + n // 100 * 0.1
    return west, south, west + 0.05, south + 0.05


def _lanshou() -> list[list[str]]:
    return [[sys.executable, str(HERE / "app.py"), "serve", "--workers", str(PROCESSES), "--port", "{port}"]]


def _bare() -> list[list[str]]:
    options = ["-w", str(PROCESSES), "-k", "gthread", "--threads", str(THREADS), "--no-control-socket"]
    return [[sys.executable, "-m", "gunicorn", *options, "-b", "127.0.0.1:{port}", "bench.constant:app"]]


# ---- the client ---------------------------------------------------------------------------------------------------


async def _day(port: int, desks: Desks, tokens: Desks, url: str) -> Seen:
    """All desks open for a while, and orders coming in from a thread beside."""
    seen, end = Seen(), asyncio.Event()
    sent: dict[str, float] = {}
    told: dict[str, float] = {}
    random = Random(7)
    streaming = [asyncio.create_task(_stream(port, desk, seen, sent, end)) for desk in desks[:STREAMS]]
    await asyncio.sleep(5)
    seen.streams = sum(not task.done() for task in streaming)
    polling = [asyncio.create_task(_poller(port, desk, seen, sent, told, end, random)) for desk in tokens[STREAMS:]]
    await asyncio.sleep(12)  # each has its first number
    seen.polls.clear()
    seen.unchanged = 0
    # Half of the orders come to desks with a stream.
    chosen = [code for pair in zip(desks[: ORDERS // 2], desks[STREAMS:], strict=False) for code, _ in pair]
    await asyncio.to_thread(_send, url, chosen, sent)
    await asyncio.sleep(max(SECONDS - ORDERS * 0.25, 0) + 3)
    end.set()
    await asyncio.gather(*streaming, *polling)
    return seen


def _send(url: str, codes: Sequence[str], sent: dict[str, float]) -> None:
    """One order a quarter of a second, each in a transaction of its own; `sent`: before it begins."""
    engine = connect(url)
    with reading(engine) as conn:
        world = World(load_network(conn), packaged())
    for code in codes:
        began, now = time.perf_counter(), datetime.now(UTC)
        west, south, *_ = _square(int(code[1:]))
        content = {
            "lng": west + 0.01, "lat": south + 0.01, "datum": "GCJ-02", "business_type": "send_express", "online": True,
            "address": "某路1号", "sender": {"name": "王某", "phone": "13800138000"},
        }  # fmt: skip
        sent[code] = began
        with writing(engine) as conn:
            refused = conduct(conn, [Item(now, OrderPush("kuaidi100", f"KD{code}", now, content), "bench")], world)
        assert refused == [None]
        time.sleep(max(0.0, 0.25 - (time.perf_counter() - began)))
    engine.dispose()


def _ask(path: str, *more: str) -> bytes:
    head = (f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *more, "", "")
    return "\r\n".join(head).encode()


async def _stream(port: int, desk: tuple[str, str], seen: Seen, sent: dict[str, float], end: asyncio.Event) -> None:
    """Until the end; over at once when it is refused by both processes."""
    code, token = desk
    for _ in range(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_ask("/desk/stream", f"Cookie: lanshou={token}"))
        if b" 200 " in await reader.readline():
            break
        writer.close()
    else:
        return
    ending = asyncio.create_task(end.wait())
    first = True
    while not end.is_set():
        line = asyncio.create_task(reader.readline())
        await asyncio.wait({line, ending}, return_when=asyncio.FIRST_COMPLETED)
        if not line.done():
            line.cancel()
        elif line.result().startswith(b"data: ") and line.result().strip() != b"data:":
            if not first and code in sent:
                seen.told_streams.append(time.perf_counter() - sent[code])
            first = False
        elif not line.result():
            break
    writer.close()


async def _poller(
    port: int, desk: tuple[str, str], seen: Seen, sent: dict[str, float], told: dict[str, float], end: asyncio.Event,
    random: Random,
) -> None:  # fmt: skip
    code, token = desk
    await asyncio.sleep(random.uniform(0, 10))
    known = ""
    while not end.is_set():
        began = time.perf_counter()
        status, tag = await _once(port, token, known)
        now = time.perf_counter()
        if status in (200, 304):
            seen.polls.append(now - began)
            seen.unchanged += status == 304
            if status == 200 and known and code in sent and code not in told:
                told[code] = now
                seen.told_pollers.append(now - sent[code])
            known = tag or known
        else:
            seen.bad += 1
        with suppress(TimeoutError):
            await asyncio.wait_for(end.wait(), random.uniform(8, 12))


async def _once(port: int, token: str, known: str) -> tuple[int, str]:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        more = (
            f"X-Desk-Token: {token}",
            "Accept: application/json",
            "Connection: close",
            *([f"If-None-Match: {known}"] if known else []),
        )
        writer.write(_ask("/desk/changes", *more))
        head = (await reader.read()).split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        writer.close()
    except OSError:
        return 0, ""
    tags = [line[6:] for line in head if line.lower().startswith("etag: ")]
    return int(head[0][9:12] or 0) if head[0] else 0, tags[0] if tags else ""


async def _closed(port: int, desks: Desks) -> float:
    """Answers a second when each connection asks again at once."""
    todo, good = iter(range(CLOSED)), 0
    began = time.perf_counter()

    async def worker() -> None:
        nonlocal good
        for n in todo:
            status, _ = await _once(port, desks[n % len(desks)][1], '"0"')
            good += status in (200, 304)

    await asyncio.gather(*(worker() for _ in range(CONNECTIONS)))
    return good / (time.perf_counter() - began)
