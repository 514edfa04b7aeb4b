"""Draws the demo network: seeded cells around the centres of districts.py. No third-party geometry.

Each city is strewn with random sites; the Voronoi cells of the sites go to the nearest station, which gives
ragged borders that look like a map and are shared exactly. Then come, on purpose: contracted (level-2) areas,
an overlap, a gap, a station that does not accept, a district with two stations, and a closure.
"""

from datetime import date, timedelta
from random import Random

import shapely
from shapely import LineString, MultiPoint, MultiPolygon, Point, Polygon

from basics.days import midnight
from demo.districts import CITIES, City, District
from demo.geography import Closure, Network, Station

GRID = 1e-5  # about a metre: coordinates of the written files
MARGIN = 0.003  # contracted areas stay this far (degrees) inside their parent's border
SITES = 260  # cells a city is strewn with
REACH = 0.07  # how far (degrees) a city reaches beyond its outermost centres

SECOND_STATION = ("310115", District("310115", "浦东新区张江", 121.66, 31.17))  # two stations in one district
CONTRACTED = {
    "SH310115": 2, "SH310112": 1, "SH310117": 1, "HZ330109": 2, "HZ330110": 1, "CD510112": 1, "CD510116": 2,
    "XA610116": 1, "WL650104": 1,
}  # fmt: skip
OVERLAP = ("HZ330102", "HZ330105")  # the first one's area reaches into the second's
GAP = ("CD510105", "CD510107")  # a hole on their common border
NOT_ACCEPTING = "XA610111"
CLOSED = "SH310109"

Area = Polygon | MultiPolygon


def draw_network(seed: int, today: date) -> Network:
    """The demo network of a seed. The closure begins three days before `today`, 08:00, for 36 hours."""
    stations: dict[str, Station] = {}
    areas: dict[str, Area] = {}
    districts: dict[str, list[str]] = {}
    for city in CITIES:
        rng = Random(f"{seed}:{city.prefix}")
        centres = _centres(city)
        areas |= _cells(centres, rng)
        for code, district in centres.items():
            accepts = code != NOT_ACCEPTING
            stations[code] = Station(code, f"{district.name}网点", 1, "", city.province, city.duty, accepts)
            districts.setdefault(district.code, []).append(code)
    _overlap_and_gap(areas)
    for parent, count in CONTRACTED.items():
        for code, area in _contracted(parent, areas[parent], count, Random(f"{seed}:{parent}")).items():
            above = stations[parent]
            name = above.name.removesuffix("网点") + "承包区" + code[-1]
            stations[code] = Station(code, name, 2, parent, above.province, above.duty, True)
            areas[code] = area
    since = midnight(today - timedelta(days=3)) + timedelta(hours=8)
    closure = Closure(CLOSED, since, since + timedelta(hours=36))
    return Network(dict(sorted(stations.items())), sorted(areas.items()), dict(sorted(districts.items())), [closure])


def _centres(city: City) -> dict[str, District]:
    """Station code -> the district it lies in; a second station of a district ends in `2`."""
    centres = {f"{city.prefix}{district.code}": district for district in city.districts}
    code, second = SECOND_STATION
    if f"{city.prefix}{code}" in centres:
        centres[f"{city.prefix}{code}2"] = second
    return centres


def _cells(centres: dict[str, District], rng: Random) -> dict[str, Area]:
    """Ragged areas around the centres: Voronoi cells of random sites, each given to the nearest centre."""
    hull = MultiPoint([(c.lng, c.lat) for c in centres.values()]).convex_hull.buffer(REACH, quad_segs=4)
    west, south, east, north = hull.bounds
    sites = MultiPoint([(rng.uniform(west, east), rng.uniform(south, north)) for _ in range(SITES)])
    parts: dict[str, list[Polygon]] = {code: [] for code in centres}
    for cell in shapely.get_parts(shapely.voronoi_polygons(sites, extend_to=hull)):
        middle = cell.centroid
        nearest = min(centres, key=lambda code: _distance2(centres[code], middle))
        parts[nearest].append(cell.intersection(hull))
    return {code: _on_grid(shapely.union_all(cells)) for code, cells in parts.items()}


def _overlap_and_gap(areas: dict[str, Area]) -> None:
    """Push one area over its neighbour's border, and cut a hole where two others meet."""
    grown, other = OVERLAP
    bulge = _common_border(areas[grown], areas[other]).buffer(0.012, quad_segs=3)
    areas[grown] = _on_grid(areas[grown].union(bulge))
    hole = _common_border(areas[GAP[0]], areas[GAP[1]]).buffer(0.01, quad_segs=3)
    for code in GAP:
        areas[code] = _on_grid(areas[code].difference(hole))


def _contracted(parent: str, area: Area, count: int, rng: Random) -> dict[str, Area]:
    """`count` level-2 areas inside the parent's, clear of its border. Codes end in A, B."""
    inner = area.buffer(-MARGIN, join_style="mitre")
    west, south, east, north = inner.bounds
    sites: list[Point] = []
    while len(sites) < count + 3:
        site = Point(rng.uniform(west, east), rng.uniform(south, north))
        if inner.contains(site):
            sites.append(site)
    cells = shapely.get_parts(shapely.voronoi_polygons(MultiPoint(sites), extend_to=inner))
    cuts = sorted((cell.intersection(inner) for cell in cells), key=lambda cut: (-cut.area, cut.bounds))
    apart = [_biggest(cut.buffer(-MARGIN / 3, join_style="mitre")) for cut in cuts]
    return {f"{parent}{letter}": _on_grid(area) for letter, area in zip("AB"[:count], apart[1:], strict=False)}


def _common_border(one: Area, other: Area) -> Point:
    """A point half way along the longest stretch that two neighbours share."""
    shared = shapely.line_merge(one.boundary.intersection(other.boundary))
    lines = [part for part in shapely.get_parts(shared) if isinstance(part, LineString)]
    return max(lines, key=lambda line: line.length).interpolate(0.5, normalized=True)


def _on_grid(area: shapely.Geometry) -> Area:
    """Rounded to the grid of the files without losing validity, and in one canonical order of points."""
    rounded = shapely.normalize(shapely.set_precision(area, GRID))
    assert isinstance(rounded, Polygon | MultiPolygon) and rounded.is_valid
    return rounded


def _biggest(area: shapely.Geometry) -> Polygon:
    parts = [part for part in shapely.get_parts(area) if isinstance(part, Polygon)]
    return max(parts, key=lambda part: part.area)


def _distance2(centre: District, point: Point) -> float:
    """Squared, in degrees of latitude; a degree of longitude is shorter by about 0.83 at these latitudes."""
    return float(((centre.lng - point.x) * 0.83) ** 2 + (centre.lat - point.y) ** 2)
