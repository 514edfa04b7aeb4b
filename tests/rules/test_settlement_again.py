"""SETTLE-1: a month settled again posts the differences only, whatever happened between, and whoever was killed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, event, func, select

from basics.refusal import Refusal
from geo.actions import import_stations
from geo.stations import Station
from penalties.booking.queries import balances
from penalties.settlement import REFUND_1, REFUND_2, REWARD, DryRun, Item, Posted, Target, differences
from penalties.settling.actions import settle
from penalties.settling.queries import dry_run
from rulebook.book import Book
from storage.session import reading, run, writing
from storage.tables.penalties import closed_months, money_requests, postings, settlement_items, settlements
from tests.rules.courses import EDITION
from tests.rules.months import EAST, STATIONS, WEST, Months, at

THREE = Book([replace(EDITION, reward_places=3)])  # two in the east, one in the west


@pytest.fixture
def months(engine: Engine) -> Iterator[Months]:
    with writing(engine) as conn:
        yield Months(conn, THREE)


def ran(conn: Connection, month: str, now: str, book: Book = THREE) -> DryRun:
    found = dry_run(conn, month, book, at(now))
    assert isinstance(found, DryRun)
    return found


def numbers(conn: Connection, month: str) -> list[int]:
    query = select(settlements.c.number).where(settlements.c.month == month).order_by(settlements.c.number)
    return list(conn.execute(query).scalars())


def test_settle_1_twice_posts_nothing_twice(months: Months) -> None:
    months.order("A", "5-10")
    assert months.settled("2026-05", "6-05") == {("A", REWARD): 20_000}
    before = months.balances()
    for _ in range(2):
        assert ran(months.conn, "2026-05", "6-06").items == () and months.items("2026-05", "6-06") == []
    assert months.balances() == before and numbers(months.conn, "2026-05") == [0]


def test_settle_1_a_month_of_nothing_is_settled_once(months: Months) -> None:
    assert months.items("2026-05", "6-05") == [] and months.items("2026-05", "6-06") == []
    assert numbers(months.conn, "2026-05") == [0] and months.balances() == {}


def test_settle_1_a_late_confirmation_takes_the_reward_to_the_next(months: Months) -> None:
    for code in "AAABBC":
        months.order(code, "5-10")
    late = months.suspicion("A1", "5-20")
    assert months.settled("2026-05", "6-05") == {("A", REWARD): 20_000, ("B", REWARD): 20_000}
    months.confirm(late, now="6-09")
    again = months.items("2026-05", "6-10")
    assert [(one.key, one.amount_fen, one.difference) for one in again] == [
        ("settle:2026-05:A:reward:2", -20_000, True), ("settle:2026-05:C:reward:1", 20_000, True),
    ]  # fmt: skip
    assert "应为 0.00 元，此前已记 200.00 元" in again[0].why and "2026-05 有确认的违规" in again[0].why
    assert "200.00 元 due, 0.00 元 posted before" in again[1].why and "rank 2 in 东省" in again[1].why
    months.overturn(late, now="6-15")
    assert months.settled("2026-05", "6-16") == {("A", REWARD): 20_000, ("C", REWARD): -20_000}
    assert [key for key, _ in months.book_of("C")] == ["settle:2026-05:C:reward:1", "settle:2026-05:C:reward:2"]
    assert months.balances() | {"fines": 0} == {"A": -20_000, "B": -20_000, "C": 0, "fines": 0, "rewards": 40_000}
    assert numbers(months.conn, "2026-05") == [0, 1, 2]
    figures = months.conn.execute(select(settlements.c.figures).order_by(settlements.c.number)).scalars()
    assert ["network" in one for one in figures] == [True, False, False], "kept once"


def test_settle_1_a_fine_overturned_later_makes_its_refund_smaller(months: Months) -> None:
    """Two fines of April; one falls after May was settled: the station pays back what it had got of it."""
    kept, fallen = months.fine("A", "4-10"), months.fine("A", "4-11", 50_000)
    months.order("A", "5-10", kind="online_order")
    months.order("A", "6-10", kind="online_order")
    assert months.settled("2026-05", "6-05") == {("A", REFUND_1): 36_000}
    months.overturn(fallen, now="6-10")
    assert months.settled("2026-05", "6-11") == {("A", REFUND_1): -30_000}
    assert months.settled("2026-06", "7-05") == {("A", REFUND_2): 4_000}
    months.overturn(kept, now="7-06")
    assert months.settled("2026-05", "7-07") == {("A", REFUND_1): -6_000}
    assert months.settled("2026-06", "7-07") == {("A", REFUND_2): -4_000}
    assert months.balances() == {"A": 0, "fines": 0, "refunds": 0}
    assert [key for key, _ in months.book_of("A") if key.startswith("settle:2026-05")] == [
        "settle:2026-05:A:refund_1:1", "settle:2026-05:A:refund_1:2", "settle:2026-05:A:refund_1:3",
    ]  # fmt: skip


def test_settle_1_an_overturn_changes_three_months_and_the_dry_run_names_the_others(months: Months) -> None:
    fallen = months.fine("A", "4-10")
    months.fine("B", "4-10")
    for month in "3456":
        months.order("A", f"{month}-10")
    for month, now in (("03", "4-05"), ("04", "5-05"), ("05", "6-05"), ("06", "7-05")):
        months.items(f"2026-{month}", now)
    assert ran(months.conn, "2026-06", "7-05").also == (), "their decisions were known when they were settled"
    months.overturn(fallen, now="7-05 11:55")  # begun before June was settled, told only after
    for month, others in (("04", ("05", "06")), ("05", ("04", "06")), ("06", ("04", "05")), ("03", ("04", "05", "06"))):
        assert ran(months.conn, f"2026-{month}", "7-06").also == tuple(f"2026-{other}" for other in others)
    assert months.settled("2026-04", "7-07") == {("A", REWARD): 20_000}
    assert ran(months.conn, "2026-03", "7-07").also == ("2026-05", "2026-06")
    assert months.settled("2026-05", "7-07") == {("A", REFUND_1): -6_000}
    assert months.settled("2026-06", "7-07") == {("A", REFUND_2): -4_000}
    assert ran(months.conn, "2026-03", "7-07").also == ()


def test_settle_1_a_decision_that_changes_no_money_names_no_month(months: Months) -> None:
    late = months.suspicion("D", "5-10")
    months.order("A", "5-10")
    months.items("2026-05", "6-05")
    months.confirm(late, now="6-10")
    assert ran(months.conn, "2026-06", "7-05").also == ()


def test_settle_1_a_month_is_settled_again_by_the_network_of_the_first_time(months: Months) -> None:
    """A station that comes later changes no places; one that moves takes its orders of that month nowhere."""
    for code in ("A1", "C", "C", "W"):
        months.order(code, "5-10")
    assert [one.station for one in months.items("2026-05", "6-05")] == ["A", "C", "W"]
    new = [Station(f"X{n}", "新", 1, None, WEST, "standard", True) for n in range(20)]
    moved = replace(STATIONS[-1], parent="B")
    import_stations(months.conn, [*STATIONS[:-1], moved, *new], at("6-10"))
    assert ran(months.conn, "2026-05", "6-11").items == ()
    places = {one.province: one.places for one in ran(months.conn, "2026-05", "6-11").provinces}
    assert places == {EAST: 2, WEST: 1}
    months.order("A", "6-12")
    june = {one.province: one.places for one in ran(months.conn, "2026-06", "7-05").provinces}
    assert june == {EAST: 0, WEST: 3}, "3 x 4/25 and 3 x 21/25"


def test_settle_1_what_is_settled_after_the_month_was_closed_is_booked_later(months: Months) -> None:
    """It still belongs to the month: to its settlement, its key and its number."""
    months.order("A", "5-10")
    late = months.suspicion("A", "5-10")
    months.items("2026-05", "6-05")
    asked = {
        "key": "k", "kind": "close_month", "state": "approved", "month": "2026-05", "about": "", "reason": "",
        "content": {}, "digest": "", "maker": "a", "made_at": at("6-06"), "checker": "b",
        "decided_at": at("6-06"), "decision": "",
    }  # fmt: skip
    request = months.conn.execute(money_requests.insert().values(asked).returning(money_requests.c.id)).scalar_one()
    closed = {"month": "2026-05", "closed_at": at("6-06"), "request_id": request}
    months.conn.execute(closed_months.insert().values(closed))
    months.confirm(late, now="6-10")
    items = settle(months.conn, "2026-05", THREE, at("6-11"), request)
    assert not isinstance(items, Refusal)
    p = postings.c
    found = months.conn.execute(select(p.key, p.month, p.request_id).where(p.key == "settle:2026-05:A:reward:2")).one()
    assert [one.amount_fen for one in items] == [-20_000] and tuple(found)[1:] == ("2026-06", request)
    assert ran(months.conn, "2026-05", "6-12").items == ()
    assert months.conn.scalar(select(settlements.c.request_id).where(settlements.c.number == 1)) == request


def test_settle_1_the_digest_is_of_what_would_be_posted(months: Months) -> None:
    months.order("A", "5-10")
    first = ran(months.conn, "2026-05", "6-05")
    assert ran(months.conn, "2026-05", "6-09").digest == first.digest, "not of when it was looked at"
    months.order("B", "5-11", state="withdrawn")
    assert ran(months.conn, "2026-05", "6-05").digest == first.digest
    months.order("A", "5-11")
    second = ran(months.conn, "2026-05", "6-05")
    assert second.digest != first.digest, "the same amounts for another reason"
    months.items("2026-05", "6-05")
    assert ran(months.conn, "2026-05", "6-05").digest not in (first.digest, second.digest), "settled meanwhile"
    bare = dry_run(months.conn, "2026-05", THREE, at("6-05"), also=False)
    assert isinstance(bare, DryRun) and bare.digest == ran(months.conn, "2026-05", "6-05").digest


due = st.dictionaries(st.sampled_from("ABC"), st.integers(-5, 5).map(lambda n: n * 1_000))


@given(st.lists(due, max_size=6))
def test_settle_1_postings_always_add_up_to_what_is_due(history: list[dict[str, int]]) -> None:
    posted: dict[tuple[str, str], Posted] = {}
    keys: list[str] = []
    for number, amounts in enumerate(history):
        targets = {(code, REWARD): Target(amounts.get(code, 0), "因", "why") for code in "ABC"}
        for one in differences("2026-05", targets, posted, number > 0):
            old = posted.get((one.station, one.kind), Posted(0, 0))
            posted[one.station, one.kind] = Posted(old.amount_fen + one.amount_fen, old.postings + 1)
            keys.append(one.key)
        assert {code: posted.get((code, REWARD), Posted(0, 0)).amount_fen for code in "ABC"} == {
            code: amounts.get(code, 0) for code in "ABC"
        }
        assert list(differences("2026-05", targets, posted, True)) == []
    assert len(set(keys)) == len(keys)


def filled(engine: Engine) -> None:
    with writing(engine) as conn:
        months = Months(conn, THREE)
        for code in "AABBCW":
            months.order(code, "5-10")
        months.fine("C", "4-10")
        months.fine("A", "5-10")


def tidy(engine: Engine) -> tuple[Any, ...]:
    """All that a settlement leaves behind."""
    with reading(engine) as conn:
        p, i = postings.c, settlement_items.c
        return (
            conn.execute(select(p.seq, p.key, p.content_hash, p.chain, p.why).order_by(p.seq)).all(),
            conn.execute(select(i.station, i.kind, i.amount_fen, i.posting_id).order_by(i.station, i.kind)).all(),
            conn.execute(select(settlements.c.month, settlements.c.number, settlements.c.figures)).all(),
            balances(conn),
        )


class Killed(Exception):
    """What ends the process in the middle."""


def settle_until(engine: Engine, statement: int) -> int:
    """Settle May, and be killed before that statement; how many there were."""
    seen = 0

    def count(*_: Any) -> None:
        nonlocal seen
        if seen == statement:
            raise Killed
        seen += 1

    with writing(engine) as conn:
        event.listen(conn, "before_cursor_execute", count)
        settle(conn, "2026-05", THREE, at("6-05"))
    return seen


def test_settle_1_killed_at_every_statement_and_run_again(engine: Engine) -> None:
    filled(engine)
    before, statement = tidy(engine), 0
    while True:
        try:
            settle_until(engine, statement)
            break
        except Killed:
            assert tidy(engine) == before, "nothing of it is left"
            statement += 1
    assert statement > 8, "each one was tried"
    assert [key for _, key, *_ in tidy(engine)[0][2:]] == [
        "settle:2026-05:B:reward:1", "settle:2026-05:C:reward:1", "settle:2026-05:C:refund_1:1",
        "settle:2026-05:W:reward:1",
    ]  # fmt: skip
    after = tidy(engine)
    with writing(engine) as conn:
        assert settle(conn, "2026-05", THREE, at("6-06")) == []
    assert tidy(engine) == after


def test_settle_1_two_at_once_and_one_posts(engine: Engine) -> None:
    filled(engine)

    def second(conn: Connection) -> Refusal | list[Item]:
        return settle(conn, "2026-05", THREE, at("6-05") + timedelta(seconds=1))

    with ThreadPoolExecutor(1) as pool:
        with writing(engine) as conn:
            first = settle(conn, "2026-05", THREE, at("6-05"))
            other = pool.submit(run, engine, second)
            wait([other], timeout=0.3)
            assert not other.done(), "it waits"
        assert other.result(20) == []
    with reading(engine) as conn:
        count = conn.scalar(select(func.count()).select_from(postings).where(postings.c.key.like("settle:%")))
        assert not isinstance(first, Refusal) and count == len(first) == 4
        assert sum(balances(conn).values()) == 0 and numbers(conn, "2026-05") == [0]
