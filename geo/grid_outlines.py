"""The outlines of shapely's polygons as plain arrays."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.datum import Floats
from geo.grid import Ints, Outlines

CHUNK = 2**9  # geometries at a time: their parts and rings are copied


@dataclass(frozen=True, slots=True)
class Shapes:
    """The single polygons of n geometries: outlines, geometry each is of, square degrees, bounds (west, south, …)."""

    outlines: Outlines
    owners: Ints
    sizes: Floats
    bounds: Floats


def shapes_of(geometries: NDArray[Any]) -> Shapes:
    """Of polygons and multipolygons; empty ones have no part. Nothing of them is kept."""
    vertices = int(shapely.get_num_coordinates(geometries).sum())
    x, y = np.empty(vertices), np.empty(vertices)
    none = np.zeros(1, dtype=np.int64)
    rings, polygons, owners, sizes, bounds = [none], [none], [none[:0]], [np.empty(0)], [np.empty((0, 4))]
    done = 0
    for low in range(0, len(geometries), CHUNK):
        parts, owner = shapely.get_parts(geometries[low : low + CHUNK], return_index=True)
        drawn = ~shapely.is_empty(parts)
        parts, owner = parts[drawn], owner[drawn]
        ring = shapely.get_rings(parts)
        coordinates = shapely.get_coordinates(ring)
        x[done : done + len(coordinates)], y[done : done + len(coordinates)] = coordinates.T
        done += len(coordinates)
        rings.append(shapely.get_num_coordinates(ring).astype(np.int64))
        polygons.append(1 + shapely.get_num_interior_rings(parts).astype(np.int64))
        owners.append(owner + low)
        sizes.append(shapely.area(parts))
        bounds.append(shapely.bounds(parts))
    ends = np.cumsum(np.concatenate(rings)), np.cumsum(np.concatenate(polygons))
    outlines = Outlines(x, y, *ends, max(_reach(x), _reach(y)))
    return Shapes(outlines, np.concatenate(owners), np.concatenate(sizes), np.concatenate(bounds))


def _reach(values: Floats) -> float:
    return max(-float(values.min()), float(values.max())) if len(values) else 0.0
