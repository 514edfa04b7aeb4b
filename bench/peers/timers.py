"""The peers of `bench/sweep.py` in the environment of the peers: N timers due at one instant, fired by others.

Never imported by the product or the bench: it runs as processes of its own. What a timer does when it fires is the
same for all of them and less than ours does: it is marked, a violation and its case are written, one commit each.
`timers.py NAME` with TIMERS_URL, TIMERS_REDIS and TIMERS_N in the environment prints the seconds from the instant at
which all were due until the last was fired.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

WORKERS = 4
PATIENCE = 60  # seconds for one run
MODULE = "bench.peers.timers"
MAKE = (
    "DROP TABLE IF EXISTS cases, late, timers",
    "CREATE TABLE timers (id bigint PRIMARY KEY, due_at timestamptz NOT NULL, fired_at timestamptz)",
    "CREATE INDEX ON timers (due_at) WHERE fired_at IS NULL",
    "CREATE TABLE late (id bigserial PRIMARY KEY, timer_id bigint UNIQUE REFERENCES timers, evidence jsonb)",
    "CREATE TABLE cases (late_id bigint PRIMARY KEY REFERENCES late, state text, opened_at timestamptz)",
)
EVIDENCE = json.dumps({"rule": "ACCEPT-1", "checks": [{"name": "late_push", "outcome": "passed", "figures": {}}] * 4})
_here = threading.local()


def connection() -> Any:
    """One for each thread of each process."""
    kept = getattr(_here, "kept", None)
    if kept is None or kept[0] != os.getpid():
        kept = _here.kept = (os.getpid(), import_module("psycopg").connect(os.environ["TIMERS_URL"], autocommit=True))
    return kept[1]


def fire(number: int) -> None:
    """One timer in one transaction."""
    conn = connection()
    with conn.transaction():
        marked = conn.execute(
            "UPDATE timers SET fired_at = clock_timestamp() WHERE id = %s AND fired_at IS NULL", [number]
        )
        if marked.rowcount:
            new = conn.execute("INSERT INTO late (timer_id, evidence) VALUES (%s, %s) RETURNING id", [number, EVIDENCE])
            conn.execute("INSERT INTO cases VALUES (%s, 'suspected', now())", [new.fetchone()[0]])


def prepare(count: int, due: datetime) -> None:
    conn = connection()
    for statement in MAKE:
        conn.execute(statement)
    conn.execute("INSERT INTO timers SELECT n, %s FROM generate_series(1, %s) AS n", [due, count])
    conn.execute("ANALYZE timers")


def seconds(count: int, due: datetime) -> float:
    """Waits until all are fired."""
    conn, until = connection(), time.monotonic() + (due - datetime.now(UTC)).total_seconds() + PATIENCE
    while time.monotonic() < until:
        fired, last = conn.execute("SELECT count(fired_at), max(fired_at) FROM timers").fetchone()
        if fired == count:
            return float((last - due).total_seconds())
        time.sleep(0.1)
    raise SystemExit(f"{fired} of {count} fired in {PATIENCE} s")


def orm(count: int) -> float:
    """A sweep as it is often written: rows by the ORM, a commit for each."""
    sa, orms = import_module("sqlalchemy"), import_module("sqlalchemy.orm")
    due = datetime.now(UTC)
    prepare(count, due)
    url = import_module("sqlalchemy.engine").URL.create(
        "postgresql+psycopg", username="postgres", database=os.environ["TIMERS_DATABASE"],
        query={"host": os.environ["TIMERS_HOST"]},
    )  # fmt: skip
    engine = sa.create_engine(url)
    classes = import_module("sqlalchemy.ext.automap").automap_base()
    classes.prepare(autoload_with=engine)
    timer, late, case = classes.classes.timers, classes.classes.late, classes.classes.cases
    started = time.perf_counter()
    with orms.Session(engine) as session:
        found = session.scalars(sa.select(timer.id).where(timer.fired_at.is_(None), timer.due_at < sa.func.now())).all()
        for number in found:
            one = session.get(timer, number, with_for_update={"skip_locked": True})
            one.fired_at = datetime.now(UTC)
            violation = late(timer_id=number, evidence=json.loads(EVIDENCE))
            session.add(violation)
            session.flush()
            session.add(case(late_id=violation.id, state="suspected", opened_at=datetime.now(UTC)))
            session.commit()
    return time.perf_counter() - started


def with_workers(words: list[str], count: int, register: Callable[[datetime], None], ahead: float) -> float:
    """Registers the timers, then starts the workers; due is `ahead` seconds from now."""
    due = datetime.now(UTC) + timedelta(seconds=ahead)
    prepare(count, due)
    register(due)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    runs = 1 if "celery" in words else WORKERS
    workers = [subprocess.Popen([sys.executable, "-m", *words], **quiet) for _ in range(runs)]  # type: ignore[call-overload]
    try:
        if datetime.now(UTC) > due:
            raise SystemExit("not registered in time")
        return seconds(count, due)
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            try:
                worker.wait(5)
            except subprocess.TimeoutExpired:
                worker.kill()


def celery(count: int) -> float:
    """Celery's own ETA: the worker holds what is not due yet."""
    app = import_module("bench.peers.timers_celery")

    def register(due: datetime) -> None:
        with app.app.producer_or_acquire() as producer:
            for number in range(1, count + 1):
                app.fire_timer.apply_async((number,), eta=due, producer=producer)

    words = ["celery", "-A", "bench.peers.timers_celery", "worker", "-c", str(WORKERS), "--without-gossip"]
    return with_workers(words, count, register, ahead=8)


