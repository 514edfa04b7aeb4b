"""ROUTE-4: what does not count, what is told apart, and that no order, however written, stops the counting."""

from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import Engine, func, insert, select, update

from basics.days import day_of
from basics.words import DATA_CENTRE
from channels.messages import OrderPush, Withdrawal
from dispatch.facts import Dispatch, Fail, Target, Transfer
from dispatch.memory import actions as memory
from dispatch.memory import queries
from dispatch.memory.queries import ballots, last_of, marked, names_of, open_proposals, worth_a_look
from dispatch.proposing import Claim, Impact, impact, tally
from dispatch.votes import LOST_AFTER
from geo.fragments import MOST
from geo.naming import actions as naming
from storage.session import reading, run, writing
from storage.tables.dispatch import events, fragment_votes, orders, proposals
from tests.rules.memory_town import NOON, PLACE, POINT, ROAD, YH1, YH2, YH3, Town, proposed
from tests.rules.memory_world import DISTRICT, IN_WORDS, START

SIGNS = "金银水木火土山江湖海云风春夏秋冬松竹梅兰"


@pytest.fixture
def town(engine: Engine) -> Town:
    return Town(engine, seed=1)


# ---- what does not count


@pytest.mark.parametrize("end", ["accept", "pickup", "withdrawn", "none"])
def test_a_dispatch_whose_order_came_to_nothing_does_not_count(town: Town, end: str) -> None:
    """HQ sent it there, but nobody saw that it belongs there."""
    for number in range(5):
        no = f"IS{number}"
        town.push(no, number, lng=None, lat=None)
        town.act(number, Dispatch(Target(no, "crm"), YH2, "hq"))
        at = NOON + timedelta(days=number, minutes=30)
        if end == "withdrawn":
            town.do(at, [Withdrawal("crm", no, "sender", "错了", at)])
        elif end == "accept":
            town.act(number, Fail(Target(no, "crm"), YH2, "accept", "out_of_area"))
    if end == "pickup":  # as it stands after a failed visit
        with writing(town.engine) as conn:
            conn.execute(update(orders).values(state="pickup_failed", ended_at=NOON, next_at=None))
    town.counted(5)
    assert bool(town.open()) is (end == "none")


def test_one_order_that_went_by_a_friend_is_no_second_witness(town: Town) -> None:
    """YH1 says it four times of five."""
    for number in range(5):
        no, first = f"IS{number}", YH3 if number == 4 else YH2
        town.push(no, number)
        town.act(number, Transfer(Target(no, "crm"), YH1, first))
        if first != YH2:
            town.act(number, Transfer(Target(no, "crm"), first, YH2))
        town.pick_up(no, number, YH2)
    town.counted(5)
    assert town.open() == []


# ---- what is told apart


def test_roads_of_one_name_in_two_towns(town: Town) -> None:
    """Ten kilometres apart: adopting one says nothing of the other."""
    here, there = f"{IN_WORDS}塘栖镇人民路3号", f"{IN_WORDS}瓶窑镇人民路7号"
    for number in range(10):
        town.moved(f"IS{number}", number, address=here)
    town.counted(10)
    assert town.open() == [("塘栖镇人民路", YH2, 10, 0)]
    assert town.do_it(memory.adopt, town.proposal("塘栖镇人民路"), "hq", "") is None
    town.renew()
    for no, address, lng in (("IS88", there, 120.175), ("IS89", here, POINT[0])):
        town.push(no, 11, address=address, lng=lng)
    with reading(town.engine) as conn:
        query = select(orders.c.station, orders.c.routing_cause).where(orders.c.created_at > NOON + timedelta(days=10))
        assert [tuple(row) for row in conn.execute(query.order_by(orders.c.id))] == [
            ("YH4", "area"),
            (YH2, "named_place"),
        ]


def test_what_it_would_have_changed_goes_by_all_names_of_the_orders(town: Town) -> None:
    """Once the estate is adopted, its road moves nothing more."""
    estate = proposed(town)

    def effect() -> Impact:
        with reading(town.engine) as conn:
            cast = ballots(conn, [(DISTRICT, ROAD)], START)[DISTRICT, ROAD]
            names = names_of(conn, (ballot.order_id for ballot in cast))
        claim = Claim((DISTRICT, ROAD), tally(cast, YH2, town.world.network.house_of))
        return impact(claim, names, day_of(START), town.world.network, NOON + timedelta(days=11))

    assert (effect().orders, effect().changed, effect().now_at) == (10, 10, ((YH1, 10),))
    assert town.do_it(memory.adopt, estate, "hq", "") is None
    town.renew()
    assert (effect().orders, effect().changed, effect().now_at) == (10, 0, ((YH2, 10),))


