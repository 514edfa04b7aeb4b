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
# What one house alone says, without another or HQ, may be its way to be rid of orders: it takes twice as many, and
# nearly all. Of ten orders sent to three neighbours at random nine go to the same one once in a thousand times; of five
# orders four do so every seventh time. One order of five that went by a friend first is no second witness.
ALONE, ALONE_SHARE, ONE_HOUSE = 10, 0.9, 0.8
# What a person declined comes back only when it has twice the votes it had then.
AGAIN = 2

Key = tuple[str, str]  # district code, fragment
Names = Mapping[int, Sequence[str]]  # of each order all its fragments, the most exact first


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
    """What a fragment's ballots say of one station. `witnesses`: (house that sent orders there, how many), most first;
    the data centre for HQ's dispatches. A station and its contracted areas are one house."""

    station: str
    votes_for: tuple[Ballot, ...]
    votes_against: tuple[Ballot, ...]
    witnesses: tuple[tuple[str, int], ...]

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
    def alone(self) -> bool:
        """Whether one house says it, all but alone. HQ's word needs no other."""
        return any(
            house != DATA_CENTRE and orders >= ONE_HOUSE * len(self.votes_for) for house, orders in self.witnesses
        )

    @property
    def days(self) -> int:
        """On how many Shanghai days there was a vote for it."""
        return len({ballot.day for ballot in self.votes_for})


def tally(ballots: Iterable[Ballot], station: str, house_of: Mapping[str, str]) -> Tally:
    """One order is one ballot. For the station: what others sent there; against: what was served by another.

    `house_of`: the level-1 station of each; one that is gone is its own.
    """
    every = list(ballots)
    mine = tuple(ballot for ballot in every if ballot.station == station and ballot.moved)
    left = Counter(DATA_CENTRE if one.cause == "dispatch" else one.against or "" for one in mine)
    houses: Counter[str] = Counter()
    for code, orders in left.items():
        houses[house_of.get(code, code)] += orders
    others = tuple(ballot for ballot in every if ballot.station != station)
    return Tally(station, mine, others, tuple(houses.most_common()))


def tallies(ballots: Iterable[Ballot], house_of: Mapping[str, str]) -> list[Tally]:
    """Of each station to which somebody moved an order."""
    every = list(ballots)
    return [tally(every, station, house_of) for station in sorted({ballot.station for ballot in every if ballot.moved})]


def qualifies(found: Tally) -> bool:
    """Enough orders, on enough days, few enough for anybody else, and more of each when one house says so alone."""
    enough, share = (ALONE, ALONE_SHARE) if found.alone else (ENOUGH, SHARE)
    return len(found.votes_for) >= enough and found.share >= share and found.days >= DAYS


@dataclass(frozen=True, slots=True)
class Claim:
    """A tally that is enough, of a fragment of a district."""

    key: Key
    tally: Tally


def claims(by_key: Mapping[Key, Sequence[Ballot]], house_of: Mapping[str, str]) -> list[Claim]:
    """Those that are enough: at most one station a fragment, since each has more than half of the votes."""
    return [
        Claim(key, found) for key, ballots in by_key.items() for found in tallies(ballots, house_of) if qualifies(found)
    ]


def needed(found: Sequence[Claim], names: Names, network: Network, now: datetime) -> list[Claim]:
    """Those for an accepting station to which adopting would send enough of the same orders that go elsewhere today."""
    known = network.stations
    open_to = [one for one in found if one.tally.station in known and known[one.tally.station].accepts]
    asked = [(one, ballot) for one in open_to for ballot in one.tally.votes_for]
    moves = moved_by(asked, names, network, now)
    gained: dict[Key, int] = defaultdict(int)
    for (one, _), (before, after) in zip(asked, moves, strict=True):
        gained[one.key] += before != after
    return [one for one in open_to if gained[one.key] >= ENOUGH]


def moved_by(
    asked: Sequence[tuple[Claim, Ballot]], names: Names, network: Network, now: datetime
) -> list[tuple[str, str]]:
    """For each order the station where routing would send it now, and where, were the claim's fragment named.

    A named place of a more exact fragment of the same address goes before it.
    """
    every = [names.get(ballot.order_id) or (one.key[1],) for one, ballot in asked]
    places = [
        Place(ballot.lng, ballot.lat, one.key[0], fragments=tuple(own))
        for (one, ballot), own in zip(asked, every, strict=True)
    ]
    routes = routing.choose(places, network, [now] * len(places))
    accepting = {code for code, station in network.stations.items() if station.accepts}
    moves: list[tuple[str, str]] = []
    for (one, _), own, route in zip(asked, every, routes, strict=True):
        (adcode, fragment), before, to = one.key, station_of(route), one.tally.station
        reaches = fragment in own and to in accepting  # the address may be read otherwise since then
        if reaches and network.named.find(adcode, own[: own.index(fragment)], now, accepting.__contains__) is None:
            moves.append((before, to))
        else:
            moves.append((before, before))
    return moves


def station_of(route: Route) -> str:
    """The station that a route means; a closure of today is no reason to propose or to change anything."""
    return route.candidates[0] if route.cause == "closed" else route.station


@dataclass(frozen=True, slots=True)
class Impact:
    """Of the orders with a vote on a fragment: how many adopting would send elsewhere, and whether that is where they
    were served.

    `now_at`: (station to which routing sends the votes for it today, orders), most first.
    """

    orders: int
    changed: int
    right: int
    now_at: tuple[tuple[str, int], ...]


def impact(claim: Claim, names: Names, since: date, network: Network, now: datetime) -> Impact:
    """What adopting the proposal would have changed in the orders since that day."""
    found = claim.tally
    cast = [*found.votes_for, *found.votes_against]
    moves = moved_by([(claim, ballot) for ballot in cast], names, network, now)
    recent = [(ballot, move) for ballot, move in zip(cast, moves, strict=True) if ballot.day >= since]
    changed = [ballot for ballot, (before, after) in recent if before != after]
    right = sum(ballot.station == found.station for ballot in changed)
    today = Counter(before for before, _ in moves[: len(found.votes_for)])
    return Impact(len(recent), len(changed), right, tuple(today.most_common()))
