"""Where an order goes: ROUTE-1, and ROUTE-2 when that is not certain. Nothing is guessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from basics.words import DATA_CENTRE
from geo.datum import to_gcj02
from geo.network import Network
from rulebook.book import Country

# "prefix" is not found here: the caller sends an order whose number does not fit its channel (CHAN-1).
Cause = Literal["area", "district", "no_area", "several_stations", "no_district", "closed", "prefix"]

# Polygons whose sizes differ by less than this share are equally small (fine print 11).
SAME_SIZE = 1e-9


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pickup is: GCJ-02 degrees, both None without a usable point; the district code if told."""

    lng: float | None
    lat: float | None
    adcode: str | None


@dataclass(frozen=True, slots=True)
class Route:
    """The station chosen (or `DATA_CENTRE`), why, and each accepting station in question, best first."""

    station: str
    cause: Cause
    candidates: tuple[str, ...]


def usable(lng: float | None, lat: float | None, country: Country) -> bool:
    """ROUTE-1: a point inside the country, in the datum in which it was given."""
    if lng is None or lat is None:
        return False
    return country.west <= lng <= country.east and country.south <= lat <= country.north


def place_of(lng: float | None, lat: float | None, datum: str, adcode: str | None, country: Country) -> Place:
    """The place of an order as it was told. An unusable point is no point. ValueError: unknown datum."""
    if lng is None or lat is None or not usable(lng, lat, country):
        return Place(None, None, adcode or None)
    return Place(*to_gcj02(lng, lat, datum), adcode or None)


def choose(places: Sequence[Place], network: Network, ats: Sequence[datetime]) -> list[Route]:
    """ROUTE-1 and -2 for a batch, with one tree query.

    `ats` are the starts of the assignments that it makes: closures are looked up there (fine print 5).
    """
    points = [(place.lng, place.lat) for place in places if place.lng is not None and place.lat is not None]
    found = iter(network.areas.hits(np.array(points, dtype=np.float64).reshape(-1, 2)))
    return [
        _by_district(place, network, at)
        if place.lng is None or place.lat is None
        else _by_area(next(found), place, network, at)
        for place, at in zip(places, ats, strict=True)
    ]


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
    if len(candidates) != 1:
        return Route(DATA_CENTRE, "several_stations" if candidates else "no_district", candidates)
    return _unless_closed(candidates[0], "district", candidates, network, at)


def _serving(place: Place, network: Network) -> tuple[str, ...]:
    """Accepting stations of the district; closed ones count (fine print 5)."""
    if place.adcode is None:
        return ()
    return tuple(code for code in network.serves.get(place.adcode, ()) if network.stations[code].accepts)


def _unless_closed(
    winner: str,
    cause: Literal["area", "district"],
    candidates: tuple[str, ...],
    network: Network,
    at: datetime,
) -> Route:
    if network.closed(winner, at):
        return Route(DATA_CENTRE, "closed", candidates)
    return Route(winner, cause, candidates)
