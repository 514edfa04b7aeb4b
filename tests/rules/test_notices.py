"""NOTICE-1 and SETTLE-2: a week is over at Monday 00:00 in Shanghai; a notice is frozen, changes are supplements."""

from collections.abc import Iterator
from datetime import UTC, date

import pytest
from sqlalchemy import Engine, select

from basics.days import iso, midnight, month_of, week_bounds, week_of
from basics.refusal import Refusal
from channels.messages import Withdrawal
from notify.queries import inbox, told_by_keys
from penalties.lifecycle import CONFIRM, DISMISS
from penalties.notices import Item, appeal_end, cells, figures, freeze, last_run, number_of, total, weeks_due
from penalties.noticing.actions import publish_notice
from penalties.noticing.queries import notices_of, weeks_untold
from storage.session import writing
from storage.tables.penalties import notice_items, notices
from tests.rules.courses import BOOK, TICK, t
from tests.rules.scene import Scene, accepts, pushed

WEEK = "2026-W18"  # 27 April to 3 May, a Sunday


def an_item(number: int, province: str, station: str, kind: str, state: str, fen: int, house: str = "") -> Item:
    at = t("2 10:00")
    return Item(number, province, station, f"{station}网点", house or station, kind, state, fen, f"LP{number}", at)


ONE = an_item(1, "浙江省", "A", "V-ACCEPT", "confirmed", 10_000)
TWO = an_item(2, "江苏省", "B", "V-PICKUP", "confirmed", 10_000)
FELL = an_item(1, "浙江省", "A", "V-ACCEPT", "overturned", 10_000)

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
    assert freeze(items, told) == added


def test_notice_1_figures_by_province_station_and_kind() -> None:
    """Of what it tells itself: the week as it stands is the sum of its notices."""
    more = an_item(3, "浙江省", "A1", "V-PICKUP", "confirmed", 5_000, "A")
    frozen = figures([ONE, TWO, more], ["新疆维吾尔自治区"])
    found = {(one.province, one.station, one.house, one.kind): one.sum for one in cells(frozen)}
    assert {key: (one.confirmed, one.fines_fen, one.overturned) for key, one in found.items()} == {
        ("浙江省", "A", "A", "V-ACCEPT"): (1, 10_000, 0), ("浙江省", "A1", "A", "V-PICKUP"): (1, 5_000, 0),
        ("江苏省", "B", "B", "V-PICKUP"): (1, 10_000, 0),
    }  # fmt: skip
    assert frozen["provinces"]["新疆维吾尔自治区"] == {} and frozen["items"] == 3
    later = figures([FELL, an_item(4, "浙江省", "A", "V-ACCEPT", "confirmed", 7_000)])
    assert total(cells(later)).left == 0 and total(cells(later)).left_fen == -3_000
    assert total([*cells(frozen), *cells(later)]).left_fen == 22_000


@pytest.mark.parametrize(("number", "name"), [(0, "TB-2026-W18"), (1, "TB-2026-W18-1"), (12, "TB-2026-W18-12")])
def test_notice_1_its_number(number: int, name: str) -> None:
    assert number_of(WEEK, number) == name


DUE = [
    ("before the hour", "4 08:59:59.999999", "2026-W17", "2026-04-27T09:00:00+08:00"),
    ("at the hour", "4 09:00", WEEK, "2026-05-04T09:00:00+08:00"),
    ("all week", "10 23:59:59.999999", WEEK, "2026-05-04T09:00:00+08:00"),
    ("the next Monday at 00:00", "11 00:00", WEEK, "2026-05-04T09:00:00+08:00"),
]


@pytest.mark.parametrize(("now", "week", "since"), [c[1:] for c in DUE], ids=[f"NOTICE-1 {c[0]}" for c in DUE])
def test_notice_1_when_it_is_due_by_itself(now: str, week: str, since: str) -> None:
    found, due = last_run(t(now), BOOK)
    assert (found, iso(due)) == (week, since)


