"""ROUTE-1: places named by hand and their end; misrouting before and after, in a database."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread
from time import sleep

import pytest
from sqlalchemy import Connection, Engine, select

from basics.refusal import Refusal
from basics.words import DATA_CENTRE
from dispatch.facts import Dispatch, Target
from dispatch.memory import actions as memory
from dispatch.memory.misrouted.queries import effects, misrouting, within
from dispatch.misrouting import Effect, Figures
from geo.naming import actions as naming
from geo.naming.queries import named_now
from storage.session import reading, run, writing
from storage.tables.geo import named_places
from tests.rules.memory_town import NOON, PLACE, YH1, YH2, YH3, Town, proposed
from tests.rules.memory_world import DISTRICT, START


@pytest.fixture
def town(engine: Engine) -> Town:
    return Town(engine, seed=1)


# ---- named by hand


def by_hand(fragment: str = PLACE, station: str = YH3) -> naming.Naming:
    return naming.Naming(DISTRICT, fragment, station, "hq", "总部核定")


def typed(conn: Connection, given: naming.Naming, now: datetime) -> Refusal | None:
    return naming.name_place(conn, given, now, typed=True)


def test_naming_by_hand_and_ending_it(town: Town) -> None:
    """A later word closes the earlier one at that instant; an end may lie ahead."""
    assert town.do_it(typed, by_hand("小区")) == "place_unreadable"
    assert town.do_it(naming.name_place, by_hand(station="XX")) == "station_unknown"
    assert town.do_it(naming.name_place, by_hand(station=YH3), day=1) is None
    assert town.do_it(naming.name_place, by_hand(station=YH1), day=1) == "place_named"
    assert town.do_it(naming.name_place, by_hand(station=YH1), day=2) is None
    with reading(town.engine) as conn:
        rows = conn.execute(select(named_places).order_by(named_places.c.id)).all()
    assert [(row.station, row.valid_until) for row in rows] == [(YH3, NOON + timedelta(days=2)), (YH1, None)]
    first, last = rows[0].id, rows[1].id
    assert town.do_it(naming.end_place, last, NOON + timedelta(days=2), day=3) == "end_too_early"
    assert town.do_it(naming.end_place, 999_999, NOON + timedelta(days=9), day=3) == "place_unknown"
    assert town.do_it(naming.end_place, first, NOON + timedelta(days=9), day=3) == "place_ended"
    assert town.do_it(naming.end_place, last, NOON + timedelta(days=5), day=3) is None
    for day, holds in ((4, 1), (5, 0)):
        with reading(town.engine) as conn:
            assert len(named_now(conn, NOON + timedelta(days=day))) == holds
    # A place that ends later is taken over at once by the next.
    assert town.do_it(naming.name_place, by_hand(station=YH2), day=4) is None
    town.renew()
    named = town.world.network.named
    owners = [named.find(DISTRICT, [PLACE], NOON + timedelta(days=day)) for day in (1, 2, 4, 6)]
    assert [owner and owner.station for owner in owners] == [YH3, YH1, YH2, YH2]


def rows_of(town: Town) -> list[tuple[str, datetime, datetime | None]]:
    with reading(town.engine) as conn:
        rows = conn.execute(select(named_places).order_by(named_places.c.id))
        return [(row.station, row.valid_from, row.valid_until) for row in rows]


def test_two_people_with_clocks_apart_leave_one_owner(town: Town) -> None:
    """Whose clock is slower would end a place in a month that somebody has just given to another."""
    second = timedelta(seconds=1)
    assert town.do_it(naming.name_place, by_hand(station=YH2), day=0) is None
    with reading(town.engine) as conn:
        old = conn.scalar(select(named_places.c.id))
    assert code(town, naming.name_place, by_hand(station=YH3), NOON + 2 * second) is None
    assert code(town, naming.end_place, old, NOON + timedelta(days=30), NOON + second) == "place_ended"
    assert code(town, naming.end_place, old, None, NOON + second) == "place_ended"
    assert code(town, naming.name_place, by_hand(station=YH1), NOON + second) == "place_named"
    assert rows_of(town) == [(YH2, NOON, NOON + 2 * second), (YH3, NOON + 2 * second, None)]


def test_an_end_waits_for_who_is_naming(town: Town) -> None:
    """What it found when it came is not what holds when its turn comes."""
    assert town.do_it(naming.name_place, by_hand(station=YH2), day=0) is None
    with reading(town.engine) as conn:
        old = conn.scalar(select(named_places.c.id))
    answers = []

    def end() -> None:
        month = NOON + timedelta(days=30)
        answers.append(code(town, naming.end_place, old, month, NOON + timedelta(minutes=9)))

    ending = Thread(target=end)
    with writing(town.engine) as conn:
        assert naming.name_place(conn, by_hand(station=YH3), NOON + timedelta(minutes=10)) is None
        ending.start()
        sleep(0.3)
        assert answers == []
    ending.join()
    assert answers == ["place_ended"]
    assert [until for _, _, until in rows_of(town)] == [NOON + timedelta(minutes=10), None]


def test_naming_and_ending_at_once(town: Town) -> None:
    """Three people, many times over: at no instant are there two owners."""
    assert town.do_it(naming.name_place, by_hand(station=YH2), day=0) is None
    start = Barrier(3)

    def act(number: int) -> None:
        start.wait()
        for step in range(1, 9):
            now = NOON + timedelta(minutes=10 * step, seconds=number)
            if number:
                code(town, naming.name_place, by_hand(station=(YH1, YH3)[number - 1]), now)
                continue
            with reading(town.engine) as conn:
                ids = list(conn.scalars(select(named_places.c.id)))
            for place in ids:
                code(town, naming.end_place, place, now + timedelta(days=30), now)

    threads = [Thread(target=act, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = sorted(rows_of(town), key=lambda row: row[1])
    assert len(rows) > 2
    assert all(until is not None and until <= rows[after][1] for after, (_, _, until) in enumerate(rows[:-1], 1))


def test_an_end_at_once(town: Town) -> None:
    assert town.do_it(naming.name_place, by_hand(station=YH2), day=0) is None
    with reading(town.engine) as conn:
        place = conn.scalar(select(named_places.c.id))
    assert code(town, naming.end_place, place, None, NOON) == "end_too_early"
    assert code(town, naming.end_place, place, None, NOON + timedelta(minutes=1)) is None
    assert code(town, naming.end_place, place, None, NOON + timedelta(minutes=2)) == "place_ended"
    assert rows_of(town) == [(YH2, NOON, NOON + timedelta(minutes=1))]


def code(town: Town, act: Callable[..., Refusal | None], *given: object) -> str | None:
    refusal = run(town.engine, lambda conn: act(conn, *given))
    return refusal.code if refusal else None


# ---- misrouting


def test_misrouting_before_and_after(town: Town) -> None:
    number = proposed(town)
    town.push("IS60", 9)
    town.pick_up("IS60", 9, YH1)
    town.push("IS61", 9, lng=None, lat=None)  # several stations serve the district
    town.act(9, Dispatch(Target("IS61", "crm"), YH1, "hq"))
    town.moved("IS62", 9, to=DATA_CENTRE, picked_up=False)  # waits: nobody served it yet
    assert town.do_it(memory.adopt, number, "hq", "") is None
    town.renew()
    for day in range(11, 14):
        town.push(f"IS5{day}", day)
        town.pick_up(f"IS5{day}", day, YH2)
    town.counted(14)
    week = timedelta(weeks=1)
    with reading(town.engine) as conn:
        [district] = misrouting(conn, [("1", START, START + week), ("2", START + week, START + 2 * week)])
        place = named_now(conn, NOON + timedelta(days=14))[0]
        found = effects(conn, [place.id], START)
    assert district.adcode == DISTRICT
    assert district.weeks == (Figures(7, 7, 0), Figures(8, 3, 1))  # without the one that waits
    assert found == {place.id: Effect(Figures(12, 10, 1), Figures(3, 0, 0))}
    with reading(town.engine) as conn:
        assert misrouting(conn, [("9", START + 9 * week, START + 10 * week)]) == []


def test_a_page_reads_so_many_orders_and_no_more(town: Town) -> None:
    """17 orders: 7, 7 and 3 in the weeks."""
    for day in range(17):
        town.push(f"IS{day}", day)
    weeks = [(str(number), START + timedelta(weeks=number), START + timedelta(weeks=number + 1)) for number in range(3)]
    with reading(town.engine) as conn:
        read = {most: [name for name, *_ in within(conn, weeks, most)] for most in (2, 3, 9, 10, 16, 17, 99)}
    assert read == {
        2: [], 3: ["2"], 9: ["2"], 10: ["1", "2"], 16: ["1", "2"], 17: ["0", "1", "2"], 99: ["0", "1", "2"],
    }  # fmt: skip
