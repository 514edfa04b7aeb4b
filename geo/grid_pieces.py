"""Which pieces of outlines may pass through which cell of a grid."""

from dataclasses import dataclass

import numpy as np

from geo.datum import Floats
from geo.grid import Ints, Outlines
from geo.grid_traces import CHUNK, Edges, Frame, Traces, spread

# Cells by which a slanted edge is taken to be wider than it is: far more than rounding can move it. An edge in a
# cell that it does not touch costs a little time, one that is missing would cost the truth.
PADDING = 1e-6


@dataclass(frozen=True, slots=True)
class Pieces:
    """m pieces, sorted by cell and polygon.

    Of each the cell, counted from the band's first, its first and last vertex, both included, and its polygon.
    """

    cell: Ints
    first: Ints
    last: Ints
    polygon: Ints


def pieces_of(outlines: Outlines, traces: Traces, frame: Frame, band: range) -> Pieces:
    """For every cell of a band of rows that an outline touches the pieces of it, each edge in a cell once."""
    low, high = band.start * frame.columns, band.stop * frame.columns
    mine = np.flatnonzero((traces.cells >= low) & (traces.cells < high))
    begin, end = traces.stays[mine], traces.stays[mine + 1]
    # A stay in a cell has also the edge by which the outline comes and the one by which it goes.
    first, last = begin - ~traces.opens[begin], end - traces.opens[end]
    slanted = traces.slanted
    some = np.flatnonzero((slanted.high >= low) & (slanted.low < high))
    passed = [_passed(outlines, frame, slanted, some[at : at + CHUNK], band) for at in range(0, len(some), CHUNK)]
    edge = np.concatenate([slanted.edge[:0], *(of for of, _ in passed)])
    where = np.concatenate([traces.cells[mine], *(place for _, place in passed)]) - low
    first, last = np.concatenate([first, edge]), np.concatenate([last, edge + 1])
    polygon = traces.owner[first]
    order = np.argsort(where.astype(np.int64) * len(outlines.polygons) + polygon)
    return Pieces(*(part[order].astype(np.int32, copy=False) for part in (where, first, last, polygon)))


def _passed(outlines: Outlines, frame: Frame, slanted: Edges, some: Ints, band: range) -> tuple[Ints, Ints]:
    """(edge, cell) of each cell that some edges pass, found row by row; not those in which they begin and end."""
    edge, begin, end = slanted.edge[some], slanted.low[some], slanted.high[some]
    (row, column), (to_row, to_column) = np.divmod(begin, frame.columns), np.divmod(end, frame.columns)
    low, high = np.maximum(row, band.start), np.minimum(to_row, band.stop - 1)
    of, at = spread(low, high - low + 1)
    ends = outlines.x[edge], outlines.y[edge], outlines.x[edge + 1], outlines.y[edge + 1]
    x1, y1, x2, y2 = ((value * frame.scale)[of] for value in ends)
    from_x, to_x = _within(x1, y1, x2, y2, at + frame.south)
    left = np.maximum(np.floor(from_x - PADDING).astype(np.int64) - frame.west, np.minimum(column, to_column)[of])
    right = np.minimum(np.floor(to_x + PADDING).astype(np.int64) - frame.west, np.maximum(column, to_column)[of])
    piece, passed = spread(at * frame.columns + left, right - left + 1)
    of = of[piece]
    other = (passed != begin[of]) & (passed != end[of])
    return edge[of[other]], passed[other].astype(np.int32)


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
