"""What is doubtful in the service areas: overlaps, gaps, areas outside their district, stations without any.

A finding refuses nothing (B-87): a person looks at it. Square metres are planar, exact enough to sort by.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry, STRtree

from geo.area_shapes import MOST_CROSSINGS, tangled
from geo.areas import Area
from geo.districts import DistrictShapes
from geo.errors import place_in
from geo.stations import Station

Kind = Literal["invalid", "overlap", "gap", "outside_district", "no_area", "no_district", "too_complex"]
KINDS: tuple[Kind, ...] = ("invalid", "overlap", "gap", "outside_district", "no_area", "no_district", "too_complex")

LEAST_OVERLAP = 1.0  # square metres: neighbours drawn along one line overlap by less
LEAST_PIECE = 10_000.0  # square metres of one piece of a gap, or of what lies outside
METRES = 111_319.5  # a degree of latitude
# Degrees, a millimetre, to which everything is rounded before it is cut. Without a grid the library was wrong where
# outlines drawn along one line differ in the last digit: it told a whole county to be a gap.
GRID = 1e-8
CHUNK = 4_000  # so many geometries at a time, to keep memory flat

Shapes = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at. `geometry` (GCJ-02) is the place in question, None where there is none to show."""

    kind: Kind
    station: str | None
    other: str | None
    adcode: str | None
    square_metres: float | None
    geometry: Geometry | None
    cause: str


def find(
    stations: Mapping[str, Station],
    areas: Sequence[Area],
    serves: Mapping[str, Sequence[str]],
    shapes: DistrictShapes | None,
) -> list[Finding]:
    """Findings by kind, station and district. `areas` are those valid at the instant; without `shapes` no gaps and
    nothing outside a district can be found."""
    geometries = np.array([area.geometry for area in areas], dtype=object)
    valid = shapely.is_valid(geometries) if len(areas) else np.zeros(0, dtype=bool)
    good = [area for area, fine in zip(areas, valid, strict=True) if fine]
    found = [_invalid(area) for area, fine in zip(areas, valid, strict=True) if not fine]
    knots = _knots(good)
    found += [_knot(good[a], good[b]) for a, b in knots]
    found += overlaps(stations, good, but=knots)
    found += _without(stations, {area.station for area in areas}, serves)
    if shapes is not None and shapes.polygons:
        found += _gaps(good, serves, shapes, knots) + _outside(stations, good, serves, shapes, knots)
    order = {kind: place for place, kind in enumerate(KINDS)}
    return sorted(found, key=lambda one: (order[one.kind], one.station or "", one.other or "", one.adcode or ""))


def overlaps(
    stations: Mapping[str, Station],
    areas: Sequence[Area],
    of: Collection[str] | None = None,
    but: Collection[tuple[int, int]] = (),
) -> list[Finding]:
    """Pairs of stations whose areas overlap: of all, or those with one of `of`. A contracted area lies in its
    parent's by right (ROUTE-1). Nothing may be `tangled`, but for the pairs of areas in `but`, by their places: these
    are not looked at."""
    if not areas:
        return []
    polygons, owners = shapely.get_parts(np.array([one.geometry for one in areas], dtype=object), return_index=True)
    codes = [areas[owner].station for owner in owners]
    asked = np.arange(len(polygons)) if of is None else np.array([k for k, c in enumerate(codes) if c in of], np.int64)
    one, two = STRtree(polygons).query(polygons[asked], predicate="intersects")
    one = asked[one]
    twice = set(asked.tolist()) if of is not None else None
    pairs = [
        (a, b)
        for a, b in zip(one.tolist(), two.tolist(), strict=True)
        if (a < b or (twice is not None and b not in twice))
        and not _family(stations, codes[a], codes[b])
        and _pair(owners[a], owners[b]) not in but
    ]
    common: dict[tuple[str, str], list[Geometry]] = defaultdict(list)
    for (a, b), shared in zip(pairs, _common(polygons, pairs), strict=True):
        if (piece := _polygons(shared)) is not None:
            common[min(codes[a], codes[b]), max(codes[a], codes[b])].append(piece)
    found = []
    for (a_code, b_code), pieces in sorted(common.items()):
        whole = _whole(pieces)
        size = square_metres(whole)
        if size > LEAST_OVERLAP:
            cause = f"服务范围重叠 / the areas overlap: {a_code}, {b_code}"
            found.append(Finding("overlap", a_code, b_code, None, size, whole, cause))
    return found


