"""Any sequence of changes of areas, two at once, what a map reads of them, and the end of a station (B-88)."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from basics.words import State
from geo.actions import remove_station
from geo.areas import Area
from geo.queries import load_network
from geo.service_areas.queries import areas_at, changes
from storage.session import reading, run, writing
from storage.tables import geo as tables
from storage.tables.people import users
from tests.rules.area_scene import HOUR, NOW, TICK, begin, change, held, order, refused, square


@pytest.fixture
def stored(engine: Engine) -> Engine:
    with writing(engine) as conn:
        begin(conn)
    return engine


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
