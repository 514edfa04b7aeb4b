"""Which polygons of a grid hold many points, exactly (ROUTE-1: a border belongs to its polygon)."""

from dataclasses import dataclass

import numpy as np

from geo.datum import Floats
from geo.grid import Flags, Grid, Ints, Outlines, Shorts
from geo.grid_exact import ROUNDING, TINY, holds
from geo.grid_pieces import spread

CHUNK = 2**15  # points at a time, so that what is computed about them stays in the processor's cache


def pairs(grid: Grid, outlines: Outlines, x: Floats, y: Floats) -> tuple[Ints, Ints]:
    """(number of the point, number of the polygon) for each polygon that holds a point, both ascending."""
    found = [_keys(grid, outlines, x[low : low + CHUNK], y[low : low + CHUNK], low) for low in range(0, len(x), CHUNK)]
    key = np.concatenate(found) if found else np.empty(0, dtype=np.int64)
    return key >> 32, key & 0xFFFFFFFF


def _keys(grid: Grid, outlines: Outlines, x: Floats, y: Floats, low: int) -> Ints:
    """point << 32 | polygon, sorted; `low` is the number of the first point."""
    column, row = grid.places(x, y)
    value = grid.values(column, row)
    near = np.flatnonzero(value < 0)
    crossed = ~value[near]
    value[near] = grid.borders.base[crossed]
    begin = grid.sets.starts.take(value)
    of, at = spread(begin, grid.sets.starts.take(value + 1) - begin)
    key = (of + low) << 32 | grid.sets.members.take(at)
    if not len(near):
        return key
    x, y = x[near], y[near]
    rx, ry = grid.references(column[near], row[near])
    held = _Trial.of(grid, outlines, crossed, x, y, rx, ry).held()
    more = (near[held[0]] + low) << 32 | held[1]
    return np.sort(np.concatenate([key, more]))


@dataclass(frozen=True, slots=True)
class _Trial:
    """m points beside pieces of outlines: point i has the pieces of the crossed cell that it is in."""
