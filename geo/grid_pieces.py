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
    leaves = cell[1:] != cell[:-1]
    joints = outlines.rings[1:-1] - 1  # from the last vertex of a ring to the first of the next one
    leaves[joints] = False
    crossing = np.flatnonzero(leaves)
    leaves[joints] = True
    begin = np.concatenate([[0], np.flatnonzero(leaves) + 1])
    end = np.concatenate([begin[1:], [len(cell)]])
    # A stay in a cell has also the edge by which the outline comes and the one by which it goes.
    stays = Pieces(
        cell[begin].astype(np.int64),
        begin - ~np.isin(begin, outlines.rings[:-1]),
        end - np.isin(end, outlines.rings[1:]),
    )
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
    x1, y1 = outlines.x[edge] * frame.scale - frame.west, outlines.y[edge] * frame.scale - frame.south
    x2, y2 = outlines.x[edge + 1] * frame.scale - frame.west, outlines.y[edge + 1] * frame.scale - frame.south
    from_x, to_x = _within(x1, y1, x2, y2, at)
    left = np.maximum(np.floor(from_x - PADDING), np.minimum(column[edge], column[edge + 1])).astype(np.int64)
    right = np.minimum(np.floor(to_x + PADDING), np.maximum(column[edge], column[edge + 1])).astype(np.int64)
    of, cell = spread(at * frame.columns + left, right - left + 1)
    return edge[of], cell


def _within(x1: Floats, y1: Floats, x2: Floats, y2: Floats, row: Ints) -> tuple[Floats, Floats]:
    """The least and the greatest x of edges where they are in their row."""
    rise = y2 - y1
    level = rise == 0
    slope = (x2 - x1) / np.where(level, 1.0, rise)
    low = np.clip(row, np.minimum(y1, y2), np.maximum(y1, y2))
    high = np.clip(row + 1, np.minimum(y1, y2), np.maximum(y1, y2))
    at_low = np.where(level, x1, x1 + (low - y1) * slope)
    at_high = np.where(level, x2, x1 + (high - y1) * slope)
    return np.minimum(at_low, at_high), np.maximum(at_low, at_high)
