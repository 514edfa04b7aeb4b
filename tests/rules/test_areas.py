"""Which areas hold a point (ROUTE-1), against shapely's `intersects` of every single polygon."""

from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from itertools import pairwise, product
from random import Random
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from geo.areas import FEW, Area, AreaIndex
from geo.grid import REFERENCE_X, REFERENCE_Y
from geo.grid_outlines import shapes_of
from geo.grid_traces import frame_of

NOON = datetime(2026, 5, 4, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SIDE = 8  # the lattice has points 0 to SIDE


def exactly(part: Polygon, x: float, y: float) -> bool:
    """By fractions: on the border, or an odd number of edges to the right."""
    odd = False
    for ring in (part.exterior, *part.interiors):
        corners = [(Fraction(a), Fraction(b)) for a, b in ring.coords]
        for (ax, ay), (bx, by) in pairwise(corners):
            turn = (bx - ax) * (Fraction(y) - ay) - (by - ay) * (Fraction(x) - ax)
            if turn == 0 and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
                return True
            odd ^= ((ay <= y) != (by <= y)) and (turn > 0) == (by > ay)
    return odd


def held_by(part: Any, points: Any) -> Any:
    """shapely's word, but not at the last bit beside a border: there its 106 bits do not always suffice."""
    held = shapely.intersects_xy(part, points)
    for number in np.flatnonzero(shapely.dwithin(part.boundary, shapely.points(points), 1e-13)).tolist():
        held[number] = exactly(part, *points[number].tolist())
    return held


def brute(areas: list[Area], points: Any, at: datetime = NOON) -> list[list[tuple[str, float]]]:
    result: list[list[tuple[str, float]]] = [[] for _ in points]
    for area in areas:
        if (area.valid_from and at < area.valid_from) or (area.valid_until and at >= area.valid_until):
            continue
        for part in shapely.get_parts(area.geometry):
            for number in np.flatnonzero(held_by(part, points)).tolist():
                result[number].append((area.station, part.area))
    return [sorted(held) for held in result]


def agree(areas: list[Area], points: Any) -> None:
    """All ways to ask give what brute force gives: one by one, in a batch, as pairs, explained."""
    index = AreaIndex(areas)
    wanted = brute(areas, points)
    many = np.concatenate([points, np.full((FEW, 2), 1e9)])
    assert index.hits(many, [NOON] * len(many)) == wanted + [[]] * FEW
    of_point, of_polygon = index.locate(points, NOON)
    assert np.all(np.diff(of_point * (len(index.stations) + 1) + of_polygon) > 0)
    located: list[list[tuple[str, float]]] = [[] for _ in points]
    for point, polygon in zip(of_point.tolist(), of_polygon.tolist(), strict=True):
        located[point].append((index.stations[polygon], float(index.sizes[polygon])))
    assert [sorted(held) for held in located] == wanted
    for number in np.random.default_rng(len(points)).permutation(len(points))[:80].tolist():
        (lng, lat), held = points[number].tolist(), wanted[number]
        assert index.hits(points[number : number + 1], [NOON]) == [held]
        found = index.found(lng, lat, NOON)
        assert [(one.station, one.size) for one in found] == held
        assert all(areas[one.area].station == one.station for one in found)
        assert index.covers({"A", "C"}, lng, lat, NOON) == any(station in "AC" for station, _ in held)
    asked = [{"A", "C"}] * len(many)
    covered = [any(station in "AC" for station, _ in held) for held in wanted] + [False] * FEW
    assert index.covers_many(asked, many, [NOON] * len(many)) == covered


CORNERS = st.tuples(st.integers(0, SIDE), st.integers(0, SIDE))


@st.composite
def shapes(draw: Any) -> Polygon | MultiPolygon:
    """Boxes and triangles added and cut out: holes, exclaves, shared edges, vertices on edges, slivers."""
    whole: Any = Polygon()
    for _ in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            (west, south), (east, north) = draw(CORNERS), draw(CORNERS)
            piece: Any = box(min(west, east), min(south, north), max(west, east), max(south, north))
        else:
            piece = Polygon(draw(st.lists(CORNERS, min_size=3, max_size=3)))
        if piece.area:
            whole = whole.difference(piece) if draw(st.integers(0, 3)) == 0 else whole.union(piece)
    parts = [part for part in shapely.get_parts(whole) if isinstance(part, Polygon)]
    return MultiPolygon(parts) if len(parts) > 1 else parts[0] if parts else box(0, 0, 1, 1)


# What a lattice is stretched by and moved by. The cells of so few vertices are 1/32 of it, so that vertices come to
# lie on cell borders, on the points by which cells are judged, between them, and around the origin.
SCALES = st.sampled_from([1.0, 1.0, 1.0, 0.001, 3.7, 10.0])
OFFSETS = st.sampled_from(
    [(0.0, 0.0), (100.0, 30.0), (REFERENCE_X / 32, REFERENCE_Y / 32), (104 + REFERENCE_X / 32, 30 + REFERENCE_Y / 32),
     (120.1234567, 31.7654321), (-4.0, -4.0), (-3.999999999, 0.1)]
)  # fmt: skip


def lattice_points(geometries: list[Any]) -> Any:
    """Halves of the lattice, a row around it, every vertex and its neighbours to the bit."""
    steps = np.arange(-2, 2 * SIDE + 3) / 2
    grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    return np.concatenate([grid, shapely.get_coordinates(geometries)])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("ABC"), shapes()), min_size=1, max_size=4), SCALES, OFFSETS)
