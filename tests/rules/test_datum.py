"""Datums (REPLAY fine print 11): eviltransform's formulas with earth radius 6378245."""

import numpy as np
import pytest

from geo.datum import to_gcj02

HANGZHOU_GCJ = (120.023732, 30.275601)


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


@pytest.mark.parametrize("datum", ["GCJ-02", "WGS-84", "BD-09"])
def test_a_batch_is_many_single_points(datum: str) -> None:
    """One by one and as a batch an order must get the same point, to the bit, wherever it lies."""
    random = np.random.default_rng(20170101)
    lng, lat = random.uniform(70, 140, 1000), random.uniform(0, 57, 1000)
    before = lng.copy()
    together = to_gcj02(lng, lat, datum)
    alone = [to_gcj02(x, y, datum) for x, y in zip(lng.tolist(), lat.tolist(), strict=True)]
    assert np.array_equal(np.column_stack(together), np.array(alone))
    assert np.array_equal(lng, before), "the caller's array is left as it was"


def test_a_point_is_plain_floats() -> None:
    assert [type(value) for value in to_gcj02(120, 30, "WGS-84")] == [float, float]


def test_unknown_datum() -> None:
    with pytest.raises(ValueError, match="CGCS2000"):
        to_gcj02(120.0, 30.0, "CGCS2000")
