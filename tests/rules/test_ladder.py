"""DO-8: which steps of the ladder are taken when. Tables of cases; 2026-05-04 is a Monday."""

from datetime import datetime, timedelta

import pytest

from rulebook.edition import Ladder
from sla.duty import Calendar
from sla.ladder import STEPS, Rung, counted_left, steps_now

M = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
LADDER = Ladder(15 * M, 10 * M, 10 * M, 5 * M, 5 * M, 50)
STANDARD, XINJIANG = Calendar(8 * 60, 20 * 60), Calendar(10 * 60, 21 * 60)


def at(time: str, day: str = "04") -> datetime:
    return datetime.fromisoformat(f"2026-05-{day}T{time}+08:00")


CLOSED = Calendar(8 * 60, 20 * 60, ((at("09:05"), at("10:00")),))


@pytest.mark.parametrize(
    ("left", "taken", "steps"),
    [
        (30 * M, "", ""),
        (15 * M + TICK, "", ""),
        (15 * M, "", "tint"),
        (15 * M, "tint", ""),
        (10 * M + TICK, "tint", ""),
        (10 * M, "tint", "sound message"),
        (10 * M, "", "tint sound message"),  # a late run takes what it missed
        (5 * M + TICK, "tint sound message", ""),
        (5 * M, "tint sound message", "call_list offer_transfer"),
        (0 * M, "", "tint sound message call_list offer_transfer"),
        (0 * M, "tint sound message call_list offer_transfer", ""),
    ],
)
@pytest.mark.parametrize("risk", [None, 0.0, 0.4999])
def test_do_8_at_its_time(left: timedelta, taken: str, steps: str, risk: float | None) -> None:
    assert steps_now(LADDER, left, risk, taken.split()) == [Rung(step, False) for step in steps.split()]


@pytest.mark.parametrize(
    ("left", "taken", "ahead", "in_time"),
    [
        (29 * M, "", "tint", ""),
        (15 * M + TICK, "tint", "", ""),
        (15 * M, "", "sound message", "tint"),
        (15 * M, "tint", "sound message", ""),
        (10 * M + TICK, "tint sound message", "", ""),
        (10 * M, "tint", "call_list offer_transfer", "sound message"),
        (5 * M, "tint sound message", "", "call_list offer_transfer"),
    ],
)
@pytest.mark.parametrize("risk", [0.5, 1.0])
def test_do_8_likely_late_climbs_one_rung_ahead(
    left: timedelta, taken: str, ahead: str, in_time: str, risk: float
) -> None:
    found = steps_now(LADDER, left, risk, taken.split())
    assert [rung.step for rung in found if rung.ahead] == ahead.split()
    assert [rung.step for rung in found if not rung.ahead] == in_time.split()
    assert [rung.step for rung in found] == sorted((rung.step for rung in found), key=STEPS.index)


def test_do_8_the_lengths_are_the_editions() -> None:
    other = Ladder(tint=5 * M, sound=5 * M, message=20 * M, call_list=2 * M, offer_transfer=30 * M, risk=80)
    assert [rung.step for rung in steps_now(other, 20 * M, 0.79)] == ["message", "offer_transfer"]
    assert [rung.step for rung in steps_now(other, 20 * M, 0.8)] == ["tint", "sound", "message", "offer_transfer"]


@pytest.mark.parametrize(
    ("calendar", "starts", "due", "now", "left"),
    [
        (STANDARD, at("09:00"), at("09:30"), at("09:15"), 15 * M),
        (STANDARD, at("09:00"), at("09:30"), at("09:00"), 30 * M),
        (STANDARD, at("09:00"), at("09:30"), at("09:00") - TICK, None),  # not begun: its channel's clock is fast
        (STANDARD, at("09:00"), at("09:30"), at("09:30"), 0 * M),  # 30:00 is in time
        (STANDARD, at("09:00"), at("09:30"), at("09:30") + TICK, None),  # warned before, not after
        (STANDARD, at("08:00", "05"), at("08:30", "05"), at("23:00"), None),  # a night order
        (STANDARD, at("08:00", "05"), at("08:30", "05"), at("03:00", "05"), None),
        (STANDARD, at("08:00"), at("08:30"), at("08:00"), 30 * M),
        (STANDARD, at("19:30"), at("20:00"), at("20:00"), None),  # 20:00 itself is off duty
        (STANDARD, at("19:30"), at("20:00"), at("20:00") - TICK, TICK),
        (STANDARD, at("19:50"), at("08:20", "05"), at("19:56"), 24 * M),  # the night counts nothing
        (STANDARD, at("19:50"), at("08:20", "05"), at("22:00"), None),
        (STANDARD, at("19:50"), at("08:20", "05"), at("08:10", "05"), 10 * M),
        (XINJIANG, at("10:00"), at("10:30"), at("09:59"), None),
        (XINJIANG, at("20:40"), at("10:10", "05"), at("20:45"), 25 * M),
        (CLOSED, at("09:00"), at("10:25"), at("09:04"), 26 * M),
        (CLOSED, at("09:00"), at("10:25"), at("09:05"), None),  # closed: nobody is there
        (CLOSED, at("09:00"), at("10:25"), at("10:00"), 25 * M),
    ],
)
def test_do_8_nobody_is_rung_off_duty(
    calendar: Calendar, starts: datetime, due: datetime, now: datetime, left: timedelta | None
) -> None:
    assert counted_left(calendar, starts, due, now) == left