@example([("A", box(0, 0, 8, 8)), ("B", box(0, 0, 8, 8))], 1.0, (0.0, 0.0))  # two with equal edges
@example(
    [("A", box(0, 0, 8, 8).difference(box(2, 2, 4, 4))), ("B", box(2, 2, 4, 4))], 1.0, (0.0, 0.0)
)  # a hole, filled
@example([("A", Polygon([(0, 0), (8, 1e-12), (8, 0)]))], 1.0, (100.0, 30.0))  # a sliver
@example([("A", Polygon([(0, 2), (7, 8), (0, 1)]))], 3.7, (0.0, 0.0))  # a tip that shapely takes for longer
@example([("A", Polygon([(0, 0), (8, 8), (8, 7.999999)])), ("A", box(3, 3, 3.0001, 3.0001))], 1.0, (0.0, 0.0))
def test_lattice(given_shapes: list[tuple[str, Any]], scale: float, offset: tuple[float, float]) -> None:
    """ROUTE-1: a border belongs to its polygon, where coincidences happen all the time."""
    moved = [shapely.transform(shape, lambda xy: xy * scale + offset) for _, shape in given_shapes]
    areas = [Area(code, shape) for (code, _), shape in zip(given_shapes, moved, strict=True)]
    areas = [area for area in areas if shapely.is_valid(area.geometry)]
    points = lattice_points([]) * scale + offset
    vertices = shapely.get_coordinates(moved)[:40]
    beside = [np.nextafter(vertices, far) for far in (-np.inf, np.inf)]
    middles = (vertices[1:] + vertices[:-1]) / 2
    agree(areas, np.concatenate([points, vertices, *beside, middles]))


def test_reference_points() -> None:
    """The points from which ways are counted, points on the way from them, and edges through them."""
    areas = [
        Area("A", Polygon([(0, 0), (8, 3), (5, 8)])),
        Area(
            "B", Polygon([(REFERENCE_X / 32, REFERENCE_Y / 32), (REFERENCE_X / 32 + 6, REFERENCE_Y / 32 + 6), (0, 7)])
        ),
        Area("C", box(1 + REFERENCE_X / 32, 1 + REFERENCE_Y / 32, 3 + REFERENCE_X / 32, 2 + REFERENCE_Y / 32)),
    ]
    grid = AreaIndex(areas)._grid
    assert grid.scale == 32.0
    columns, rows = (side.reshape(-1) for side in np.meshgrid(np.arange(grid.columns), np.arange(grid.rows)))
    points = np.column_stack(grid.references(columns, rows))
    agree(areas, np.concatenate([points, points + np.array([0.0, 1 / 128]), np.floor(points * 32) / 32]))


def test_edges_within_a_bit_of_reference_points() -> None:
    """An edge that misses a reference point by what rounding loses decides for its whole cell all the same."""
    random = np.random.default_rng(4)
    areas = [Area("C", box(0, 0, 8, 8))]
    judges = []
    for number in range(40):
        judge = np.floor(random.uniform(1, 7, 2) * 32) / 32 + np.array([REFERENCE_X, REFERENCE_Y]) / 32
        judges.append(judge)
        away = random.uniform(0.001, 3, 2) * random.choice([-1, 1], 2)
        areas.append(Area("A", Polygon([judge + away, judge - away, judge + np.array([0.7, -0.9])])))
        side = float(np.nextafter(judge[0], (-1.0) ** number * 9))
        areas.append(Area("B", box(side, judge[1] - 0.3, side + 1, judge[1] + 0.2)))
    assert AreaIndex(areas)._grid.scale == 32.0
    near = np.repeat(judges, 10, axis=0)
    near += random.choice([0, 0, 0.001, -0.001, 1e-9, -1e-9, 0.01, -0.01], near.shape)
    agree(areas, np.concatenate([np.array(judges), near]))


