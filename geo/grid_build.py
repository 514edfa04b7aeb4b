"""Builds a `Grid` over many polygons."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from geo.datum import Floats
from geo.grid import BLOCK, BLOCK_BITS, REFERENCE_X, REFERENCE_Y, Borders, Flags, Grid, Ints, Outlines, Sets, Shorts
from geo.grid_pieces import Frame, Pieces, pieces_of, spread

Marks = NDArray[np.uint64]

MOST_CELLS = 2**26
FINEST = 2.0**14  # cells a degree, about 7 m each
NEAR = 1e-6  # cells: nearer to a reference point than this, a crossing is put on its side of it by exact arithmetic
BAND = 32  # rows of blocks painted at once


@dataclass(frozen=True, slots=True)
class Crossings:
    """Where outlines cross the rows of reference points, sorted by row, polygon and column.

    `column` is the first one whose reference point is right of the crossing. Those of one row and polygon are even
    in number; the first, third … enter the polygon.
    """

    row: Ints
    polygon: Ints
    column: Ints


def build_grid(outlines: Outlines) -> Grid:
    """The polygons must be valid: no ring crosses itself or another of its polygon."""
    frame = _frame(outlines)
    count = len(outlines.polygons) - 1
    owner = np.repeat(np.arange(count, dtype=np.int32), np.diff(outlines.rings[outlines.polygons]))
    marks = np.random.default_rng(20170101).integers(1, 2**64, count, dtype=np.uint64, endpoint=False)
    crossings = _crossings(outlines, frame, owner)
    pieces = pieces_of(outlines, frame)
    polygon = owner[pieces.first]
    del owner
    order = np.argsort(pieces.cell * count + polygon)
    pieces = Pieces(pieces.cell[order], pieces.first[order], pieces.last[order])
    polygon = polygon[order]
    return _put_together(frame, marks, crossings, pieces, polygon)


def _frame(outlines: Outlines) -> Frame:
    """Cells as small as the number of vertices is worth, and with no more pieces than a few for each."""
    x, y = outlines.x, outlines.y
    if not len(x):
        return Frame(1.0, -BLOCK, -BLOCK, 2 * BLOCK, 2 * BLOCK)
    west, east, south, north = float(x.min()), float(x.max()), float(y.min()), float(y.max())
    length = float(np.abs(np.diff(x)).sum() + np.abs(np.diff(y)).sum())
    scale = FINEST
    while True:
        first_column, first_row = _block(west * scale) - BLOCK, _block(south * scale) - BLOCK
        columns = _block(east * scale) + 2 * BLOCK - first_column
        rows = _block(north * scale) + 2 * BLOCK - first_row
        if columns * rows <= min(MOST_CELLS, 16 * len(x) + 2**14) and length * scale <= 4 * len(x) + 2**16:
            return Frame(scale, first_column, first_row, columns, rows)
        scale /= 2


def _block(value: float) -> int:
    return int(np.floor(value)) >> BLOCK_BITS << BLOCK_BITS


def _crossings(outlines: Outlines, frame: Frame, owner: Shorts) -> Crossings:
    row = outlines.y * frame.scale
    whole = np.floor(row)
    # The first row whose reference points are at the height of the vertex or above it.
    level = (whole - frame.south).astype(np.int32) + (row - whole > REFERENCE_Y)
    rises = level[1:] != level[:-1]
    rises[outlines.rings[1:-1] - 1] = False
    edge = np.flatnonzero(rises)
    low = np.minimum(level[edge], level[edge + 1]).astype(np.int64)
    high = np.maximum(level[edge], level[edge + 1])
    of, at = spread(low, high - low)
    edge = edge[of]
    column = _first_right(outlines, frame, edge, at)
    count, width = len(outlines.polygons) - 1, frame.columns + 1
    # One number for row, polygon and column, because plain numbers are sorted fast.
    key = np.sort((at * count + owner[edge]) * width + column)
    rest, column = np.divmod(key, width)
    at, polygon = np.divmod(rest, count)
    return Crossings(at, polygon, column)


def _first_right(outlines: Outlines, frame: Frame, edge: Ints, row: Ints) -> Ints:
    x1, y1 = outlines.x[edge], outlines.y[edge]
    x2, y2 = outlines.x[edge + 1], outlines.y[edge + 1]
    y = (row + (frame.south + REFERENCE_Y)) / frame.scale
    at = (x1 + (y - y1) / (y2 - y1) * (x2 - x1)) * frame.scale - (frame.west + REFERENCE_X)
    column = np.ceil(at).astype(np.int64)
    nearest = np.rint(at)
    for number in np.flatnonzero(np.abs(at - nearest) < NEAR).tolist():
        x = Fraction(float((nearest[number] + (frame.west + REFERENCE_X)) / frame.scale))
        ax, ay, bx, by = (Fraction(float(value[number])) for value in (x1, y1, x2, y2))
        crossing = ax + (Fraction(float(y[number])) - ay) / (by - ay) * (bx - ax)
        column[number] = int(nearest[number]) + (crossing > x)
    return column


def _put_together(frame: Frame, marks: Marks, crossings: Crossings, pieces: Pieces, polygon: Shorts) -> Grid:
    start = np.ones(len(polygon), dtype=np.bool_)
    start[1:] = pieces.cell[1:] != pieces.cell[:-1]
    begin = np.flatnonzero(start)
    cell = pieces.cell[begin]
    new = start.copy()
    new[1:] |= polygon[1:] != polygon[:-1]
    inside = _inside(frame, len(marks), crossings, pieces.cell, polygon)
    # A set of polygons is known by the sum of their marks, random numbers of 64 bits, until its members are listed.
    stretch, mark = _stretches(frame, marks, crossings)
    held = np.concatenate([[0], np.cumsum(np.where(new & inside, marks[polygon], np.uint64(0)))])
    bounds = np.append(begin, len(polygon))
    base = mark[np.searchsorted(stretch, cell, side="right") - 1] - np.diff(held[bounds])
    of, first = _numbered(np.concatenate([mark, base]))
    samples = np.concatenate([stretch, cell])[first]
    sets = _sets(frame, crossings, samples, first >= len(mark), pieces.cell * len(marks) + polygon, len(marks))
    blocks, cells = _painted(frame, stretch, of[: len(mark)], cell)
    borders = Borders(
        of[len(mark) :],
        bounds.astype(np.int32),
        pieces.first.astype(np.int32),
        pieces.last.astype(np.int32),
        np.where(new, polygon, np.int32(-1)),
        inside,
    )
    return Grid(frame.scale, frame.west, frame.south, frame.columns, frame.rows, blocks, cells, sets, borders)


def _inside(frame: Frame, count: int, crossings: Crossings, cell: Ints, polygon: Shorts) -> Flags:
    """Whether the polygon of each piece holds the reference point of its cell."""
    width = frame.columns + 1
    key = (crossings.row * count + crossings.polygon) * width + crossings.column
    row, column = np.divmod(cell, frame.columns)
    left = np.searchsorted(key, (row * count + polygon) * width + column, side="right")
    return (left & 1).astype(np.bool_)  # all that is before this row and polygon is even


def _stretches(frame: Frame, marks: Marks, crossings: Crossings) -> tuple[Ints, Marks]:
    """Row by row where another set of polygons begins to hold the reference points: first cell, the set's mark."""
    enters = marks[crossings.polygon]
    enters[1::2] = -enters[1::2]
    cell = crossings.row * frame.columns + crossings.column
    order = np.argsort(cell)
    cell, mark = cell[order], np.cumsum(enters[order])
    last = np.ones(len(cell), dtype=np.bool_)
    last[:-1] = cell[1:] != cell[:-1]
    return np.concatenate([[0], cell[last]]), np.concatenate([[np.uint64(0)], mark[last]])


