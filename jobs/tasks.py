"""The tasks: read the time, open a transaction, call one action. Safe to run twice, late, or at once (law 14)."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from time import monotonic
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from channels.feedback import Claimed
from channels.outbox.actions import claim_due, mark, release
from channels.outbox.wire import Lease, deliver
from channels.queries import Channel, channels_with_due, load_channels
from channels.registry import OUTBOUND
from dispatch import actions as dispatch
from dispatch.memory import actions as routing_memory
from dispatch.outage_news import actions as outage_news
from dispatch.sweeping.actions import judge_again
from dispatch.sweeping.queries import batches, moved_by
from geo import checks
from geo.closing.queries import recorded
from geo.findings.actions import refresh
from geo.findings.queries import is_current
from geo.queries import network_version
from geo.service_areas.queries import present_areas
from jobs import ledger, pace
from jobs import warn as warnings
from jobs.appeals import appeals
from jobs.audit import link_audit
from jobs.availability import met
from jobs.clock_watch import may_write
from jobs.environment import Environment
from jobs.notices import notices
from jobs.rehearse import rehearsals
from jobs.reports import reports
from jobs.retention import retention
from jobs.standings import standings
from sla.availability import actions as availability
from sla.clock_safety import actions as clock_safety
from storage.session import reading, run

SWEEP_BATCH, SWEEP_ROUNDS = 2000, 500  # orders in a transaction; transactions in one run
SWEEP_LANES = 4  # PostgreSQL: transactions at once when much is due, as many as the machine has cores
VOTE_ROUNDS = 400  # batches of lines that one run counts; the next goes on
# Most transactions take no second; the longest end by the database's patience with a statement and a pause (D11).
AGAIN = (timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=10))
log = logging.getLogger("lanshou.jobs")
_looked: WeakKeyDictionary[Engine, datetime] = WeakKeyDictionary()  # when this process last did
SEND_BATCH = 200  # a round of so many ends long before their lease: see outbox/wire.py
LANE_SECONDS = 20  # after that a lane begins no round; the next ring goes on


def is_task(name: object) -> bool:
    """Whether `perform` knows it."""
    if not isinstance(name, str):
        return False
    task, _, lane = name.partition(":")
    return name in TASKS or (task in LANES and lane in OUTBOUND)


def perform(env: Environment, name: str) -> None:
    """Run a task of the timetable, or one lane of it (`feedback:crm`). KeyError when not `is_task`."""
    task, _, lane = name.partition(":")
    if not may_write(env.watch, env.engine, look=name == "sweep"):
        return  # others, whose clocks agree, do it (RELIABILITY D9)
    if lane:
        LANES[task](env, lane)
    else:
        TASKS[task](env)


def sweep(env: Environment) -> None:
    """Judge what fell due, in batches, until nothing is left or the rounds are up (the next run goes on).

    A night's orders share one deadline. The work is the database's, so threads do, and no two take the same order (D3).
    """
    # An outage of ours that is going on, or has only just ended, is put down before anything is judged (F-41).
    run(env.engine, lambda conn: availability.watch(conn, env.clock()))
    run(env.engine, lambda conn: clock_safety.end_silent(conn, env.clock()))
    _look_once_more(env)
    found = _sweep_some(env)
    lanes = SWEEP_LANES if found >= SWEEP_BATCH and env.engine.dialect.name == "postgresql" else 1
    if found and lanes == 1:
        _sweep_lane(env)
    elif found:
        with ThreadPoolExecutor(lanes, "lanshou-sweep") as pool:
            for one in [pool.submit(_sweep_lane, env) for _ in range(lanes)]:
                one.result()


def _sweep_lane(env: Environment) -> None:
    for _ in range(SWEEP_ROUNDS):
        if _sweep_some(env) == 0:
            return


def _sweep_some(env: Environment) -> int:
    return run(env.engine, lambda conn: dispatch.sweep(conn, env.world(conn), env.clock(), SWEEP_BATCH))


def _look_once_more(env: Environment) -> None:
    """ROUTE-6, VIO-3: whoever wrote an order while a closure or an outage was being recorded did not know of it, and
    its recorder did not see the order. So such orders are judged again as it gets to each age of AGAIN."""
    try:
        _closures_again(env, env.clock())
        _outages_again(env, env.clock())
    except Exception:
        log.exception("closures and outages of late: the next sweep looks once more")


def _closures_again(env: Environment, now: datetime) -> None:
    last = _looked.get(env.engine)
    spans = [(now - AGAIN[-1], now)] if last is None else [(last - age, now - age) for age in AGAIN]
    with reading(env.engine) as conn:
        orders = moved_by(conn, recorded(conn, spans))
    for batch in batches(orders):
        _judge_again(env, batch, now)
    _looked[env.engine] = now


def _judge_again(env: Environment, orders: Sequence[int], now: datetime) -> None:
    run(env.engine, lambda conn: judge_again(conn, orders, now))


def _outages_again(env: Environment, now: datetime) -> None:
    def begin(conn: Connection) -> tuple[list[int], int | None]:
        away = availability.take_news(conn, AGAIN, now)
        return away, outage_news.look_again(conn, away, now) if away else None

    away, after = run(env.engine, begin)  # at once, or a failure would lose the news
    if after is not None:
        _in_rounds(env, lambda conn, after: outage_news.look_again(conn, away, now, after), after)


def feedback(env: Environment) -> None:
    """Every channel that something is due for, one after the other."""
    for channel in due_channels(env):
        feedback_lane(env, channel)


def due_channels(env: Environment) -> list[str]:
    """Channels to which something can be sent now: each is a lane of its own."""
    with reading(env.engine) as conn:
        return channels_with_due(conn, env.clock())


def feedback_lane(env: Environment, channel: str) -> None:
    """Send what is due for one channel: claim and commit, send outside any transaction, write down what came of it."""
    until = monotonic() + LANE_SECONDS
    while _send(env, channel) and monotonic() < until:
        pass


def _send(env: Environment, channel: str) -> int:
    """One round; how many messages were attempted."""

    def claim(conn: Connection) -> tuple[list[Claimed], dict[str, Channel], Lease]:
        lease = Lease(env.clock, env.clock())  # read in the transaction: waiting for it costs nothing of the lease
        known = load_channels(conn, env.master(), lease.taken_at)
        return claim_due(conn, lease.taken_at, SEND_BATCH, channel), known, lease

    claimed, known, lease = run(env.engine, claim)
    if not claimed:
        return 0
    private = env.settings.private_targets
    tried = deliver(claimed, known, lease.taken_at, private_targets=private, lease=lease)
    attempted = {one.claimed.id for one in tried}

    def write(conn: Connection) -> None:
        mark(conn, tried, env.clock())
        met(conn, channel, tried, lease.taken_at, env.clock())
        release(conn, [one for one in claimed if one.id not in attempted])

    run(env.engine, write)
    return len(tried)


def memory(env: Environment) -> None:
    """Count what the logs' new lines vote for, bring the figures of open proposals up to date (ROUTE-4), and delete
    votes that nobody reads any more. Each batch is a transaction of its own; the next run goes on."""

    def count(conn: Connection, after: int) -> int | None:
        return routing_memory.count(conn, env.world(conn), env.clock(), after)

    def recount(conn: Connection, after: int) -> int | None:
        return routing_memory.recount(conn, env.clock(), after)

    for act in (count, recount):
        _in_rounds(env, act)
    for _ in range(VOTE_ROUNDS):
        if not run(env.engine, lambda conn: routing_memory.forget(conn, env.clock())):
            return


def _in_rounds(env: Environment, act: Callable[[Connection, int], int | None], first: int = 0) -> None:
    """`act` with what the round before answered, until it answers None or the rounds are up."""
    after: int | None = first
    for _ in range(VOTE_ROUNDS):
        if after is None:
            return
        after = _round(env, act, after)


def _round(env: Environment, act: Callable[[Connection, int], int | None], after: int) -> int | None:
    return run(env.engine, lambda conn: act(conn, after))


def areas(env: Environment) -> None:
    """Look for what is doubtful in the service areas, once for each version of the network.

    It takes half a minute for the whole country, so it is found outside any transaction and then written down.
    """
    now = env.clock()
    with reading(env.engine) as conn:
        version = network_version(conn)
        if is_current(conn, version, now):
            return
        network, present = env.networks.get(conn), present_areas(conn, now)
    found = checks.find(network.stations, present, network.serves, network.shapes)
    run(env.engine, lambda conn: refresh(conn, version, found, now))


TASKS: dict[str, Callable[[Environment], None]] = {
    "sweep": sweep,
    "feedback": feedback,
    "memory": memory,
    "areas": areas,
    "pace": pace.pace,
    "warn": warnings.warn,
    "presence": warnings.presence,
    "desks": warnings.desks,
    "notify": warnings.notify,
    "notices": notices,
    "appeals": appeals,
    "ledger_daily": ledger.daily,
    "standings": standings,
    "rehearse": rehearsals,
    "reports": reports,
    "retention": retention,
    "link_audit": link_audit,
}
LANES: dict[str, Callable[[Environment, str], None]] = {"feedback": feedback_lane, "notify": warnings.notify_lane}
# Which lanes of such a task have something to do now.
DUE: dict[str, Callable[[Environment], list[str]]] = {"feedback": due_channels, "notify": warnings.due_ways}
