"""B-88: what an order is being sent to cannot vanish between our look at the network and the order's commit."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any

import pytest
import shapely
from shapely import box
from sqlalchemy import Connection, Engine, select

from channels.messages import OrderPush
from dispatch.actions import conduct
from dispatch.batch import World
from dispatch.facts import Item
from geo.actions import (
    change_areas,
    import_areas,
    import_district_shapes,
    import_districts,
    import_stations,
    remove_station,
)
from geo.areas import Area
from geo.errors import NetworkError
from geo.queries import NetworkCache, all_areas, station_codes
from geo.stations import Station
from storage.session import reading, run, writing
from storage.tables.dispatch import orders
from tests.rules.courses import BOOK, t
from tests.rules.stage import content

START, NOW = t("5 09:00"), t("5 10:00")
STATIONS = [Station(code, code, 1, None, "浙江省", "standard", True) for code in "AB"]
SQUARE = box(120, 30, 121, 31)


@pytest.fixture
def network(engine: Engine) -> Engine:
    with writing(engine) as conn:
        import_stations(conn, STATIONS, START)
        import_areas(conn, [Area("A", SQUARE)], START)
        import_districts(conn, [("330102", "A"), ("330103", "B")], START)
    return engine


def beside_a_push(engine: Engine, told: dict[str, Any], act: Callable[[Connection], object]) -> str:
    """The code with which the act is refused that comes while an order is routed and not committed yet."""
    cache = NetworkCache()
    with ThreadPoolExecutor(1) as pool:
        with writing(engine) as conn:
            world = World(cache.get(conn), BOOK)
            other = pool.submit(run, engine, act) if engine.dialect.name == "postgresql" else None
            if other is not None:
                wait([other], timeout=0.5)
            assert conduct(conn, [Item(NOW, OrderPush("cainiao", "LP1", NOW, told), "x")], world) == [None]
        other = other or pool.submit(run, engine, act)
        with pytest.raises(NetworkError) as refused:
            other.result(20)
    return refused.value.code


def test_b_88_a_station_is_not_removed_beside_a_push(network: Engine) -> None:
    told = content(None, adcode="330103")
    assert beside_a_push(network, told, lambda conn: remove_station(conn, "B", NOW)) == "has_open_orders"
    with reading(network) as conn:
        assert conn.execute(select(orders.c.station)).scalar_one() == "B" and "B" in station_codes(conn)


def test_b_88_the_last_area_is_not_taken_beside_a_push(network: Engine) -> None:
    def act(conn: Connection) -> int:
        return change_areas(conn, {"A": []}, effective_at=NOW, now=NOW, by="x", source="console", key="k")

    assert beside_a_push(network, content((120.5, 30.5)), act) == "has_open_orders"


def test_a_first_area_with_a_date_waits_for_it(engine: Engine) -> None:
    """Decision 10: since ever is for imports without a date only."""
    later = NOW + timedelta(days=30)
    with writing(engine) as conn:
        import_stations(conn, STATIONS, START)
        import_areas(conn, [Area("A", SQUARE)], NOW)
        import_areas(conn, [Area("B", box(120, 30, 120.5, 30.5))], NOW, effective_at=later)
        assert {area.station: area.valid_from for area in all_areas(conn)} == {"A": None, "B": later}


def test_polygons_of_districts_are_read_again_though_a_clock_went_back(engine: Engine) -> None:
    cache = NetworkCache()
    two = [("330102", "x", shapely.to_wkb(SQUARE)), ("330103", "y", shapely.to_wkb(SQUARE))]
    with writing(engine) as conn:
        import_district_shapes(conn, two, NOW)
    with reading(engine) as conn:
        assert cache.get(conn).shapes is not None
    with writing(engine) as conn:
        import_district_shapes(conn, [("330102", "x", shapely.to_wkb(box(1, 1, 2, 2)))], NOW - timedelta(seconds=2))
    with reading(engine) as conn:
        shapes = cache.get(conn).shapes
        assert shapes is not None and shapes.polygons["330102"].bounds == (1, 1, 2, 2)