def _knots(areas: Sequence[Area]) -> set[tuple[int, int]]:
    """Pairs of areas, by their places, that nothing here can cut or unite in time."""
    shapes: Shapes = np.array([one.geometry for one in areas], dtype=object)
    if not len(shapes):
        return set()
    sizes = shapely.get_num_coordinates(shapes).astype(np.int64)
    large = np.flatnonzero(sizes * sizes.max() > MOST_CROSSINGS)  # few areas have so many vertices
    one, two = STRtree(shapes).query(shapes[large])
    one = large[one]
    asked = (sizes[one] * sizes[two] > MOST_CROSSINGS) & (one != two)
    pairs = {_pair(a, b) for a, b in zip(one[asked], two[asked], strict=True)}
    return {(a, b) for a, b in pairs if tangled([shapes[a]], [shapes[b]])}


def _pair(a: Any, b: Any) -> tuple[int, int]:
    return (int(a), int(b)) if a < b else (int(b), int(a))


def _knot(one: Area, other: Area) -> Finding:
    codes = sorted((one.station, other.station))
    place = shapely.intersection(shapely.envelope(one.geometry), shapely.envelope(other.geometry))
    cause = f"边界交叉过多,无法检查 / the outlines cross too often to be checked: {', '.join(codes)}"
    return Finding("too_complex", codes[0], codes[1], None, None, place, cause)


def _common(polygons: Shapes, pairs: Sequence[tuple[int, int]]) -> Iterator[Geometry]:
    for start in range(0, len(pairs), CHUNK):
        one, two = polygons[np.array(pairs[start : start + CHUNK], dtype=np.int64)].T
        deep = ~shapely.touches(one, two)  # most only share a border, and to ask that is quick
        shared = np.full(len(one), shapely.Polygon(), dtype=object)
        shared[deep] = shapely.intersection(one[deep], two[deep], grid_size=GRID)
        yield from shared


def _whole(pieces: Any) -> Geometry:
    return pieces[0] if len(pieces) == 1 else shapely.union_all(pieces, grid_size=GRID)


def _family(stations: Mapping[str, Station], one: str, two: str) -> bool:
    return one == two or stations[one].parent == two or stations[two].parent == one


def _polygons(shape: Geometry, least: float = 0.0) -> Geometry | None:
    """The polygons in a shape, each larger than `least` square metres; None without any."""
    parts = [part for part in shapely.get_parts(shape) if shapely.get_dimensions(part) == 2]
    kept = [part for part in parts if square_metres(part) > least]
    return None if not kept else kept[0] if len(kept) == 1 else shapely.multipolygons(kept)


def square_metres(shape: Geometry) -> float:
    """Planar area at the middle latitude of its bounds."""
    _, south, _, north = shapely.bounds(shape)
    return float(shapely.area(shape) * METRES**2 * np.cos(np.radians((south + north) / 2)))


def _invalid(area: Area) -> Finding:
    reason = shapely.is_valid_reason(area.geometry)
    place = place_in(reason)
    point = shapely.Point(place) if place else None
    return Finding("invalid", area.station, None, None, None, point, f"图形无效 / invalid geometry: {reason}")


