"""ROUTE-1, ROUTE-4, ROUTE-5: votes counted from the logs, proposals, and a person's word on them, in a database."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, insert, select, update

from basics.words import DATA_CENTRE
from channels.messages import OrderPush, Scan, Withdrawal
from dispatch.actions import conduct
from dispatch.facts import Accept, Confirm, Dispatch, Item, Target, Transfer
from dispatch.memory import actions as memory
from dispatch.memory.misrouted.queries import effects, misrouting
from dispatch.memory.queries import ballots, decided_proposals, find_proposal, marked, open_proposals
from dispatch.misrouting import Effect, Figures
from dispatch.proposing import AGAIN, ALONE, WITHIN
from geo.naming import actions as naming
from geo.naming.queries import named_now
from geo.queries import network_version
from storage.session import reading, run, writing
from storage.tables.dispatch import events, fragment_votes, orders, proposals, votes_counted
from storage.tables.geo import named_places, stations
from tests.rules.memory_world import DISTRICT, IN_WORDS, START, MemoryWorld

PLACE, ROAD = "翡翠城", "五常大道"
ADDRESS = f"{IN_WORDS}{ROAD}{PLACE}3幢501室"
NOON = START + timedelta(hours=12)
POINT = (120.025, 30.225)  # in the area of YH1
YH1, YH2, YH3 = "YH1", "YH2", "YH3"


class Town(MemoryWorld):
    """The same stations, orders told one by one. `day` counts from the first."""

    def push(self, no: str, day: int = 0, **more: Any) -> None:
        at = NOON + timedelta(days=day)
        content = {
            "business_type": "send_express", "online": True, "datum": "GCJ-02", "sender": {"phone": "13800000000"},
            "adcode": DISTRICT, "address": ADDRESS, "lng": POINT[0], "lat": POINT[1],
        } | more  # fmt: skip
        self.do(at, [OrderPush("crm", no, at, {key: value for key, value in content.items() if value is not None})])

    def moved(self, no: str, day: int = 0, to: str = YH2, picked_up: bool = True, **more: Any) -> None:
        """Routed to YH1, which transfers it."""
        self.push(no, day, **more)
        self.act(day, Transfer(Target(no, "crm"), YH1, to))
        if picked_up:
            self.pick_up(no, day, to)

    def pick_up(self, no: str, day: int, station: str) -> None:
        self.number += 1
        target = Target(no, "crm")
        self.act(day, Accept(target, station), Confirm(target, station, f"55{self.number:012d}"))

    def act(self, day: int, *whats: Any) -> None:
        self.do(NOON + timedelta(days=day, minutes=10), list(whats))

    def votes(self) -> list[tuple[int, str, str | None, str]]:
        """(seq, station, against, cause) of the votes on the estate, by order."""
        v = fragment_votes.c
        query = select(v.seq, v.station, v.against, v.cause).where(v.fragment == PLACE).order_by(v.order_id, v.seq)
        with reading(self.engine) as conn:
            return [tuple(row) for row in conn.execute(query)]

    def counted(self, day: int = 0) -> None:
        self.count(NOON + timedelta(days=day, hours=1))

    def open(self) -> list[tuple[str, str, int, int]]:
        with reading(self.engine) as conn:
            return sorted((one.fragment, one.station, one.votes_for, one.votes_against) for one in open_proposals(conn))

    def proposal(self, fragment: str = PLACE) -> int:
        with reading(self.engine) as conn:
            return next(one.id for one in open_proposals(conn) if one.fragment == fragment)

    def do_it(self, act: Callable[..., Any], *given: Any, day: int = 10) -> str | None:
        """The refusal's code."""
        refusal = run(self.engine, lambda conn: act(conn, *given, NOON + timedelta(days=day)))
        return refusal.code if refusal else None


@pytest.fixture
def town(engine: Engine) -> Town:
    return Town(engine, seed=1)


def test_votes_are_counted_from_the_logs(town: Town) -> None:
    town.moved("IS1")
    town.push("IS2")
    town.pick_up("IS2", 0, YH1)
    town.push("IS3")  # nobody did anything
    town.moved("IS4", picked_up=False)
    town.moved("IS5", address=None)
    town.moved("IS6", adcode=None, address="五常大道翡翠城3幢")  # no district: nothing can be said
    town.counted()
    assert town.votes() == [(2, YH2, YH1, "transfer"), (1, YH1, None, "pickup"), (2, YH2, YH1, "transfer")]
    with reading(town.engine) as conn:
        [first, *_] = conn.execute(select(fragment_votes).order_by(fragment_votes.c.id))
        assert {row.fragment for row in conn.execute(select(fragment_votes.c.fragment))} == {PLACE, ROAD}
    assert (first.adcode, first.lng, first.lat) == (DISTRICT, *POINT)


