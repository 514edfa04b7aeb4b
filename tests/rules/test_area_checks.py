"""What is doubtful in the areas (issue 4, point 5): found by hand-drawn squares whose sizes are known, and stored."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import cos, radians
from typing import Any

import numpy as np
import pytest
import shapely
from shapely import Point, Polygon, box
from shapely.affinity import translate
from sqlalchemy import Engine, select

from basics.settings import from_environ
from geo.actions import change_areas, import_areas, import_district_shapes, import_districts, import_stations
from geo.area_shapes import tangled
from geo.areas import Area
from geo.checks import METRES, Finding, find, overlaps
from geo.districts import DistrictShapes
from geo.findings.actions import refresh
from geo.findings.queries import checked, findings, is_current
from geo.queries import network_version
from geo.stations import Station
from jobs import tasks
from jobs.environment import Environment
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables import geo as tables

NOW = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def station(code: str, parent: str | None = None, accepts: bool = True) -> Station:
    return Station(code, code, 2 if parent else 1, parent, "浙江省", "standard", accepts)


STATIONS = {one.code: one for one in (station("A"), station("A1", "A"), station("A2", "A"), station("B"))}
DISTRICT = box(120.0, 30.0, 120.2, 30.1)
SHAPES = DistrictShapes({"1": "西湖区", "2": "拱墅区"}, {"1": DISTRICT, "2": box(120.2, 30.0, 120.4, 30.1)})
SERVES = {"1": ("A",), "2": ("B",)}
WHOLE = [Area("A", DISTRICT), Area("A1", box(120.0, 30.0, 120.1, 30.1)), Area("A2", box(120.1, 30, 120.2, 30.1))]
WHOLE += [Area("B", box(120.2, 30.0, 120.4, 30.1))]


def metres(shape: Any, lat: float = 30.05) -> float:
    return float(shape.area * METRES**2 * cos(radians(lat)))


def same(one: Any, other: Any) -> bool:
    """To the millimetre that findings are rounded to."""
    return bool(one.symmetric_difference(other).area < 1e-8)


def kinds(found: list[Finding]) -> list[tuple[str, str | None, str | None, str | None]]:
    return [(one.kind, one.station, one.other, one.adcode) for one in found]


def test_a_sound_network_has_no_finding() -> None:
    """Neighbours share borders, contracted areas lie in their parent's, A2 and A1 are in no list of a district."""
    assert find(STATIONS, WHOLE, SERVES, SHAPES) == []
    assert find(STATIONS, WHOLE, SERVES, None) == [] and find({}, [], {}, SHAPES) == []


def test_overlaps_of_strangers_and_of_siblings() -> None:
    over_b = Area("A", box(120.15, 30.0, 120.25, 30.1))
    in_a1 = Area("A2", box(120.05, 30.0, 120.1, 30.1))
    found = overlaps(STATIONS, [*WHOLE, over_b, in_a1])
    assert kinds(found) == [("overlap", "A", "B", None), ("overlap", "A1", "A2", None)]
    assert same(found[0].geometry, box(120.2, 30.0, 120.25, 30.1))
    assert found[0].square_metres == pytest.approx(metres(box(120.2, 30.0, 120.25, 30.1)), rel=1e-3)


def test_overlaps_of_some_stations_only() -> None:
    areas = [Area(code, box(120 + k, 30, 121.5 + k, 31)) for k, code in enumerate(("A", "B", "C", "D"))]
    known = {code: station(code) for code in "ABCD"}
    pairs = {(one.station, one.other) for one in overlaps(known, areas)}
    assert pairs == {("A", "B"), ("B", "C"), ("C", "D")}
    assert {(one.station, one.other) for one in overlaps(known, areas, {"B"})} == {("A", "B"), ("B", "C")}
    assert {(one.station, one.other) for one in overlaps(known, areas, {"B", "C"})} == pairs
    assert overlaps(known, areas, set()) == []


def test_an_overlap_of_many_polygons_counts_each_place_once() -> None:
    twice = [Area("A", box(120.0, 30.0, 120.1, 30.1)), Area("A", box(120.05, 30.0, 120.15, 30.1))]
    [found] = overlaps(STATIONS, [*twice, Area("B", box(120.0, 30.0, 120.3, 30.1))])
    assert found.square_metres == pytest.approx(metres(box(120.0, 30.0, 120.15, 30.1)), rel=1e-3)


