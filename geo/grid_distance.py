"""How far a point is from the border of a polygon, in metres."""

from collections.abc import Iterator

import numpy as np

from geo.datum import Floats, metres_of_degree
from geo.grid import Outlines


def metres_to_border(outlines: Outlines, polygon: int, x: float, y: float) -> float:
    """Metres to the nearest point of the outline, as if the earth were flat around the point: good to some 100 km."""
    ax, ay, bx, by = outlines.edges_of(polygon)
    east, north = metres_of_degree(y)
    ax, ay, bx, by = (ax - x) * east, (ay - y) * north, (bx - x) * east, (by - y) * north
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    share = np.clip(-(ax * dx + ay * dy) / np.where(length > 0, length, 1.0), 0.0, 1.0)
    return float(np.sqrt(np.min((ax + share * dx) ** 2 + (ay + share * dy) ** 2)))


def least_metres(bounds: Floats, x: float, y: float) -> Floats:
    """Of each of n polygons (n x 4: west, south, east, north) metres than which its border cannot be nearer.

    0 for a point within the bounds.
    """
    east, north = metres_of_degree(y)
    across = np.maximum(np.maximum(bounds[:, 0] - x, x - bounds[:, 2]), 0.0) * east
    up = np.maximum(np.maximum(bounds[:, 1] - y, y - bounds[:, 3]), 0.0) * north
    return np.hypot(across, up)


def rising(values: Floats) -> Iterator[int]:
    """The places of the values from the least to the greatest. Mostly a few are asked for, so not all are sorted."""
    few = 64
    if len(values) > few:
        first = np.argpartition(values, few)[: few + 1]
        limit = values[first].max()
        first = np.flatnonzero(values <= limit)
        rest = np.flatnonzero(values > limit)
    else:
        first, rest = np.arange(len(values)), np.arange(0)
    yield from first[np.argsort(values[first], kind="stable")].tolist()
    yield from rest[np.argsort(values[rest], kind="stable")].tolist()
