"""NOTICE-1 and SETTLE-2: a week is over at Monday 00:00 in Shanghai; a notice is frozen, changes are supplements."""

from collections.abc import Iterator
from datetime import UTC, date

import pytest
from sqlalchemy import Engine, select

from basics.days import midnight, month_of, week_bounds, week_of
from basics.refusal import Refusal
from channels.messages import Withdrawal
from penalties.actions import publish_notice
from penalties.lifecycle import CONFIRM, DISMISS
from penalties.notices import Item, freeze
from storage.session import writing
from storage.tables.penalties import notice_items, notices
from tests.rules.courses import TICK, t
from tests.rules.scene import Scene, accepts, pushed

WEEK = "2026-W18"  # 27 April to 3 May, a Sunday
ONE = Item(1, "浙江省", "A", "V-ACCEPT", "confirmed", 10_000)
TWO = Item(2, "江苏省", "B", "V-PICKUP", "confirmed", 10_000)
FELL = Item(1, "浙江省", "A", "V-ACCEPT", "overturned", 10_000)

FREEZES = [
    ("the first tells every confirmed one", [ONE, TWO], [], [ONE, TWO]),
    ("what fell before is not news", [FELL, TWO], [], [TWO]),
    ("a supplement tells only what changed", [ONE, TWO], [(1, "confirmed")], [TWO]),
    ("and what fell since", [FELL, TWO], [(1, "confirmed"), (2, "confirmed")], [FELL]),
    ("but once", [FELL], [(1, "confirmed"), (1, "overturned")], []),
    ("nothing new", [ONE], [(1, "confirmed")], []),
]


@pytest.mark.parametrize(
    ("items", "told", "added"), [c[1:] for c in FREEZES], ids=[f"NOTICE-1 {c[0]}" for c in FREEZES]
)
def test_what_a_notice_adds(items: list[Item], told: list[tuple[int, str]], added: list[Item]) -> None:
    assert freeze(items, told)[0] == added


def test_notice_1_figures_by_province_and_station_count_what_is_confirmed_now() -> None:
    more = Item(3, "浙江省", "A", "V-PICKUP", "confirmed", 5_000)
    figures = freeze([ONE, TWO, more, Item(4, "浙江省", "C", "V-ACCEPT", "overturned", 10_000)], [])[1]
    assert figures["provinces"] == {
        "浙江省": {"A": {"confirmed": 2, "fines_fen": 15_000}}, "江苏省": {"B": {"confirmed": 1, "fines_fen": 10_000}},
    }  # fmt: skip
    assert figures["items"] == 3


@pytest.mark.parametrize("week", ["2026-W18", "2026-W01", "2020-W53", "2021-W01", "2024-W09"])
def test_settle_2_a_week_is_monday_to_monday(week: str) -> None:
    start, end = week_bounds(week)
    assert start.isoweekday() == 1 and (end - start).days == 7
    assert [week_of(at) for at in (start, start.astimezone(UTC), end - TICK)] == [week] * 3
    assert week_of(end) != week and week_of(start - TICK) != week


def test_settle_2_a_month_begins_at_midnight_in_shanghai() -> None:
    first = midnight(date(2026, 5, 1))
    assert (month_of(first - TICK), month_of(first)) == ("2026-04", "2026-05")
    assert month_of(first.astimezone(UTC)) == "2026-05"


@pytest.fixture
def scene(engine: Engine) -> Iterator[Scene]:
    with writing(engine) as conn:
        yield Scene(conn).stations()


def missed_pickup(scene: Scene, no: str, created: str) -> int:
    """Accepted at once, never picked up: V-PICKUP 16 h later."""
    scene.tell(created, pushed(no, created), accepts(no))
    scene.sweep("4 12:00")
    return scene.suspicions()[f"{no}:1:V-PICKUP"]


def items_of(scene: Scene) -> list[tuple[int, int, str]]:
    """(number of the notice, violation, state as told)."""
    query = select(notices.c.number, notice_items.c.violation_id, notice_items.c.state).join(
        notice_items, notice_items.c.notice_id == notices.c.id
    )
    return sorted(tuple(row) for row in scene.conn.execute(query))


def test_settle_2_a_violation_belongs_to_the_week_of_its_deadline(scene: Scene) -> None:
    """Due at Sunday 23:59:59.999999, and at Monday 00:00:00."""
    sunday = missed_pickup(scene, "LP1", "3 07:59:59.999999")
    monday = missed_pickup(scene, "LP2", "3 08:00")
    scene.review("4 12:00", CONFIRM, [sunday, monday])
    assert publish_notice(scene.conn, WEEK, t("4 12:00")) == 0
    assert items_of(scene) == [(0, sunday, "confirmed")]
    assert publish_notice(scene.conn, "2026-W19", t("11 00:00")) == 0
    assert [item[1] for item in items_of(scene)] == [sunday, monday]


@pytest.mark.parametrize("now", ["3 23:59:59.999999", "4 00:00"])
def test_notice_1_only_of_a_week_that_is_over(scene: Scene, now: str) -> None:
    answer = publish_notice(scene.conn, WEEK, t(now))
    assert (answer.code if isinstance(answer, Refusal) else answer) == (0 if now == "4 00:00" else "week_not_over")


def test_notice_1_what_changes_later_is_a_supplement_and_no_figure_of_the_notice(scene: Scene) -> None:
    first, second, third = (missed_pickup(scene, f"LP{n}", f"2 10:0{n}") for n in (1, 2, 3))
    scene.review("4 12:00", CONFIRM, [first])
    scene.review("4 12:00", DISMISS, [third])
    publish_notice(scene.conn, WEEK, t("4 13:00"))
    frozen = scene.conn.execute(select(notices).order_by(notices.c.id)).all()
    scene.review("5 12:00", CONFIRM, [second])
    scene.tell("5 12:30", Withdrawal("", "LP1", "sender", "不寄了", t("2 10:30")))
    assert publish_notice(scene.conn, WEEK, t("5 13:00")) == 1
    assert publish_notice(scene.conn, WEEK, t("5 14:00")) == 2, "with nothing in it"
    assert items_of(scene) == sorted([(0, first, "confirmed"), (1, second, "confirmed"), (1, first, "overturned")])
    after = scene.conn.execute(select(notices).order_by(notices.c.id)).all()
    assert list(after[:1]) == list(frozen)
    assert after[0].figures["provinces"] == {"浙江省": {"A": {"confirmed": 1, "fines_fen": 10_000}}}
    assert after[1].figures["provinces"] == after[0].figures["provinces"] and after[2].figures["items"] == 0
