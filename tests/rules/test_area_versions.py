"""Service areas have versions (B-88): a change holds from an instant on, what held before stays, verdicts with it."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from shapely import Polygon, box
from sqlalchemy import Connection, Engine, insert, select

from basics.words import State
from geo.actions import change_areas, import_areas, import_stations, remove_station
from geo.areas import Area
from geo.errors import NetworkError
from geo.queries import NetworkCache, load_network, network_version
from geo.service_areas.queries import areas_at, changes, open_orders, planned, versions_of
from geo.stations import Station
from storage.session import reading, run, writing
from storage.tables import geo as tables
from storage.tables.dispatch import assignments, orders
from storage.tables.people import users

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


@pytest.fixture
def stored(engine: Engine) -> Engine:
    """Z1 has its square at 120° since ever, the others have none."""
    with writing(engine) as conn:
        import_stations(conn, STATIONS, NOW)
        import_areas(conn, [square("Z1", 120)], NOW)
    return engine


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


# ---- imports ---------------------------------------------------------------------------------------------------


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


# ---- any sequence, and two at once ------------------------------------------------------------------------------

Plan = list[tuple[datetime, list[float]]]


def naive(plan: Plan, at: datetime) -> list[float]:
    """The last one told of those that began latest: a list of (from, areas), each new one cuts off what is later."""
    standing: Plan = []
    for start, areas in plan:
        standing = [one for one in standing if one[0] < start] + [(start, areas)]
    return next((areas for start, areas in reversed(standing) if start <= at), [])


@pytest.mark.parametrize("seed", range(8))
def test_any_sequence_leaves_one_version_at_each_instant(stored: Engine, seed: int) -> None:
    """No gap, no double: at every instant the areas of a station are those of exactly one change."""
    random = Random(seed)
    plans: dict[str, Plan] = {"Z1": [(datetime.min.replace(tzinfo=UTC), [120.0])], "Z1A": [], "U1": []}
    now = NOW
    with writing(stored) as conn:
        for number in range(25):
            now += timedelta(minutes=random.randrange(0, 90))
            at = now + timedelta(minutes=random.choice([0, 0, 30, 60, 61, 600]))
            told: dict[str, list[Area]] = {}
            for code in random.sample(sorted(plans), random.randrange(1, 4)):
                wests = [80 + number + 0.1 * part for part in range(random.randrange(0, 4))]
                told[code] = [square(code, west, 0.05) for west in wests]
                plans[code].append((at, wests))
            change(conn, told, at, now)
        edges = {NOW} | {start for plan in plans.values() for start, _ in plan[1 if plan[0][1] == [120.0] else 0 :]}
        network = load_network(conn)
        for at in sorted(edges):
            for instant in (at - TICK, at, at + TICK):
                rows = areas_at(conn, instant, None, None, 999)
                for code, plan in plans.items():
                    own = [row for row in rows if row.station == code]
                    expected = naive(plan, instant)
                    assert [row.geometry.bounds[0] for row in own] == expected
                    assert [row.part for row in own] == list(range(1, len(own) + 1))
                    assert len({row.change_id for row in own}) <= 1
                    lines = [network.areas.covers({code}, west + 0.01, 30.01, instant) for west in expected]
                    assert all(lines)


def overlapping(engine: Engine, first: Callable[[Connection], Any], second: Callable[[Connection], Any]) -> None:
    """`second` begins while the transaction of `first` is open."""
    with ThreadPoolExecutor(1) as pool:
        with writing(engine) as conn:
            first(conn)
            other = pool.submit(run, engine, second)
            wait([other], timeout=0.3)
        other.result(20)


def test_two_changes_at_once_queue(stored: Engine) -> None:
    """Whoever waited comes after, though its clock was read before: nothing that has held since is cut out."""
    overlapping(
        stored,
        lambda conn: change(conn, {"Z1": [square("Z1", 122)]}, NOW + HOUR, NOW + HOUR, "first"),
        lambda conn: change(conn, {"Z1": [square("Z1", 124)]}, NOW, NOW, "second"),
    )
    with reading(stored) as conn:
        assert held(conn, "Z1", NOW) == [120] and held(conn, "Z1", NOW + HOUR) == [124]
        assert [one.effective_at for one in changes(conn, None, 2)] == [NOW + HOUR, NOW + HOUR]


def test_one_form_sent_twice_at_once_changes_once(stored: Engine) -> None:
    def send(conn: Connection) -> int:
        return change(conn, {"Z1": [square("Z1", 122)]}, NOW, NOW, "one form")

    overlapping(stored, send, send)
    with reading(stored) as conn:
        assert len(changes(conn, None, 9)) == 2 and held(conn, "Z1", NOW) == [122]


# ---- maps, removal ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("box", "stations", "limit", "expected"),
    [
        (None, None, 9, ["U1", "Z1", "Z1"]),
        (None, None, 2, ["U1", "Z1"]),
        ((119.0, 29.0, 120.0, 30.0), None, 9, ["Z1"]),
        ((119.0, 29.0, 119.999, 30.0), None, 9, []),
        ((80.0, 20.0, 130.0, 40.0), {"U1"}, 9, ["U1"]),
        ((80.0, 20.0, 130.0, 40.0), None, 1, ["U1"]),
        (None, set(), 9, []),
    ],
)
def test_areas_for_a_map(
    stored: Engine,
    box: tuple[float, float, float, float] | None,
    stations: set[str] | None,
    limit: int,
    expected: Sequence[str],
) -> None:
    with writing(stored) as conn:
        change(conn, {"Z1": [square("Z1", 120), square("Z1", 122)], "U1": [square("U1", 87)]}, NOW)
        assert [row.station for row in areas_at(conn, NOW, box, stations, limit)] == expected


def test_only_a_station_on_which_nothing_hangs_is_removed(stored: Engine) -> None:
    with writing(stored) as conn:
        refused(conn, "station_unknown", lambda c: remove_station(c, "X", NOW))
        refused(conn, "station_in_use", lambda c: remove_station(c, "Z1", NOW))
        order(conn, "Z1A", State.PICKED_UP)
        refused(conn, "station_in_use", lambda c: remove_station(c, "Z1A", NOW))
        conn.execute(tables.districts.insert(), [{"adcode": "650102", "station": "U1"}])
        remove_station(conn, "U1", NOW)
        assert "U1" not in load_network(conn).stations


def test_a_station_with_a_user_is_not_removed(stored: Engine) -> None:
    user = {"login": "u", "display_name": "u", "role": "station", "station": "U1", "password_hash": ""}
    with writing(stored) as conn:
        conn.execute(users.insert().values(**user, disabled=False, created_at=NOW))
        refused(conn, "station_in_use", lambda c: remove_station(c, "U1", NOW))
