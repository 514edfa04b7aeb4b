"""What the web needs from outside, handed in once by app.py; and the instant of the request in hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Lock
from typing import cast

from flask import current_app, g
from sqlalchemy import Connection, Engine

from channels.outbox.queries import TellingCache
from channels.queries import Channel
from dispatch.batch import World
from geo.addresses import packaged as gazetteer
from geo.queries import NetworkCache
from rulebook.book import Book


@dataclass(frozen=True, slots=True)
class WebSettings:
    """`hosts` empty: any Host is served. `trusted_proxies`: how many X-Forwarded-For entries are ours."""

    hosts: tuple[str, ...] = ()
    secure_cookies: bool = False  # True behind TLS: __Host- cookies, Secure, HSTS
    trusted_proxies: int = 0
    tile_url: str = ""  # of a map in GCJ-02 behind the service areas; its host alone may give images


@dataclass(slots=True)
class Credentials:
    """Channels of this process, as credentials.py read them last."""

    read_at: datetime | None = None
    channels: dict[str, Channel] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    ready: Event = field(default_factory=Event)  # set once they were read


@dataclass(frozen=True, slots=True)
class Services:
    """`clock` gives an aware instant; `networks` is the cache of this process."""

    engine: Engine
    clock: Callable[[], datetime]
    networks: NetworkCache
    book: Book
    settings: WebSettings = field(default_factory=WebSettings)
    master: bytes = b""  # the installation's master key: opens channel secrets
    credentials: Credentials = field(default_factory=Credentials)
    tellings: TellingCache = field(default_factory=TellingCache)

    def world(self, conn: Connection) -> World:
        """What decisions rest on, as it is now."""
        telling = self.tellings.get(conn, self.clock())
        return World(self.networks.get(conn), self.book, telling, gazetteer())


def services() -> Services:
    """The services of the running app."""
    return cast(Services, current_app.extensions["lanshou"])


def now() -> datetime:
    """One instant for the whole request, however long it takes (DESIGN law 5)."""
    if "now" not in g:
        g.now = services().clock()
    return cast(datetime, g.now)
