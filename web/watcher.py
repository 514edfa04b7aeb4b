"""One thread a process that reads the change numbers of the desks that are open here, for those who ask, and wakes
streams."""

import logging
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from time import monotonic

from sqlalchemy import Engine

from dispatch.desks.queries import numbers
from storage.session import reading

LOOK_EVERY = 0.5  # seconds
FORGET = 30.0  # seconds after its last question nobody asks for a station any more
PER_USER = 4  # windows of one account with a stream; more of them poll
log = logging.getLogger("lanshou.web")


@dataclass(eq=False, slots=True)
class Listener:
    """One open stream: of whose desk. `changed` is set when one of its numbers is not what it was."""

    user: int
    stations: frozenset[str]
    changed: Event = field(default_factory=Event)


class Watcher:
    """At most `most` listeners; one statement every half second, whatever they are, and none without listeners."""

    def __init__(self, engine: Engine, most: int) -> None:
        self._engine, self._most = engine, most
        self._lock = Lock()
        self._listeners: dict[str, set[Listener]] = defaultdict(set)  # by station
        self._users: Counter[int] = Counter()
        self._asked: dict[str, float] = {}  # station -> when somebody asked for it last
        self._known: dict[str, int] = {}
        self._away = False  # the last look failed
        self._thread: Thread | None = None
        self._pause = Event()  # never set: the pause between two looks

    def join(self, user: int, stations: Collection[str]) -> Listener | None:
        """None when this process, or this user, has as many streams as it may."""
        listener = Listener(user, frozenset(stations))
        with self._lock:
            if self._users.total() >= self._most or self._users[user] >= PER_USER:
                return None
            self._users[user] += 1
            for station in listener.stations:
                self._listeners[station].add(listener)
            if listener.stations <= self._known.keys():
                listener.changed.set()  # else the next look does it
            self._start()
        return listener

    def _start(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._watch, name="lanshou-desks", daemon=True)
            self._thread.start()

    def leave(self, listener: Listener) -> None:
        """Its place is free. Leaving twice is leaving once."""
        with self._lock:
            if not any(listener in self._listeners[station] for station in listener.stations):
                return
            self._users[listener.user] -= 1
            for station in listener.stations:
                self._listeners[station].discard(listener)
                if not self._listeners[station]:
                    del self._listeners[station]

    def ask(self, stations: Collection[str]) -> int | None:
        """The change number of a desk of these stations, at most as old as a look; None when nobody asked lately."""
        at = monotonic()
        with self._lock:
            self._asked.update(dict.fromkeys(stations, at))
            self._start()
            if not self._known.keys() >= set(stations):
                return None
            return sum(self._known[station] for station in stations)

    def number(self, listener: Listener) -> int:
        """The change number of its desk as it was at the last look."""
        listener.changed.clear()  # before reading: what comes between the two wakes it again
        with self._lock:
            return sum(self._known.get(station, 0) for station in listener.stations)

    @property
    def open(self) -> int:
        """How many streams there are."""
        with self._lock:
            return self._users.total()

    def _watch(self) -> None:
        while True:
            with self._lock:
                since = monotonic() - FORGET
                self._asked = {station: at for station, at in self._asked.items() if at > since}
                watched = self._asked.keys() | self._listeners.keys()
                self._known = {station: number for station, number in self._known.items() if station in watched}
                if not watched:
                    self._thread = None
                    return
            try:
                self.look(watched)
            except Exception as error:  # the database is away: the streams stay, and hear of it all afterwards
                with self._lock:
                    first, self._away = not self._away, True
                    self._known.clear()  # who asks is not told what may be old
                if first:
                    log.warning("desks are not watched: %s", type(error).__name__)
            self._pause.wait(LOOK_EVERY)

    def look(self, watched: Collection[str]) -> None:
        """Wake whoever listens to a station whose number is another than at the last look."""
        with reading(self._engine) as conn:
            found = numbers(conn, watched)
        with self._lock:
            self._away = False
            for station, number in found.items():
                if self._known.get(station) == number:
                    continue
                self._known[station] = number
                for listener in self._listeners.get(station, ()):
                    listener.changed.set()
