"""Geometry of the map editor that needs rigour: sizes, splitting, merging, what overlaps. Degrees in GCJ-02."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Polygon, STRtree
from shapely.ops import split as split_by

from geo.areas import Area
from geo.datum import EARTH_RADIUS, Floats
from geo.network import Network
from geo.service_areas.queries import AreaRow

MOST_OVERLAPS = 200
REACH = 1e-7  # degrees
LEAST_OVERLAP = 0.0001  # km²: what is smaller than 10 m x 10 m is a drawn line that does not quite meet another


@dataclass(frozen=True, slots=True)
class Overlap:
    """Where the proposed areas of a station lie over those of another."""

    station: str
    other: str
    square_km: float
    place: Any


def square_km(geometry: Any) -> float:
    """Size of a geometry in square kilometres, on a sphere."""
    return float(shapely.area(shapely.transform(geometry, _flat)))


def _flat(xy: Floats) -> Floats:
    # The sinusoidal projection keeps sizes.
    per_degree = np.radians(EARTH_RADIUS) / 1_000
    flat: Floats = np.column_stack((xy[:, 0] * np.cos(np.radians(xy[:, 1])), xy[:, 1])) * per_degree
    return flat


def split(polygon: Polygon, line: Sequence[Sequence[float]]) -> list[Polygon]:
    """The parts into which a line cuts a polygon, larger ones first; one part when it does not cross it."""
    parts = [one for one in split_by(polygon, _longer(line)).geoms if isinstance(one, Polygon)]
    return sorted(parts, key=lambda one: -one.area)


def _longer(line: Sequence[Sequence[float]]) -> LineString:
    """A line drawn to a point on the outline ends a rounding before it or behind it: a centimetre more crosses it."""
    xy = np.array(line, dtype=np.float64)
    for end, before in ((0, 1), (-1, -2)):
        way = xy[end] - xy[before]
        xy[end] += way / max(float(np.hypot(*way)), REACH) * REACH
    return LineString(xy)


def merged(polygons: Sequence[Polygon | MultiPolygon]) -> list[Polygon]:
    """The polygons as few as can be: those that touch along a line or overlap become one."""
    union = shapely.union_all(np.array(polygons, dtype=object))
    return [one for one in shapely.get_parts(union).tolist() if isinstance(one, Polygon)]


def overlaps(network: Network, proposed: Mapping[str, Sequence[Area]], present: Sequence[AreaRow]) -> list[Overlap]:
    """Where proposed areas lie over another station's, proposed or as they are; larger ones first (ROUTE-1).

    A contracted area lies over its parent's: that is no finding.
    """
    new = [area for areas in proposed.values() for area in areas]
    every: list[Area | AreaRow] = [*new, *(area for area in present if area.station not in proposed)]
    if not new:
        return []
    shapes = np.array([area.geometry for area in every], dtype=object)
    mine, theirs = STRtree(shapes).query(shapes[: len(new)], predicate="intersects")
    found: dict[tuple[str, str], list[Any]] = {}
    for k, j in zip(mine.tolist(), theirs.tolist(), strict=True):
        one, other = every[k].station, every[j].station
        known = j < len(new) and j < k  # both are proposed: told once
        if one != other and not known and not _of_one_house(network, one, other):
            place = shapely.intersection(shapes[k], shapes[j])
            if square_km(place) >= LEAST_OVERLAP:
                found.setdefault((one, other), []).append(place)
    result = []
    for (one, other), places in found.items():
        place = shapely.union_all(np.array(places, dtype=object))
        result.append(Overlap(one, other, square_km(place), place))
    return sorted(result, key=lambda overlap: -overlap.square_km)[:MOST_OVERLAPS]


def _of_one_house(network: Network, one: str, other: str) -> bool:
    """Whether one is the parent of the other."""
    return network.stations[one].parent == other or network.stations[other].parent == one
