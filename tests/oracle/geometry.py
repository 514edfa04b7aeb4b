"""Points, datums and polygons in the plainest way: no geometry library, borders tested exactly (ROUTE-1)."""

import math
from dataclasses import dataclass
from fractions import Fraction

Pair = tuple[float, float]  # (lng, lat)
EARTH = 6378245.0  # REPLAY.md, fine print 11
FLATTENING = 0.00669342162296594323
BAIDU_TURN = math.pi * 3000 / 180


def usable(lng: float, lat: float) -> bool:
    """ROUTE-1: a point inside 73-136 E, 3-54 N, as it was told."""
    return 73 <= lng <= 136 and 3 <= lat <= 54


def to_gcj(lng: float, lat: float, datum: str) -> Pair:
    """Any of the three datums to GCJ-02."""
    if datum == "WGS-84":
        return _wgs_to_gcj(lng, lat)
    if datum == "BD-09":
        return _bd_to_gcj(lng, lat)
    return lng, lat


def _far_away(lng: float, lat: float) -> bool:
    return not (72.004 <= lng <= 137.8347 and 0.8293 <= lat <= 55.8271)


def _wave(value: float, parts: list[tuple[float, float]]) -> float:
    return sum(height * math.sin(value * math.pi * speed) for height, speed in parts)


def _wgs_to_gcj(lng: float, lat: float) -> Pair:
    if _far_away(lng, lat):
        return lng, lat
    x, y = lng - 105.0, lat - 35.0
    shared = _wave(x, [(20.0, 6.0), (20.0, 2.0)])
    north = shared + _wave(y, [(20.0, 1.0), (40.0, 1 / 3), (160.0, 1 / 12), (320.0, 1 / 30)])
    east = shared + _wave(x, [(20.0, 1.0), (40.0, 1 / 3), (150.0, 1 / 12), (300.0, 1 / 30)])
    root = math.sqrt(abs(x))
    north = north * 2 / 3 - 100.0 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    east = east * 2 / 3 + 300.0 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    phi = math.radians(lat)
    bend = 1 - FLATTENING * math.sin(phi) ** 2
    metres_north = EARTH * (1 - FLATTENING) / (bend * math.sqrt(bend))
    metres_east = EARTH / math.sqrt(bend) * math.cos(phi)
    return lng + math.degrees(east / metres_east), lat + math.degrees(north / metres_north)


def _bd_to_gcj(lng: float, lat: float) -> Pair:
    if _far_away(lng, lat):
        return lng, lat
    x, y = lng - 0.0065, lat - 0.006
    radius = math.hypot(x, y) - 0.00002 * math.sin(y * BAIDU_TURN)
    angle = math.atan2(y, x) - 0.000003 * math.cos(x * BAIDU_TURN)
    return radius * math.cos(angle), radius * math.sin(angle)


def side(a: Pair, b: Pair, p: Pair) -> int:
    """+1 when p lies left of a->b, -1 right, 0 exactly on the line; exact whenever floats could err."""
    left, right = (b[0] - a[0]) * (p[1] - a[1]), (b[1] - a[1]) * (p[0] - a[0])
    if abs(left - right) > 1e-9 * (abs(left) + abs(right)) + 1e-20:
        return 1 if left > right else -1
    ax, ay, bx, by, px, py = (Fraction(v) for v in (*a, *b, *p))
    cross = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
    return (cross > 0) - (cross < 0)


def ring_place(ring: list[Pair], p: Pair) -> int:
    """1 inside, 0 on the line, -1 outside (ray casting to the east)."""
    inside = False
    for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
        if min(a[1], b[1]) > p[1] or max(a[1], b[1]) < p[1] or max(a[0], b[0]) < p[0]:
            continue
        turn = side(a, b, p)
        if turn == 0 and min(a[0], b[0]) <= p[0] and min(a[1], b[1]) <= p[1]:
            return 0
        if (a[1] > p[1]) != (b[1] > p[1]) and (turn > 0) == (b[1] > a[1]):
            inside = not inside
    return 1 if inside else -1


@dataclass(frozen=True)
class Polygon:
    """One polygon of one station in GCJ-02: an outer ring and holes; its area in square degrees."""

    station: str
    rings: tuple[list[Pair], ...]
    size: float

    def holds(self, p: Pair) -> bool:
        """True inside and on every border, the border of a hole included (ROUTE-1)."""
        outer = ring_place(self.rings[0], p)
        if outer <= 0:
            return outer == 0
        return all(ring_place(hole, p) <= 0 for hole in self.rings[1:])


def polygon(station: str, rings: list[list[list[float]]], datum: str) -> Polygon:
    """A GeoJSON polygon, its corners taken to GCJ-02 first."""
    moved = [[to_gcj(corner[0], corner[1], datum) for corner in ring] for ring in rings]
    return Polygon(station, tuple(moved), shoelace(moved[0]) - sum(shoelace(hole) for hole in moved[1:]))


def shoelace(ring: list[Pair]) -> float:
    x0, y0 = ring[0]
    total = 0.0
    for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
        total += (a[0] - x0) * (b[1] - y0) - (b[0] - x0) * (a[1] - y0)
    return abs(total) / 2
