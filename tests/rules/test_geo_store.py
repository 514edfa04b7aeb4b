"""The network in the database: imports, versions, and what is read back (ROUTE-1, ROUTE-6)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from shapely import MultiPolygon, box
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import IntegrityError

from geo.actions import import_areas, import_closures, import_districts, import_stations
from geo.areas import Area
from geo.folder import NetworkError
from geo.network import Network
from geo.queries import NetworkCache, load_network, network_version
from geo.stations import Closure, Station
from storage.session import reading, writing
from storage.tables import geo as tables

NOW = datetime(2026, 5, 4, 4, 30, 15, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)

CHILD = Station("A1", "承包区", 2, "Z1", "浙江省", "standard", False)
PARENT = Station("Z1", "网点", 1, None, "浙江省", "standard", True)
OTHER = Station("U1", "乌鲁木齐网点", 1, None, "新疆维吾尔自治区", "xinjiang", True)


def square(code: str, west: float, size: float = 1.0) -> Area:
    return Area(code, box(west, 30, west + size, 30 + size))


@pytest.fixture
def network(engine: Engine) -> Engine:
    """Three stations, the child first; two areas and one district each for Z1 and U1; a closure of U1."""
    with writing(engine) as conn:
        import_stations(conn, [CHILD, PARENT, OTHER], NOW)
        import_areas(conn, [square("Z1", 120), square("Z1", 122), square("U1", 87)], NOW)
        import_districts(conn, [("330106", "Z1"), ("330106", "A1"), ("650102", "U1")], NOW)
        import_closures(conn, [Closure("U1", NOW, NOW + HOUR)], NOW)
    return engine


def loaded(engine: Engine) -> Network:
    with reading(engine) as conn:
        return load_network(conn)


def test_what_goes_in_comes_out(network: Engine) -> None:
    read = loaded(network)
    assert dict(read.stations) == {"A1": CHILD, "U1": OTHER, "Z1": PARENT}
    assert read.children["Z1"] == ("A1",)
    assert read.serves == {"330106": ("A1", "Z1"), "650102": ("U1",)}
    assert read.closures_of("U1") == (Closure("U1", NOW, NOW + HOUR),)
    assert read.closed("U1", NOW) and not read.closed("U1", NOW + HOUR)
    assert read.covers_many(["Z1"] * 4, [(120, 30), (122.5, 30.5), (121.5, 30.5), (87.5, 30.5)], [NOW] * 4) == [
        1,
        1,
        0,
        0,
    ]


def test_shapes_come_out_to_the_bit(network: Engine) -> None:
    """Borders must not move by being stored (ROUTE-1), nor the original be lost."""
    shape = MultiPolygon([box(0.1 + 87, 0.2 + 30, 1 / 3 + 88, 31), box(90.7, 30, 91, 31 + 1e-13)])
    with writing(network) as conn:
        import_areas(conn, [Area("U1", shape, "BD-09", '{"type":"MultiPolygon"}')], NOW)
        area = tables.areas.c
        row = conn.execute(
            select(area.wkb, area.datum, area.original).where(area.station == "U1", area.valid_until.is_(None))
        ).one()
    assert bytes(row.wkb) == shape.wkb
    assert (row.datum, row.original) == ("BD-09", '{"type":"MultiPolygon"}')


def test_stations_are_overwritten_never_removed(network: Engine) -> None:
    renamed = Station("U1", "新名字", 1, None, "新疆维吾尔自治区", "xinjiang", False)
    with writing(network) as conn:
        import_stations(conn, [renamed], NOW)
    assert dict(loaded(network).stations) == {"A1": CHILD, "U1": renamed, "Z1": PARENT}


def test_areas_of_named_stations_are_replaced(network: Engine) -> None:
    with writing(network) as conn:
        import_areas(conn, [square("Z1", 110)], NOW)
    covered = loaded(network).covers_many(["Z1", "Z1", "U1"], [(110.5, 30.5), (120.5, 30.5), (87.5, 30.5)], [NOW] * 3)
    assert covered == [True, False, True]


def test_named_districts_are_replaced(network: Engine) -> None:
    with writing(network) as conn:
        import_districts(conn, [("330106", "Z1")], NOW)
    assert loaded(network).serves == {"330106": ("Z1",), "650102": ("U1",)}


def test_closures_are_added_once(network: Engine) -> None:
    """ROUTE-6: what clocks were judged by stays."""
    with writing(network) as conn:
        import_closures(conn, [Closure("U1", NOW, NOW + HOUR), Closure("U1", NOW + 2 * HOUR, NOW + 3 * HOUR)], NOW)
        assert len(conn.execute(select(tables.closures)).all()) == 2
    assert len(loaded(network).closures_of("U1")) == 2


def test_empty_imports(network: Engine) -> None:
    before = loaded(network)
    with writing(network) as conn:
        import_stations(conn, [], NOW)
        import_areas(conn, [], NOW)
        import_districts(conn, [], NOW)
        import_closures(conn, [], NOW)
    assert loaded(network).serves == before.serves


@pytest.mark.parametrize(
    ("bad", "file", "line"),
    [
        pytest.param(
            lambda c: import_areas(c, [square("Z1", 1), square("X", 1)], NOW), "areas.geojson", 2, id="area"
        ),
        pytest.param(lambda c: import_districts(c, [("1", "X")], NOW), "districts.csv", 2, id="district"),
        pytest.param(
            lambda c: import_closures(c, [Closure("X", NOW, NOW + HOUR)], NOW), "closures.csv", 2, id="time"
        ),
        pytest.param(
            lambda c: import_stations(c, [Station("B", "b", 2, "X", "浙江省", "standard", True)], NOW),
            "stations.csv", 2, id="parent unknown",
        ),
        pytest.param(
            lambda c: import_stations(c, [Station("Z1", "z", 2, "U1", "浙江省", "standard", True)], NOW),
            "stations.csv", 2, id="parent of a stored child becomes level 2",
        ),
    ],
)  # fmt: skip
def test_imports_are_checked_against_what_is_stored(
    network: Engine, bad: Callable[[Connection], None], file: str, line: int
) -> None:
    with reading(network) as conn:
        version = network_version(conn)
    with pytest.raises(NetworkError) as caught, writing(network) as conn:
        bad(conn)
    assert (caught.value.file, caught.value.line) == (file, line)
    with reading(network) as conn:
        assert network_version(conn) == version, "nothing of a refused import stays"


def test_a_child_joins_a_stored_parent(network: Engine) -> None:
    child = Station("Z1B", "承包区乙", 2, "Z1", "浙江省", "standard", True)
    with writing(network) as conn:
        import_stations(conn, [child], NOW)
    assert loaded(network).children["Z1"] == ("A1", "Z1B")


def test_each_import_counts_up(engine: Engine, network: Engine) -> None:
    with reading(engine) as conn:
        assert network_version(conn) == 4
    with writing(engine) as conn:
        import_districts(conn, [("330108", "Z1")], NOW)
        assert network_version(conn) == 5


def test_an_empty_database(engine: Engine) -> None:
    with reading(engine) as conn:
        assert network_version(conn) == 0
        empty = NetworkCache().get(conn)
    assert not empty.stations and empty.areas.hits(np.array([[120.0, 30.0]]), [NOW]) == [[]]


def test_the_cache_loads_only_after_an_import(network: Engine) -> None:
    cache = NetworkCache()
    with reading(network) as conn:
        first = cache.get(conn)
        assert cache.get(conn) is first
    with writing(network) as conn:
        import_districts(conn, [("330108", "Z1")], NOW)
    with reading(network) as conn:
        second = cache.get(conn)
        assert cache.get(conn) is second
    assert "330108" not in first.serves and second.serves["330108"] == ("Z1",)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"level": 2}, id="level 2 without parent"),
        pytest.param({"parent": "Z1"}, id="level 1 with parent"),
        pytest.param({"level": 3}, id="level 3"),
        pytest.param({"duty": "night"}, id="duty"),
        pytest.param({"code": "DATA_CENTRE"}, id="reserved"),
    ],
)
def test_the_table_refuses_what_the_check_would(network: Engine, values: dict[str, object]) -> None:
    """DESIGN law 8: the second net."""
    row = {"code": "N1", "name": "n", "level": 1, "province": "p", "duty": "standard", "accepts": True}
    with pytest.raises(IntegrityError), writing(network) as conn:
        conn.execute(tables.stations.insert(), [{**row, "parent": None, "imported_at": NOW, **values}])