def test_counting_again_and_at_once_changes_nothing(town: Town) -> None:
    for number in range(ALONE):
        town.moved(f"IS{number}", number)
    start = Barrier(2)

    def work() -> None:
        start.wait()
        for _ in range(2):
            run(town.engine, lambda conn: memory.count(conn, town.world, NOON + timedelta(days=9)))

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(town.votes()) == ALONE
    before = town.open()
    with writing(town.engine) as conn:
        conn.execute(update(votes_counted).values(event_id=0))  # as if all were new
    town.counted(9)
    assert len(town.votes()) == ALONE
    assert town.open() == before == [(ROAD, YH2, 10, 0), (PLACE, YH2, 10, 0)]


def test_counting_goes_on_where_it_ended(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "BATCH", 3)
    for number in range(6):
        town.moved(f"IS{number}", number)
        town.counted(number)
    with reading(town.engine) as conn:
        assert marked(conn) == conn.scalar(select(func.max(events.c.id)))
    assert len(town.votes()) == 6


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_line_committed_late_is_not_lost(town: Town) -> None:
    """Its number is smaller than one that was counted already."""
    town.push("IS1")
    town.push("IS2")
    late, transaction = (conn := town.engine.connect()), conn.begin()
    at = NOON + timedelta(minutes=10)
    conduct(late, [Item(at, Transfer(Target("IS1", "crm"), YH1, YH2), "t")], town.world)
    town.moved("IS3")
    run(town.engine, lambda conn: memory.count(conn, town.world, at))
    assert len(town.votes()) == 1
    transaction.commit()
    late.close()
    run(town.engine, lambda conn: memory.count(conn, town.world, at))
    assert town.votes() == [(2, YH2, YH1, "transfer")] * 2
    with reading(town.engine) as conn:
        assert marked(conn) == conn.scalar(select(func.max(events.c.id)))


def test_what_headquarters_dispatches_and_what_went_to_and_fro(town: Town) -> None:
    """ROUTE-3, ROUTE-5"""
    town.moved("IS1", picked_up=False)
    town.counted()
    assert town.votes() == [(2, YH2, YH1, "transfer")]
    town.act(0, Transfer(Target("IS1", "crm"), YH2, YH1))  # to a former holder: to the data centre instead
    town.counted()
    assert town.votes() == []
    town.act(0, Dispatch(Target("IS1", "crm"), YH3, "hq"))
    town.moved("IS2", to=DATA_CENTRE, picked_up=False)
    town.counted()
    assert town.votes() == [(4, YH3, YH2, "dispatch")]
    town.act(0, Dispatch(Target("IS2", "crm"), YH3, "hq"))
    town.counted()
    assert town.votes() == [(4, YH3, YH2, "dispatch"), (3, YH3, YH1, "dispatch")]


def test_a_pickup_that_came_to_nothing_takes_its_vote_back(town: Town) -> None:
    """CHAN-6: a withdrawal made before the scan."""
    town.push("IS1", waybill_no="55000000000017", business_type="online_order")
    town.act(0, Accept(Target("IS1", "crm"), YH1))
    at = NOON + timedelta(hours=2)
    town.do(at, [Scan("55000000000017", YH1, at)])
    town.counted(1)
    assert town.votes() == [(1, YH1, None, "pickup")]
    town.do(at, [Withdrawal("crm", "IS1", "sender", "不寄了", at - timedelta(hours=1))])
    town.counted(1)
    assert town.votes() == []


def proposed(town: Town, count: int = ALONE) -> int:
    for number in range(count):
        town.moved(f"IS{number}", number)
    town.counted(count)
    return town.proposal()


def test_a_proposal_opens_once_and_its_figures_follow(town: Town) -> None:
    for number in range(ALONE - 1):
        town.moved(f"IS{number}", number)
    town.counted(9)
    assert town.open() == []
    town.moved("IS9", 9)
    town.counted(9)
    assert town.open() == [(ROAD, YH2, 10, 0), (PLACE, YH2, 10, 0)]
    for number in range(3):
        town.push(f"IS5{number}", 10)
        town.pick_up(f"IS5{number}", 10, YH1)
    town.counted(10)
    assert town.open() == [(ROAD, YH2, 10, 3), (PLACE, YH2, 10, 3)]
    town.count(NOON + WITHIN + timedelta(days=10))  # a quarter later nothing is left of it, but it waits for a person
    assert town.open() == [(ROAD, YH2, 0, 3), (PLACE, YH2, 0, 3)]


