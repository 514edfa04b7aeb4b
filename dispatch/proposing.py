"""When votes are enough to propose a fragment to a person, and what speaks against it. Nothing here decides."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from basics.words import DATA_CENTRE
from dispatch import routing
from dispatch.routing import Place, Route
from geo.network import Network

# Older votes say how areas were. A quarter holds the seasons' estates that are let and left, and most redrawn borders.
WITHIN = timedelta(days=90)
# Fewer than five orders may be one sender, or one clerk's error repeated.
ENOUGH = 5
# On one day a whole street is sent elsewhere for a flood or a strike; three say that it is so on any day.
DAYS = 3
# A street that two stations share is no station's: at 80 % at most every fifth order would be sent wrongly from now on.
SHARE = 0.8
# What one station alone says, without another or HQ, may be its way to be rid of orders: it takes twice as many, and
# nearly all. Of ten orders sent to three neighbours at random nine go to the same one once in a thousand times; of five
# orders four do so every seventh time.
ALONE, ALONE_SHARE = 10, 0.9
# What a person declined comes back only when it has twice the votes it had then.
AGAIN = 2

Key = tuple[str, str]  # district code, fragment


@dataclass(frozen=True, slots=True)
class Ballot:
    """The last word of an order on a fragment. `cause` as in `fragment_votes`; `against`: the station it left."""

    order_id: int
    logistics_no: str
    station: str
    against: str | None
    cause: str
    lng: float | None
    lat: float | None
    day: date

    @property
    def moved(self) -> bool:
        """Somebody sent it there. A pickup where routing sent it shows that routing knows already, and nothing more:
        otherwise a station could vote for itself."""
        return self.cause != "pickup"


@dataclass(frozen=True, slots=True)
class Tally:
    """What a fragment's ballots say of one station. `sources`: orders for it, by the station they left."""

    station: str
    votes_for: tuple[Ballot, ...]
    votes_against: tuple[Ballot, ...]

    @property
    def share(self) -> float:
        """Part of the votes that are for the station; 0 without any."""
        both = len(self.votes_for) + len(self.votes_against)
        return len(self.votes_for) / both if both else 0.0

    @property
    def sources(self) -> list[tuple[str, int]]:
        """(station left, orders), most first; the data centre for what was dispatched from there at once."""
        return Counter(ballot.against or DATA_CENTRE for ballot in self.votes_for).most_common()

    @property
    def witnesses(self) -> set[str]:
        """Who sent the orders there: stations, and HQ by its dispatches."""
        return {DATA_CENTRE if one.cause == "dispatch" else one.against or "" for one in self.votes_for}

    @property
    def days(self) -> int:
        """On how many Shanghai days there was a vote for it."""
        return len({ballot.day for ballot in self.votes_for})


def tally(ballots: Iterable[Ballot], station: str) -> Tally:
    """One order is one ballot. For the station: what others sent there; against: what was served by another."""
    every = list(ballots)
    mine = tuple(ballot for ballot in every if ballot.station == station and ballot.moved)
    return Tally(station, mine, tuple(ballot for ballot in every if ballot.station != station))


def tallies(ballots: Iterable[Ballot]) -> list[Tally]:
    """Of each station to which somebody moved an order."""
    every = list(ballots)
    return [tally(every, station) for station in sorted({ballot.station for ballot in every if ballot.moved})]


def qualifies(found: Tally) -> bool:
    """Enough orders, on enough days, few enough for anybody else, and more of each when only one station says so."""
    alone = len(found.witnesses) == 1 and DATA_CENTRE not in found.witnesses
    enough, share = (ALONE, ALONE_SHARE) if alone else (ENOUGH, SHARE)
    return len(found.votes_for) >= enough and found.share >= share and found.days >= DAYS


@dataclass(frozen=True, slots=True)
class Claim:
    """A tally that is enough, of a fragment of a district."""

    key: Key
    tally: Tally


def claims(by_key: Mapping[Key, Sequence[Ballot]]) -> list[Claim]:
    """Those that are enough: at most one station a fragment, since each has more than half of the votes."""
    return [Claim(key, found) for key, ballots in by_key.items() for found in tallies(ballots) if qualifies(found)]


def needed(found: Sequence[Claim], network: Network, now: datetime) -> list[Claim]:
    """Those for an accepting station to which today's routing would not send enough of the same orders by itself."""
    known = network.stations
    open_to = [one for one in found if one.tally.station in known and known[one.tally.station].accepts]
    asked = [(one, ballot) for one in open_to for ballot in one.tally.votes_for]
    routes = routes_today([(one.key, ballot) for one, ballot in asked], network, now)
    elsewhere: dict[Key, int] = defaultdict(int)
    for (one, _), route in zip(asked, routes, strict=True):
        elsewhere[one.key] += station_of(route) != one.tally.station
    return [one for one in open_to if elsewhere[one.key] >= ENOUGH]


def routes_today(asked: Sequence[tuple[Key, Ballot]], network: Network, now: datetime) -> list[Route]:
    """Where routing would send these orders, their fragment being the only one that it read."""
    places = [Place(ballot.lng, ballot.lat, key[0], fragments=(key[1],)) for key, ballot in asked]
    return routing.choose(places, network, [now] * len(places))


def station_of(route: Route) -> str:
    """The station that a route means; a closure of today is no reason to propose or to change anything."""
    return route.candidates[0] if route.cause == "closed" else route.station


@dataclass(frozen=True, slots=True)
class Impact:
    """Of the orders of a fragment: how many adopting would send elsewhere, and whether that is where they were served.

    `now_at`: (station to which routing sends the votes for it today, orders), most first.
    """

    orders: int
    changed: int
    right: int
    now_at: tuple[tuple[str, int], ...]


def impact(key: Key, found: Tally, since: date, network: Network, now: datetime) -> Impact:
    """What adopting the proposal would have changed in the orders since that day."""
    cast = [*found.votes_for, *found.votes_against]
    today = [station_of(route) for route in routes_today([(key, ballot) for ballot in cast], network, now)]
    recent = [(ballot, at) for ballot, at in zip(cast, today, strict=True) if ballot.day >= since]
    changed = [ballot for ballot, at in recent if at != found.station]
    right = sum(ballot.station == found.station for ballot in changed)
    return Impact(len(recent), len(changed), right, tuple(Counter(today[: len(found.votes_for)]).most_common()))
