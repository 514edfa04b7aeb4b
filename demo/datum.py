"""GCJ-02 to WGS-84, for points that a channel tells in WGS-84.

The public formula (earth radius 6378245), inverted by iteration.
"""

from math import cos, pi, sin, sqrt

_A, _EE = 6378245.0, 0.00669342162296594323


def gcj_from_wgs(lng: float, lat: float) -> tuple[float, float]:
    """A WGS-84 point in China as GCJ-02, degrees."""
    x, y = lng - 105.0, lat - 35.0
    # A few sine waves on top of a plane, one set for each axis.
    common = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + common
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y / 30 * pi)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + common
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    magic = 1 - _EE * sin(lat / 180 * pi) ** 2
    north = north * 180 / (_A * (1 - _EE) / (magic * sqrt(magic)) * pi)
    east = east * 180 / (_A / sqrt(magic) * cos(lat / 180 * pi) * pi)
    return lng + east, lat + north


def wgs_from_gcj(lng: float, lat: float) -> tuple[float, float]:
    """The WGS-84 point whose GCJ-02 is given, to better than a centimetre."""
    w_lng, w_lat = lng, lat
    for _ in range(6):
        g_lng, g_lat = gcj_from_wgs(w_lng, w_lat)
        w_lng, w_lat = w_lng + lng - g_lng, w_lat + lat - g_lat
    return w_lng, w_lat