@pytest.mark.parametrize(("width", "there"), [(0.0005, True), (0.0000009, False)])
def test_gaps_and_what_lies_outside(width: float, there: bool) -> None:
    """A strip of the district that nobody covers, on one side; the same beyond it, on the other. 11 km long, so
    10,000 m² is about a metre of width."""
    moved = [Area(area.station, translate(area.geometry, width)) for area in WHOLE]
    found = [one for one in find(STATIONS, moved, SERVES, SHAPES) if one.kind != "overlap"]
    expected = [("gap", None, None, "1"), ("outside_district", "A", None, "1"), ("outside_district", "A2", None, "1")]
    assert kinds(found) == ([*expected, ("outside_district", "B", None, "2")] if there else [])
    if there:
        strip = box(120.0, 30.0, 120.0005, 30.1)
        assert same(found[0].geometry, strip)
        assert [one.square_metres for one in found] == pytest.approx([metres(strip)] * 4, rel=1e-3)


def test_a_neighbour_may_cover_a_district() -> None:
    areas = [Area("A", box(120.0, 30.0, 120.1, 30.1)), Area("B", box(120.1, 30.0, 120.4, 30.1))]
    assert kinds([one for one in find(STATIONS, areas, SERVES, SHAPES) if one.kind in ("gap", "outside_district")]) == [
        ("outside_district", "B", None, "2")
    ]


def test_stations_without() -> None:
    known = {**STATIONS, "N": station("N", accepts=False), "C": station("C")}
    found = find(known, WHOLE, SERVES, None)
    assert kinds(found) == [
        ("no_area", "C", None, None), ("no_district", "C", None, None), ("no_district", "N", None, None),
    ]  # fmt: skip
    assert kinds(find(known, [], SERVES, SHAPES))[:2] == [("gap", None, None, "1"), ("gap", None, None, "2")]


def test_an_invalid_area_is_told_and_hurts_nothing_else() -> None:
    bow = Area("B", Polygon([(120.3, 30.0), (120.4, 30.1), (120.4, 30.0), (120.3, 30.1)]))
    [found] = find(STATIONS, [*WHOLE, bow], SERVES, SHAPES)
    assert (found.kind, found.station) == ("invalid", "B")
    assert found.geometry == Point(120.35, 30.05)


# ---- stored -----------------------------------------------------------------------------------------------------


@pytest.fixture
def stored(engine: Engine) -> Engine:
    with writing(engine) as conn:
        import_stations(conn, list(STATIONS.values()), NOW)
        import_areas(conn, WHOLE, NOW)
        import_districts(conn, [("1", "A"), ("2", "B")], NOW)
        rows = [(code, SHAPES.names[code], shape.wkb) for code, shape in SHAPES.polygons.items()]
        import_district_shapes(conn, rows, NOW)
    return engine


def test_the_task_keeps_findings_up_to_date(stored: Engine) -> None:
    """Also when nothing is changed but a planned area begins to hold."""
    times = [NOW]
    env = Environment(from_environ({}), stored, packaged(), lambda: times[-1])
    tasks.areas(env)
    with reading(stored) as conn:
        first = checked(conn)
        assert first is not None and (first.version, first.found_at, first.counts) == (network_version(conn), NOW, {})
        assert findings(conn, None, None, 0, 99) == []
    with writing(stored) as conn:
        change_areas(
            conn, {"B": [Area("B", box(120.1, 30.0, 120.4, 30.1))]},
            effective_at=NOW + 2 * HOUR, now=NOW, by="HQ", source="console", key="k",
        )  # fmt: skip
    for hours, expected in ((1, {}), (2, {"overlap": 2, "outside_district": 1})):
        times.append(NOW + hours * HOUR)
        tasks.areas(env)
        with reading(stored) as conn:
            found = checked(conn)
            assert found is not None and (found.found_at, found.counts) == (times[-1], expected)
    times.append(NOW + 3 * HOUR)
    tasks.areas(env)
    with reading(stored) as conn:
        found = checked(conn)
        assert found is not None and found.found_at == NOW + 2 * HOUR, "nothing to do"