def _numbered(marks: Marks) -> tuple[Shorts, Ints]:
    """The number of each mark among the different ones, ascending; for each number a place where it stands."""
    order = np.argsort(marks)
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = marks[order[1:]] != marks[order[:-1]]
    number = np.empty(len(order), dtype=np.int32)
    number[order] = np.cumsum(new) - 1
    return number, order[new]


def _sets(frame: Frame, crossings: Crossings, samples: Ints, crossed: Flags, pieces: Ints, polygons: int) -> Sets:
    """The members of each set, found at one sample cell of each.

    Where borders cross that cell, polygons with a piece in it are no members; `pieces` is cell * polygons + polygon.
    """
    order = np.argsort(samples)
    cell = crossings.row * frame.columns + crossings.column
    begin = np.searchsorted(samples, cell[0::2], sorter=order)
    end = np.searchsorted(samples, cell[1::2], sorter=order)
    of, at = spread(begin, end - begin)
    number, member = order[at], crossings.polygon[0::2][of]
    key = samples[number] * polygons + member
    at = np.minimum(np.searchsorted(pieces, key), len(pieces) - 1)
    stays = ~crossed[number] | (pieces[at] != key) if len(pieces) else np.ones(len(key), dtype=np.bool_)
    number, member = np.divmod(np.sort(number[stays] * polygons + member[stays]), polygons)
    starts = np.searchsorted(number, np.arange(len(samples) + 1))
    return Sets(starts.astype(np.int32), member.astype(np.int32))


def _painted(frame: Frame, stretch: Ints, of_stretch: Shorts, crossed: Ints) -> tuple[Shorts, Shorts]:
    """`Grid.blocks` and `Grid.cells`: sets along their stretches, over them the cells that borders cross."""
    across, along = frame.rows // BLOCK, frame.columns // BLOCK
    row, column = np.divmod(crossed, frame.columns)
    block = row // BLOCK * along + column // BLOCK
    fine = np.zeros(across * along, dtype=np.bool_)
    fine[block] = True
    number = np.cumsum(fine) - 1
    blocks = np.empty((across, along), dtype=np.int32)
    cells = np.empty((int(fine.sum()), BLOCK, BLOCK), dtype=np.int32)
    done = 0
    for low in range(0, across, BAND):
        band = slice(low, min(low + BAND, across))
        first, after = band.start * BLOCK * frame.columns, band.stop * BLOCK * frame.columns
        begin, end = np.searchsorted(stretch, [first + 1, after])
        bounds = np.concatenate([[first], stretch[begin:end], [after]])
        painted = np.repeat(of_stretch[begin - 1 : end], np.diff(bounds)).reshape(-1, BLOCK, along, BLOCK)
        blocks[band] = painted[:, 0, :, 0]
        part = painted.transpose(0, 2, 1, 3)[fine.reshape(across, along)[band]]
        cells[done : done + len(part)] = part
        done += len(part)
    blocks.reshape(-1)[fine] = ~np.arange(len(cells), dtype=np.int32)
    place = (number[block] * BLOCK + row % BLOCK) * BLOCK + column % BLOCK
    cells.reshape(-1)[place] = ~np.arange(len(crossed), dtype=np.int32)
    return blocks.reshape(-1), cells.reshape(-1)
