"""The real districts of the country: their borders, exclaves, coasts and gaps, against shapely."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
import shapely

from geo.areas import Area, AreaIndex
from tests.paths import shared

NOON = datetime(2026, 5, 4, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def districts() -> list[Area]:
    table = pl.read_parquet(shared("data", "areas", "districts_gcj02.parquet"))
    geometries = shapely.from_wkb(table["wkb"].to_numpy())
    return [Area(adcode, shape) for adcode, shape in zip(table["adcode"].to_list(), geometries, strict=True)]


@pytest.fixture(scope="module")
def index(districts: list[Area]) -> AreaIndex:
    return AreaIndex(districts)


@pytest.fixture(scope="module")
def exact(districts: list[Area]) -> Callable[[Any], set[tuple[int, str]]]:
    tree = shapely.STRtree([area.geometry for area in districts])

    def pairs(points: Any) -> set[tuple[int, str]]:
        of_point, of_area = tree.query(shapely.points(points), predicate="intersects")
        return {
            (point, districts[area].station) for point, area in zip(of_point.tolist(), of_area.tolist(), strict=True)
        }

    return pairs


def hard_points(districts: list[Area], random: Any) -> Any:
    """Vertices, middles of edges, the floats beside them, points on grid lines, points off the coast, anywhere."""
    all_vertices = shapely.get_coordinates([area.geometry for area in districts])
    some = random.integers(0, len(all_vertices) - 1, 4000)
    vertices, middles = all_vertices[some], (all_vertices[some] + all_vertices[some + 1]) / 2
    lines = vertices.copy()
    lines[:, 0] = np.rint(lines[:, 0] * 128) / 128
    return np.concatenate(
        [
            vertices, middles, np.nextafter(vertices, 0), np.nextafter(middles, 200), np.rint(vertices * 128) / 128,
            lines, vertices + random.normal(0, 1e-4, vertices.shape), random.uniform((73, 3), (136, 54), (6000, 2)),
        ]
    )  # fmt: skip


def test_districts(districts: list[Area], index: AreaIndex, exact: Callable[[Any], set[tuple[int, str]]]) -> None:
    """ROUTE-1: a point on the border of two belongs to both; the labels are those of the exact method."""
    points = hard_points(districts, np.random.default_rng(4))
    wanted = exact(points)
    held_by = np.bincount([point for point, _ in wanted], minlength=len(points))
    assert (held_by == 0).sum() > 1000 and (held_by == 1).sum() > 1000 and (held_by > 1).sum() > 1000
    of_point, of_polygon = index.locate(points, NOON)
    stations = [index.stations[polygon] for polygon in of_polygon.tolist()]
    assert set(zip(of_point.tolist(), stations, strict=True)) == wanted
    some = np.random.default_rng(5).permutation(len(points))[:3000].tolist()
    alone = {(point, one) for point in some for one, _ in index.hits(points[point : point + 1], [NOON])[0]}
    assert alone == {(point, one) for point, one in wanted if point in set(some)}


def test_a_sample_of_every_district(districts: list[Area], index: AreaIndex) -> None:
    """A point inside each holds it, and an explanation has the same metres as shapely measures, about."""
    inside = shapely.get_coordinates(shapely.point_on_surface([area.geometry for area in districts]))
    held = index.hits(inside, [NOON] * len(inside))
    assert all(area.station in dict(held_by) for area, held_by in zip(districts, held, strict=True))
    for number in range(0, len(districts), 97):
        lng, lat = inside[number].tolist()
        found = {one.area: one.metres for one in index.found(lng, lat, NOON)}
        stretched = shapely.transform(districts[number].geometry, lambda xy, y=lat: xy * (np.cos(np.radians(y)), 1.0))
        away = shapely.distance(stretched.boundary, shapely.Point(lng * np.cos(np.radians(lat)), lat)) * 111_322
        assert found[number] <= away * 1.01 + 1 and found[number] > 0
        near = index.nearest(lng, lat, NOON, 3)
        assert near[0].inside and near[0].station == districts[number].station
        assert all(one.metres > 0 or one.inside for one in near) and len(near) == 3


def test_off_the_coast(index: AreaIndex) -> None:
    """No district holds a point at sea; the nearest are told all the same."""
    sea = np.array([[123.5, 30.0], [121.0, 39.0], [112.0, 18.0], [119.5, 20.0]])
    assert index.hits(sea, [NOON] * 4) == [[]] * 4
    for lng, lat in sea.tolist():
        near = index.nearest(lng, lat, NOON, 5)
        assert len(near) == 5 and not any(one.inside for one in near) and near[0].metres > 1000
