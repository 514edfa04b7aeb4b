"""The task that links audit rows into their chain, a few seconds after they were written (I-22, decision 14)."""

from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from jobs.environment import Environment
from people.audit.actions import link
from people.audit.queries import unlinked
from storage.session import reading, run

ROUNDS = 500  # transactions of one run; the next goes on
EVERYWHERE_EVERY = timedelta(hours=1)
_everywhere: WeakKeyDictionary[Engine, datetime] = WeakKeyDictionary()  # when this process last looked at all rows


def link_audit(env: Environment) -> None:
    """Link what is not linked. With nothing to do it reads the last few thousand numbers, once an hour all of them."""
    now, last = env.clock(), _everywhere.get(env.engine)
    everywhere = last is None or now - last >= EVERYWHERE_EVERY
    for _ in range(ROUNDS):
        with reading(env.engine) as conn:
            if not unlinked(conn, 1, everywhere):
                break
        run(env.engine, lambda conn: link(conn, env.clock(), everywhere))
    if everywhere:
        _everywhere[env.engine] = now
