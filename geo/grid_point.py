"""Which polygons of a grid hold one point: the same as `grid_query` in plain Python, without numpy's fixed cost."""

from math import floor
from typing import Any

from geo.grid import BLOCK, BLOCK_BITS, REFERENCE_X, REFERENCE_Y, Grid, Outlines
from geo.grid_exact import ROUNDING, TINY, holds, side, touches


class Finder:
    """Looks into the arrays of a grid through memory views, whose items are plain numbers."""

    def __init__(self, grid: Grid, outlines: Outlines) -> None:
        self._grid = grid
        self._outlines = outlines
        self._along = grid.columns >> BLOCK_BITS
        self._blocks, self._cells = grid.blocks.data, grid.cells.data
        self._starts, self._members = grid.sets.starts.data, grid.sets.members.data
        borders = grid.borders
        self._base, self._pieces = borders.base.data, borders.pieces.data
        self._first, self._last = borders.first.data, borders.last.data
        self._polygon, self._inside = borders.polygon.data, borders.inside.data
        self._x: Any = outlines.x.data
        self._y: Any = outlines.y.data
        # See `grid_query`: each of two products is at most the greatest coordinate.
        self._sure = 16.0 * ROUNDING * outlines.reach + TINY

    def holders(self, x: float, y: float) -> list[int]:
        """Numbers of the polygons that hold the point, ascending."""
        grid = self._grid
        across, up = x * grid.scale - grid.west, y * grid.scale - grid.south
        if not (0 <= across < grid.columns and 0 <= up < grid.rows):  # nor when it is not a number
            return []
        column, row = floor(x * grid.scale) - grid.west, floor(y * grid.scale) - grid.south
        value: int = self._blocks[(row >> BLOCK_BITS) * self._along + (column >> BLOCK_BITS)]
        if value < 0:
            within = (row & (BLOCK - 1)) << BLOCK_BITS | column & (BLOCK - 1)
            value = self._cells[~value << (2 * BLOCK_BITS) | within]
        if value >= 0:
            return self._members[self._starts[value] : self._starts[value + 1]].tolist()
        base: int = self._base[~value]
        held = self._members[self._starts[base] : self._starts[base + 1]].tolist()
        from_x = (column + (grid.west + REFERENCE_X)) / grid.scale
        from_y = (row + (grid.south + REFERENCE_Y)) / grid.scale
        held += self._tried(~value, Way(x, y, from_x, from_y, self._sure))
        return sorted(held)

    def _tried(self, crossed: int, way: "Way") -> list[int]:
        """Those that hold the point, of the polygons with a piece in the cell that borders cross."""
        held = []
        piece, end = self._pieces[crossed], self._pieces[crossed + 1]
        while piece < end:
            polygon: int = self._polygon[piece]
            inside, doubt, touched = self._inside[piece], False, False
            while True:
                part = slice(self._first[piece], self._last[piece] + 1)
                xs, ys = self._x[part].tolist(), self._y[part].tolist()
                changes = way.changes(xs, ys)
                if changes < 0:
                    doubt, touched = True, touched or touches(xs, ys, way.x, way.y)
                inside ^= bool(changes & 1)
                piece += 1
                if piece == end or self._polygon[piece] >= 0:
                    break
            if touched or (holds(self._outlines, polygon, way.x, way.y) if doubt else inside):
                held.append(polygon)
        return held


class Way:
    """The way from the reference point of a cell straight to a point in it."""

    __slots__ = ("_dx", "_dy", "_from_x", "_from_y", "_offset", "_sure", "x", "y")

    def __init__(self, x: float, y: float, from_x: float, from_y: float, sure: float) -> None:
        dx, dy = x - from_x, y - from_y
        scale = 1.0 / max(abs(dx) + abs(dy), TINY)
        self.x, self.y, self._from_x, self._from_y, self._sure = x, y, from_x, from_y, sure
        self._dx, self._dy = dx * scale, dy * scale
        self._offset = self._dx * from_y - self._dy * from_x

    def changes(self, xs: list[float], ys: list[float]) -> int:
        """How many edges of a piece the way crosses; -1 if rounding leaves that open."""
        dx, dy, offset, sure = self._dx, self._dy, self._offset, self._sure
        turns = [dx * y - dy * x - offset for x, y in zip(xs, ys, strict=True)]
        if max(turns) < -sure or min(turns) > sure:
            return 0
        count = 0
        before = turns[0]
        for place, turn in enumerate(turns):
            if -sure <= turn <= sure:
                return -1
            if (turn > 0) != (before > 0):
                ends = xs[place - 1], ys[place - 1], xs[place], ys[place]
                here, there = side(*ends, self._from_x, self._from_y), side(*ends, self.x, self.y)
                if here == 0 or there == 0:
                    return -1
                count += here != there
            before = turn
        return count
