"""How outlines go through the cells of a grid: found once for all, then used band by band."""

from dataclasses import dataclass

import numpy as np

from geo.grid import BLOCK, REFERENCE_Y, Flags, Ints, Outlines

MOST_CELLS = 2**26
FINEST = 2.0**14  # cells a degree, about 7 m each
CHUNK = 2**14  # vertices or edges at a time, so that what is computed about them stays in the processor's cache


@dataclass(frozen=True, slots=True)
class Frame:
    """The cells of a grid: `scale` a degree, the first one `west`, `south` in cells from the origin."""

    scale: float
    west: int
    south: int
    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class Edges:
    """Edges, by their first vertex, and two numbers of each: what it spans, in rows or in cells."""

    edge: Ints
    low: Ints
    high: Ints


@dataclass(frozen=True, slots=True)
class Traces:
    """Of each vertex its polygon. Cells are row * columns + column.

    An outline stays in the cell `cells[i]` from vertex `stays[i]` to the one before `stays[i + 1]`. `opens` says
    which vertices begin a ring, and True for the one after the last. `slanted` edges may pass cells in which none of
    their ends is; they span the cells of their ends. `rising` ones cross the rows of reference points from `low` to
    the one before `high`.
    """

    owner: Ints
    stays: Ints
    cells: Ints
    opens: Flags
    slanted: Edges
    rising: Edges


def frame_of(outlines: Outlines) -> Frame:
    """Cells as small as the number of vertices is worth, and with no more pieces than some for each."""
    x, y = outlines.x, outlines.y
    if not len(x):
        return Frame(1.0, -BLOCK, -BLOCK, 2 * BLOCK, 2 * BLOCK)
    west, east, south, north = float(x.min()), float(x.max()), float(y.min()), float(y.max())
    length, scale = _length(outlines), FINEST
    while True:
        first_column, first_row = _block(west * scale) - BLOCK, _block(south * scale) - BLOCK
        columns = _block(east * scale) + 2 * BLOCK - first_column
        rows = _block(north * scale) + 2 * BLOCK - first_row
        if columns * rows <= min(MOST_CELLS, 2**10 * len(x) + 2**16) and length * scale <= 8 * len(x) + 2**16:
            return Frame(scale, first_column, first_row, columns, rows)
        scale /= 2


def _length(outlines: Outlines) -> float:
    """Degrees of all edges, across and up. The jump from a ring to the next one is no edge."""
    x, y, ends = outlines.x, outlines.y, outlines.rings[1:] - 1
    length = 0.0
    for low in range(0, len(x) - 1, CHUNK):
        part = slice(low, low + CHUNK + 1)
        steps = np.abs(np.diff(x[part])) + np.abs(np.diff(y[part]))
        first, after = np.searchsorted(ends, [low, low + len(steps)])
        steps[ends[first:after] - low] = 0.0
        length += float(steps.sum())
    return length


def _block(value: float) -> int:
    """The first cell of the block in which a place is, counted in cells."""
    return int(value // BLOCK) * BLOCK


def traces_of(outlines: Outlines, frame: Frame) -> Traces:
    count = len(outlines.polygons) - 1
    owner = np.repeat(np.arange(count, dtype=np.int32), np.diff(outlines.rings[outlines.polygons]))
    cell = np.empty(len(owner), dtype=np.int32)
    level = np.empty(len(owner), dtype=np.int32)  # the first row whose reference points are not below the vertex
    for low in range(0, len(cell), CHUNK):
        part = slice(low, low + CHUNK)
        up = outlines.y[part] * frame.scale
        row = np.floor(up)
        level[part] = row - frame.south + (up - row > REFERENCE_Y)
        column = np.floor(outlines.x[part] * frame.scale) - frame.west
        cell[part] = (row - frame.south) * frame.columns + column
    comes = np.ones(len(cell), dtype=np.bool_)
    comes[1:] = cell[1:] != cell[:-1]
    comes[outlines.rings[:-1]] = False
    edge = np.flatnonzero(comes).astype(np.int32) - np.int32(1)
    # An edge from a cell to the one beside it touches these two only. No outline comes to the first or last column.
    step = np.abs(cell[edge + 1] - cell[edge])
    slanted = edge[(step != 1) & (step != frame.columns)]
    opens = np.zeros(len(cell) + 1, dtype=np.bool_)
    opens[outlines.rings] = True
    stays = np.flatnonzero(np.append(comes, True) | opens).astype(np.int32)
    rising = _rising(outlines, level)
    return Traces(owner, stays, cell[stays[:-1]], opens, _edges(slanted, cell), rising)


def _rising(outlines: Outlines, level: Ints) -> Edges:
    rises = np.ones(len(level), dtype=np.bool_)
    rises[1:] = level[1:] != level[:-1]
    rises[outlines.rings[:-1]] = False
    return _edges(np.flatnonzero(rises).astype(np.int32) - np.int32(1), level)


def _edges(edge: Ints, numbers: Ints) -> Edges:
    one, other = numbers[edge], numbers[edge + 1]
    return Edges(edge, np.minimum(one, other), np.maximum(one, other))


def spread(starts: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """Of n ranges each number in them: (which range, the number)."""
    of = np.repeat(np.arange(len(counts)), counts)
    before = np.cumsum(counts) - counts
    return of, np.arange(len(of)) + np.repeat(starts - before, counts)
