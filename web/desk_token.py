"""What an open desk shows to ask whether anything has changed, and to sound on when its session is over: it opens
nothing but a change number and a count (decision 17, RELIABILITY 11.2)."""

import hmac
from collections.abc import Collection
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

from web.services import now, services

TOKEN_HEADER = "X-Desk-Token"
TOKEN_LASTS = timedelta(hours=14)  # longer than the longest session, and over before the next day's work


def desk_token(stations: Collection[str]) -> str:
    """For the page of these desks. It names stations and nobody."""
    return sealed(services().master, stations, now())


def sealed(master: bytes, stations: Collection[str], at: datetime) -> str:
    """The token, under the installation's master key."""
    told = _signer(master).dumps({"stations": sorted(stations), "until": (at + TOKEN_LASTS).timestamp()})
    return told if isinstance(told, str) else told.decode()


def stations_of(token: str) -> frozenset[str] | None:
    """The stations that a living token names; None for any other text."""
    try:
        found = _signer(services().master).loads(token)
        stations, until = frozenset(map(str, found["stations"])), float(found["until"])
    except (BadData, KeyError, TypeError, ValueError):
        return None
    return stations if now().timestamp() < until else None


def _signer(master: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(hmac.digest(master, b"desk", "sha256"), salt="desk")
