"""Which polygons of a grid hold many points, exactly (ROUTE-1: a border belongs to its polygon)."""

import numpy as np

from geo.datum import Floats
from geo.grid import Flags, Grid, Ints, Outlines
from geo.grid_exact import ORIENTATION, ROUNDING, TINY, holds, touches
from geo.grid_traces import spread

CHUNK = 2**15  # points at a time, so that what is computed about them stays in the processor's cache
MOST_VERTICES = 2**21  # looked at together


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
    reference = grid.references(column[near], row[near])
    point, polygon = _tried(grid, outlines, crossed, (x, y), reference)
    more = (near[point] + low) << 32 | polygon
    return np.sort(np.concatenate([key, more]))


Points = tuple[Floats, Floats]


def _tried(grid: Grid, outlines: Outlines, crossed: Ints, points: Points, references: Points) -> tuple[Ints, Ints]:
    """(point, polygon): which points in cells that borders cross are held by polygons with a piece in the cell.

    A way is gone from the reference point of the cell straight to the point: each edge crossed changes sides. What
    rounding leaves open is asked exactly, polygon by polygon.
    """
    borders = grid.borders
    begin = borders.pieces.take(crossed)
    point, piece = spread(begin, borders.pieces.take(crossed + 1) - begin)
    first = borders.first.take(piece)
    size = borders.last.take(piece) - first + 1
    if len(crossed) > 1 and size.sum() > MOST_VERTICES:
        return _in_halves(grid, outlines, crossed, points, references)
    changes, doubtful = _changes(outlines, points, references, point, first, size)
    polygon = borders.polygon.take(piece)
    start = np.flatnonzero(polygon >= 0)
    odd = np.add.reduceat(changes, start) & 1
    held = borders.inside.take(piece.take(start)) ^ odd.astype(np.bool_)
    point, polygon, bounds = point[start], polygon[start], np.append(start, len(piece))
    for number in np.unique(np.searchsorted(start, doubtful, side="right") - 1).tolist():
        where = float(points[0][point[number]]), float(points[1][point[number]])
        own = range(bounds[number], bounds[number + 1])
        parts = (slice(first[at], first[at] + size[at]) for at in own)
        touched = any(touches(outlines.x[part].tolist(), outlines.y[part].tolist(), *where) for part in parts)
        held[number] = touched or holds(outlines, int(polygon[number]), *where)
    return point[held], polygon[held]


def _in_halves(grid: Grid, outlines: Outlines, crossed: Ints, points: Points, references: Points) -> tuple[Ints, Ints]:
    """The same for crowded cells: half of the points at a time, so that memory stays small."""
    middle = len(crossed) // 2
    (x, y), (from_x, from_y) = points, references
    one, other = (
        _tried(grid, outlines, crossed[half], (x[half], y[half]), (from_x[half], from_y[half]))
        for half in (slice(middle), slice(middle, None))
    )
    return np.concatenate([one[0], other[0] + middle]), np.concatenate([one[1], other[1]])


def _changes(
    outlines: Outlines, points: Points, references: Points, point: Ints, first: Ints, size: Ints
) -> tuple[Ints, Ints]:
    """For each piece, beside its point, how many of its edges the way crosses; and the pieces that leave a doubt."""
    (x, y), (from_x, from_y) = points, references
    dx, dy = x - from_x, y - from_y
    scale = 1.0 / np.maximum(np.abs(dx) + np.abs(dy), TINY)
    dx, dy = dx * scale, dy * scale
    offset = dx * from_y - dy * from_x
    piece, vertex = spread(first, size)
    of = point.take(piece)
    turn = dx.take(of) * outlines.y.take(vertex)
    turn -= dy.take(of) * outlines.x.take(vertex)
    turn -= offset.take(of)
    # Each of the products is at most the greatest coordinate, the direction being of length 1.
    sure = 16.0 * ROUNDING * outlines.reach + TINY
    left = turn > sure
    doubt = np.flatnonzero(~(left | (turn < -sure)))
    change = left[1:] != left[:-1]
    change[np.cumsum(size)[:-1] - 1] = False
    edge = np.flatnonzero(change)
    piece_of, of, vertex = piece[edge], of[edge], vertex[edge]
    ends = outlines.x[vertex], outlines.y[vertex], outlines.x[vertex + 1], outlines.y[vertex + 1]
    to_point, open_there = _turn(ends, x[of], y[of])
    to_reference, open_here = _turn(ends, from_x[of], from_y[of])
    count = np.bincount(piece_of[to_point != to_reference], minlength=len(first))
    return count, np.concatenate([piece[doubt], piece_of[open_there | open_here]])


def _turn(ends: tuple[Floats, Floats, Floats, Floats], x: Floats, y: Floats) -> tuple[Flags, Flags]:
    """Whether points are left of edges, and where that is open."""
    ax, ay, bx, by = ends
    one, other = (bx - ax) * (y - ay), (by - ay) * (x - ax)
    value = one - other
    return value > 0, np.abs(value) <= ORIENTATION * (np.abs(one) + np.abs(other)) + TINY
