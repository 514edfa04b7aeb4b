"""Datums of a coordinate. Inside all is GCJ-02; what comes in may be WGS-84 or BD-09 (fine print 11).

The formulas are the public ones known from eviltransform. A point outside China is left as it is, as there.
"""

from math import cos, radians, sin, sqrt
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DATUMS = ("GCJ-02", "WGS-84", "BD-09")

# Where a point can be at all (ROUTE-1): degrees, borders included, in the datum in which it was given.
LNG_RANGE = (73.0, 136.0)
LAT_RANGE = (3.0, 54.0)

EARTH_RADIUS = 6378245.0  # metres, Krasovsky 1940
ECCENTRICITY_2 = 0.00669342162296594323
BAIDU_TURN = np.pi * 3000.0 / 180.0
BAIDU_EAST, BAIDU_NORTH = 0.0065, 0.006  # degrees by which BD-09 lies off, before its waves

# Where the formulas move a point at all, borders included: degrees (west, south, east, north).
CHINA = (72.004, 0.8293, 137.8347, 55.8271)
FARTHEST = 0.02  # degrees; no datum moves a point farther
ROUNDING = 1e-9  # degrees, a tenth of a millimetre
# A step leaves a two-hundredth of the error (WGS-84) or a fiftieth (BD-09), which is a kilometre at first.
STEPS = {"WGS-84": 5, "BD-09": 7}


@overload
def to_gcj02(lng: float, lat: float, datum: str) -> tuple[float, float]: ...
@overload
def to_gcj02(lng: Floats, lat: Floats, datum: str) -> tuple[Floats, Floats]: ...
def to_gcj02(lng: Any, lat: Any, datum: str) -> tuple[Any, Any]:
    """Degrees of `datum` as GCJ-02, a point or two arrays of one shape. ValueError: unknown datum."""
    _check(datum)
    if datum == "GCJ-02":
        return lng, lat
    x, y = np.array(lng, dtype=np.float64, ndmin=1), np.array(lat, dtype=np.float64, ndmin=1)
    china = _in_china(x, y)
    x[china], y[china] = _FORWARD[datum](x[china], y[china])
    return (x, y) if np.ndim(lng) else (float(x[0]), float(y[0]))


@overload
def from_gcj02(lng: float, lat: float, datum: str) -> tuple[float, float]: ...
@overload
def from_gcj02(lng: Floats, lat: Floats, datum: str) -> tuple[Floats, Floats]: ...
def from_gcj02(lng: Any, lat: Any, datum: str) -> tuple[Any, Any]:
    """GCJ-02 degrees in `datum`, a point or two arrays of one shape. ValueError: unknown datum.

    The point that `to_gcj02` takes there, to less than a millimetre. One that comes from no point inside stays.
    """
    _check(datum)
    if datum == "GCJ-02":
        return lng, lat
    x, y = np.array(lng, dtype=np.float64, ndmin=1), np.array(lat, dtype=np.float64, ndmin=1)
    near = np.flatnonzero(_in_china(x, y, FARTHEST))
    from_x, from_y = _inverse(x.flat[near], y.flat[near], datum)
    inside = _in_china(from_x, from_y, ROUNDING)
    x.flat[near[inside]], y.flat[near[inside]] = from_x[inside], from_y[inside]
    return (x, y) if np.ndim(lng) else (float(x[0]), float(y[0]))


def _check(datum: str) -> None:
    if datum not in DATUMS:
        raise ValueError(f"unknown datum {datum!r}")


def _in_china(x: Floats, y: Floats, margin: float = 0.0) -> NDArray[np.bool_]:
    west, south, east, north = CHINA
    return (x >= west - margin) & (x <= east + margin) & (y >= south - margin) & (y <= north + margin)


def _inverse(lng: Floats, lat: Floats, datum: str) -> tuple[Floats, Floats]:
    """A fixed number of steps, so that a point comes out the same alone and in a batch."""
    forward = _FORWARD[datum]
    x, y = (lng + BAIDU_EAST, lat + BAIDU_NORTH) if datum == "BD-09" else (lng.copy(), lat.copy())
    for _ in range(STEPS[datum]):
        got_x, got_y = forward(x, y)
        x += lng - got_x
        y += lat - got_y
    return x, y


def _from_wgs84(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    east, north = _shift(lng - 105.0, lat - 35.0)
    phi = np.radians(lat)
    bend = 1.0 - ECCENTRICITY_2 * np.sin(phi) ** 2
    meridian = EARTH_RADIUS * (1.0 - ECCENTRICITY_2) / bend**1.5
    parallel = EARTH_RADIUS / np.sqrt(bend) * np.cos(phi)
    return lng + np.degrees(east / parallel), lat + np.degrees(north / meridian)


def _shift(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Metres east and north by which GCJ-02 moves a point, `x` and `y` being degrees from 105° E, 35° N."""
    px, py, root = x * np.pi, y * np.pi, np.sqrt(np.abs(x))
    common = 20.0 * np.sin(6.0 * px) + 20.0 * np.sin(2.0 * px)
    east_waves = 20.0 * np.sin(px) + 40.0 * np.sin(px / 3.0) + 150.0 * np.sin(px / 12.0) + 300.0 * np.sin(px / 30.0)
    north_waves = 20.0 * np.sin(py) + 40.0 * np.sin(py / 3.0) + 160.0 * np.sin(py / 12.0) + 320.0 * np.sin(py / 30.0)
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + (common + east_waves) / 1.5
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + (common + north_waves) / 1.5
    return east, north


def _from_bd09(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = lng - BAIDU_EAST, lat - BAIDU_NORTH
    radius = np.hypot(x, y) - 0.00002 * np.sin(y * BAIDU_TURN)
    angle = np.arctan2(y, x) - 0.000003 * np.cos(x * BAIDU_TURN)
    return radius * np.cos(angle), radius * np.sin(angle)


_FORWARD = {"WGS-84": _from_wgs84, "BD-09": _from_bd09}


def metres_of_degree(lat: float) -> tuple[float, float]:
    """Metres of a degree east and of a degree north on the ellipsoid, at a latitude."""
    phi = radians(lat)
    bend = 1.0 - ECCENTRICITY_2 * sin(phi) ** 2
    parallel = EARTH_RADIUS / sqrt(bend) * cos(phi)
    meridian = EARTH_RADIUS * (1.0 - ECCENTRICITY_2) / bend**1.5
    return radians(parallel), radians(meridian)
