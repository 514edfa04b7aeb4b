"""What a process of ours works with, built once from the environment: settings, database, rulebook, network."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, Engine

from basics.now import now
from basics.settings import Settings, from_environ
from dispatch.batch import World
from geo.queries import NetworkCache
from rulebook.book import Book, packaged
from storage.session import connect


@dataclass(frozen=True, slots=True)
class Environment:
    """One process. `clock` gives aware instants."""

    settings: Settings
    engine: Engine
    book: Book
    clock: Callable[[], datetime] = now
    networks: NetworkCache = field(default_factory=NetworkCache)

    def world(self, conn: Connection) -> World:
        """The network as it is now, and the rulebook."""
        return World(self.networks.get(conn), self.book)

    def master(self) -> bytes:
        """The installation's master key. FileNotFoundError before `lanshou init`."""
        return self.settings.secret_file.read_bytes().strip()


@cache
def of_this_process() -> Environment:
    """The environment made from this process's variables."""
    settings = from_environ(os.environ)
    return Environment(settings, connect(settings.database_url), packaged())
