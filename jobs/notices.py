"""Monday's notice, by itself when nobody published it, and the supplements of earlier weeks (NOTICE-1)."""

import logging
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from jobs.environment import Environment
from penalties.notices import last_run, weeks_due
from penalties.noticing.actions import publish_notice
from penalties.noticing.queries import first_week, published_weeks, weeks_untold
from storage.session import reading, run

LOOK_FOR = timedelta(minutes=15)  # decisions that were being written when the hour struck are told, too
BY = "system"
log = logging.getLogger("lanshou.jobs")
_looked: WeakKeyDictionary[Engine, datetime] = WeakKeyDictionary()  # the Monday that this process is done with


def notices(env: Environment) -> None:
    """Publish what is due since Monday's hour, however late it has become: the notice of each week without one since
    the first, and of any earlier week what was decided before that hour and told by nobody. What is decided later
    waits for the next Monday, or for HQ. Two at once: the second is refused, and publishes nothing."""
    now = env.clock()
    last, due = last_run(now, env.book)
    if _looked.get(env.engine) == due:
        return
    with reading(env.engine) as conn:
        published = published_weeks(conn)
        changed, first = weeks_untold(conn, due), first_week(conn)
    well = [_publish(env, week, published.get(week, 0)) for week in weeks_due(last, published, changed, first)]
    if all(well) and now >= due + LOOK_FOR:
        _looked[env.engine] = due


def _publish(env: Environment, week: str, seen: int) -> bool:
    """In a transaction of its own: a week that fails holds up no other, and is tried again a minute later."""
    try:
        run(env.engine, lambda conn: publish_notice(conn, week, env.clock(), BY, seen, env.book))
    except Exception:
        log.exception("the notice of %s was not published", week)
        return False
    return True
