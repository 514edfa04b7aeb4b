"""One thread a process that reads the change numbers of the desks that are open here, and wakes their streams."""

import logging
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

from sqlalchemy import Engine

from dispatch.desks.queries import numbers
from storage.session import reading

LOOK_EVERY = 0.5  # seconds
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
        self._known: dict[str, int] = {}
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
            if self._thread is None:
                self._thread = Thread(target=self._watch, name="lanshou-desks", daemon=True)
                self._thread.start()
        return listener

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
                    self._known.pop(station, None)

    @property
    def open(self) -> int:
        """How many streams there are."""
        with self._lock:
            return self._users.total()

    def _watch(self) -> None:
        while True:
            with self._lock:
                watched = list(self._listeners)
                if not watched:
                    self._thread = None
                    return
            try:
                self.look(watched)
            except Exception as error:  # the database is away: the streams stay, and hear of it all afterwards
                log.warning("desks are not watched: %s", type(error).__name__)
            self._pause.wait(LOOK_EVERY)

    def look(self, watched: Collection[str]) -> None:
        """Wake whoever listens to a station whose number is another than at the last look."""
        with reading(self._engine) as conn:
            found = numbers(conn, watched)
        with self._lock:
            for station, number in found.items():
                if self._known.get(station) == number:
                    continue
                self._known[station] = number
                for listener in self._listeners.get(station, ()):
                    listener.changed.set()
