"""B-88, DO-4: a station whose scans prove pickups cannot change its house, though it never held an order."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from channels.messages import Scan
from dispatch.facts import Confirm, Target
from geo.actions import import_stations
from geo.errors import NetworkError
from geo.queries import load_network
from storage.session import writing
from tests.rules.courses import t
from tests.rules.scene import Scene, accepts, pushed
from tests.rules.stage import NUMBER, STATIONS

MOVED = [replace(one, parent="B", province="江苏省") if one.code == "A1" else one for one in STATIONS]


def test_the_house_of_a_station_that_only_scanned_stays(engine: Engine) -> None:
    """VIO-2: else the confirmation of an innocent house would stand without a scan."""
    with writing(engine) as conn:
        scene = Scene(conn).stations()
        scene.tell_all([("5 10:00", pushed(business_type="send_express")), ("5 10:05", accepts("LP1"))])
        scene.tell("5 12:00", Confirm(Target("LP1"), "A", NUMBER))
        scene.tell("5 13:00", Scan(NUMBER, "A1", t("5 11:50")))
    with pytest.raises(NetworkError, match="A1"), writing(engine) as conn:
        import_stations(conn, MOVED, t("7 09:30"))
    with writing(engine) as conn:
        assert load_network(conn).stations["A1"].parent == "A"


def test_one_that_did_nothing_yet_may_move(engine: Engine) -> None:
    with writing(engine) as conn:
        Scene(conn).stations().tell("5 13:00", Scan(NUMBER, "A2", t("5 11:50")))
        import_stations(conn, MOVED, t("7 09:30"))
        assert load_network(conn).stations["A1"].parent == "B"