def test_orders_that_nobody_kept_propose_nothing(town: Town) -> None:
    for number in range(ALONE + 2):
        town.moved(f"IS{number}", number, picked_up=False)
    town.counted(12)
    assert len(town.votes()) == ALONE + 2
    assert town.open() == []
    with reading(town.engine) as conn:
        assert ballots(conn, [(DISTRICT, PLACE)], START) == {(DISTRICT, PLACE): []}


def test_adopting_changes_routing_from_then_on(town: Town) -> None:
    """ROUTE-1: a named place goes before every polygon. Only a person's act writes one."""
    number = proposed(town)
    with reading(town.engine) as conn:
        assert named_now(conn, NOON + timedelta(days=10)) == []
        version = network_version(conn)
    assert town.do_it(memory.adopt, number, "赵敏", "同意") is None
    with reading(town.engine) as conn:
        [place] = named_now(conn, NOON + timedelta(days=10))
        assert network_version(conn) == version + 1
        found = find_proposal(conn, number)
    assert (place.adcode, place.fragment, place.station, place.by, place.note) == (DISTRICT, PLACE, YH2, "赵敏", "同意")
    assert place.valid_from == NOON + timedelta(days=10)
    assert found is not None
    assert (found.state, found.decided_by, found.decided_at) == ("adopted", "赵敏", place.valid_from)
    town.renew()
    town.push("IS51", 11)
    with reading(town.engine) as conn:
        [row] = conn.execute(select(orders).where(orders.c.logistics_no == "IS51"))
    assert (row.station, row.routing_cause) == (YH2, "named_place")
    town.pick_up("IS51", 11, YH2)
    town.counted(12)
    assert [name for name, *_ in town.open()] == [ROAD]  # the estate is not proposed again


def test_one_proposal_has_one_decision(town: Town) -> None:
    number = proposed(town)
    start, answers = Barrier(4), []

    def work(by: str) -> None:
        start.wait()
        act = memory.adopt if by < "c" else memory.decline
        answers.append(town.do_it(act, number, by, "理由"))

    threads = [Thread(target=work, args=(by,)) for by in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers, key=str) == [None, *["proposal_decided"] * 3]
    with reading(town.engine) as conn:
        [one] = decided_proposals(conn)
        assert len(named_now(conn, NOON + timedelta(days=10))) == (one.state == "adopted")


def test_a_station_that_stopped_accepting_gets_nothing(town: Town) -> None:
    number = proposed(town)
    with writing(town.engine) as conn:
        stop(conn, YH2, False)
    assert town.do_it(memory.adopt, number, "hq", "") == "station_not_accepting"
    assert (PLACE, YH2, 10, 0) in town.open()
    assert town.do_it(memory.adopt, 999_999, "hq", "") == "proposal_unknown"


def stop(conn: Connection, code: str, accepts: bool) -> None:
    conn.execute(update(stations).where(stations.c.code == code).values(accepts=accepts))


def test_what_was_declined_comes_back_with_twice_the_votes(town: Town) -> None:
    number = proposed(town)
    assert town.do_it(memory.decline, number, "hq", "  ") == "note_required"
    assert town.do_it(memory.decline, number, "hq", "道路施工,临时绕行") is None
    for more in range(ALONE, ALONE * AGAIN - 1):
        town.moved(f"IS{more}", more)
    town.counted(19)
    assert PLACE not in {row[0] for row in town.open()}
    town.moved("IS99", 19)
    town.counted(19)
    assert (PLACE, YH2, 20, 0) in town.open()


# ---- named by hand


def by_hand(fragment: str = PLACE, station: str = YH3) -> naming.Naming:
    return naming.Naming(DISTRICT, fragment, station, "hq", "总部核定")


def test_naming_by_hand_and_ending_it(town: Town) -> None:
    """A later word closes the earlier one at that instant; an end may lie ahead."""
    assert town.do_it(naming.name_place, by_hand("小区")) == "place_unreadable"
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


def test_old_proposals_of_another_shape_are_refused_by_the_tables(town: Town) -> None:
    """One open proposal for a fragment and a station, whatever happens above."""
    row = {
        "adcode": DISTRICT, "fragment": PLACE, "station": YH2, "votes_for": 5, "votes_against": 0, "state": "open",
        "opened_at": NOON, "counted_at": NOON, "note": "",
    }  # fmt: skip
    later: datetime = NOON + timedelta(days=1)
    with writing(town.engine) as conn:
        conn.execute(insert(proposals), [row])
    with pytest.raises(Exception, match=r"(?i)unique"), writing(town.engine) as conn:
        conn.execute(insert(proposals), [row | {"opened_at": later}])