def rq(count: int) -> float:
    """RQ's own scheduler, in one of its workers; they do their jobs themselves, which is its fastest way."""
    redis = import_module("redis").Redis.from_url(os.environ["TIMERS_REDIS"])
    redis.flushall()
    queue = import_module("rq").Queue("timers", connection=redis)

    def register(due: datetime) -> None:
        for number in range(1, count + 1):
            queue.enqueue_at(due, fire, number, result_ttl=0)

    return with_workers([MODULE, "rq-worker"], count, register, ahead=6 + count / 500)


def rq_worker() -> None:
    redis = import_module("redis").Redis.from_url(os.environ["TIMERS_REDIS"])
    worker = import_module("rq").SimpleWorker(["timers"], connection=redis)  # no process for each job
    worker.work(with_scheduler=True, logging_level="ERROR")


def apscheduler(count: int) -> float:
    """APScheduler with its jobs in the same PostgreSQL, its threads firing them."""
    url = f"postgresql+psycopg://postgres@/{os.environ['TIMERS_DATABASE']}?host={os.environ['TIMERS_HOST']}"
    store = import_module("apscheduler.jobstores.sqlalchemy").SQLAlchemyJobStore(url=url)
    threads = import_module("apscheduler.executors.pool").ThreadPoolExecutor(WORKERS)
    made = import_module("apscheduler.schedulers.background").BackgroundScheduler
    scheduler = made(jobstores={"default": store}, executors={"default": threads}, timezone=UTC)
    due = datetime.now(UTC) + timedelta(seconds=2 + count / 200)
    prepare(count, due)
    scheduler.start(paused=True)
    for number in range(1, count + 1):
        scheduler.add_job(fire, "date", run_date=due, args=[number], misfire_grace_time=None)
    if datetime.now(UTC) > due:
        raise SystemExit("not registered in time")
    scheduler.resume()
    taken = seconds(count, due)
    scheduler.shutdown(wait=False)
    return taken


PEERS: dict[str, Callable[[int], float]] = {"orm": orm, "celery": celery, "rq": rq, "apscheduler": apscheduler}


if __name__ == "__main__":
    if sys.argv[1] == "rq-worker":
        rq_worker()
    else:
        main = import_module(MODULE)  # so that jobs name functions of a module that workers can import
        print(json.dumps({"seconds": main.PEERS[sys.argv[1]](int(os.environ["TIMERS_N"]))}))