def _without(
    stations: Mapping[str, Station], with_area: Collection[str], serves: Mapping[str, Sequence[str]]
) -> list[Finding]:
    serving = {code for codes in serves.values() for code in codes}
    found = []
    for code, station in stations.items():
        if station.accepts and code not in with_area:
            found.append(Finding("no_area", code, None, None, None, None, "接单但没有服务范围 / accepts, has no area"))
        if not {code, station.house} & serving:
            cause = "不在任何区县 / serves no district"
            found.append(Finding("no_district", code, None, None, None, None, cause))
    return found


def _gaps(
    areas: Sequence[Area],
    serves: Mapping[str, Sequence[str]],
    shapes: DistrictShapes,
    knots: Collection[tuple[int, int]],
) -> list[Finding]:
    """A district with tangled areas is left out: what they cover cannot be told."""
    served = [adcode for adcode, codes in serves.items() if codes and adcode in shapes.polygons]
    polygons, owners = shapely.get_parts(np.array([one.geometry for one in areas], dtype=object), return_index=True)
    left = np.array([shapes.polygons[adcode] for adcode in served], dtype=object)
    of_district, of_polygon = STRtree(polygons).query(left, predicate="intersects")
    unclear = set(of_district[np.isin(owners[of_polygon], list({area for pair in knots for area in pair}))].tolist())
    own, others = defaultdict[int, list[int]](list), defaultdict[int, list[int]](list)
    for district, polygon in zip(of_district.tolist(), of_polygon.tolist(), strict=True):
        serving = areas[owners[polygon]].station in serves[served[district]]
        (own if serving else others)[district].append(polygon)
    # What the district's own stations cover goes first: of most nothing is left that the neighbours could cover.
    for cover in (own, others):
        asked = [k for k in cover if k not in unclear and _polygons(left[k], LEAST_PIECE) is not None]
        covers: Shapes = np.array([_whole(polygons[cover[k]]) for k in asked], dtype=object)
        left[asked] = shapely.difference(left[asked], covers, grid_size=GRID)
    found = []
    for k, (adcode, rest) in enumerate(zip(served, left, strict=True)):
        if k not in unclear and (gap := _polygons(rest, LEAST_PIECE)) is not None:
            cause = f"区县内无人服务的地方 / no area covers it: {shapes.names[adcode]}"
            found.append(Finding("gap", None, None, adcode, square_metres(gap), gap, cause))
    return found


def _outside(
    stations: Mapping[str, Station],
    areas: Sequence[Area],
    serves: Mapping[str, Sequence[str]],
    shapes: DistrictShapes,
    knots: Collection[tuple[int, int]],
) -> list[Finding]:
    """A contracted area that is in no list of a district counts for those of its parent."""
    served: dict[str, list[str]] = defaultdict(list)
    for adcode, codes in serves.items():
        for code in codes:
            served[code].append(adcode)
    own: dict[str, list[Geometry]] = defaultdict(list)
    for area in areas:
        own[area.station].append(area.geometry)
    for code in {areas[a].station for a, b in knots if areas[a].station == areas[b].station}:
        del own[code]  # its areas cannot be united
    at_home: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for code in own:
        adcodes = tuple(served[code] or served[stations[code].house])
        if adcodes and all(adcode in shapes.polygons for adcode in adcodes):
            at_home[adcodes].append(code)
    found = []
    for adcodes, codes in at_home.items():
        # A copy: what is prepared here must not be taken from under another thread.
        home = shapely.force_2d(_whole([shapes.polygons[adcode] for adcode in adcodes]))
        shapely.prepare(home)
        wholes: Shapes = np.array([_whole(own[code]) for code in codes], dtype=object)
        beyond = np.flatnonzero(~shapely.covers(home, wholes))
        left = shapely.difference(wholes[beyond], home, grid_size=GRID)
        for code, rest in zip((codes[k] for k in beyond), left, strict=True):
            if (piece := _polygons(rest, LEAST_PIECE)) is not None:
                names = ", ".join(shapes.names[one] for one in adcodes)
                cause = f"超出所属区县 / outside the districts it serves: {names}"
                found.append(Finding("outside_district", code, None, adcodes[0], square_metres(piece), piece, cause))
    return found
