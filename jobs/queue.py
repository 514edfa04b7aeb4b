"""Who does the tasks: threads of this process, or RQ workers (DESIGN law 14: Redis is the door-bell, not the truth).

The only module that knows RQ.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import DuplicateJobError

from basics.now import now
from jobs.environment import Environment
from jobs.tasks import due_channels, perform, run_task
from jobs.timetable import TIMETABLE

log = logging.getLogger("lanshou.jobs")
QUEUE = "lanshou"
TICK = 0.25  # seconds
REDIS_PATIENCE = 1  # seconds before Redis counts as away


class InProcess:
    """The timetable in threads of this process. A task or lane that still runs is not started again."""

    def __init__(self, env: Environment, threads: int = 4) -> None:
        self._env = env
        self._pool = ThreadPoolExecutor(threads, "lanshou-job")
        self._running: set[str] = set()
        self._lock = threading.Lock()

    def ring(self, name: str) -> None:
        """Start a task unless it runs already."""
        with self._lock:
            if name in self._running:
                return
            self._running.add(name)
        self._pool.submit(self._perform, name)

    def _perform(self, name: str) -> None:
        try:
            if name == "feedback":  # a lane a channel: a dead one holds up no other
                for channel in due_channels(self._env):
                    self.ring(f"feedback:{channel}")
            else:
                perform(self._env, name)
        except Exception:
            log.exception("task %s failed; its next turn tries again", name)
        finally:
            with self._lock:
                self._running.discard(name)

    def close(self) -> None:
        """Wait for what runs, start nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)


class Bell:
    """Rings RQ workers; when Redis is away or nobody may be listening, the fallback does the work here."""

    def __init__(self, redis_url: str, fallback: Callable[[str], None]) -> None:
        self._redis: Any = Redis.from_url(
            redis_url, socket_timeout=REDIS_PATIENCE, socket_connect_timeout=REDIS_PATIENCE
        )
        self._queue = Queue(QUEUE, connection=self._redis, serializer="json")
        self._fallback = fallback

    def ring(self, name: str, slot: int, every: int) -> None:
        """One job for each task and slot, whoever rings; it leaves the queue by itself when nobody comes."""
        job_id = f"{name.replace(':', '-')}-{slot}"
        try:
            self._queue.enqueue(
                run_task, name, job_id=job_id, unique=True, ttl=max(10 * every, 60), result_ttl=0, failure_ttl=3600
            )
        except DuplicateJobError:
            pass
        except RedisError:
            log.warning("redis is away: %s runs here", name)
            self._fallback(name)


def keep_time(ring: Callable[[str, int, int], None], stop: threading.Event) -> None:
    """Ring each entry of the timetable once a slot until `stop`. Slots are of wall time, so two rings share one."""
    last: dict[str, int] = {}
    while not stop.wait(TICK):
        seconds = int(now().timestamp())
        for entry in TIMETABLE:
            slot = seconds // entry.every
            if last.get(entry.task) != slot:
                last[entry.task] = slot
                ring(entry.task, slot, entry.every)


def work(redis_url: str, burst: bool = False) -> None:
    """A worker: takes jobs until told to stop. SimpleWorker, because a job is a batch and forking costs 20 ms."""
    connection = Redis.from_url(redis_url)
    worker = SimpleWorker(
        [QUEUE], connection=connection, serializer="json", maintenance_interval=15, job_monitoring_interval=5
    )
    worker.work(burst=burst)
