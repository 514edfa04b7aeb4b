"""Every word that a clock's explanation says, both languages, with its rule id and its instants (DUTY-1, DUTY-2,
ROUTE-6, CLOCK-1, CLOCK-2, PICKUP-1, PICKUP-2)."""

from datetime import timedelta

import pytest

from sla.clocks import Clock
from sla.explain import Step, explain
from sla.explain_words import en_length, zh_length
from tests.rules.clock_rules import edition_with
from tests.rules.courses import clock, closed, held, order, t

LATER = "31 12:00"
BY = Step("edition", "", "规则版本 2017-01-01,2017-01-01 起施行", "By edition 2017-01-01, in force from 2017-01-01")


def only(one: Clock, *whats: str) -> list[Step]:
    return [step for step in explain(one) if step.what in whats]


def test_an_accept_clock_over_a_night_and_a_closure_accepted_late() -> None:
    hours = closed(("6 08:05", "6 08:15"))
    found = explain(clock(order(held("5 19:50", hours=hours, accepted="6 08:35"), created="5 19:50"), "accept", LATER))
    assert found == [
        Step("start", "CLOCK-2", "自下单起计:2026-05-05 19:50:00",
             "It counts from the creation of the order: 2026-05-05 19:50:00", t("5 19:50")),
        Step("length", "ACCEPT-1", "时限 30 分(值班时间)[clocks.accept]", "Length 30 min of duty time [clocks.accept]"),
        Step("calendar", "DUTY-1", "只计每日值班时间 08:00–20:00", "Only duty time counts, 08:00–20:00 every day"),
        Step("counted", "", "计入 2026-05-05 19:50:00 至 2026-05-05 20:00:00,10 分",
             "Counted 2026-05-05 19:50:00 to 2026-05-05 20:00:00: 10 min", t("5 19:50"), t("5 20:00")),
        Step("left_out", "DUTY-1", "非值班 2026-05-05 20:00:00 至 2026-05-06 08:00:00,12 小时,不计",
             "Off duty 2026-05-05 20:00:00 to 2026-05-06 08:00:00: 12 h left out", t("5 20:00"), t("6 08:00")),
        Step("counted", "", "计入 2026-05-06 08:00:00 至 2026-05-06 08:05:00,5 分",
             "Counted 2026-05-06 08:00:00 to 2026-05-06 08:05:00: 5 min", t("6 08:00"), t("6 08:05")),
        Step("left_out", "ROUTE-6", "停业 2026-05-06 08:05:00 至 2026-05-06 08:15:00,10 分,不计",
             "Closed 2026-05-06 08:05:00 to 2026-05-06 08:15:00: 10 min left out", t("6 08:05"), t("6 08:15")),
        Step("counted", "", "计入 2026-05-06 08:15:00 至 2026-05-06 08:30:00,15 分",
             "Counted 2026-05-06 08:15:00 to 2026-05-06 08:30:00: 15 min", t("6 08:15"), t("6 08:30")),
        Step("due", "", "截止 2026-05-06 08:30:00,该时刻仍算按时", "Due 2026-05-06 08:30:00, that instant included",
             t("6 08:30")),
        Step("end", "CLOCK-2", "接单 2026-05-06 08:35:00,晚 5 分", "Accepted 2026-05-06 08:35:00, 5 min late",
             t("6 08:35")),
        Step("verdict", "CLOCK-2", "结果:超时,记在截止时刻 2026-05-06 08:30:00",
             "Verdict: missed, dated at the deadline 2026-05-06 08:30:00", t("6 08:30")),
        BY,
    ]  # fmt: skip


def test_a_clock_of_the_night_still_running() -> None:
    """DUTY-2: it runs from the next duty instant; nothing has ended it."""
    found = explain(clock(order(held("5 23:00"), created="5 23:00"), "accept", "6 08:10"))
    assert found[0].since == t("5 23:00")
    assert found[1] == Step(
        "start", "DUTY-2", "当时不在值班时间,从下一个值班时刻 2026-05-06 08:00:00 开始走",
        "Nobody was on duty then: it runs from 2026-05-06 08:00:00", t("6 08:00"),
    )  # fmt: skip
    assert found[-3:] == [
        Step("end", "", "没有使它结束的操作或消息", "Nothing has ended it"),
        Step("verdict", "CLOCK-2", "结果:计时中", "Verdict: running"),
        BY,
    ]


