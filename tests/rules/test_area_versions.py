"""Service areas have versions (B-88): a change holds from an instant on, what held before stays, verdicts with it."""

import pytest
from shapely import Polygon
from sqlalchemy import Engine, select

from basics.words import State
from geo.actions import import_areas, import_stations, remove_station
from geo.areas import Area
from geo.errors import NetworkError
from geo.queries import NetworkCache, load_network, network_version
from geo.service_areas.queries import changes, open_orders, planned, versions_of
from storage.session import reading, writing
from storage.tables import geo as tables
from tests.rules.area_scene import HOUR, NOW, STATIONS, TICK, begin, change, held, order, refused, square


@pytest.fixture
def stored(engine: Engine) -> Engine:
    with writing(engine) as conn:
        begin(conn)
    return engine


def test_a_change_holds_from_its_instant_exactly(stored: Engine) -> None:
    at = NOW + 24 * HOUR
    with writing(stored) as conn:
        before = load_network(conn)
        change(conn, {"Z1": [square("Z1", 122), square("Z1", 124)]}, at)
        network = load_network(conn)
        assert held(conn, "Z1", at - TICK) == [120] and held(conn, "Z1", at) == [122, 124]
    for asked in (before, network):
        assert asked.covers("Z1", 120.5, 30.5, NOW) and not asked.covers("Z1", 122.5, 30.5, NOW)
    assert network.covers("Z1", 120.5, 30.5, at - TICK) and not network.covers("Z1", 120.5, 30.5, at)
    assert network.covers("Z1", 124.5, 30.5, at) and not network.covers("Z1", 124.5, 30.5, at - TICK)


def test_an_empty_change_ends_the_areas(stored: Engine) -> None:
    with writing(stored) as conn:
        change(conn, {"Z1": []}, NOW + HOUR)
        assert held(conn, "Z1", NOW) == [120] and held(conn, "Z1", NOW + HOUR) == []
        change(conn, {"Z1": [square("Z1", 124)]}, NOW + 3 * HOUR)
        assert [held(conn, "Z1", NOW + hours * HOUR) for hours in (0, 1, 2, 3)] == [[120], [], [], [124]]
        spans = [(one.valid_from, one.valid_until, one.areas) for one in versions_of(conn, "Z1")]
    assert spans == [(NOW + 3 * HOUR, None, 1), (None, NOW + HOUR, 1)]


def test_what_was_planned_falls_away_and_what_held_stays(stored: Engine) -> None:
    with writing(stored) as conn:
        old = conn.execute(select(tables.areas)).one()
        late = change(conn, {"Z1": [square("Z1", 122)], "U1": [square("U1", 87)]}, NOW + 48 * HOUR)
        early = change(conn, {"Z1": [square("Z1", 124)]}, NOW + 24 * HOUR)
        rows = conn.execute(select(tables.areas).order_by(tables.areas.c.id)).all()
        assert dict(rows[0]._mapping) == {**old._mapping, "valid_until": NOW + 24 * HOUR}
        assert [(row.station, row.change_id) for row in rows[1:]] == [("U1", late), ("Z1", early)]
        assert [(one.id, one.stations) for one in planned(conn, NOW)] == [(early, ("Z1",)), (late, ("U1",))]
        assert planned(conn, NOW + 48 * HOUR) == []
        assert [one.id for one in changes(conn, None, 2)] == [early, late]
        assert [one.stations for one in changes(conn, late, 9)] == [("Z1",)], "the import; a plan keeps its stations"


def test_the_list_of_changes_says_who_when_and_why(stored: Engine) -> None:
    with writing(stored) as conn:
        made = change(conn, {"U1": [square("U1", 87)]}, NOW + HOUR)
        [one] = changes(conn, None, 1)
    assert (one.id, one.by, one.source, one.note) == (made, "HQ", "console", "试")
    assert (one.effective_at, one.recorded_at, one.stations) == (NOW + HOUR, NOW, ("U1",))


def test_nothing_takes_effect_in_the_past(stored: Engine) -> None:
    new = {"Z1": [square("Z1", 122)]}
    with writing(stored) as conn:
        refused(conn, "effective_in_the_past", lambda c: change(c, new, NOW - TICK))
        refused(conn, "effective_in_the_past", lambda c: change(c, new, None))
        change(conn, {"U1": [square("U1", 87)]}, None)
        order(conn, "Z1A")
        refused(conn, "effective_in_the_past", lambda c: change(c, {"Z1A": [square("Z1A", 120)]}, None))
        order(conn, "Z1")
        change(conn, new, NOW)


