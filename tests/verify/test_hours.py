"""The second calendar: by hand, and against the first one (DUTY-1, DUTY-2, ROUTE-6)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basics.days import SHANGHAI
from sla.duty import Calendar, disjoint, due_at, first_instant
from verify.hours import Hours

HALF_HOUR = timedelta(minutes=30)
START = datetime(2026, 5, 4, tzinfo=UTC)


def at(text: str) -> datetime:
    """`6 08:20` in May 2026, Shanghai."""
    day, clock = text.split()
    return datetime.fromisoformat(f"2026-05-{int(day):02d}T{clock}").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "opens", "due", "closed"),
    [
        ("4 10:00", "4 10:00", "4 10:30", []),
        ("4 19:50", "4 19:50", "5 08:20", []),
        ("4 19:30", "4 19:30", "4 20:00", []),
        ("4 19:30:00.000001", "4 19:30:00.000001", "5 08:00:00.000001", []),
        ("4 20:00", "5 08:00", "5 08:30", []),
        ("4 23:00", "5 08:00", "5 08:30", []),
        ("4 07:59:59", "4 08:00", "4 08:30", []),
        ("4 11:40", "4 11:40", "4 13:10", [("4 12:00", "4 13:00")]),
        ("4 11:30", "4 11:30", "4 12:00", [("4 12:00", "4 13:00")]),
        ("4 12:20", "4 13:00", "4 13:30", [("4 12:00", "4 13:00")]),
        ("4 12:20", "4 16:00", "4 16:30", [("4 12:00", "4 14:00"), ("4 13:00", "4 16:00")]),
        ("4 19:00", "6 08:00", "6 08:30", [("4 18:00", "6 02:00")]),
    ],
)
def test_thirty_duty_minutes(start: str, opens: str, due: str, closed: list[tuple[str, str]]) -> None:
    """DUTY-2, ROUTE-6."""
    hours = Hours(8 * 60, 20 * 60, tuple((at(since), at(until)) for since, until in closed))
    assert hours.first_open(at(start)) == at(opens)
    assert hours.after(at(start), HALF_HOUR) == at(due)


def test_a_closure_for_good_is_crossed_quickly() -> None:
    hours = Hours(8 * 60, 20 * 60, ((START, START + timedelta(days=365 * 4000)),))
    assert hours.first_open(START).year == 6023


@pytest.mark.parametrize("closed", [(), ((START + timedelta(days=365 * 500), START + timedelta(days=365 * 501)),)])
def test_a_window_of_centuries_is_crossed_quickly(closed: tuple[tuple[datetime, datetime], ...]) -> None:
    """PICKUP-2: whole days are made at once, up to the next closure."""
    length = timedelta(days=365 * 973)
    assert Hours(0, 24 * 60, closed).after(START, length) == START + length + timedelta(days=365 * len(closed))
    first, second = Calendar(8 * 60, 20 * 60, closed), Hours(8 * 60, 20 * 60, closed)
    assert second.after(START, length) == due_at(first, START, length)


MOMENTS = st.integers(0, 6 * 24 * 3600 * 10**6).map(lambda us: START + timedelta(microseconds=us))
DAYS = st.sampled_from([(480, 1200), (600, 1260), (0, 1440)])


@given(MOMENTS, st.integers(1, 40 * 60), DAYS, st.lists(st.tuples(MOMENTS, MOMENTS).map(sorted), max_size=4))
def test_two_calendars_agree(start: datetime, minutes: int, day: tuple[int, int], closed: list[list[datetime]]) -> None:
    spans = [(since, until) for since, until in closed if since < until]
    first, second = Calendar(*day, disjoint(spans)), Hours(*day, tuple(spans))
    assert second.first_open(start) == first_instant(first, start)
    assert second.after(start, timedelta(minutes=minutes)) == due_at(first, start, timedelta(minutes=minutes))