WEEKS = [
    ("nothing was ever confirmed", "2026-W18", [], [], []),
    ("the first", "2026-W18", [], ["2026-W18"], ["2026-W18"]),
    ("each since the last one", "2026-W02", ["2025-W51"], [], ["2025-W52", "2026-W01", "2026-W02"]),
    ("it is out", "2026-W18", ["2026-W18"], [], []),
    ("a supplement of any earlier one", "2026-W18", ["2026-W16", "2026-W18"], ["2026-W16", "2026-W12"],
     ["2026-W12", "2026-W13", "2026-W14", "2026-W15", "2026-W16", "2026-W17"]),
    ("a gap is filled", "2026-W19", [], ["2026-W16", "2026-W18"], ["2026-W16", "2026-W17", "2026-W18", "2026-W19"]),
    ("none before the record begins", "2026-W12", ["2006-W19"], [], ["2026-W10", "2026-W11", "2026-W12"]),
    ("the week that goes on waits", "2026-W18", ["2026-W18"], ["2026-W19"], []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("last", "published", "changed", "due"), [c[1:] for c in WEEKS], ids=[f"NOTICE-1 {c[0]}" for c in WEEKS]
)
def test_notice_1_which_weeks_are_due(last: str, published: list[str], changed: list[str], due: list[str]) -> None:
    assert weeks_due(last, published, changed, "2025-W40" if last != "2026-W12" else "2026-W10") == due


@pytest.mark.parametrize("at", ["4 00:00", "4 09:00", "4 23:59:59.999999"])
def test_appeal_1_published_on_monday_until_the_end_of_thursday(at: str) -> None:
    assert appeal_end(BOOK, t(at)) == t("8 00:00")


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


def items_of_all(scene: Scene) -> list[tuple[int, int, str]]:
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
    assert items_of_all(scene) == [(0, sunday, "confirmed")]
    assert publish_notice(scene.conn, "2026-W19", t("11 00:00")) == 0
    assert [item[1] for item in items_of_all(scene)] == [sunday, monday]


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
    assert items_of_all(scene) == sorted([(0, first, "confirmed"), (1, second, "confirmed"), (1, first, "overturned")])
    after = scene.conn.execute(select(notices).order_by(notices.c.id)).all()
    assert list(after[:1]) == list(frozen)
    told = [[(one.station, one.sum) for one in cells(row.figures)] for row in after]
    assert [[(code, one.confirmed, one.fines_fen, one.overturned, one.reversed_fen) for code, one in some]
            for some in told] == [[("A", 1, 10_000, 0, 0)], [("A", 1, 10_000, 1, 10_000)], []]  # fmt: skip
    assert total([cell for row in after for cell in cells(row.figures)]).left == 1


def test_notice_1_what_fell_before_the_notice_is_told_by_nobody(scene: Scene) -> None:
    first = missed_pickup(scene, "LP1", "2 10:01")
    scene.review("4 12:00", CONFIRM, [first])
    scene.tell("4 12:30", Withdrawal("", "LP1", "sender", "不寄了", t("2 10:30")))
    assert publish_notice(scene.conn, WEEK, t("4 13:00")) == 0 and items_of_all(scene) == []
    assert weeks_untold(scene.conn, t("5 00:00")) == set()


def test_notice_1_who_publishes_what_another_has_just_published(scene: Scene) -> None:
    first = missed_pickup(scene, "LP1", "2 10:01")
    scene.review("4 12:00", CONFIRM, [first])
    assert publish_notice(scene.conn, WEEK, t("4 13:00"), "HQ", 0) == 0
    for seen, code in ((0, "already_published"), (1, "nothing_new"), (2, "already_published")):
        answer = publish_notice(scene.conn, WEEK, t("4 13:00"), "HQ", seen)
        assert isinstance(answer, Refusal) and answer.code == code
    assert len(notices_of(scene.conn, WEEK)) == 1


@pytest.mark.parametrize(("before", "weeks"), [("4 12:00", set()), ("4 12:00:00.000001", {WEEK})])
def test_notice_1_decided_before_the_hour_and_told_by_nobody(scene: Scene, before: str, weeks: set[str]) -> None:
    first = missed_pickup(scene, "LP1", "2 10:01")
    scene.review("4 12:00", CONFIRM, [first])
    assert weeks_untold(scene.conn, t(before)) == weeks
    publish_notice(scene.conn, WEEK, t("4 13:00"))
    assert weeks_untold(scene.conn, t("11 00:00")) == set()
    scene.tell("5 12:30", Withdrawal("", "LP1", "sender", "不寄了", t("2 10:30")))
    assert weeks_untold(scene.conn, t("11 00:00")) == {WEEK}


def test_notice_1_whom_it_is_told_and_in_which_words(scene: Scene) -> None:
    """The contracted area and its level-1 house get the detail, every province its page, HQ the network."""
    scene.tell("2 10:00", pushed("LP1", "2 10:00", lng=120.15), accepts("LP1", "A1"))
    scene.sweep("4 12:00")
    scene.review("4 12:00", CONFIRM, scene.suspicions().values())
    publish_notice(scene.conn, WEEK, t("4 13:00"), "HQ", 0, BOOK)
    whom = [("hq", ""), ("province", "浙江省"), ("province", "江苏省"), ("station", "A1"), ("station", "A")]
    (network,), (zhejiang,), (jiangsu,), (area,), (house,) = (inbox(scene.conn, one).rows for one in whom)
    assert inbox(scene.conn, ("station", "B")).rows == []
    assert network.subject == (
        "TB-2026-W18 违规通报(4月27日至5月3日):全网确认 1 起,罚款 100.00 元,其中浙江省 1 / network: 1 confirmed"
    )
    assert "浙江省:确认 1 起,罚款 100.00 元" in network.text and "江苏省:无违规" in network.text
    assert "甲一承包区 A1:确认 1 起,罚款 100.00 元(揽收超时 1)" in zhejiang.text
    assert "江苏省无违规" in jiangsu.subject and "A1" not in jiangsu.text
    for one in (area, house):
        assert "可申诉至5月7日24:00" in one.subject and "LP1 揽收超时" in one.text and one.link == "/notices/2026-W18"
    assert all(len(one.subject) <= 200 for one in (network, zhejiang, jiangsu, area, house))
    keys = [one.key for one in (network, area)]
    assert [one.key for one in told_by_keys(scene.conn, keys)] == keys
