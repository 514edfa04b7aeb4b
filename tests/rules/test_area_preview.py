"""What a change of areas would have done to past orders (issue 4, point 5): the same as routing them all again."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from shapely import box
from sqlalchemy import Connection, Engine

from basics.words import DATA_CENTRE
from dispatch.preview.queries import Preview, preview
from dispatch.routing import Place, choose
from geo.actions import change_areas, import_areas, import_districts, import_stations
from geo.areas import Area
from geo.named_places import NamedPlace
from geo.network import Network
from geo.queries import load_network
from storage.session import writing
from storage.tables.dispatch import orders
from tests.rules.courses import BOOK, t
from tests.rules.stage import AREAS, STATIONS

NOW = t("20 12:00")


@pytest.fixture
def stored(engine: Engine) -> Engine:
    """The stage's network, before any order."""
    with writing(engine) as conn:
        import_stations(conn, STATIONS, t("1 00:00"))
        import_areas(conn, AREAS, t("1 00:00"))
        import_districts(conn, [("330102", "A"), ("330103", "B")], t("1 00:00"))
    return engine


def put(conn: Connection, points: list[tuple[float, float] | None], created: datetime = NOW, **more: Any) -> None:
    """Rows of orders at these points; None: without one."""
    rows = [
        {
            "region": "", "channel": "cainiao", "logistics_no": f"LP{created:%m%d%H}{number:06}", "online": True,
            "business_type": "online_order", "state": "picked_up", "station": "A", "routing_cause": "area",
            "candidates": [], "content": {}, "missing": [], "lng": point and point[0], "lat": point and point[1],
            "adcode": "330102", "created_at": created, "received_at": created, "promise_at": created, "version": 1,
        } | more
        for number, point in enumerate(points)
    ]  # fmt: skip
    conn.execute(orders.insert(), rows)


def seen(conn: Connection, proposed: dict[str, list[Area]], **more: Any) -> Preview:
    return preview(conn, load_network(conn), proposed, NOW, BOOK, **more)


def square(code: str, west: float, east: float) -> Area:
    return Area(code, box(west, 30.0, east, 30.2))


def test_a_border_moved(stored: Engine) -> None:
    """B takes the east of A, which is A1's: and C's west, which it covers but does not win."""
    with writing(stored) as conn:
        put(conn, [(120.05, 30.1), (120.15, 30.1), (120.4, 30.1), None, (120.25, 30.1), (121.5, 31.5), (120.2, 30.1)])
        found = seen(conn, {"B": [square("B", 120.2, 120.5)], "A1": []})
    assert (found.looked_at, found.touched) == (6, 4)
    assert found.pairs == {("A1", "A"): 2, (DATA_CENTRE, "B"): 1}
    first = found.moved[-1]
    assert (first.lng, first.lat, first.station_before, first.cause_before) == (120.15, 30.1, "A1", "area")
    assert [one.cause_before for one in found.moved] == ["area", "no_area", "area"], "newest first"


def test_only_the_last_days_count_and_only_so_many_are_named(stored: Engine) -> None:
    with writing(stored) as conn:
        put(conn, [(120.4, 30.1)] * 5, NOW)
        put(conn, [(120.4, 30.1)] * 3, NOW - timedelta(days=30))
        put(conn, [(120.4, 30.1)] * 2, NOW - timedelta(days=31))
        found = seen(conn, {"B": []}, most=4)
        assert found.looked_at == 8 and found.pairs == {("B", DATA_CENTRE): 8} and len(found.moved) == 4
        assert seen(conn, {"B": []}, days=31).looked_at == 10
        assert seen(conn, {"B": []}, days=0).looked_at == 5


def test_areas_of_now_and_closures_of_then(stored: Engine) -> None:
    with writing(stored) as conn:
        change_areas(
            conn, {"B": [square("B", 120.6, 120.7)]},
            effective_at=NOW + timedelta(days=1), now=t("2 00:00"), by="HQ", source="console", key="planned",
        )  # fmt: skip
        put(conn, [(120.4, 30.1)])
        found = seen(conn, {"B": [square("B", 120.3, 120.5)]})
        assert (found.touched, found.pairs) == (1, {}), "the same as it has now"


