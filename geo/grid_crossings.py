"""Where outlines cross the rows of reference points, and so which polygons hold which of these points."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from geo.grid import REFERENCE_X, REFERENCE_Y, Flags, Ints, Outlines
from geo.grid_pieces import Pieces
from geo.grid_traces import CHUNK, Frame, Traces, spread

NEAR = 1e-6  # cells: nearer to a reference point than this, a crossing is put on its side of it by exact arithmetic


@dataclass(frozen=True, slots=True)
class Crossings:
    """Sorted by row, polygon and column: all three as one number; the polygon; the first cell right of the crossing.

    "Right" is judged by the reference point of the cell; rows and cells are counted from the band's first. Crossings
    of one row and polygon are even in number: the first, third … enter the polygon.
    """

    key: Ints
    polygon: Ints
    cell: Ints


def crossings_of(outlines: Outlines, traces: Traces, frame: Frame, band: range) -> Crossings:
    """In a band of rows."""
    rising = traces.rising
    mine = np.flatnonzero((rising.high > band.start) & (rising.low < band.stop))
    keys = [_keys(outlines, traces, frame, mine[at : at + CHUNK], band) for at in range(0, len(mine), CHUNK)]
    # One number for three, because plain numbers are sorted fast.
    key = np.sort(np.concatenate([np.empty(0, dtype=np.int64), *keys]))
    rest, column = np.divmod(key, frame.columns)
    row, polygon = np.divmod(rest, len(outlines.polygons))
    return Crossings(key, polygon.astype(np.int32), (row * frame.columns + column).astype(np.int32))


def _keys(outlines: Outlines, traces: Traces, frame: Frame, mine: Ints, band: range) -> Ints:
    low = np.maximum(traces.rising.low[mine], band.start).astype(np.int64)
    of, row = spread(low, np.minimum(traces.rising.high[mine], band.stop) - low)
    edge = traces.rising.edge[mine[of]]
    column = _first_right(outlines, frame, edge, row)
    return ((row - band.start) * len(outlines.polygons) + traces.owner[edge]) * frame.columns + column


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


def insides(outlines: Outlines, frame: Frame, crossings: Crossings, pieces: Pieces) -> Flags:
    """Whether the polygon of each piece holds the reference point of its cell."""
    row, column = np.divmod(pieces.cell.astype(np.int64), frame.columns)
    place = (row * len(outlines.polygons) + pieces.polygon) * frame.columns + column
    # All crossings before this row and polygon are even in number.
    return (np.searchsorted(crossings.key, place, side="right") & 1).astype(np.bool_)