def test_nothing_and_nowhere() -> None:
    """No area, no point, points beyond every area, and what is no point."""
    odd = np.array([[np.nan, 0.5], [0.5, np.nan], [np.inf, 0.5], [0.5, -np.inf], [1e308, 1e308], [-1e308, 0.5], [9, 9]])
    for areas in [[], [Area("A", MultiPolygon())], [Area("A", box(0, 0, 1, 1))]]:
        index = AreaIndex(areas)
        for points in (odd, np.tile(odd, (FEW, 1)), np.empty((0, 2))):
            assert index.hits(points, [NOON] * len(points)) == [[] for _ in points]
            assert index.covers_many([{"A"}] * len(points), points, [NOON] * len(points)) == [False] * len(points)
            assert [len(part) for part in index.locate(points, NOON)] == [0, 0]
        assert not any(index.found(lng, lat, NOON) for lng, lat in odd.tolist())
        assert index.nearest(np.nan, 0.5, NOON, 3) == index.nearest(np.inf, 0.5, NOON, 3) == []
    assert index.nearest(9, 9, NOON, 0) == []


def test_huge_tiny_and_many() -> None:
    """One over the whole country with a hole, and hundreds within a cell of it; long edges stay cheap."""
    random = np.random.default_rng(4)
    places = random.uniform(0, 1e-4, (300, 2)) + np.array([110, 35])
    country: Any = box(73, 3, 136, 54).difference(box(109, 34, 111, 36))
    areas = [Area("A", country)]
    areas += [Area("B", shapely.Point(place).buffer(2e-6, 4)) for place in places]
    areas += [Area("C", Polygon([(73, 3), (136, 54), (136, 53.999)]))]
    near = places[random.integers(0, 300, 500)] + random.normal(0, 2e-6, (500, 2))
    agree(areas, np.concatenate([near, random.uniform((73, 3), (136, 54), (500, 2)), places]))


def test_a_zigzag_over_the_country() -> None:
    """5,000 edges, each 60 degrees long: the cells get larger, instead of the index."""
    steps = np.linspace(3, 54, 5_000)
    teeth = np.column_stack([np.where(np.arange(5_000) % 2, 75.0, 134.0), steps])
    areas = [Area("A", Polygon(np.concatenate([teeth, [[74, 54], [74, 3]]])))]
    assert areas[0].geometry.is_valid
    assert len(AreaIndex(areas)._grid.borders.first) < 1_000_000
    random = np.random.default_rng(4)
    agree(areas, np.concatenate([random.uniform((73, 3), (136, 54), (300, 2)), teeth[:50]]))


@pytest.mark.parametrize("batch", [1, 2 * FEW])
def test_terms(batch: int) -> None:
    """An area counts since `valid_from`, and at `valid_until` no longer, to the microsecond."""
    later = NOON + timedelta(days=1)
    west, east = box(0, 0, 1, 1), box(0.5, 0, 2, 1)
    index = AreaIndex([Area("A", west, valid_until=later), Area("A", east, valid_from=later), Area("B", west)])
    points = np.tile([[0.25, 0.5]], (batch, 1))
    tick = timedelta(microseconds=1)
    # The same instant counts in whatever zone it is told.
    china = (later - tick).astimezone(tz=timezone(timedelta(hours=8)))
    for at, codes in [(NOON, ["A", "B"]), (later - tick, ["A", "B"]), (china, ["A", "B"]), (later, ["B"])]:
        assert [[code for code, _ in held] for held in index.hits(points, [at] * batch)] == [codes] * batch
        assert index.covers_many([{"A"}] * batch, points, [at] * batch) == ["A" in codes] * batch
        assert index.covers(["A"], 0.25, 0.5, at) is ("A" in codes)
        assert [one.station for one in index.found(0.25, 0.5, at)] == codes
        assert [index.stations[number] for number in index.locate(points, at)[1].tolist()] == codes * batch
        assert [one.station for one in index.nearest(0.25, 0.5, at, 9) if one.inside] == codes
    assert index.hits(np.array([[1.5, 0.5]] * batch), [later - tick] * batch) == [[]] * batch
    assert [one.area for one in index.found(0.75, 0.5, later)] == [1, 2]
    mixed = index.hits(np.tile(points, (2, 1)), [later - tick] * batch + [later] * batch)
    assert [len(held) for held in mixed] == [2] * batch + [1] * batch


def test_the_order_of_areas_does_not_make_cells_coarser() -> None:
    """The jump from a ring to the next one is no border, however far it is."""
    boxes = [box(x, y, x + 0.05, y + 0.05) for y, x in product(np.arange(20, 50, 0.5), np.arange(80, 130, 0.5))]
    shuffled = Random(7).sample(boxes, len(boxes))
    in_order, in_none = (frame_of(shapes_of(np.array(some)).outlines) for some in (boxes, shuffled))
    assert in_none == in_order and in_order.scale >= 64.0
