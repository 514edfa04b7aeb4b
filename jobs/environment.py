"""What a process of ours works with, built once from the environment: settings, database, rulebook, network."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import make_url

from basics.now import now
from basics.settings import Settings, from_environ
from channels.outbox.queries import TellingCache
from dispatch.batch import World
from editions.actions import pin_shipped
from editions.queries import BookCache, EditionAltered, approved
from geo.addresses import packaged as gazetteer
from geo.queries import NetworkCache
from jobs.clock_watch import ClockWatch
from rulebook.book import Book, packaged
from sla.availability.queries import AvailabilityCache
from storage.migrate import current, newest
from storage.session import connect, reading, run


@dataclass(frozen=True, slots=True)
class Environment:
    """One process. `clock` gives aware instants; `shipped` are the editions that came with the product."""

    settings: Settings
    engine: Engine
    shipped: Book
    clock: Callable[[], datetime] = now
    networks: NetworkCache = field(default_factory=NetworkCache)
    tellings: TellingCache = field(default_factory=TellingCache)
    books: BookCache = field(default_factory=BookCache)
    availabilities: AvailabilityCache = field(default_factory=AvailabilityCache)
    watch: ClockWatch | None = None  # None: a virtual clock, which nobody doubts
    replica: Engine | None = None  # where reports read, if there is one

    @property
    def book(self) -> Book:
        """The rulebook with the editions approved here, as read within the last half minute. EditionAltered."""
        at = self.clock()
        known = self.books.held(self.shipped, at)
        if known is None:
            with reading(self.engine) as conn:
                known = self.books.get(conn, self.shipped, at)
        return known

    def world(self, conn: Connection) -> World:
        """What decisions rest on, as it is now. EditionAltered."""
        at = self.clock()
        book, telling = self.books.get(conn, self.shipped, at), self.tellings.get(conn, at)
        return World(self.networks.get(conn), book, telling, gazetteer(), self.availabilities.get(conn, at))

    def master(self) -> bytes:
        """The installation's master key. FileNotFoundError before `lanshou init`."""
        return self.settings.secret_file.read_bytes().strip()


class NotReady(RuntimeError):
    """This installation cannot work yet; the message says what to do."""


@cache
def of_this_process() -> Environment:
    """The environment made from this process's variables. SettingsError, NotReady.

    A missing SQLite file is never replaced by a new, empty one (RELIABILITY F-35), and an older or newer schema is
    not worked on.
    """
    settings = from_environ(os.environ)
    file = make_url(settings.database_url).database if settings.database_url.startswith("sqlite") else None
    if file is not None and not Path(file).exists():
        raise NotReady(f"没有数据库 {file}，请先运行 lanshou init / no database there, run `lanshou init` first")
    engine = connect(settings.database_url)
    if current(engine) != newest():
        raise NotReady(
            "数据库结构不是本版本的，请运行 lanshou init / the tables are of another version, run `lanshou init`"
        )
    replica = connect(settings.replica_url) if settings.replica_url else None  # connects when it is needed
    env = Environment(settings, engine, packaged(), watch=ClockWatch(), replica=replica)
    try:
        with reading(engine) as conn:
            pinned = bool(approved(conn))
        if not pinned:  # made before editions were written down
            run(engine, lambda conn: pin_shipped(conn, env.shipped, env.clock()))
        _ = env.book
    except EditionAltered as error:
        raise NotReady(str(error)) from None
    return env
