"""What the desk shows and sounds of the ladder (DO-8), and the note that somebody looks at it (DUTY-3)."""

import logging
from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from basics.words import ClockKind
from dispatch.batch import World
from sla.duty import first_instant
from sla.ladder import STEPS
from sla.presence import actions as presence
from sla.silence import LOOK_AGAIN
from sla.warnings.queries import rings_of, waiting_at
from storage.session import run
from web.errors import is_busy
from web.services import doubted, now, services

log = logging.getLogger("lanshou.web")
_looks: WeakKeyDictionary[Engine, dict[str, datetime]] = WeakKeyDictionary()
_lock = Lock()


class Bell(StrEnum):
    """How the desk calls: not at all (nothing waits, or off duty), as long as something waits, or loud."""

    SILENT = ""
    SOFT = "soft"
    LOUD = "loud"


def bell_of(conn: Connection, stations: Collection[str], world: World, at: datetime) -> Bell:
    """It rings for stations that are on duty, until their orders are handled; nobody is woken at night."""
    edition = world.book.at(at)
    waiting = waiting_at(conn, stations)
    awake = [loud for code, loud in waiting.items() if first_instant(world.calendar(code, edition), at) == at]
    if not awake:
        return Bell.SILENT
    return Bell.LOUD if any(awake) else Bell.SOFT


def steps_of(conn: Connection, clocks: Mapping[int, Mapping[str, Any]]) -> dict[int, list[str]]:
    """Order -> the steps taken for its present assignment, in the order of the ladder. `clocks`: of its holder."""
    present = {order: own[ClockKind.ACCEPT].seq for order, own in clocks.items() if ClockKind.ACCEPT in own}
    found: dict[int, list[str]] = {}
    for ring in rings_of(conn, list(present)):
        if ring.seq == present[ring.order_id]:
            found.setdefault(ring.order_id, []).append(ring.step)
    return {order: sorted(taken, key=STEPS.index) for order, taken in found.items()}


def look(stations: Collection[str]) -> None:
    """DUTY-3: these stations look at their desk now. A level-1 station's look counts for its contracted areas, whose
    orders stand on the same desk. The desk is shown even when the note cannot be made."""
    at, engine = now(), services().engine
    if doubted():
        return
    with _lock:
        known = _looks.setdefault(engine, {})
        due = [one for one in stations if one not in known or not known[one] <= at < known[one] + LOOK_AGAIN]
        known.update(dict.fromkeys(due, at))
    if not due:
        return
    try:
        run(engine, lambda conn: presence.look(conn, due, at))
    except Exception as error:
        with _lock:
            for one in due:
                known.pop(one, None)
        if not is_busy(error):
            raise
        log.warning("a look was not noted: %s", type(error).__name__)
