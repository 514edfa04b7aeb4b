"""The exact answer for one point and one polygon, where quick arithmetic is not sure."""

from fractions import Fraction

import numpy as np

from geo.grid import Outlines

ROUNDING = 2.0**-53
# Of a difference of two products of differences: a sign is sure beyond this share of the sum of the products.
ORIENTATION = 4.0 * ROUNDING
TINY = 1e-290  # beyond what underflow can hide


def side(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> int:
    """On which side of the line from a to b the point is: 1 left, -1 right, 0 on it; exact."""
    one, other = (bx - ax) * (y - ay), (by - ay) * (x - ax)
    value = one - other
    if abs(value) > ORIENTATION * (abs(one) + abs(other)) + TINY:
        return 1 if value > 0 else -1
    fax, fay = Fraction(ax), Fraction(ay)
    exact = (Fraction(bx) - fax) * (Fraction(y) - fay) - (Fraction(by) - fay) * (Fraction(x) - fax)
    return (exact > 0) - (exact < 0)


def touches(xs: list[float], ys: list[float], x: float, y: float) -> bool:
    """Whether the point is on the outline through these vertices; exact."""
    if any(vertex == (x, y) for vertex in zip(xs, ys, strict=True)):
        return True  # known without fractions
    edges = zip(xs, ys, xs[1:], ys[1:], strict=False)
    return any(
        (ax <= x <= bx or bx <= x <= ax) and (ay <= y <= by or by <= y <= ay) and side(ax, ay, bx, by, x, y) == 0
        for ax, ay, bx, by in edges
    )


def holds(outlines: Outlines, polygon: int, x: float, y: float) -> bool:
    """Whether the polygon holds the point, its border included: counts the edges right of it."""
    ax, ay, bx, by = outlines.edges_of(polygon)
    if np.any((ax == x) & (ay == y)) or np.any((ay == y) & (by == y) & ((ax <= x) != (bx <= x))):
        return True
    odd = False
    for edge in np.flatnonzero((ay <= y) != (by <= y)).tolist():
        turn = side(float(ax[edge]), float(ay[edge]), float(bx[edge]), float(by[edge]), x, y)
        if turn == 0:
            return True
        # Left of an edge that goes up, right of one that goes down: the edge is right of the point.
        odd ^= (turn > 0) == bool(by[edge] > ay[edge])
    return odd
