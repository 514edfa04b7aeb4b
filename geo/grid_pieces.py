"""Which pieces of outlines may pass through which cell of a grid."""

from dataclasses import dataclass

import numpy as np

from geo.datum import Floats
from geo.grid import Ints, Outlines, Shorts

# Cells by which a slanted edge is taken to be wider than it is: far more than rounding can move it. An edge in a
# cell that it does not touch costs a little time, one that is missing would cost the truth.
PADDING = 1e-6


@dataclass(frozen=True, slots=True)
class Frame:
    """The cells of a grid: `scale` a degree, the first one `west`, `south` in cells from the origin."""

    scale: float
    west: int
    south: int
    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class Pieces:
    """m pieces: the cell (row * columns + column), and the first and last vertex, both included."""

    cell: Ints
    first: Ints
    last: Ints


def spread(starts: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """Of n ranges each number in them: (which range, the number)."""
    of = np.repeat(np.arange(len(counts)), counts)
    before = np.cumsum(counts) - counts
    return of, np.arange(len(of)) + np.repeat(starts - before, counts)


def pieces_of(outlines: Outlines, frame: Frame) -> Pieces:
    """For every cell that an outline touches the pieces of it, each edge in a cell once."""
    column = (np.floor(outlines.x * frame.scale) - frame.west).astype(np.int32)
    row = (np.floor(outlines.y * frame.scale) - frame.south).astype(np.int32)
    cell: Shorts = row * np.int32(frame.columns) + column
    comes = np.ones(len(cell), dtype=np.bool_)
    comes[1:] = cell[1:] != cell[:-1]
    comes[outlines.rings[:-1]] = False
    crossing = np.flatnonzero(comes) - 1
    comes[outlines.rings[:-1]] = True
    begin = np.flatnonzero(comes)
    end = np.append(begin, len(cell))[1:]
    # A stay in a cell has also the edge by which the outline comes and the one by which it goes.
    opens = np.zeros(len(cell) + 1, dtype=np.bool_)
    opens[outlines.rings] = True
    stays = Pieces(cell[begin].astype(np.int64), begin - ~opens[begin], end - opens[end])
    # An edge from a cell to the one beside it touches these two only. Others may pass through more.
    step = np.abs(column[crossing + 1] - column[crossing]) + np.abs(row[crossing + 1] - row[crossing])
    slanted = crossing[step != 1]
    edge, passed = _passed(outlines, frame, slanted, column, row)
    other = (passed != cell[edge]) & (passed != cell[edge + 1])
    edge = edge[other]
    return Pieces(
        np.concatenate([stays.cell, passed[other]]),
        np.concatenate([stays.first, edge]),
        np.concatenate([stays.last, edge + 1]),
    )


def _passed(outlines: Outlines, frame: Frame, edge: Ints, column: Shorts, row: Shorts) -> tuple[Ints, Ints]:
    """(edge, cell) of each cell that an edge passes, found row by row."""
    low = np.minimum(row[edge], row[edge + 1]).astype(np.int64)
    high = np.maximum(row[edge], row[edge + 1])
    of, at = spread(low, high - low + 1)
    edge = edge[of]
    x1, y1 = outlines.x[edge] * frame.scale, outlines.y[edge] * frame.scale
    x2, y2 = outlines.x[edge + 1] * frame.scale, outlines.y[edge + 1] * frame.scale
    from_x, to_x = _within(x1, y1, x2, y2, at + frame.south)
    least = np.minimum(column[edge], column[edge + 1])
    most = np.maximum(column[edge], column[edge + 1])
    left = np.maximum(np.floor(from_x - PADDING).astype(np.int64) - frame.west, least)
    right = np.minimum(np.floor(to_x + PADDING).astype(np.int64) - frame.west, most)
    of, cell = spread(at * frame.columns + left, right - left + 1)
    return edge[of], cell


def _within(x1: Floats, y1: Floats, x2: Floats, y2: Floats, row: Ints) -> tuple[Floats, Floats]:
    """The least and the greatest x of edges where they are in their row, all in cells from the origin.

    No offset has been taken off: that would round, and a nearly level edge would be found far from where it is.
    """
    rise = np.where(y2 == y1, 1.0, y2 - y1)
    bottom, top = np.minimum(y1, y2), np.maximum(y1, y2)
    at_low = x1 + (np.clip(row, bottom, top) - y1) / rise * (x2 - x1)
    at_high = x1 + (np.clip(row + 1, bottom, top) - y1) / rise * (x2 - x1)
    level = y2 == y1
    at_low[level], at_high[level] = x1[level], x2[level]
    return np.minimum(at_low, at_high), np.maximum(at_low, at_high)
