"""Where an order goes: ROUTE-1, and ROUTE-2 when that is not certain. Nothing is guessed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import numpy as np

from basics.words import DATA_CENTRE
from geo.datum import to_gcj02
from geo.network import Network
from geo.winners import SAME_SIZE
from rulebook.book import Country

# "prefix" is not found here: the caller sends an order whose number does not fit its channel (CHAN-1).
Cause = Literal[
    "area", "district", "named_place",
    "no_area", "several_stations", "no_district", "closed", "prefix", "far_from_district", "ambiguous_address",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pickup is: GCJ-02 degrees, both None without a usable point; the code of today's district if known.

    `ignored`: why a point that was told is not used. `candidates`: the districts that the words may mean when they
    mean several. `fragments`: names of places in the address below the district, the most exact first. `far`: metres
    from the district to the point when that is too far. `source`: what named the district.
    """

    lng: float | None
    lat: float | None
    adcode: str | None
    ignored: Literal["", "zero", "swapped", "outside_country"] = ""
    candidates: tuple[str, ...] = ()
    fragments: tuple[str, ...] = ()
    far: int | None = None
    source: Literal["", "code", "address"] = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """The station chosen (or `DATA_CENTRE`), why, and each accepting station in question, best first.

    `fragment`: the named place that decided. `passed`: the one that did not, its station accepting nothing.
    """

    station: str
    cause: Cause
    candidates: tuple[str, ...]
    fragment: str = ""
    passed: str = ""


def usable(lng: float | None, lat: float | None, country: Country) -> bool:
    """ROUTE-1: a point inside the country, in the datum in which it was given."""
    if lng is None or lat is None:
        return False
    return country.west <= lng <= country.east and country.south <= lat <= country.north


def place_of(lng: float | None, lat: float | None, datum: str, adcode: str | None, country: Country) -> Place:
    """The place of an order as it was told. An unusable point is no point. ValueError: unknown datum."""
    if lng is None or lat is None:
        return Place(None, None, adcode or None)
    if not usable(lng, lat, country):
        swapped = usable(lat, lng, country)
        ignored: Literal["zero", "swapped", "outside_country"]
        ignored = "zero" if lng == lat == 0 else "swapped" if swapped else "outside_country"
        return Place(None, None, adcode or None, ignored)
    return Place(*to_gcj02(lng, lat, datum), adcode or None)


def choose(places: Sequence[Place], network: Network, ats: Sequence[datetime]) -> list[Route]:
    """ROUTE-1 and -2 for a batch, asking the index once.

    `ats` are the starts of the assignments that it makes: areas and closures are looked up there (fine print 5).
    """
    known = [(place, at) for place, at in zip(places, ats, strict=True) if place.lng is not None]
    points = np.array([(place.lng, place.lat) for place, _ in known], dtype=np.float64).reshape(-1, 2)
    found = iter(network.areas.hits(points, [at for _, at in known]))
    return [
        route_of(place, None if place.lng is None else next(found), network, at)
        for place, at in zip(places, ats, strict=True)
    ]


def route_of(place: Place, hits: list[tuple[str, float]] | None, network: Network, at: datetime) -> Route:
    """The route of one order. `hits`: (station, size) of the polygons that hold its point; None without one."""
    if place.far is not None:
        near = dict.fromkeys((*_serving(place, network), *(station for station, _ in hits or ())))
        accepting = tuple(code for code in near if network.stations[code].accepts)
        return Route(DATA_CENTRE, "far_from_district", accepting)
    places = network.named.all(place.adcode, place.fragments, at)
    named = next((one for one in places if network.stations[one.station].accepts), None)
    passed = places[0].fragment if places and places[0] is not named else ""
    if named is not None:
        route = _unless_closed(named.station, "named_place", (named.station,), network, at)
        return replace(route, fragment=named.fragment, passed=passed)
    route = _by_district(place, network, at) if hits is None else _by_area(hits, place, network, at)
    return replace(route, passed=passed)


def _by_area(hits: list[tuple[str, float]], place: Place, network: Network, at: datetime) -> Route:
    sizes: dict[str, float] = {}
    for station, size in hits:
        if network.stations[station].accepts:
            sizes[station] = min(size, sizes.get(station, size))
    if not sizes:
        # The district decides nothing when there is a point, but HQ is shown its stations.
        return Route(DATA_CENTRE, "no_area", _serving(place, network))
    # A contracted area wins over its parent whatever their sizes: such a parent is out of the contest.
    parents = {network.stations[station].parent for station in sizes}
    contest = [station for station in sizes if station not in parents]
    smallest = min(sizes[station] for station in contest)
    winner = min(station for station in contest if sizes[station] - smallest < SAME_SIZE * sizes[station])
    others = sorted(sizes.keys() - {winner}, key=lambda one: (one in parents, sizes[one], one))
    return _unless_closed(winner, "area", (winner, *others), network, at)


def _by_district(place: Place, network: Network, at: datetime) -> Route:
    candidates = _serving(place, network)
    if place.candidates:
        # Whichever of the districts is meant, the same station serves it: that is certain.
        each = {_accepting(adcode, network) for adcode in place.candidates}
        if len(each) > 1 or len(candidates) != 1:
            return Route(DATA_CENTRE, "ambiguous_address", candidates)
    if len(candidates) != 1:
        return Route(DATA_CENTRE, "several_stations" if candidates else "no_district", candidates)
    return _unless_closed(candidates[0], "district", candidates, network, at)


def _serving(place: Place, network: Network) -> tuple[str, ...]:
    """Accepting stations of the district, or of those it may be; closed ones count (fine print 5)."""
    codes = place.candidates or ((place.adcode,) if place.adcode is not None else ())
    return tuple(dict.fromkeys(station for adcode in codes for station in _accepting(adcode, network)))


def _accepting(adcode: str, network: Network) -> tuple[str, ...]:
    return tuple(code for code in network.serves.get(adcode, ()) if network.stations[code].accepts)


def _unless_closed(
    winner: str,
    cause: Literal["area", "district", "named_place"],
    candidates: tuple[str, ...],
    network: Network,
    at: datetime,
) -> Route:
    if network.closed(winner, at):
        return Route(DATA_CENTRE, "closed", candidates)
    return Route(winner, cause, candidates)
