"""Before it is late (DO-8, DUTY-3): the tasks that ring, that notice silent stations, and that send what the notify
door has for e-mail, SMS and WeCom."""

from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from channels.feedback import Claimed, is_life
from channels.outbox.wire import Lease, deliver
from channels.queries import Channel, load_channels
from dispatch.batch import World
from dispatch.desks.actions import fold, rise
from jobs.environment import Environment
from notify.actions import claim_due, mark, release
from notify.queries import ways_with_due
from sla.availability import actions as availability
from sla.forecast import Pace
from sla.pace.queries import paces_of
from sla.presence import actions as presence_actions
from sla.warnings.actions import ring
from sla.warnings.plan import Ring, by_house, plan
from sla.warnings.queries import running
from storage.session import reading, run

RING_BATCH = 5_000  # steps in one transaction: on SQLite nobody else writes meanwhile
SEND_BATCH, LANE_SECONDS = 200, 20
PACES_FOR = timedelta(minutes=10)  # they are counted once a day
_paces: WeakKeyDictionary[Engine, tuple[datetime, dict[str, Pace]]] = WeakKeyDictionary()


def warn(env: Environment) -> None:
    """Take the steps of the ladder whose time has come. Read and planned outside the writing transactions: a step is
    taken once, whoever else takes it, and what has changed or become too late meanwhile is left out."""
    now = env.clock()
    with reading(env.engine) as conn:
        clocks = running(conn, now)
        if not clocks:
            return
        world, paces = env.world(conn), _paces_now(env, conn, now)
    due = plan(clocks, world.book, world.calendar, paces, now)
    for batch in by_house(due, world.network, RING_BATCH):
        run(env.engine, partial(_ring, env, batch, world))


def _ring(env: Environment, batch: list[Ring], world: World, conn: Connection) -> int:
    new = ring(conn, batch, world.network, world.book, world.calendar, env.clock())
    if new:
        rise(conn, {one.of.station for one in batch})
    return new


def _paces_now(env: Environment, conn: Connection, now: datetime) -> dict[str, Pace]:
    kept = _paces.get(env.engine)
    if kept is None or not kept[0] <= now < kept[0] + PACES_FOR:
        kept = _paces[env.engine] = (now, paces_of(conn, list(env.networks.get(conn).stations)))
    return kept[1]


def presence(env: Environment) -> None:
    """Open and end silences (DUTY-3). After all of us were away this may come before any beat."""

    def work(conn: Connection) -> int:
        world, now = env.world(conn), env.clock()
        availability.watch(conn, now)
        return presence_actions.watch(conn, world.network, world.book.at(now), world.calendar, now)

    run(env.engine, work)


def notify(env: Environment) -> None:
    """E-mail, SMS and WeCom, one after the other."""
    for way in due_ways(env):
        notify_lane(env, way)


def due_ways(env: Environment) -> list[str]:
    """Ways by which something is to be sent now: each is a lane of its own."""
    with reading(env.engine) as conn:
        return ways_with_due(conn, env.clock())


def notify_lane(env: Environment, way: str) -> None:
    """Send what is due by one way; a dead gateway ends the lane until its next ring."""
    until = monotonic() + LANE_SECONDS
    while _send(env, way) and monotonic() < until:
        pass


def _send(env: Environment, way: str) -> bool:
    """One round: claimed and committed, sent outside any transaction, written down. Whether there was life in it."""

    def claim(conn: Connection) -> tuple[list[Claimed], dict[str, Channel], Lease]:
        lease = Lease(env.clock, env.clock())
        known = load_channels(conn, env.master(), lease.taken_at)
        return claim_due(conn, way, SEND_BATCH, lease.taken_at), known, lease

    claimed, known, lease = run(env.engine, claim)
    if not claimed:
        return False
    private = env.settings.private_targets
    tried = deliver(claimed, known, lease.taken_at, private_targets=private, lease=lease)
    attempted = {one.claimed.id for one in tried}

    def write(conn: Connection) -> None:
        mark(conn, tried, env.clock())
        release(conn, [one for one in claimed if one.id not in attempted])

    run(env.engine, write)
    return any(map(is_life, tried))


def desks(env: Environment) -> None:
    """What the change numbers of desks leave behind is folded."""
    run(env.engine, fold)
