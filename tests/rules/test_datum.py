"""Datums (REPLAY fine print 11): eviltransform's formulas with earth radius 6378245, and their inverse."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.datum import CHINA, DATUMS, EARTH_RADIUS, LAT_RANGE, LNG_RANGE, Floats, from_gcj02, to_gcj02

HANGZHOU_GCJ = (120.023732, 30.275601)
WEST, SOUTH, EAST, NORTH = CHINA
OTHERS = ("WGS-84", "BD-09")
Convert = Callable[[Any, Any, str], tuple[Any, Any]]


@pytest.mark.parametrize(
    ("datum", "given", "expected"),
    [
        pytest.param("WGS-84", (120.0190, 30.2780), HANGZHOU_GCJ, id="published WGS-84 check value"),
        pytest.param("BD-09", (120.030221, 30.281721), HANGZHOU_GCJ, id="published BD-09 check value"),
        pytest.param("GCJ-02", HANGZHOU_GCJ, HANGZHOU_GCJ, id="GCJ-02 stays"),
        pytest.param("WGS-84", (72.003, 30.0), (72.003, 30.0), id="west of China stays"),
        pytest.param("BD-09", (120.0, 55.9), (120.0, 55.9), id="north of China stays"),
    ],
)
def test_points(datum: str, given: tuple[float, float], expected: tuple[float, float]) -> None:
    assert to_gcj02(*given, datum) == pytest.approx(expected, abs=1.5e-6)


# What public converters of other authors say of the same point, all digits of it.
KNOWN = [
    ("WGS-84", (116.404, 39.915), (116.41024449916938, 39.91640428150164)),
    ("WGS-84", (121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ("WGS-84", (113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ("WGS-84", (116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ("BD-09", (116.404, 39.915), (116.39762729119315, 39.90865673957631)),
]


@pytest.mark.parametrize(("datum", "told", "gcj02"), KNOWN)
def test_what_others_computed(datum: str, told: tuple[float, float], gcj02: tuple[float, float]) -> None:
    assert to_gcj02(*told, datum) == pytest.approx(gcj02, abs=1e-12)
    assert from_gcj02(*gcj02, datum) == pytest.approx(told, abs=1e-12)


@pytest.mark.parametrize(
    ("lng", "lat", "moves"),
    [
        (WEST, 30.0, True), (np.nextafter(WEST, 0), 30.0, False),
        (EAST, 30.0, True), (np.nextafter(EAST, 180), 30.0, False),
        (110.0, SOUTH, True), (110.0, np.nextafter(SOUTH, 0), False),
        (110.0, NORTH, True), (110.0, np.nextafter(NORTH, 90), False),
        (float("nan"), 30.0, False), (float("inf"), 30.0, False), (110.0, -1e300, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("datum", OTHERS)
def test_the_edge_of_the_box(lng: float, lat: float, moves: bool, datum: str) -> None:
    """72.004-137.8347° E, 0.8293-55.8271° N, borders included; beyond it nothing moves."""
    got = to_gcj02(lng, lat, datum)
    if moves:
        assert np.abs(np.subtract(got, (lng, lat))).max() > 1e-4
        assert metres_apart(from_gcj02(*got, datum), (lng, lat)) < 1e-6, "though it left the box"
    else:
        assert np.array_equal(got, (lng, lat), equal_nan=True)


Points = tuple[Floats, Floats] | tuple[float, float]


def metres_apart(one: Points, other: Points) -> float:
    east = np.subtract(one[0], other[0]) * np.cos(np.radians(other[1]))
    return float(np.max(np.hypot(east, np.subtract(one[1], other[1]))) * np.radians(EARTH_RADIUS))


@pytest.mark.parametrize("datum", OTHERS)
def test_there_and_back(datum: str) -> None:
    """Under a millimetre everywhere, both ways: in fact under a micrometre."""
    random = np.random.default_rng(20170101)
    told = random.uniform(*LNG_RANGE, 100_000), random.uniform(*LAT_RANGE, 100_000)
    told[0][:1000] = 105.0 + random.normal(0, 1e-9, 1000)  # where the root in the formulas is steepest
    assert metres_apart(from_gcj02(*to_gcj02(*told, datum), datum), told) < 1e-6
    assert metres_apart(to_gcj02(*from_gcj02(*told, datum), datum), told) < 1e-6


@given(st.floats(*LNG_RANGE), st.floats(*LAT_RANGE), st.sampled_from(OTHERS))
def test_there_and_back_anywhere(lng: float, lat: float, datum: str) -> None:
    assert metres_apart(to_gcj02(*from_gcj02(lng, lat, datum), datum), (lng, lat)) < 1e-6


@pytest.mark.parametrize("convert", [to_gcj02, from_gcj02])
@pytest.mark.parametrize("datum", DATUMS)
def test_a_batch_is_many_single_points(datum: str, convert: Convert) -> None:
    """One by one and as a batch an order must get the same point, to the bit, wherever it lies."""
    random = np.random.default_rng(20170101)
    lng, lat = random.uniform(70, 140, 1000), random.uniform(0, 57, 1000)
    before = lng.copy()
    together = convert(lng, lat, datum)
    alone = [convert(x, y, datum) for x, y in zip(lng.tolist(), lat.tolist(), strict=True)]
    assert np.array_equal(np.column_stack(together), np.array(alone))
    assert np.array_equal(lng, before), "the caller's array is left as it was"
    square = convert(lng.reshape(20, 50), lat.reshape(20, 50), datum)
    assert np.array_equal(square[0].ravel(), together[0])


def test_a_point_is_plain_floats() -> None:
    assert [type(value) for value in to_gcj02(120, 30, "WGS-84")] == [float, float]
    assert [type(value) for value in from_gcj02(120, 30, "WGS-84")] == [float, float]


@pytest.mark.parametrize("convert", [to_gcj02, from_gcj02])
def test_unknown_datum(convert: Convert) -> None:
    with pytest.raises(ValueError, match="CGCS2000"):
        convert(120.0, 30.0, "CGCS2000")
