"""When HQ's dispatch decides a dispute about a place, and what the register keeps of it (ROUTE-3..ROUTE-5)."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Protocol

from basics.words import DATA_CENTRE
from dispatch.facts_of_life import Assignment, Version
from dispatch.life import Life
from dispatch.places import key_of
from dispatch.routing import Place
from geo.datum import EARTH_RADIUS
from people.masking import customer_names

NEAR = 200.0  # metres
DIGITS = 4  # of a degree, 10 m: enough for a border, too coarse for a door
FRAGMENT_LIMIT, NOTE_LIMIT = 100, 500


class Holder(Protocol):
    """An assignment, of a life or as stored."""

    @property
    def station(self) -> str: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def cause(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """The assignment `seq` of an order gave a disputed place to `station`; `others` had passed it on.

    `lng`, `lat` in GCJ-02, rounded; `fragment` names a street, estate or building, or is "".
    """

    seq: int
    station: str
    others: tuple[str, ...]
    decided_at: datetime
    decided_by: str
    lng: float | None
    lat: float | None
    adcode: str | None
    fragment: str


def entries_of(life: Life, read: Callable[[Mapping[str, Any]], Place]) -> list[Entry]:
    """The disputes that dispatches not yet stored decided. `read`: where the words of a content say the pickup is."""
    new = _new(life)
    holders = life.view().assignments
    entries = []
    for seq, holder in enumerate(holders, start=1):
        if holder.cause != "dispatch" or (holder.started_at, holder.station) not in new:
            continue
        told = [version for version in life.versions if version.at <= holder.started_at] or life.versions[:1]
        passed = passed_on(holders[:seq], _placed_at(told))
        if passed:
            others = tuple(one for one in passed if one != holder.station)
            entries.append(_entry(life, read(told[-1].content), seq, holder, others))
    return entries


def dispatched(life: Life) -> bool:
    """Whether there is a dispatch that is not stored yet: few batches have one, and reading a place costs."""
    return bool(_new(life))


def _new(life: Life) -> set[tuple[datetime, str]]:
    fresh = life.events[life.stored :]
    return {(event.happened_at, event.data["to"]) for event in fresh if event.kind == "dispatched"}


def _placed_at(versions: Sequence[Version]) -> datetime | None:
    """Since when the order's place is what the last of `versions` says; None: from the first on."""
    changes = (new.at for old, new in pairwise(versions) if key_of(old.content) != key_of(new.content))
    return max(changes, default=None)


def passed_on(holders: Sequence[Holder], since: datetime | None) -> tuple[str, ...]:
    """The stations that gave the order away by a transfer after `since`, each once, the first one first. Who had it
    before said nothing about a place that it never saw; nor does who gave it away at that very instant."""
    gave = (
        one.station
        for one, following in pairwise(holders)
        if following.cause == "transfer" and (since is None or following.started_at > since)
    )
    return tuple(dict.fromkeys(station for station in gave if station != DATA_CENTRE))


def _entry(life: Life, place: Place, seq: int, holder: Assignment, others: tuple[str, ...]) -> Entry:
    names = customer_names(*(version.content for version in life.versions))
    lng, lat = (None if degrees is None else round(degrees, DIGITS) for degrees in (place.lng, place.lat))
    fragment = nameless(place.fragments, names)
    return Entry(seq, holder.station, others, holder.started_at, holder.by, lng, lat, place.adcode, fragment)


def nameless(fragments: Iterable[str], names: Iterable[str]) -> str:
    """The most exact fragment that holds no customer's name: an address may have one in it (ROLE-2)."""
    hidden = tuple(names)
    known = (one for one in fragments if len(one) <= FRAGMENT_LIMIT and not any(name in one for name in hidden))
    return next(known, "")


def metres(lng: float, lat: float, other_lng: float, other_lat: float) -> float:
    """Distance of two points that are near each other, in degrees stretched to equal metres."""
    east = math.radians(other_lng - lng) * math.cos(math.radians(lat))
    return math.hypot(east, math.radians(other_lat - lat)) * EARTH_RADIUS


def box(lng: float, lat: float) -> tuple[float, float, float, float]:
    """West, south, east and north of what lies within NEAR; a little more than that."""
    up = math.degrees(NEAR / EARTH_RADIUS) * 1.01
    across = up / math.cos(math.radians(lat))
    return lng - across, lat - up, lng + across, lat + up
