"""Works off the rehearsals of drafts that people asked for, one at a time, in one snapshot each."""

import logging
from time import monotonic

from dispatch.rehearsal import actions
from dispatch.rehearsal.queries import count, plan_of, rehearse
from jobs.environment import Environment
from rulebook.book import read_edition
from storage.session import run, snapshot

EVERY = 5  # seconds between two notes of how far it is
log = logging.getLogger("lanshou.jobs")


def rehearsals(env: Environment) -> None:
    """All that wait. One that fails is marked so and holds up no other."""
    while taken := run(env.engine, lambda conn: actions.take(conn, env.clock())):
        _rehearse(env, taken)


def _rehearse(env: Environment, taken: actions.Taken) -> None:
    noted = monotonic()

    def progress(done: int) -> None:
        nonlocal noted
        if monotonic() - noted >= EVERY:
            noted = monotonic()
            run(env.engine, lambda conn: actions.advance(conn, taken.id, done, total, env.clock()))

    try:
        with snapshot(env.engine) as conn:
            plan = plan_of(env.world(conn), read_edition(taken.text), taken.first, taken.last)
            total = count(conn, plan)
            run(env.engine, lambda conn: actions.advance(conn, taken.id, 0, total, env.clock()))
            found = rehearse(conn, plan, env.clock(), progress)
        run(env.engine, lambda conn: actions.advance(conn, taken.id, total, total, env.clock()))
        run(env.engine, lambda conn: actions.finish(conn, taken.id, found, env.clock()))
    except Exception:
        log.exception("rehearsal %s failed", taken.id)
        run(env.engine, lambda conn: actions.give_up(conn, taken.id, env.clock()))
