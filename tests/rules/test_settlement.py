"""REWARD-2, REFUND-1, SETTLE-1, SETTLE-2: what of a month's orders, clocks and decisions counts, and what is posted."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from basics.refusal import Refusal
from basics.words import DATA_CENTRE
from penalties.lifecycle import DISMISS, DISPROVE
from penalties.rewards import HouseMonth
from penalties.settlement import REFUND_1, REFUND_2, REWARD, DryRun
from penalties.settling.actions import settle
from penalties.settling.queries import dry_run, facts_of
from rulebook.book import Book
from storage.session import writing
from storage.tables.penalties import lines, postings, settlement_items, settlements
from tests.rules.courses import EDITION
from tests.rules.months import EAST, STATIONS, WEST, Months, at

# Three places: of four stations in the east 2.4 -> 2, of one in the west 0.6 -> 1.
THREE = Book([replace(EDITION, reward_places=3)])


@pytest.fixture
def months(engine: Engine) -> Iterator[Months]:
    with writing(engine) as conn:
        yield Months(conn, THREE)


def may(months: Months, code: str = "A") -> HouseMonth:
    found = facts_of(months.conn, "2026-05", months.book, None)
    assert [one.station for one in found.houses] == ["A", "B", "C", "D", "W"], "every level-1 station, and no other"
    return {one.station: one for one in found.houses}[code]


ORDERS = [
    # (name of the case, the order, send_express and online orders of A in May)
    ("a pushed express order", {}, 1, 1),
    ("an online order", {"kind": "online_order"}, 0, 1),
    ("typed in by staff", {"online": False}, 1, 0),
    ("of a contracted area", {"station": "A1"}, 1, 1),
    ("still waiting", {"state": "waiting"}, 1, 1),
    ("failed", {"state": "pickup_failed"}, 1, 1),
    ("withdrawn", {"state": "withdrawn"}, 0, 0),
    ("held", {"state": "held", "station": None}, 0, 0),
    ("at the data centre", {"state": "at_data_centre", "station": DATA_CENTRE}, 0, 0),
    ("last held by another", {"station": "B"}, 0, 0),
    ("created in the month's first instant", {"created": "5-01 00:00"}, 1, 1),
    ("created just before", {"created": "4-30 23:59:59.999999"}, 0, 0),
    ("created in its last", {"created": "5-31 23:59:59.999999"}, 1, 1),
    ("created at its end", {"created": "6-01 00:00"}, 0, 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("order", "express", "online"), [case[1:] for case in ORDERS], ids=[case[0] for case in ORDERS]
)
def test_reward_2_and_refund_1_which_orders_count(
    months: Months, order: dict[str, object], express: int, online: int
) -> None:
    months.order(**{"station": "A", "created": "5-10"} | order)  # type: ignore[arg-type]
    found = may(months)
    assert (found.send_express, found.online) == (express, online)


def test_reward_2_which_clocks_break_a_tie(months: Months) -> None:
    """Accept clocks of the house's stations over the orders created in the month, whoever holds them in the end."""
    months.order("A", "5-10", accept="kept")
    months.order("A1", "5-10", accept="missed")
    months.order("A", "5-10", accept="running")
    months.order("A", "5-10", accept="dropped")
    months.order("A", "4-30", accept="missed")
    months.order("A", "5-10", state="withdrawn", accept="missed")
    passed_on = months.order("B", "5-10", kind="online_order", accept=None)
    months.clock(passed_on, "A", "missed", at("5-10"))
    months.clock(passed_on, "B", "kept", at("5-10"), seq=2)
    months.clock(passed_on, "A", "kept", at("5-10"), kind="transfer")
    late = months.order("A", "5-31 23:50", accept=None)
    months.clock(late, "A", "kept", at("6-01 08:20"))
    assert (may(months).kept, may(months).missed) == (2, 3)
    assert (may(months, "B").kept, may(months, "B").missed) == (1, 0)


EDGES = [
    ("4-30 23:59:59.999999", False), ("5-01 00:00", True), ("5-31 23:59:59.999999", True), ("6-01 00:00", False),
]  # fmt: skip


@pytest.mark.parametrize(("happened", "dirty"), EDGES)
def test_settle_2_a_violation_belongs_to_the_month_in_which_it_happened(
    months: Months, happened: str, dirty: bool
) -> None:
    found = months.suspicion("A1", happened)
    assert not may(months).dirty, "REFUND-1: an undecided suspicion counts as none"
    months.confirm(found, now="7-20")
    assert may(months).dirty is dirty and not may(months, "B").dirty


def test_settle_2_only_confirmed_ones_count(months: Months) -> None:
    dismissed, fallen, disproved = (months.suspicion("A", "5-10") for _ in range(3))
    months.change(DISMISS, [dismissed], "5-20")
    months.confirm(fallen, now="5-20")
    assert may(months).dirty
    months.overturn(fallen, now="5-21")
    months.change(DISPROVE, [disproved], "5-21")
    assert not may(months).dirty


def test_reward_2_settled(months: Months) -> None:
    """East, two places: B before C by clocks, D (which accepts nothing) third; A, dirty, is no candidate."""
    for _ in range(9):
        months.order("A", "5-03")
    for code in "BBCCDWW":
        months.order(code, "5-04", accept="missed" if code == "C" else "kept")
    months.fine("A", "5-31 23:59:59")
    assert months.settled("2026-05", "6-05") == {("B", REWARD): 20_000, ("C", REWARD): 20_000, ("W", REWARD): 20_000}
    assert months.balances() == {
        "A": 10_000,
        "B": -20_000,
        "C": -20_000,
        "W": -20_000,
        "fines": -10_000,
        "rewards": 60_000,
    }