def test_findings_are_read_by_kind_station_and_page(stored: Engine) -> None:
    over = Finding("overlap", "A", "B", None, 7.5, DISTRICT, "x")
    with writing(stored) as conn:
        assert refresh(conn, 9, [over, Finding("no_area", "C", None, None, None, None, "y")], NOW)
        assert [(one.number, one.kind) for one in findings(conn, None, None, 0, 9)] == [(1, "overlap"), (2, "no_area")]
        assert [one.number for one in findings(conn, None, None, 1, 9)] == [2]
        assert [one.number for one in findings(conn, None, None, 0, 1)] == [1]
        assert [one.number for one in findings(conn, "no_area", None, 0, 9)] == [2]
        assert [one.number for one in findings(conn, None, "B", 0, 9)] == [1]
        [one] = findings(conn, "overlap", "A", 0, 9)
        assert (one.square_metres, one.geometry, one.cause) == (7.5, DISTRICT, "x")
        assert is_current(conn, 9, NOW) and not is_current(conn, 10, NOW)


def test_older_findings_never_replace_newer_ones(stored: Engine) -> None:
    with writing(stored) as conn:
        assert (
            refresh(conn, 9, [], NOW) and not refresh(conn, 8, [], NOW + HOUR) and not refresh(conn, 9, [], NOW - HOUR)
        )
        assert refresh(conn, 9, [], NOW + HOUR)
        assert len(conn.execute(select(tables.area_findings)).all()) == 1


def comb(teeth: int, lying: bool = False) -> Polygon:
    step = 0.2 / teeth
    up = [(k * step + x * step, y) for k in range(teeth) for x, y in ((0, 0.1), (0.5, 0.1), (0.5, 0.001), (1, 0.001))]
    return Polygon([(120 + 2 * y, 30 + x / 2) if lying else (120 + x, 30 + y) for x, y in [*up, (0.2, 0), (0, 0)]])


@pytest.mark.parametrize("other", ["B", "A1", "A"])
def test_outlines_that_cross_too_often_are_a_finding(other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are pointed at and nothing of them is computed; all else is found as ever."""
    areas = [Area("A", comb(300)), Area(other, comb(300, lying=True)), Area("A2", box(121, 30, 121.1, 30.1))]
    both = set(map(shapely.get_num_coordinates, (areas[0].geometry, areas[1].geometry)))
    met: list[list[int]] = []

    def watched(compute: Callable[..., Any]) -> Callable[..., Any]:
        def one(*shapes: Any, **more: Any) -> Any:
            given = [np.atleast_1d(shapely.get_num_coordinates(each)).tolist() for each in shapes]
            pairs = zip(*np.broadcast_arrays(*given), strict=True) if len(given) > 1 else given
            met.extend(list(each) for each in pairs)
            return compute(*shapes, **more)

        return one

    with monkeypatch.context() as patched:
        for name in ("intersection", "union_all", "difference"):
            patched.setattr(shapely, name, watched(getattr(shapely, name)))
        found = find(STATIONS, areas, SERVES, SHAPES)
    assert met and not [one for one in met if sum(count in both for count in one) > 1]
    (knot,) = [one for one in found if one.kind == "too_complex"]
    assert (knot.station, knot.other) == tuple(sorted(("A", other)))
    assert knot.geometry is not None and tuple(shapely.bounds(knot.geometry)) == pytest.approx((120, 30, 120.2, 30.1))
    assert "A2" in [one.station for one in found if one.kind == "outside_district"]
    assert not any(one.adcode == "1" for one in found if one.kind == "gap")  # unclear
    few = [Area("A", comb(30)), Area(other, comb(30, lying=True))]
    assert "too_complex" not in [one.kind for one in find(STATIONS, few, SERVES, SHAPES)]


def test_borders_along_one_line_are_no_crossings() -> None:
    """Neighbours share thousands of vertices; also one border drawn twice, a centimetre off, is still cut."""
    ring = [(120 + k / 50_000, 30 + (k % 7) / 90_000) for k in range(5_001)]
    upper, lower = Polygon([*ring, (120.1, 31), (120, 31)]), Polygon([*ring, (120.1, 29), (120, 29)])
    assert not tangled([upper], [lower]) and not tangled([upper, lower])
    assert not tangled([upper], [translate(lower, 1e-7, 1e-7)])
    assert tangled([comb(300)], [comb(300, lying=True)]) and not tangled([comb(300)]) and not tangled([])
    assert not tangled([comb(300)], [translate(comb(300, lying=True), 1)])
