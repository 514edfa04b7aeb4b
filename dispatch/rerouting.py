"""Where orders would go if some stations had other areas: the same rules (ROUTE-1), with what holds a point changed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from dispatch.routing import Place, Route, route_of
from geo.areas import Area, AreaIndex
from geo.datum import Floats
from geo.network import Network

Hits = list[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Redrawn:
    """Stations whose areas change: what they have now and what they would have, asked apart from all others."""

    stations: frozenset[str]
    old: AreaIndex
    new: AreaIndex


def redraw(present: Sequence[Area], proposed: Mapping[str, Sequence[Area]]) -> Redrawn:
    """`present`: the areas that the stations of `proposed` have now; what they are to have holds at any instant."""
    shapes = [Area(station, area.geometry) for station, own in proposed.items() for area in own]
    old = [Area(area.station, area.geometry) for area in present if area.station in proposed]
    return Redrawn(frozenset(proposed), AreaIndex(old), AreaIndex(shapes))


def touched(redrawn: Redrawn, points: Floats, at: datetime) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Numbers of the points (n x 2) that lie in an old or a new area: no other order can move."""
    return np.unique(np.concatenate([index.locate(points, at)[0] for index in (redrawn.old, redrawn.new)]))


def changed_hits(redrawn: Redrawn, network: Network, points: Floats, at: datetime) -> list[tuple[Hits, Hits]]:
    """What holds each point at `at` as the network is, and as it would be."""
    ats = [at] * len(points)
    before, added = network.areas.hits(points, ats), redrawn.new.hits(points, ats)
    return [
        (held, sorted([*(hit for hit in held if hit[0] not in redrawn.stations), *more]))
        for held, more in zip(before, added, strict=True)
    ]


def moves(
    places: Sequence[Place], hits: Sequence[tuple[Hits, Hits]], network: Network, ats: Collection[datetime]
) -> list[tuple[int, Route, Route]]:
    """(number, route before, route after) of each place whose station would be another. `ats`: when its order was made;
    closures and named places are those of then."""
    found = []
    for number, (place, (old, new), at) in enumerate(zip(places, hits, ats, strict=True)):
        if old != new:
            before, after = route_of(place, old, network, at), route_of(place, new, network, at)
            if before.station != after.station:
                found.append((number, before, after))
    return found