def test_since_ever_is_refused_when_the_level_1_station_has_orders(engine: Engine) -> None:
    """TRANSFER-1 counts a contracted area for the station above it."""
    with writing(engine) as conn:
        import_stations(conn, STATIONS, NOW)
        order(conn, "Z1")
        refused(conn, "effective_in_the_past", lambda c: change(c, {"Z1A": [square("Z1A", 120)]}, None))


@pytest.mark.parametrize("state", [State.WAITING, State.ACCEPTED, State.AWAITING_WAYBILL])
def test_b_88_a_station_with_open_orders_keeps_an_area(stored: Engine, state: State) -> None:
    with writing(stored) as conn:
        order(conn, "Z1", state)
        refused(conn, "has_open_orders", lambda c: change(c, {"Z1": [], "U1": [square("U1", 87)]}, NOW + HOUR))
        refused(conn, "has_open_orders", lambda c: remove_station(c, "Z1", NOW))
        change(conn, {"Z1": [square("Z1", 122)]}, NOW)


def test_a_station_whose_orders_are_done_may_lose_its_area(stored: Engine) -> None:
    with writing(stored) as conn:
        order(conn, "Z1", State.PICKED_UP)
        assert open_orders(conn, {"Z1"}) == set()
        change(conn, {"Z1": []}, NOW)
        assert held(conn, "Z1", NOW) == []


def test_invalid_shapes_and_unknown_stations_are_refused(stored: Engine) -> None:
    bow = Area("Z1", Polygon([(120, 30), (121, 31), (121, 30), (120, 31)]))
    with writing(stored) as conn:
        refused(conn, "station_unknown", lambda c: change(c, {"X": [square("X", 120)]}, NOW))
        with pytest.raises(NetworkError) as caught:
            change(conn, {"Z1": [bow]}, NOW)
    assert caught.value.code == "invalid_geometry" and caught.value.place == (120.5, 30.5)


def test_a_key_again_changes_nothing(stored: Engine) -> None:
    with writing(stored) as conn:
        first = change(conn, {"Z1": [square("Z1", 122)]}, NOW, key="form 1")
        version = network_version(conn)
        assert change(conn, {"Z1": [square("Z1", 124)]}, NOW, key="form 1") == first
        assert held(conn, "Z1", NOW) == [122] and network_version(conn) == version


def test_the_cache_notices_every_change(stored: Engine) -> None:
    cache = NetworkCache()
    with reading(stored) as conn:
        assert cache.get(conn).covers("Z1", 120.5, 30.5, NOW)
    for west, at in ((122.0, NOW), (124.0, NOW + HOUR)):
        with writing(stored) as conn:
            change(conn, {"Z1": [square("Z1", west)]}, at)
        with reading(stored) as conn:
            assert cache.get(conn).covers("Z1", west + 0.5, 30.5, at)
    with writing(stored) as conn:
        change(conn, {"Z1": []}, NOW + HOUR)
    with reading(stored) as conn:
        assert not cache.get(conn).covers("Z1", 124.5, 30.5, NOW + HOUR), "a row fewer, and none new"


def test_an_import_holds_since_ever_only_before_the_first_order(stored: Engine) -> None:
    with writing(stored) as conn:
        assert import_areas(conn, [square("Z1", 122), square("U1", 87)], NOW) == {"Z1", "U1"}
        assert held(conn, "U1", NOW - HOUR) == [87] and held(conn, "Z1", NOW - HOUR) == [120]
        assert held(conn, "Z1", NOW) == [122]
        order(conn, "Z1")
        import_areas(conn, [square("Z1A", 126)], NOW + HOUR)
        assert held(conn, "Z1A", NOW + HOUR - TICK) == [] and held(conn, "Z1A", NOW + HOUR) == [126]


def test_the_same_import_again_changes_nothing(stored: Engine) -> None:
    with writing(stored) as conn:
        both = [square("Z1", 120), square("U1", 87)]
        assert import_areas(conn, both, NOW + HOUR) == {"U1"}, "Z1 has that area already"
        version = network_version(conn)
        assert import_areas(conn, both, NOW + 2 * HOUR) == set()
        assert network_version(conn) == version and len(changes(conn, None, 9)) == 2
        assert import_areas(conn, [square("Z1", 122)], NOW + 2 * HOUR, NOW + 9 * HOUR) == {"Z1"}
        assert import_areas(conn, [square("Z1", 122)], NOW + 3 * HOUR) == {"Z1"}, "planned is not yet"
        assert held(conn, "Z1", NOW + 3 * HOUR) == [122] and planned(conn, NOW + 3 * HOUR) == []
