"""ROUTE-1, ROUTE-4, ROUTE-5: votes counted from the logs, proposals, and a person's word on them, in a database."""

from datetime import datetime, timedelta
from random import Random
from threading import Barrier, Event, Thread
from time import sleep

import pytest
from sqlalchemy import Connection, Engine, func, insert, select, update

from basics.words import DATA_CENTRE
from channels.messages import Scan, Withdrawal
from dispatch.actions import conduct
from dispatch.facts import Accept, Dispatch, Item, Target, Transfer
from dispatch.memory import actions as memory
from dispatch.memory.queries import ballots, decided_proposals, find_proposal, marked
from dispatch.proposing import AGAIN, ALONE, WITHIN
from geo.naming.queries import named_now
from geo.queries import network_version
from storage.session import reading, run, writing
from storage.tables.dispatch import events, fragment_votes, orders, proposals, votes_counted
from storage.tables.geo import stations
from tests.rules.memory_town import NOON, PLACE, POINT, ROAD, YH1, YH2, YH3, Town, proposed
from tests.rules.memory_world import DISTRICT, START


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


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_nothing_is_lost_between_writers_that_commit_in_any_order(town: Town) -> None:
    """Some roll back, too: their numbers are missing for good, and the reading goes on behind them after an hour."""
    numbers, threads, draw = [f"IS{number}" for number in range(45)], 3, Random(7)
    for number in numbers:
        town.push(number)
    kept = {number for number in numbers if draw.random() > 0.2}
    pauses = {number: draw.random() / 50 for number in numbers}
    at, busy = NOON + timedelta(minutes=10), Event()

    def write(mine: list[str]) -> None:
        for number in mine:
            with town.engine.connect() as conn, conn.begin() as transaction:
                conduct(conn, [Item(at, Transfer(Target(number, "crm"), YH1, YH2), "t")], town.world)
                sleep(pauses[number])
                if number not in kept:
                    transaction.rollback()

    def read() -> None:
        while not busy.is_set():
            run(town.engine, lambda conn: memory.count(conn, town.world, at))

    writers = [Thread(target=write, args=(numbers[first::threads],)) for first in range(threads)]
    reader = Thread(target=read)
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    busy.set()
    reader.join()
    run(town.engine, lambda conn: memory.count(conn, town.world, at))
    assert len(town.votes()) == len(kept)
    with reading(town.engine) as conn:
        assert marked(conn) < (newest := conn.scalar(select(func.max(events.c.id))) or 0)
    run(town.engine, lambda conn: memory.count(conn, town.world, at + timedelta(hours=1)))
    with reading(town.engine) as conn:
        assert marked(conn) == newest
    assert len(town.votes()) == len(kept)


def test_an_order_that_cannot_be_read_holds_up_nobody(town: Town) -> None:
    """F-15"""
    town.moved("IS1")
    town.moved("IS2")
    with writing(town.engine) as conn:
        conn.execute(
            update(orders).where(orders.c.logistics_no == "IS1").values(content={"lng": 1, "lat": 1, "datum": "?"})
        )
    town.counted()
    assert len(town.votes()) == 1


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
