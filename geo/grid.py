"""A grid of two levels over many polygons: most of its cells are crossed by no border and know their polygons.

A cell is `1 / scale` degrees wide and high, `scale` a power of two, so the cell of a point is exact. Cells stand in
blocks of 8 x 8; a block that no border crosses has one answer. A cell that borders cross has a reference point, the
polygons that hold it, and the pieces of outlines that may pass through the cell.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.datum import Floats

Ints = NDArray[np.signedinteger[Any]]
Flags = NDArray[np.bool_]

BLOCK_BITS = 3
BLOCK = 1 << BLOCK_BITS

# Where the reference point lies in its cell: of few bits, so that it is exact, and where no rounded degree falls.
REFERENCE_X = 605_393 / 2**20
REFERENCE_Y = 434_181 / 2**20


@dataclass(frozen=True, slots=True)
class Outlines:
    """The rings of many polygons, n vertices in all; the last vertex of a ring is its first again.

    Ring r is vertices `rings[r]` to `rings[r + 1]`, polygon p is rings `polygons[p]` to `polygons[p + 1]`, the ends
    not included. `reach` is the greatest coordinate, whatever its sign.
    """

    x: Floats
    y: Floats
    rings: Ints
    polygons: Ints
    reach: float

    def vertices_of(self, polygon: int) -> tuple[int, int]:
        """First vertex, and the one after the last, of all rings of a polygon."""
        return int(self.rings[self.polygons[polygon]]), int(self.rings[self.polygons[polygon + 1]])

    def edges_of(self, polygon: int) -> tuple[Floats, Floats, Floats, Floats]:
        """All edges of a polygon: x and y of their beginnings, x and y of their ends."""
        first, after = self.vertices_of(polygon)
        start = np.ones(after - first, dtype=np.bool_)
        start[self.rings[self.polygons[polygon] + 1 : self.polygons[polygon + 1] + 1] - 1 - first] = False
        begin = np.flatnonzero(start) + first
        return self.x[begin], self.y[begin], self.x[begin + 1], self.y[begin + 1]


@dataclass(frozen=True, slots=True)
class Sets:
    """Sets of polygons: set s is `members[starts[s] : starts[s + 1]]`, ascending. Set 0 is empty."""

    starts: Ints
    members: Ints


@dataclass(frozen=True, slots=True)
class Borders:
    """Cells that borders cross, b of them. Cell c has the pieces `pieces[c]` to `pieces[c + 1]`, sorted by polygon.

    `base` is the set of polygons that hold the whole cell. A piece is the outline of `polygon` from vertex `first` to
    vertex `last`, both included. `polygon` is -1 where it is the same as that of the piece before; `inside`: whether
    the polygon holds the reference point.
    """

    base: Ints
    pieces: Ints
    first: Ints
    last: Ints
    polygon: Ints
    inside: Flags


@dataclass(frozen=True, slots=True)
class Grid:
    """`blocks` has for each block (rows from the south) its set, or ~number of its part of `cells`.

    `cells` has 8 x 8 values a block: the set of the cell, or ~number of the cell in `borders`.
    The first and last row and column of blocks are empty, so that points beyond the grid can be put there.
    """

    scale: float
    west: int
    south: int
    columns: int
    rows: int
    blocks: Ints
    cells: Ints
    sets: Sets
    borders: Borders

    def places(self, x: Floats, y: Floats) -> tuple[Ints, Ints]:
        """Column and row of the cell of each point. Points beyond the grid, and those that are none, come to 0."""
        with np.errstate(over="ignore"):
            column = np.floor(x * self.scale) - self.west
            row = np.floor(y * self.scale) - self.south
        # fmax takes the number beside a NaN.
        column = np.fmin(np.fmax(column, 0.0), self.columns - 1.0)
        row = np.fmin(np.fmax(row, 0.0), self.rows - 1.0)
        return column.astype(np.int64), row.astype(np.int64)

    def values(self, column: Ints, row: Ints) -> Ints:
        """For each cell its set, or ~number in `borders`."""
        block = row >> BLOCK_BITS
        block *= self.columns >> BLOCK_BITS
        block += column >> BLOCK_BITS
        value = self.blocks.take(block)
        fine = np.flatnonzero(value < 0)
        at = ~value.take(fine).astype(np.int64) << (2 * BLOCK_BITS)
        at += (row.take(fine) & (BLOCK - 1)) << BLOCK_BITS
        at += column.take(fine) & (BLOCK - 1)
        value[fine] = self.cells.take(at)
        return value

    def references(self, column: Ints, row: Ints) -> tuple[Floats, Floats]:
        """The reference points of cells: degrees, exact."""
        x, y = column.astype(np.float64), row.astype(np.float64)
        return (x + (self.west + REFERENCE_X)) / self.scale, (y + (self.south + REFERENCE_Y)) / self.scale
