"""The outlines of shapely's polygons as plain arrays."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.datum import Floats
from geo.grid import Outlines

CHUNK = 2**10  # polygons at a time: their rings are copied


def outlines_of(polygons: NDArray[Any]) -> Outlines:
    """Of n polygons, none of them empty. Nothing of them is kept."""
    vertices = int(shapely.get_num_coordinates(polygons).sum())
    x, y = np.empty(vertices), np.empty(vertices)
    sizes, done = [np.zeros(1, dtype=np.int64)], 0
    for low in range(0, len(polygons), CHUNK):
        rings = shapely.get_rings(polygons[low : low + CHUNK])
        coordinates = shapely.get_coordinates(rings)
        x[done : done + len(coordinates)], y[done : done + len(coordinates)] = coordinates.T
        sizes.append(shapely.get_num_coordinates(rings).astype(np.int64))
        done += len(coordinates)
    first = np.concatenate([[0], np.cumsum(1 + shapely.get_num_interior_rings(polygons))]).astype(np.int64)
    return Outlines(x, y, np.cumsum(np.concatenate(sizes)), first, max(_reach(x), _reach(y)))


def _reach(values: Floats) -> float:
    return max(-float(values.min()), float(values.max())) if len(values) else 0.0
