"""ROUTE-1: places named by hand and their end; misrouting before and after, in a database."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, select

from basics.refusal import Refusal
from basics.words import DATA_CENTRE
from dispatch.facts import Dispatch, Target
from dispatch.memory import actions as memory
from dispatch.memory.misrouted.queries import effects, misrouting
from dispatch.misrouting import Effect, Figures
from geo.naming import actions as naming
from geo.naming.queries import named_now
from storage.session import reading
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
    assert district.weeks == (Figures(7, 7, 0), Figures(9, 3, 1))
    assert found == {place.id: Effect(Figures(12, 10, 1), Figures(3, 0, 0))}
    with reading(town.engine) as conn:
        assert misrouting(conn, [("9", START + 9 * week, START + 10 * week)]) == []
