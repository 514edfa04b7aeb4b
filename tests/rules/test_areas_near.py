"""Candidates by distance to their border, and what an explanation says of it."""

from datetime import UTC, datetime
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, box

from geo.areas import Area, AreaIndex, Near
from geo.datum import metres_of_degree

NOON = datetime(2026, 5, 4, 4, tzinfo=UTC)


def flat(geometry: Any, lng: float, lat: float) -> Any:
    return shapely.transform(geometry, lambda xy: (xy - (lng, lat)) * metres_of_degree(lat))


BOXES = st.tuples(st.sampled_from("ABCDEF"), st.integers(0, 9), st.integers(0, 9), st.integers(1, 4), st.booleans())


@settings(deadline=None)
@given(st.lists(BOXES, max_size=9), st.integers(-4, 24), st.integers(-4, 24), st.integers(1, 7), st.booleans())
def test_nearest(boxes: list[Any], column: int, row: int, most: int, some: bool) -> None:
    areas = []
    for code, west, south, side, hollow in boxes:
        whole = box(110 + west, 30 + south, 110 + west + side, 30 + south + side)
        areas.append(Area(code, whole.difference(shapely.buffer(whole.centroid, 0.25)) if hollow else whole))
    lng, lat = 110 + column / 2, 30 + row / 2
    wanted = {"A", "C", "X"} if some else None
    metres: dict[str, float] = {}
    for area in areas:
        if wanted is None or area.station in wanted:
            away = shapely.distance(flat(area.geometry, lng, lat), Point(0, 0))
            metres[area.station] = min(away, metres.get(area.station, away))
    ours = AreaIndex(areas).nearest(lng, lat, NOON, most, wanted)
    assert len(ours) == min(most, len(metres))
    assert [one.metres for one in ours] == pytest.approx(sorted(metres.values())[:most], rel=1e-9, abs=1e-6)
    assert all(metres[one.station] == pytest.approx(one.metres, rel=1e-9, abs=1e-6) for one in ours)
    assert all(one.inside == (one.metres == 0.0) for one in ours)
    assert ours == sorted(ours, key=lambda one: (one.metres, one.station))


def test_ties_by_code() -> None:
    index = AreaIndex([Area("B", box(0, 0, 1, 1)), Area("C", box(2, 0, 3, 1)), Area("A", box(2, 0, 3, 1))])
    assert index.nearest(0.5, 0.5, NOON, 1) == [Near("B", 0.0, True)]
    assert [one.station for one in index.nearest(1.5, 0.5, NOON, 2)] == ["A", "B"]


def test_metres_of_what_holds() -> None:
    """To the border of the one polygon, its holes and exclaves included; 0 on the border."""
    hollow: Any = box(120, 30, 121, 31).difference(box(120.4, 30.4, 120.6, 30.6))
    far = MultiPolygon([hollow, box(125, 30, 126, 31)])
    index = AreaIndex([Area("A", box(119, 29, 122, 32)), Area("B", far)])
    found = index.found(120.5, 30.35, NOON)
    assert [(one.station, one.area) for one in found] == [("A", 0), ("B", 1)]
    assert found[1].metres == pytest.approx(0.05 * metres_of_degree(30.35)[1])
    assert found[0].metres == pytest.approx(
        shapely.distance(flat(box(119, 29, 122, 32), 120.5, 30.35).exterior, Point(0, 0))
    )
    assert [one.metres for one in index.found(125, 30.5, NOON)] == [0.0]