def test_reward_1_level_1_stations_count_accepting_or_not_and_places_lapse(months: Months) -> None:
    months.order("A", "5-03")
    found = dry_run(months.conn, "2026-05", months.book, at("6-05"))
    assert isinstance(found, DryRun)
    assert [(one.province, one.stations, one.candidates, one.places) for one in found.provinces] == [
        (EAST, 4, 1, 2), (WEST, 1, 0, 1),
    ]  # fmt: skip
    assert [[(one.rank, one.station, one.name) for one in province.winners] for province in found.provinces] == [
        [(1, "A", "网点A")], [],
    ]  # fmt: skip
    assert (found.places, found.gap, len(found.items)) == (3, 0, 1)


def test_reward_1_the_gap_is_shown_and_kept(months: Months) -> None:
    halves = [replace(one, province=f"省{one.code}") for one in STATIONS if one.level == 1]
    other = Months(months.conn, Book([replace(EDITION, reward_places=4)]), [*halves, STATIONS[-1]])  # 0.8 each
    assert other.items("2026-05", "6-05") == []
    figures = other.conn.execute(select(settlements.c.figures)).scalar_one()
    assert (figures["places_of_all"], figures["gap"], set(figures["places"].values())) == (5, 1, {1})


def test_refund_1_a_fine_comes_back_in_two_parts(months: Months) -> None:
    months.fine("A1", "3-31 23:59:59", 33_333)
    months.order("A", "4-10", kind="online_order")
    months.order("A", "5-10", kind="online_order")
    assert months.settled("2026-04", "5-05") == {("A", REFUND_1): 19_999}
    assert months.settled("2026-05", "6-05") == {("A", REFUND_2): 13_334}
    assert months.settled("2026-06", "7-05") == {}
    assert months.balances() == {"A": 0, "fines": -33_333, "refunds": 33_333}


def test_refund_1_a_month_without_online_orders_pays_nothing_and_ends_nothing(months: Months) -> None:
    months.fine("A", "3-10")
    months.order("A", "4-10", kind="online_order", online=False)
    months.order("A", "5-10", kind="online_order")
    assert months.settled("2026-04", "5-05") == {}
    assert months.settled("2026-05", "6-05") == {("A", REFUND_2): 4_000}


def test_refund_1_a_violation_in_the_first_month_ends_it(months: Months) -> None:
    months.fine("A", "3-10")
    months.fine("A", "4-30 23:59:59", 50_000)
    for month in ("4", "5"):
        months.order("A", f"{month}-10", kind="online_order")
    assert months.settled("2026-04", "5-05") == {}
    assert months.settled("2026-05", "6-05") == {("A", REFUND_1): 30_000}, "April's own, nothing of March's"


def test_refund_1_a_dirty_second_month_does_not_take_back_the_first(months: Months) -> None:
    months.fine("A", "3-10")
    months.order("A", "4-10", kind="online_order")
    months.order("A", "5-10", kind="online_order")
    months.fine("A", "5-20", 50_000)
    assert months.settled("2026-04", "6-05") == {("A", REFUND_1): 6_000}
    assert months.settled("2026-05", "6-05") == {}


def test_settle_1_what_is_posted(months: Months) -> None:
    """Fine print 9: keys with the number of the posting; the rule, the edition and the month of each."""
    months.book = Book([EDITION, replace(EDITION, name="2026-05-01", effective=at("5-01").date())])
    months.fine("B", "4-10")
    months.order("A", "5-10")
    months.order("B", "5-10", kind="online_order")
    when = at("6-05 09:00")
    found = settle(months.conn, "2026-05", months.book, when)
    assert not isinstance(found, Refusal)
    assert [(one.key, one.amount_fen, one.difference) for one in found] == [
        ("settle:2026-05:A:reward:1", 20_000, False), ("settle:2026-05:B:refund_1:1", 6_000, False),
    ]  # fmt: skip
    p = postings.c
    query = select(p.key, p.rule, p.edition, p.month, p.station, p.logistics_no, p.happened_at, p.why, p.violation_id)
    rows = months.conn.execute(query.where(p.key.like("settle:%")).order_by(p.seq)).all()
    assert [tuple(row) for row in rows] == [
        (found[0].key, "REWARD-1", "2026-05-01", "2026-05", "A", "", when, found[0].why, None),
        (found[1].key, "REFUND-1", "2017-01-01", "2026-05", "B", "", when, found[1].why, None),
    ]
    both = select(lines.c.account, lines.c.amount_fen).join(postings, p.id == lines.c.posting_id)
    assert set(map(tuple, months.conn.execute(both.where(p.key.like("settle:%"))))) == {
        ("A", -20_000), ("rewards", 20_000), ("B", -6_000), ("refunds", 6_000),
    }  # fmt: skip
    i = settlement_items.c
    kept = months.conn.execute(
        select(i.station, i.kind, i.amount_fen, i.why, p.key).join(postings, p.id == i.posting_id)
    )
    assert {tuple(row) for row in kept} == {(o.station, o.kind, o.amount_fen, o.why, o.key) for o in found}
    for one in found:
        assert " / " in one.why


def test_settle_1_not_before_the_month_is_over(months: Months) -> None:
    months.order("A", "5-10")
    end = at("6-01 00:00")
    for answer in (settle, dry_run):
        refused = answer(months.conn, "2026-05", months.book, end - timedelta(microseconds=1))
        assert isinstance(refused, Refusal) and refused.code == "month_not_over"
    run, items = (answer(months.conn, "2026-05", months.book, end) for answer in (dry_run, settle))
    assert isinstance(run, DryRun) and list(run.items) == items


def test_settle_1_no_such_month(months: Months) -> None:
    with pytest.raises(ValueError, match="month"):
        settle(months.conn, "2026-13", months.book, at("6-05"))