def test_a_pickup_clock_until_the_window_ends() -> None:
    course = order(held("5 10:00"), window="6 09:30", ended=("withdrawn", "5 12:00"))
    assert explain(clock(course, "pickup", LATER)) == [
        Step("start", "CLOCK-2", "自下单起计:2026-05-05 10:00:00",
             "It counts from the creation of the order: 2026-05-05 10:00:00", t("5 10:00")),
        Step("length", "PICKUP-2", "到预约时段结束为止,共 23 小时 30 分:晚于下单后的揽收时限",
             "Until the booked window ends, 23 h 30 min: later than the usual length"),
        Step("calendar", "DUTY-2", "每一分钟都计", "Every minute counts"),
        Step("counted", "", "计入 2026-05-05 10:00:00 至 2026-05-06 09:30:00,23 小时 30 分",
             "Counted 2026-05-05 10:00:00 to 2026-05-06 09:30:00: 23 h 30 min", t("5 10:00"), t("6 09:30")),
        Step("due", "", "截止 2026-05-06 09:30:00,该时刻仍算按时", "Due 2026-05-06 09:30:00, that instant included",
             t("6 09:30")),
        Step("end", "CLOCK-1", "撤单 2026-05-05 12:00:00,距截止 21 小时 30 分",
             "Withdrawn 2026-05-05 12:00:00, 21 h 30 min before the deadline", t("5 12:00")),
        Step("verdict", "CLOCK-2", "结果:不计:截止前已由别的事结束",
             "Verdict: dropped: something else ended it before its deadline", t("5 12:00")),
        BY,
    ]  # fmt: skip


def test_a_usual_pickup_clock_says_elapsed_time() -> None:
    [length] = only(clock(order(held("5 10:00")), "pickup", LATER), "length")
    assert length == Step(
        "length", "PICKUP-1", "时限 16 小时(自然时间)[clocks.pickup]", "Length 16 h of elapsed time [clocks.pickup]"
    )


CONFIRMED = order(held("5 10:00"), ended=("picked_up", "6 02:00"), pickup=("6 02:00", None))
END = Step("end", "PICKUP-1", "揽件确认 2026-05-06 02:00:00,正好在截止时刻",
           "Pickup confirmed 2026-05-06 02:00:00, exactly at the deadline", t("6 02:00"))  # fmt: skip


@pytest.mark.parametrize(
    ("now", "zh", "en"),
    [
        ("6 12:00", "2026-05-07 02:00:00 前须有相符的揽收扫描", "A matching scan is needed by 2026-05-07 02:00:00"),
        (LATER, "2026-05-07 02:00:00 前没有相符的揽收扫描,不算揽收",
         "Not a pickup: no matching scan by 2026-05-07 02:00:00"),
    ],
)  # fmt: skip
def test_a_confirmation_at_the_deadline_waits_for_its_scan(now: str, zh: str, en: str) -> None:
    assert only(clock(CONFIRMED, "pickup", now), "end") == [END, Step("end", "PICKUP-1", zh, en, t("7 02:00"))]


def test_a_late_confirmation_needs_no_second_sentence() -> None:
    late = order(held("5 10:00"), ended=("picked_up", "6 02:00:01"), pickup=("6 02:00:01", None))
    assert [(step.rule, step.zh) for step in only(clock(late, "pickup", LATER), "end")] == [
        ("PICKUP-1", "揽件确认 2026-05-06 02:00:01,晚 1 秒")
    ]


def test_a_long_calendar_says_how_many_pieces_it_took_together() -> None:
    """100 duty hours from 10:00 are 10, seven times 12, and 6: three spans are told on either side, and the nights and
    the five days from the 7th to the 11th are one step."""
    edition = edition_with(("accept = { value = 30,", "accept = { value = 6000,"))
    pieces = only(clock(order(held("5 10:00")), "accept", LATER, edition=edition), "counted", "left_out")
    assert [(step.what, step.since) for step in pieces] == [
        ("counted", t("5 10:00")), ("left_out", t("5 20:00")), ("counted", t("6 08:00")), ("counted", t("6 20:00")),
        ("counted", t("12 08:00")), ("left_out", t("12 20:00")), ("counted", t("13 08:00")),
    ]  # fmt: skip
    assert pieces[3] == Step(
        "counted", "", "2026-05-06 20:00:00 至 2026-05-12 08:00:00 之间 5 段,计入 2 天 12 小时",
        "2026-05-06 20:00:00 to 2026-05-12 08:00:00: 5 pieces, 2 d 12 h counted", t("6 20:00"), t("12 08:00"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("length", "zh", "en"),
    [
        (timedelta(0), "0 秒", "0 s"),
        (timedelta(days=2, hours=3, minutes=20, seconds=5, microseconds=500_000), "2 天 3 小时 20 分 5.5 秒",
         "2 d 3 h 20 min 5.5 s"),
        (timedelta(seconds=50), "50 秒", "50 s"),
        (timedelta(seconds=30, microseconds=1), "30.000001 秒", "30.000001 s"),
        (timedelta(microseconds=500_000), "0.5 秒", "0.5 s"),
        (timedelta(hours=23, minutes=59), "23 小时 59 分", "23 h 59 min"),
    ],
)  # fmt: skip
def test_lengths(length: timedelta, zh: str, en: str) -> None:
    assert (zh_length(length), en_length(length)) == (zh, en)
