"""DUTY-3: a station looks at its desk every 20 duty minutes. Tables of cases."""

from datetime import datetime, timedelta

import pytest

from sla.duty import Calendar
from sla.silence import duty_ends, silent_since

EVERY, TICK = timedelta(minutes=20), timedelta(microseconds=1)
STANDARD, XINJIANG = Calendar(8 * 60, 20 * 60), Calendar(10 * 60, 21 * 60)


def at(time: str, day: str = "04") -> datetime:
    return datetime.fromisoformat(f"2026-05-{day}T{time}+08:00")


CLOSED = Calendar(8 * 60, 20 * 60, ((at("10:00"), at("12:00")), (at("18:00"), at("09:00", "05"))))


@pytest.mark.parametrize(
    ("calendar", "seen", "now", "since"),
    [
        (STANDARD, at("09:00"), at("09:19"), None),
        (STANDARD, at("09:00"), at("09:20"), None),  # exactly 20:00 is in time
        (STANDARD, at("09:00"), at("09:20") + TICK, at("09:20")),
        (STANDARD, at("09:00"), at("15:00"), at("09:20")),
        (STANDARD, at("19:50", "03"), at("08:11"), None),  # yesterday's minutes are not counted on
        (STANDARD, at("19:50", "03"), at("08:20"), None),
        (STANDARD, at("19:50", "03"), at("08:20") + TICK, at("08:20")),
        (STANDARD, at("03:00"), at("08:20") + TICK, at("08:20")),
        (STANDARD, at("09:00", "01"), at("08:30"), at("08:20")),
        (STANDARD, at("09:00"), at("20:00"), None),  # off duty nobody is silent
        (STANDARD, at("09:00"), at("03:00", "05"), None),
        (STANDARD, at("19:50"), at("19:59"), None),
        (STANDARD, at("10:00"), at("09:00"), None),  # a process whose clock is behind
        (XINJIANG, at("21:00", "03"), at("08:30"), None),
        (XINJIANG, at("21:00", "03"), at("10:20") + TICK, at("10:20")),
        (CLOSED, at("09:50"), at("11:00"), None),
        (CLOSED, at("09:50"), at("12:10"), None),  # 10 minutes before, 10 after the closure
        (CLOSED, at("09:50"), at("12:10") + TICK, at("12:10")),
        (CLOSED, at("17:50"), at("09:20", "05"), None),
        (CLOSED, at("17:50"), at("09:20", "05") + TICK, at("09:20", "05")),
    ],
)
def test_duty_3_since_when(calendar: Calendar, seen: datetime, now: datetime, since: datetime | None) -> None:
    assert silent_since(calendar, seen, EVERY, now) == since


@pytest.mark.parametrize(("now", "since"), [(at("10:50"), None), (at("10:50") + TICK, at("10:50"))])
def test_duty_3_while_our_console_was_away_nobody_could_look(now: datetime, since: datetime | None) -> None:
    assert silent_since(STANDARD, at("09:00"), EVERY, now, able_since=at("10:30")) == since


@pytest.mark.parametrize(
    ("calendar", "begun", "end"),
    [
        (STANDARD, at("09:20"), at("20:00")),
        (XINJIANG, at("10:20"), at("21:00")),
        (CLOSED, at("09:20"), at("10:00")),
        (CLOSED, at("12:10"), at("18:00")),
        (CLOSED, at("10:30"), at("10:30")),
        (STANDARD, at("20:00"), at("20:00")),
    ],
)
def test_duty_3_a_silence_ends_with_the_duty(calendar: Calendar, begun: datetime, end: datetime) -> None:
    assert duty_ends(calendar, begun) == end
