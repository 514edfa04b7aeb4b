"""One channel is away for six hours and 50,000 messages wait: back, it gets all of them in order within ten minutes,
and the other channel has noticed nothing (F-46, F-48, CHAN-4)."""

import os
import time
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from basics.settings import Settings
from channels.actions import set_channel
from channels.outbox.actions import queue_feedback
from jobs.environment import Environment
from jobs.tasks import perform
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables.channels import outbox
from tests.channels import vectors
from tests.soak.channel import Remote, channel
from tests.web.conftest import Clock
from tests.web.door import MASTER, NOON

pytestmark = pytest.mark.soak
KINDS = ("accepted", "dispatched", "dispatched", "dispatched", "picked_up")  # of each order
WAITING = int(os.environ.get("WAITING", "50000"))
OUTAGE, STEP = timedelta(hours=6), timedelta(minutes=5)


def queue(env: Environment, orders: range, channel: str) -> None:
    told = {"happened_at": "2026-11-22T12:00:00+08:00", "station": "S", "waybill_no": "55000000000017"}
    rows: list[dict[str, Any]] = [
        {"order_id": n, "region": "浙江省", "channel": channel, "kind": kind, "at": env.clock(),
         "payload": told | {"logistics_no": f"IS{n}"}}
        for kind in KINDS
        for n in orders
    ]  # fmt: skip
    with writing(env.engine) as conn:
        queue_feedback(conn, rows)


def waiting(env: Environment, channel: str) -> int:
    with reading(env.engine) as conn:
        query = select(func.count()).where(outbox.c.channel == channel, outbox.c.state != "sent")
        return conn.scalar(query) or 0


def sequences(heard: list[str]) -> dict[str, list[int]]:
    """Order -> the numbers of its messages, as they came."""
    found: dict[str, list[int]] = defaultdict(list)
    for message_id in heard:
        _, order, seq = message_id.split("_")
        found[order].append(int(seq))
    return found


def drain(env: Environment, clock: Clock, channel: str) -> float:
    """As the timetable does, every two seconds. The clock moves as much as the wall's, so that pauses count."""
    began = time.perf_counter()
    at_first = clock.at
    while waiting(env, channel) and time.perf_counter() - began < 900:
        perform(env, f"feedback:{channel}")
        clock.at = at_first + timedelta(seconds=time.perf_counter() - began)
        time.sleep(0.05)
    return time.perf_counter() - began


@pytest.mark.timeout(1_800)
def test_f_48_six_hours_away_with_50_000_waiting(engine: Engine, tmp_path: Path) -> None:
    clock = Clock(NOON)
    secret = tmp_path / "secret.key"
    secret.write_bytes(MASTER)
    env = Environment(Settings("", None, tmp_path, secret, True), engine, packaged(), clock)
    orders = WAITING // len(KINDS)
    with channel() as dead, channel() as other:
        connect(env, {"crm": dead, "website": other})
        dead.ask("down")
        share = orders // int(OUTAGE / STEP)
        for step in range(int(OUTAGE / STEP)):
            queue(env, range(step * share + 1, (step + 1) * share + 1), "crm")
            queue(env, range(1_000_000 + step, 1_000_001 + step), "website")
            perform(env, "feedback")
            assert waiting(env, "website") == 0
            clock.at += STEP
        queue(env, range(int(OUTAGE / STEP) * share + 1, orders + 1), "crm")
        total = waiting(env, "crm")
        tries = dead.ask("counts")["turned_away"]
        assert total == orders * len(KINDS) and tries <= 16 * (OUTAGE / STEP + 1)

        dead.ask("up")
        clock.at += timedelta(minutes=5)  # the longest pause of a channel
        seconds = drain(env, clock, "crm") + 300
        heard = dead.ask("heard")
    print(f"\n{engine.dialect.name}: {total} messages in {seconds - 300:.0f} s, {total / (seconds - 300):.0f}/s")
    assert waiting(env, "crm") == 0 and seconds < 600
    assert len(heard) == total
    assert all(seqs == list(range(1, len(KINDS) + 1)) for seqs in sequences(heard).values())
    assert len(sequences(heard)) == orders


def connect(env: Environment, channels: dict[str, Remote]) -> None:
    with writing(env.engine) as conn:
        for name, remote in channels.items():
            given = {"secret": vectors.SECRET, "feedback_url": remote.url}
            assert set_channel(conn, MASTER, name, given, env.clock()) is None
