"""Three stations whose areas change, and the few words in which tests tell it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from shapely import box
from sqlalchemy import Connection, insert

from basics.words import State
from geo.actions import change_areas, import_areas, import_stations
from geo.areas import Area
from geo.errors import NetworkError
from geo.queries import network_version
from geo.service_areas.queries import areas_at
from geo.stations import Station
from storage.tables.dispatch import assignments, orders

NOW = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
STATIONS = [
    Station("Z1", "网点", 1, None, "浙江省", "standard", True),
    Station("Z1A", "承包区", 2, "Z1", "浙江省", "standard", True),
    Station("U1", "乌鲁木齐网点", 1, None, "新疆维吾尔自治区", "xinjiang", True),
]


def square(code: str, west: float, size: float = 1.0) -> Area:
    return Area(code, box(west, 30, west + size, 30 + size))


def change(
    conn: Connection, areas: dict[str, list[Area]], at: datetime | None = None, now: datetime = NOW, key: str = ""
) -> int:
    key = key or f"{sorted(areas)} {at} {now} {network_version(conn)}"
    return change_areas(conn, areas, effective_at=at, now=now, by="HQ", source="console", note="试", key=key[:64])


def begin(conn: Connection) -> None:
    """Z1 has its square at 120° since ever, the others have none."""
    import_stations(conn, STATIONS, NOW)
    import_areas(conn, [square("Z1", 120)], NOW)


def order(conn: Connection, station: str, state: str = State.WAITING, lng: float = 120.5) -> int:
    """A bare row of an order that lies with a station."""
    number = conn.execute(
        insert(orders)
        .values(
            region="浙江省", channel="cainiao", logistics_no=f"LP{lng}{station}{state}", business_type="send_express",
            online=True, state=state, station=station, routing_cause="area", candidates=[], content={}, missing=[],
            lng=lng, lat=30.5, created_at=NOW, received_at=NOW, promise_at=NOW, version=1,
        )
        .returning(orders.c.id)
    ).scalar_one()  # fmt: skip
    conn.execute(
        insert(assignments).values(
            order_id=number, seq=1, region="浙江省", station=station, started_at=NOW, cause="routing", by="system",
            outside=False,
        )
    )  # fmt: skip
    return int(number)


def refused(conn: Connection, code: str, work: Callable[[Connection], object]) -> None:
    with pytest.raises(NetworkError) as caught:
        work(conn)
    assert caught.value.code == code
    assert "/" in caught.value.cause or "(" in caught.value.cause, "Chinese and English"


def held(conn: Connection, station: str, at: datetime) -> list[float]:
    """The western edges of the station's areas at an instant: each test square has its own."""
    return [row.geometry.bounds[0] for row in areas_at(conn, at, None, {station}, 99)]