def test_orders_that_no_area_can_move_are_left_out(stored: Engine) -> None:
    """Held, withdrawn before they were routed, or waiting for a person because of their number (CHAN-1)."""
    with writing(stored) as conn:
        for hour, (state, station, cause) in enumerate(
            [
                ("held", None, ""), ("withdrawn", None, ""), ("at_data_centre", DATA_CENTRE, "prefix"),
                ("picked_up", "B", "prefix"), ("at_data_centre", DATA_CENTRE, "no_area"),
            ]
        ):  # fmt: skip
            put(conn, [(120.4, 30.1)], NOW - timedelta(hours=hour), state=state, station=station, routing_cause=cause)
        found = seen(conn, {"B": []})
    assert (found.looked_at, found.touched, found.pairs) == (1, 1, {("B", DATA_CENTRE): 1})


def test_what_words_decide_does_not_move(stored: Engine) -> None:
    """A named place goes before every polygon, before and after."""

    class Reader:
        """Understands nothing but takes the whole text for a fragment's home."""

        def understand(self, text: str) -> Any:
            return type(
                "Read", (), {"rest": text, "adcode": None, "status": "not_understood", "why": "", "candidates": ()}
            )()

        def today(self, code: str) -> tuple[str, ...]:
            return (code,)

    with writing(stored) as conn:
        content = {"lng": 120.4, "lat": 30.1, "datum": "GCJ-02", "adcode": "330103", "address": "文一西路88号"}
        put(conn, [(120.4, 30.1)], content=content)
        plain = load_network(conn)
        named = Network(
            STATIONS, plain.areas, [("330103", "B")], [], [NamedPlace("330103", "文一西路", "C", t("1 00:00"))]
        )
        reader: Any = Reader()
        moved = preview(conn, plain, {"B": []}, NOW, BOOK, gazetteer=reader)
        kept = preview(conn, named, {"B": []}, NOW, BOOK, gazetteer=reader)
    assert moved.pairs == {("B", DATA_CENTRE): 1}
    assert (kept.touched, kept.pairs) == (1, {})


@pytest.mark.parametrize("seed", range(4))
def test_like_routing_all_of_them_again(stored: Engine, seed: int) -> None:
    """Against a second network, built with the proposed areas and asked for every order."""
    random = Random(seed)
    points = [(120 + random.randrange(0, 80) / 100, 30 + random.randrange(0, 25) / 100) for _ in range(400)]
    proposed = {
        code: [
            Area(code, box(west, south, west + random.randrange(1, 40) / 100, south + random.randrange(1, 20) / 100))
            for west, south in ((120 + random.randrange(0, 60) / 100, 30 + random.randrange(0, 10) / 100),) * 2
        ]
        for code in random.sample(["A", "A1", "A2", "B", "C", "N"], 3)
    }
    with writing(stored) as conn:
        put(conn, list(points))
        found = seen(conn, proposed, most=999)
        now = load_network(conn)
    other = [area for area in AREAS if area.station not in proposed] + [one for own in proposed.values() for one in own]
    then = Network(STATIONS, other, [("330102", "A"), ("330103", "B")], [])
    places = [Place(lng, lat, "330102") for lng, lat in points]
    before, after = (choose(places, one, [NOW] * len(points)) for one in (now, then))
    expected = [(a, b) for a, b in zip(before, after, strict=True) if a.station != b.station]
    assert found.pairs == Counter((a.station, b.station) for a, b in expected)
    assert [(one.station_before, one.cause_before, one.station_after, one.cause_after) for one in found.moved] == [
        (a.station, a.cause, b.station, b.cause) for a, b in reversed(expected)
    ]
    assert found.touched >= len(expected) > 0