def test_votes_follow_the_point_and_keep_the_order_of_the_names(town: Town) -> None:
    """The sender moves the point a little, then tells one name more, then tells the same names in another order."""
    east, later = 120.0251, NOON + timedelta(minutes=20)
    town.push("IS1", address=f"{IN_WORDS}{ROAD}3号")
    town.act(0, Transfer(Target("IS1", "crm"), YH1, YH2))
    for step, (words, lng, names) in enumerate((
        (f"{ROAD}3号", POINT[0], [ROAD]),
        (f"{ROAD}3号", east, [ROAD]),
        (f"{ROAD}{PLACE}3幢", east, [PLACE, ROAD]),
        (f"{PLACE}3幢{ROAD}3号", east, [ROAD, PLACE]),
    )):  # fmt: skip
        at = later + timedelta(minutes=step)
        content = {
            "business_type": "send_express", "online": True, "datum": "GCJ-02", "sender": {"phone": "13800000000"},
            "adcode": DISTRICT, "address": IN_WORDS + words, "lng": lng, "lat": POINT[1],
        }  # fmt: skip
        town.do(at, [OrderPush("crm", "IS1", at, content)])
        town.counted()
        with reading(town.engine) as conn:
            [order] = conn.scalars(select(orders.c.id))
            assert set(conn.scalars(select(fragment_votes.c.lng))) == {lng}
            assert names_of(conn, [order]) == {order: names}


# ---- bounds


@pytest.mark.parametrize("count", [0, 900, 40_000])
def test_any_number_of_keys(town: Town, count: int) -> None:
    """More than a statement may name values, on either database."""
    town.moved("IS1")
    town.counted()
    keys = [(DISTRICT, PLACE), *((DISTRICT, f"f{number}") for number in range(count))]
    with reading(town.engine) as conn:
        assert last_of(conn, keys) == {}
        assert len(ballots(conn, keys, START)[DISTRICT, PLACE]) == 1
        assert worth_a_look(conn, keys, START) == []
        assert len(names_of(conn, range(1, count + 2))) == 1


def test_monstrous_addresses_do_not_stop_the_counting(town: Town) -> None:
    """Sixty orders with a hundred names each: eight of each count, and the mark goes on."""
    names = ["".join(signs) for signs in permutations(SIGNS, 3)]
    for group in range(12):
        address = (IN_WORDS + "".join(f"{name}路" for name in names[group * 118 :][:118]))[:480]
        for number in range(5):
            no = f"IS{group}x{number}"
            town.push(no, number, address=address)
            town.act(number, Transfer(Target(no, "crm"), YH1, DATA_CENTRE))
            town.act(number, Dispatch(Target(no, "crm"), YH2, "hq"))
    town.counted(5)
    with reading(town.engine) as conn:
        assert marked(conn) == conn.scalar(select(func.max(events.c.id)))
        assert conn.scalar(select(func.count()).select_from(fragment_votes)) == 60 * MOST
        assert conn.scalar(select(func.count()).select_from(proposals)) == 12 * MOST


def test_a_flood_of_proposals_hides_no_real_one(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """All are counted anew, however many wait, and most votes stand first."""
    row = {
        "adcode": DISTRICT, "station": YH2, "votes_for": 7, "votes_against": 0, "state": "open", "opened_at": NOON,
        "counted_at": NOON, "note": "",
    }  # fmt: skip
    with writing(town.engine) as conn:
        conn.execute(insert(proposals), [row | {"fragment": f"f{number}"} for number in range(5)])
        conn.execute(insert(proposals), [row | {"fragment": PLACE, "votes_for": 5}])
    for number in range(6):
        town.moved(f"IS{number}", number)
    for module in (queries, memory):
        monkeypatch.setattr(module, "MOST_OPEN", 2)
    town.counted(6)
    after: int | None = 0
    seen = []
    while after is not None:
        with writing(town.engine) as conn:
            after = memory.recount(conn, NOON, after)
        seen.append(after)
    assert len(seen) == 4
    with reading(town.engine) as conn:
        assert [(one.fragment, one.votes_for) for one in open_proposals(conn)] == [(PLACE, 6), ("f0", 0)]


def test_votes_that_nobody_reads_are_forgotten_in_batches(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        town.moved(f"IS{number}", number)
    town.counted(5)
    monkeypatch.setattr(memory, "OLD", 4)  # an order has two votes: the estate's and the road's
    at = NOON + memory.KEPT + timedelta(days=2, hours=1)  # three orders are older
    left = []
    for _ in range(3):
        more = run(town.engine, lambda conn: memory.forget(conn, at))
        left.append((more, len(town.votes())))
    assert left == [(True, 3), (False, 2), (False, 2)]
    assert memory.KEPT > LOST_AFTER


def test_a_place_ended_and_named_again_loads_in_order(town: Town) -> None:
    """Whichever row the tables give first."""
    for day, station in ((1, YH3), (2, YH1), (3, YH2)):
        given = naming.Naming(DISTRICT, PLACE, station, "hq", "核定")
        assert town.do_it(naming.name_place, given, day=day) is None
    town.renew()
    for day, station in ((1, YH3), (2, YH1), (3, YH2)):
        found = town.world.network.named.find(DISTRICT, [PLACE], NOON + timedelta(days=day))
        assert found is not None
        assert found.station == station
