"""Datums of a coordinate. Inside all is GCJ-02; what comes in may be WGS-84 or BD-09 (fine print 11).

The formulas are the public ones known from eviltransform. A point outside China is left as it is, as there.
"""

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


@overload
def to_gcj02(lng: float, lat: float, datum: str) -> tuple[float, float]: ...
@overload
def to_gcj02(lng: Floats, lat: Floats, datum: str) -> tuple[Floats, Floats]: ...
def to_gcj02(lng: Any, lat: Any, datum: str) -> tuple[Any, Any]:
    """Degrees of `datum` as GCJ-02, a point or two arrays of one shape. ValueError: unknown datum."""
    if datum not in DATUMS:
        raise ValueError(f"unknown datum {datum!r}")
    if datum == "GCJ-02":
        return lng, lat
    x, y = np.array(lng, dtype=np.float64, ndmin=1), np.array(lat, dtype=np.float64, ndmin=1)
    china = (x >= 72.004) & (x <= 137.8347) & (y >= 0.8293) & (y <= 55.8271)
    x[china], y[china] = (_from_wgs84 if datum == "WGS-84" else _from_bd09)(x[china], y[china])
    return (x, y) if np.ndim(lng) else (float(x[0]), float(y[0]))


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
    x, y = lng - 0.0065, lat - 0.006
    radius = np.hypot(x, y) - 0.00002 * np.sin(y * BAIDU_TURN)
    angle = np.arctan2(y, x) - 0.000003 * np.cos(x * BAIDU_TURN)
    return radius * np.cos(angle), radius * np.sin(angle)
