"""RQ rings and works, with a real Redis; whatever becomes of Redis, nothing is lost (law 14, D2, F-17..F-22)."""

import json
import os
import pickle
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rq import Queue, SimpleWorker
from rq.registry import FailedJobRegistry
from rq.timeouts import TimerDeathPenalty
from sqlalchemy import Engine, select

from jobs import queue, tasks
from jobs.environment import Environment
from jobs.queue import QUEUE, Bell, InProcess, keep_time, run_task, work
from jobs.timetable import TIMETABLE, Entry
from storage.session import reading
from storage.tables.sla import violations
from tests.jobs.conftest import Listener, RedisServer, connect_channel
from tests.jobs.test_feedback import queue as tell
from tests.jobs.test_feedback import until
from tests.jobs.test_sweep import take
from tests.web.conftest import Clock
from tests.web.door import Door, order


@pytest.fixture
def worker_env(env: Environment, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """What a worker takes for the environment of its process."""
    monkeypatch.setattr(queue, "of_this_process", lambda: env)
    return env


def late(env: Environment) -> int:
    with reading(env.engine) as conn:
        return len(conn.scalars(select(violations.c.id)).all())


def never(name: str) -> None:
    raise AssertionError(f"{name} ran here")


def jobs(redis: RedisServer) -> list[str]:
    return Queue(QUEUE, connection=redis.client, serializer="json").job_ids


def test_the_bell_rings_and_a_worker_does_it(worker_env: Environment, clock: Clock, redis: RedisServer) -> None:
    take(worker_env, 3)
    clock.forward(minutes=31)
    bell = Bell(redis.url, never)
    bell.ring("sweep", 7, 2)
    bell.ring("sweep", 7, 2)  # a second scheduler: the same slot, one job
    bell.ring("sweep", 8, 2)
    assert jobs(redis) == ["sweep-7", "sweep-8"]
    raw = redis.client.hget("rq:job:sweep-7", "data")
    assert json.loads(zlib.decompress(raw)) == ["jobs.queue.run_task", None, ["sweep"], {}]  # D2, D8
    work(redis.url, burst=True)
    assert (late(worker_env), jobs(redis)) == (3, [])
    assert redis.client.keys("rq:job:*") == []  # nothing is left of done jobs


def test_feedback_goes_out_from_a_worker(
    worker_env: Environment, redis: RedisServer, listen: Callable[[], Listener]
) -> None:
    channel = listen()
    connect_channel(worker_env, "crm", channel.url)
    tell(worker_env, [1, 2])
    Bell(redis.url, never).ring("feedback", 1, 2)
    work(redis.url, burst=True)
    assert sorted(channel.ids) == [f"fb_{n}_{seq}" for n in (1, 2) for seq in (1, 2, 3)]


def test_f_17_flushed_and_killed_loses_nothing(worker_env: Environment, clock: Clock, redis: RedisServer) -> None:
    take(worker_env, 2)
    clock.forward(minutes=31)
    bell = Bell(redis.url, never)
    bell.ring("sweep", 1, 2)
    redis.client.flushall()
    work(redis.url, burst=True)
    assert late(worker_env) == 0
    redis.kill()
    redis.start()
    bell.ring("sweep", 2, 2)  # the next slot
    work(redis.url, burst=True)
    assert late(worker_env) == 2


def test_f_19_without_redis_the_work_is_done_here_and_a_push_is_answered(
    engine: Engine, env: Environment, clock: Clock, redis: RedisServer
) -> None:
    redis.kill()
    door = Door(engine, clock)
    assert door.push(order()).status_code == 200
    clock.forward(minutes=31)
    here = InProcess(env)
    Bell(redis.url, here.ring).ring("sweep", 1, 2)
    until(lambda: late(env) == 1)
    here.close()


@pytest.fixture
def living_worker(worker_env: Environment, redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A worker in a thread, where RQ can neither take signals nor be stopped by one."""
    made: list[Any] = []

    class InThread(SimpleWorker):
        death_penalty_class = TimerDeathPenalty
        _install_signal_handlers = lambda self: made.append(self)  # noqa: E731

    monkeypatch.setattr(queue, "SimpleWorker", InThread)
    thread = threading.Thread(target=work, args=(redis.url,), daemon=True)
    thread.start()
    until(lambda: bool(made))
    yield
    for worker in made:
        worker._stop_requested = True
    if redis.process is None:
        redis.start()
    Queue(QUEUE, connection=redis.client, serializer="json").enqueue(run_task, "sweep")  # wakes it
    thread.join(20)
    assert not thread.is_alive()


@pytest.mark.usefixtures("living_worker")
def test_f_17_a_worker_outlives_its_redis(worker_env: Environment, clock: Clock, redis: RedisServer) -> None:
    bell = Bell(redis.url, never)
    take(worker_env, 2)
    clock.forward(minutes=31)
    redis.kill()
    time.sleep(1.5)
    redis.start()
    bell.ring("sweep", 1, 2)
    until(lambda: late(worker_env) == 2, 30)


class Bomb:
    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.path,)


def forge(redis: RedisServer, name: str, data: bytes, **more: str | bytes) -> None:
    """What somebody who can write to Redis puts there."""
    redis.client.hset(f"rq:job:{name}", mapping={"data": data, "origin": QUEUE, "status": "queued", **more})
    redis.client.rpush(f"rq:queue:{QUEUE}", name)


def test_f_22_forged_jobs_are_never_executed(
    worker_env: Environment, clock: Clock, redis: RedisServer, tmp_path: Any
) -> None:
    """B-137: pickle, other functions, other arguments, call-backs, 10 MB; and the real one behind them runs."""
    take(worker_env, 1)
    clock.forward(minutes=31)
    traces = [str(tmp_path / f"trace{n}") for n in range(6)]
    forge(redis, "pickle", pickle.dumps(("jobs.queue.run_task", None, [Bomb(traces[0])], {})))
    forge(redis, "zipped", zlib.compress(pickle.dumps(Bomb(traces[1]))))
    forge(
        redis,
        "meta",
        json.dumps(["jobs.queue.run_task", None, ["nothing"], {}]).encode(),
        meta=pickle.dumps(Bomb(traces[2])),
    )
    forge(redis, "function", json.dumps(["os.mkdir", None, [traces[3]], {}]).encode())
    forge(redis, "method", json.dumps(["format", traces[4], ["sweep"], {}]).encode())
    forge(redis, "task", json.dumps(["jobs.queue.run_task", None, ["feedback:../x"], {}]).encode())
    forge(redis, "kwargs", json.dumps(["jobs.queue.run_task", None, ["sweep"], {"x": 1}]).encode())
    forge(redis, "large", b"[" * 10_000_000)
    forge(redis, "nonsense", b"{}", timeout="soon", created_at="never", status="?")
    forge(redis, "callback", json.dumps(["os.getcwd", None, [], {}]).encode(), failure_callback_name="os.mkdir")
    redis.client.rpush(f"rq:queue:{QUEUE}", "not-there", b"\xff\xfe")
    Bell(redis.url, never).ring("sweep", 1, 2)
    for _ in range(20):
        work(redis.url, burst=True)
        if late(worker_env):
            break
    assert late(worker_env) == 1
    assert list(tmp_path.glob("trace*")) == []
    parked = FailedJobRegistry(QUEUE, connection=redis.client, serializer="json").get_job_ids()
    assert {"pickle", "zipped", "function", "method", "task", "kwargs"} <= set(parked)


def test_is_task() -> None:
    names = ("sweep", "feedback", "feedback:crm", "feedback:x", "feedback:", "sweep:crm", "", ":", "x")
    known = {name for name in names if tasks.is_task(name)}
    assert known == {"sweep", "feedback", "feedback:crm"}
    assert not tasks.is_task(["sweep"]) and not tasks.is_task(None)
    assert all(tasks.is_task(entry.task) for entry in TIMETABLE)


def test_time_goes_on_whatever_becomes_of_a_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "TIMETABLE", (Entry("sweep", 1),))
    monkeypatch.setattr(queue, "TICK", 0.01)
    rung, stop = [], threading.Event()

    def ring(name: str, slot: int, every: int) -> None:
        rung.append((name, slot, every))
        raise ValueError("broken")

    clock = threading.Thread(target=keep_time, args=(ring, stop))
    clock.start()
    until(lambda: len(rung) >= 3)
    stop.set()
    clock.join(5)
    slots = [slot for _, slot, _ in rung]
    assert slots == list(range(slots[0], slots[0] + len(slots)))  # each slot once


def test_in_process_a_task_that_runs_is_not_started_again(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    runs, go = [], threading.Event()

    def slow(_env: Environment) -> None:
        runs.append(1)
        go.wait(10)
        raise RuntimeError("and a failing one is started again")

    monkeypatch.setitem(tasks.TASKS, "sweep", slow)
    here = InProcess(env)
    for _ in range(5):
        here.ring("sweep")
    until(lambda: bool(runs))
    go.set()
    until(lambda: not here._running)
    assert len(runs) == 1
    here.ring("sweep")
    until(lambda: len(runs) == 2)
    here.close()
