"""What the web needs from outside, handed in once by app.py; and the instant of the request in hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Lock
from typing import cast

from flask import current_app, g
from sqlalchemy import Connection, Engine

from basics.settings import SingleSignOn
from basics.sheet_names import USUAL as USUAL_SHEET
from channels.outbox.queries import TellingCache
from channels.queries import Channel
from dispatch.batch import World
from editions.queries import BookCache, EditionAltered
from geo.addresses import packaged as gazetteer
from geo.queries import NetworkCache
from jobs.clock_watch import ClockWatch
from rulebook.book import Book
from sla.availability.queries import AvailabilityCache
from storage.session import reading
from web.errors import Problem, log


@dataclass(frozen=True, slots=True)
class WebSettings:
    """`hosts` empty: any Host is served. `trusted_proxies`: how many X-Forwarded-For entries are ours."""

    hosts: tuple[str, ...] = ()
    secure_cookies: bool = False  # True behind TLS: __Host- cookies, Secure, HSTS
    trusted_proxies: int = 0
    second_factor_required: bool = False  # of the roles that see much; app.py hands in the installation's setting
    single_sign_on: SingleSignOn | None = None
    demo: bool = False  # the drawn network: new people are offered the tour
    tile_url: str = ""  # of a map in GCJ-02 behind the service areas; its host alone may give images
    day_sheet_name: str = USUAL_SHEET
    streams: int = 100  # desks that one process tells of changes at once; the others ask (decision 17)


@dataclass(slots=True)
class Credentials:
    """Channels of this process, as credentials.py read them last."""

    read_at: datetime | None = None
    channels: dict[str, Channel] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    ready: Event = field(default_factory=Event)  # set once they were read


@dataclass(frozen=True, slots=True)
class Services:
    """`clock` gives an aware instant; `networks` is the cache of this process; `shipped` are the editions that came
    with the product."""

    engine: Engine
    clock: Callable[[], datetime]
    networks: NetworkCache
    shipped: Book
    settings: WebSettings = field(default_factory=WebSettings)
    master: bytes = b""  # the installation's master key: opens channel secrets
    credentials: Credentials = field(default_factory=Credentials)
    tellings: TellingCache = field(default_factory=TellingCache)
    books: BookCache = field(default_factory=BookCache)
    availabilities: AvailabilityCache = field(default_factory=AvailabilityCache)
    watch: ClockWatch | None = None  # None: a virtual clock, which nobody doubts

    @property
    def book(self) -> Book:
        """The rulebook with the editions approved here, as read within the last half minute. Problem
        `rulebook_altered`."""
        at = self.clock()
        known = self.books.held(self.shipped, at)
        if known is None:
            with reading(self.engine) as conn:
                known = self._book(conn, at)
        return known

    def latest_book(self, conn: Connection) -> Book:
        """The rulebook as it is in the database now. Problem `rulebook_altered`."""
        return self._book(conn, self.clock(), latest=True)

    def _book(self, conn: Connection, at: datetime, latest: bool = False) -> Book:
        try:
            return (self.books.latest if latest else self.books.get)(conn, self.shipped, at)
        except EditionAltered as error:
            log.critical("%s", error)
            detail = "规则文本被改动,已停止处理 / The rulebook was altered; nothing is decided by it"
            raise Problem("rulebook_altered", detail, status=503, retry_after=60) from None

    def world(self, conn: Connection) -> World:
        """What decisions rest on, as it is now. Problem `rulebook_altered`."""
        at = self.clock()
        book, telling = self._book(conn, at), self.tellings.get(conn, at)
        return World(self.networks.get(conn), book, telling, gazetteer(), self.availabilities.get(conn, at))


def services() -> Services:
    """The services of the running app."""
    return cast(Services, current_app.extensions["lanshou"])


def now() -> datetime:
    """One instant for the whole request, however long it takes (DESIGN law 5)."""
    if "now" not in g:
        g.now = services().clock()
    return cast(datetime, g.now)


def doubted() -> bool:
    """Whether this process's clock is doubted: then it writes nothing, not even what a look leaves (F-38)."""
    watch = services().watch
    return watch is not None and watch.apart is not None
