"""Who does the tasks: threads of this process, or RQ workers (DESIGN law 14: Redis is the door-bell, not the truth).

The only module that knows RQ.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job

from basics.now import now
from channels.registry import OUTBOUND, WAYS
from jobs.environment import Environment, of_this_process
from jobs.tasks import DUE, TASKS, is_task, perform
from jobs.timetable import TIMETABLE

log = logging.getLogger("lanshou.jobs")
QUEUE = "lanshou"
TICK = 0.25  # seconds
REDIS_PATIENCE = 1  # seconds before Redis counts as away
LONGEST_TASK = 600  # seconds; a sweep after a long outage
# In threads beside the worker: neither a slow channel nor half a minute of geometry holds up a sweep.
ASIDE = frozenset(TASKS) - {"sweep"}
LARGEST_JOB = 16 * 1024  # bytes in Redis; ours has a few hundred


class InProcess:
    """The timetable in threads of this process. A task or lane that still runs is not started again."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        most = len(TIMETABLE) + len(OUTBOUND) + len(WAYS)  # nobody waits for another
        self._pool = ThreadPoolExecutor(most, "lanshou-job")
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
            if name in DUE:  # a lane a channel: a dead one holds up no other
                for channel in DUE[name](self._env):
                    self.ring(f"{name}:{channel}")
            else:
                perform(self._env, name)
        except Exception:
            log.exception("task %s failed; its next turn tries again", name)
        finally:
            with self._lock:
                self._running.discard(name)

    def close(self, finish: bool = False) -> None:
        """Wait for what runs and start nothing more; `finish`: but what that leads to."""
        while finish and self._running:
            time.sleep(TICK / 10)
        self._pool.shutdown(wait=True, cancel_futures=True)


class Bell:
    """Rings RQ workers; when Redis is away, the fallback does the work here."""

    def __init__(self, redis_url: str, fallback: Callable[[str], None]) -> None:
        self._redis: Any = Redis.from_url(
            redis_url, socket_timeout=REDIS_PATIENCE, socket_connect_timeout=REDIS_PATIENCE
        )
        self._queue = Queue(QUEUE, connection=self._redis, serializer="json")
        self._fallback = fallback

    def ring(self, name: str, slot: int, every: int) -> None:
        """One job for each task and slot, whoever rings; it leaves the queue by itself when nobody comes."""
        try:
            self._queue.enqueue(
                run_task, name, job_id=f"{name}-{slot}", unique=True, job_timeout=LONGEST_TASK,
                ttl=max(10 * every, 60), result_ttl=0, failure_ttl=3600,
            )  # fmt: skip
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
                try:
                    ring(entry.task, slot, entry.every)
                except Exception:  # time goes on, whatever became of one ring
                    log.exception("ringing %s failed", entry.task)


class OurJob(Job):
    """A job as it may come out of Redis: the name of a task for `run_task`, and nothing else.

    Whoever can write to Redis must not own the worker (RELIABILITY D2, F-22): a job of RQ names any function, and
    call-backs and addresses to be called besides.
    """

    def restore(self, raw_data: Mapping[bytes, bytes]) -> None:
        """Read what Redis holds. NoSuchJobError, on which a worker goes on, when that is too much or nonsense."""
        if sum(map(len, raw_data.values())) > LARGEST_JOB:
            raise NoSuchJobError("too large for one of ours")
        try:
            super().restore(raw_data)
        except Exception as error:
            raise NoSuchJobError("unreadable") from error
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.webhooks = []
        self.repeats_left = self.retries_left = None

    @property
    def func(self) -> Callable[[str], None]:
        """`run_task`. PermissionError, which parks the job, when it is not exactly that with one known task."""
        told = (self.func_name, self.instance, len(self.args), self.kwargs)
        if told != (f"{__name__}.{run_task.__name__}", None, 1, {}) or not is_task(self.args[0]):
            raise PermissionError("not a job of ours")
        return run_task


def run_task(name: str) -> None:
    """Entry of RQ workers: the payload is a task's name, nothing else (RELIABILITY D2)."""
    if name in ASIDE:
        _hands().ring(name)
    else:
        perform(of_this_process(), name)


@cache
def _hands() -> InProcess:
    return InProcess(of_this_process())


def work(redis_url: str, burst: bool = False) -> None:
    """A worker: takes jobs until told to stop. SimpleWorker, because a job is a batch and forking costs 20 ms.

    RQ's loop ends when Redis goes away in the middle of a job; then it is begun again (F-17).
    """
    while True:
        worker = SimpleWorker(
            [QUEUE], connection=Redis.from_url(redis_url), serializer="json", job_class=OurJob,
            maintenance_interval=15, job_monitoring_interval=5,
        )  # fmt: skip
        try:
            worker.work(burst=burst, logging_level="WARNING")
        except RedisError as error:
            if burst:
                raise
            log.warning("redis is away: %s", type(error).__name__)
        if burst or worker._stop_requested:
            break
        time.sleep(1)
    _hands().close(finish=burst)
    _hands.cache_clear()
