"""DUTY-1, DUTY-2, ACCEPT-1, ROUTE-6: every edge of duty and closed time, and a brute-force second opinion."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basics.days import SHANGHAI
from sla.duty import WHOLE_DAY, Calendar, disjoint, due_at, duty_between, first_instant, spans

STANDARD = Calendar(8 * 60, 20 * 60)
XINJIANG = Calendar(10 * 60, 21 * 60)
HALF_HOUR = timedelta(minutes=30)


def t(text: str) -> datetime:
    """`2026-04-30 19:50[:00[.000001]]` on a Shanghai clock."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def closed(cal: Calendar, *pairs: tuple[str, str]) -> Calendar:
    return Calendar(cal.opens, cal.closes, tuple((t(a), t(b)) for a, b in pairs))


HALF_HOURS = [
    ("ACCEPT-1 in the middle of the day", STANDARD, "2026-04-30 10:00", "2026-04-30 10:30"),
    ("DUTY-2 over the evening", STANDARD, "2026-04-30 19:50", "2026-05-01 08:20"),
    ("DUTY-2 at night", STANDARD, "2026-04-30 23:00", "2026-05-01 08:30"),
    ("DUTY-2 ends with the day", STANDARD, "2026-04-30 19:30", "2026-04-30 20:00"),
    ("DUTY-2 a microsecond later", STANDARD, "2026-04-30 19:30:00.000001", "2026-05-01 08:00:00.000001"),
    ("DUTY-1 last off-duty microsecond", STANDARD, "2026-04-30 07:59:59.999999", "2026-04-30 08:30"),
    ("DUTY-1 opening", STANDARD, "2026-04-30 08:00", "2026-04-30 08:30"),
    ("DUTY-1 last duty microsecond", STANDARD, "2026-04-30 19:59:59.999999", "2026-05-01 08:29:59.999999"),
    ("DUTY-1 closing is off duty", STANDARD, "2026-04-30 20:00", "2026-05-01 08:30"),
    ("DUTY-1 midnight", STANDARD, "2026-05-01 00:00", "2026-05-01 08:30"),
    ("DUTY-1 weekends too: Saturday to Sunday", STANDARD, "2026-05-02 19:45", "2026-05-03 08:15"),
    ("DUTY-1 Xinjiang 20:50", XINJIANG, "2026-04-30 20:50", "2026-05-01 10:20"),
    ("DUTY-1 Xinjiang 20:30", XINJIANG, "2026-04-30 20:30", "2026-04-30 21:00"),
    ("DUTY-1 Xinjiang 21:00", XINJIANG, "2026-04-30 21:00", "2026-05-01 10:30"),
    ("DUTY-1 Xinjiang 10:00", XINJIANG, "2026-04-30 10:00", "2026-04-30 10:30"),
    ("DUTY-1 Xinjiang 08:30", XINJIANG, "2026-04-30 08:30", "2026-04-30 10:30"),
    ("into a leap day", STANDARD, "2024-02-28 19:50", "2024-02-29 08:20"),
    ("out of a leap day", STANDARD, "2024-02-29 19:50", "2024-03-01 08:20"),
    ("no leap day", STANDARD, "2026-02-28 19:50", "2026-03-01 08:20"),
    ("year end", STANDARD, "2026-12-31 19:50", "2027-01-01 08:20"),
    ("summer time began 1986-05-04", STANDARD, "1986-05-03 19:50", "1986-05-04 08:20"),
    ("summer time ended 1986-09-14", STANDARD, "1986-09-13 19:50", "1986-09-14 08:20"),
    ("summer time began 1991-04-14", STANDARD, "1991-04-13 23:00", "1991-04-14 08:30"),
    ("summer time ended 1991-09-15", STANDARD, "1991-09-14 23:00", "1991-09-15 08:30"),
    ("before the epoch", STANDARD, "1969-12-31 19:50", "1970-01-01 08:20"),
    ("ROUTE-6 closure in the middle",
     closed(STANDARD, ("2026-04-30 10:10", "2026-04-30 11:00")), "2026-04-30 10:00", "2026-04-30 11:20"),
    ("ROUTE-6 started while closed",
     closed(STANDARD, ("2026-04-30 09:00", "2026-04-30 11:00")), "2026-04-30 10:00", "2026-04-30 11:30"),
    ("ROUTE-6 closed from the start",
     closed(STANDARD, ("2026-04-30 10:00", "2026-04-30 11:00")), "2026-04-30 10:00", "2026-04-30 11:30"),
    ("ROUTE-6 closure ended at the start",
     closed(STANDARD, ("2026-04-30 09:00", "2026-04-30 10:00")), "2026-04-30 10:00", "2026-04-30 10:30"),
    ("ROUTE-6 closure begins at the deadline",
     closed(STANDARD, ("2026-04-30 10:30", "2026-04-30 12:00")), "2026-04-30 10:00", "2026-04-30 10:30"),
    ("ROUTE-6 closure begins a microsecond before the deadline",
     closed(STANDARD, ("2026-04-30 10:29:59.999999", "2026-04-30 12:00")),
     "2026-04-30 10:00", "2026-04-30 12:00:00.000001"),
    ("ROUTE-6 closed overnight costs nothing",
     closed(STANDARD, ("2026-04-30 20:00", "2026-05-01 08:00")), "2026-04-30 19:50", "2026-05-01 08:20"),
    ("ROUTE-6 closed until the end of the day",
     closed(STANDARD, ("2026-04-30 19:40", "2026-04-30 23:00")), "2026-04-30 19:30", "2026-05-01 08:20"),
    ("ROUTE-6 closed for days",
     closed(STANDARD, ("2026-04-30 19:40", "2026-05-04 09:00")), "2026-04-30 19:30", "2026-05-04 09:20"),
    ("ROUTE-6 two closures",
     closed(STANDARD, ("2026-04-30 10:10", "2026-04-30 10:20"), ("2026-04-30 10:35", "2026-04-30 10:45")),
     "2026-04-30 10:00", "2026-04-30 10:50"),
    ("ROUTE-6 closure long before", closed(STANDARD, ("2026-04-01 10:10", "2026-04-02 11:00")),
     "2026-04-30 10:00", "2026-04-30 10:30"),
]  # fmt: skip


@pytest.mark.parametrize(("cal", "start", "due"), [c[1:] for c in HALF_HOURS], ids=[c[0] for c in HALF_HOURS])
def test_thirty_duty_minutes(cal: Calendar, start: str, due: str) -> None:
    assert due_at(cal, t(start), HALF_HOUR) == t(due)
    assert duty_between(cal, t(start), t(due)) == HALF_HOUR
    assert duty_between(cal, t(start), t(due) - timedelta(microseconds=1)) < HALF_HOUR


FIRST_INSTANTS = [
    ("DUTY-1 on duty", STANDARD, "2026-04-30 10:00", "2026-04-30 10:00"),
    ("DUTY-1 opening", STANDARD, "2026-04-30 08:00", "2026-04-30 08:00"),
    ("DUTY-1 before opening", STANDARD, "2026-04-30 07:59:59.999999", "2026-04-30 08:00"),
    ("DUTY-1 last duty microsecond", STANDARD, "2026-04-30 19:59:59.999999", "2026-04-30 19:59:59.999999"),
    ("DUTY-1 20:00:00 is off duty", STANDARD, "2026-04-30 20:00", "2026-05-01 08:00"),
    ("DUTY-2 an order of 23:00", STANDARD, "2026-04-30 23:00", "2026-05-01 08:00"),
    ("DUTY-1 Xinjiang 20:50", XINJIANG, "2026-04-30 20:50", "2026-04-30 20:50"),
    ("DUTY-1 Xinjiang 21:00", XINJIANG, "2026-04-30 21:00", "2026-05-01 10:00"),
    ("ROUTE-6 closed now",
     closed(STANDARD, ("2026-04-30 09:00", "2026-04-30 11:00")), "2026-04-30 10:00", "2026-04-30 11:00"),
    ("ROUTE-6 reopens off duty",
     closed(STANDARD, ("2026-04-30 09:00", "2026-04-30 22:00")), "2026-04-30 10:00", "2026-05-01 08:00"),
    ("ROUTE-6 closed at the next opening",
     closed(STANDARD, ("2026-05-01 08:00", "2026-05-01 09:00")), "2026-04-30 20:00", "2026-05-01 09:00"),
    ("ROUTE-6 one closure leads to the next",
     closed(STANDARD, ("2026-04-30 19:00", "2026-04-30 21:00"), ("2026-05-01 07:00", "2026-05-01 08:30")),
     "2026-04-30 19:30", "2026-05-01 08:30"),
    ("ROUTE-6 reopening is open",
     closed(STANDARD, ("2026-04-30 09:00", "2026-04-30 10:00")), "2026-04-30 10:00", "2026-04-30 10:00"),
]  # fmt: skip


@pytest.mark.parametrize(("cal", "start", "first"), [c[1:] for c in FIRST_INSTANTS], ids=[c[0] for c in FIRST_INSTANTS])
def test_first_instant(cal: Calendar, start: str, first: str) -> None:
    assert first_instant(cal, t(start)) == t(first)


MOVED = [
    ("no closure", [], "2026-05-01 02:00"),
    ("one hour", [("2026-04-30 12:00", "2026-04-30 13:00")], "2026-05-01 03:00"),
    ("closed at the start", [("2026-04-30 09:00", "2026-04-30 11:00")], "2026-05-01 03:00"),
    ("ended at the start", [("2026-04-30 09:00", "2026-04-30 10:00")], "2026-05-01 02:00"),
    ("begins at the deadline", [("2026-05-01 02:00", "2026-05-01 05:00")], "2026-05-01 02:00"),
    ("holds the deadline", [("2026-05-01 01:00", "2026-05-01 05:00")], "2026-05-01 06:00"),
    ("moved into a second one",
     [("2026-04-30 12:00", "2026-04-30 13:00"), ("2026-05-01 02:30", "2026-05-01 04:30")],
     "2026-05-01 05:00"),
    ("across days", [("2026-04-30 12:00", "2026-05-04 12:00")], "2026-05-05 02:00"),
]  # fmt: skip


@pytest.mark.parametrize(("closures", "due"), [c[1:] for c in MOVED], ids=[f"ROUTE-6 {c[0]}" for c in MOVED])
def test_an_elapsed_clock_counts_no_closed_minute(closures: list[tuple[str, str]], due: str) -> None:
    start = t("2026-04-30 10:00")
    pairs = tuple((t(a), t(b)) for a, b in closures)
    assert due_at(Calendar(0, 24 * 60, pairs), start, timedelta(hours=16)) == t(due)


def test_duty_2_years_away_needs_no_loop() -> None:
    start = t("1950-01-01 12:00")
    assert due_at(STANDARD, start, timedelta(hours=12) * 365_000) == t("1950-01-01 12:00") + timedelta(days=365_000)


def test_duty_2_no_length_is_due_at_once_and_nothing_is_negative() -> None:
    assert due_at(STANDARD, t("2026-04-30 23:00"), timedelta(0)) == t("2026-04-30 23:00")
    assert duty_between(STANDARD, t("2026-04-30 12:00"), t("2026-04-30 11:00")) == timedelta(0)


def test_duty_1_the_zone_of_the_argument_changes_nothing() -> None:
    for zone in (UTC, ZoneInfo("America/New_York"), ZoneInfo("Asia/Shanghai")):
        start = t("2026-04-30 19:50").astimezone(zone)
        assert due_at(STANDARD, start, HALF_HOUR) == t("2026-05-01 08:20")


def test_closures_must_be_sorted_and_disjoint() -> None:
    a, b, c, d = (t(f"2026-04-30 {hour:02d}:00") for hour in (9, 10, 11, 12))
    assert disjoint([(c, d), (a, c), (b, b)]) == ((a, d),)
    for wrong in (((c, d), (a, b)), ((a, c), (b, d)), ((b, a),)):
        with pytest.raises(ValueError, match="disjoint"):
            Calendar(480, 1200, wrong)
    with pytest.raises(ValueError, match="opens"):
        Calendar(1200, 480)


BASE = t("2026-04-30 00:00")
MINUTES = st.integers(0, 3 * 1440)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    opens = draw(st.integers(0, 1300))
    closes = draw(st.integers(opens + 140, 1440))
    edges = draw(st.lists(st.tuples(MINUTES, MINUTES), max_size=3))
    minute = timedelta(minutes=1)
    return Calendar(opens, closes, disjoint((BASE + a * minute, BASE + b * minute) for a, b in edges))


def counts(cal: Calendar, minute: int) -> bool:
    """Whether the minute [BASE + minute, + 1) is duty time: looked at one by one."""
    at = BASE + timedelta(minutes=minute)
    return cal.opens <= minute % 1440 < cal.closes and not any(a <= at < b for a, b in cal.closures)


@settings(deadline=None)
@given(calendars(), MINUTES, st.integers(0, 900))
def test_duty_2_against_a_minute_counter(cal: Calendar, start: int, length: int) -> None:
    at = BASE + timedelta(minutes=start)
    minute, left = start, length
    while left:
        left -= counts(cal, minute)
        minute += 1
    due = BASE + timedelta(minutes=minute)
    assert due_at(cal, at, timedelta(minutes=length)) == due
    assert duty_between(cal, at, due) == timedelta(minutes=length)
    first = next(m for m in range(start, start + 10 * 1440) if counts(cal, m))
    assert first_instant(cal, at) == BASE + timedelta(minutes=first)


@settings(deadline=None)
@given(calendars(), MINUTES, st.integers(1, 3000))
def test_route_6_against_a_minute_counter(cal: Calendar, start: int, length: int) -> None:
    at = BASE + timedelta(minutes=start)
    minute, left = start, length
    while left:
        here = BASE + timedelta(minutes=minute)
        left -= not any(a <= here < b for a, b in cal.closures)
        minute += 1
    moved = due_at(cal.whole_day(), at, timedelta(minutes=length))
    assert moved == BASE + timedelta(minutes=minute)


@settings(deadline=None)
@given(calendars(), MINUTES, st.integers(1, 100_000), st.booleans())
def test_duty_2_pieces_add_up_to_the_length_and_end_at_the_deadline(
    cal: Calendar, start: int, length: int, whole: bool
) -> None:
    cal, at = cal.whole_day() if whole else cal, BASE + timedelta(minutes=start)
    due = due_at(cal, at, timedelta(minutes=length))
    found = list(spans(cal, at, due))
    assert [found[0].since, *(one.until for one in found)] == [*(one.since for one in found), due]
    assert all(one.since < one.until for one in found)
    assert sum((one.until - one.since for one in found if one.kind == "open"), timedelta(0)) == timedelta(
        minutes=length
    )
    assert found[-1].kind == "open"
    for one in found:
        assert duty_between(cal, one.since, one.until) == (
            one.until - one.since if one.kind == "open" else timedelta(0)
        )


@settings(deadline=None)
@given(calendars(), MINUTES, st.integers(0, 3 * 1440))
def test_accept_2_spans_against_a_minute_counter(cal: Calendar, start: int, length: int) -> None:
    kinds = []
    for one in spans(cal, BASE + timedelta(minutes=start), BASE + timedelta(minutes=start + length)):
        kinds += [one.kind] * ((one.until - one.since) // timedelta(minutes=1))
    expected = []
    for minute in range(start, start + length):
        at = BASE + timedelta(minutes=minute)
        shut = any(a <= at < b for a, b in cal.closures)
        expected.append("closed" if shut else "open" if cal.opens <= minute % 1440 < cal.closes else "off_duty")
    assert kinds == expected


def test_closures_before_an_assignment_are_of_no_concern() -> None:
    cal = closed(STANDARD, ("2026-04-30 09:00", "2026-04-30 11:00"), ("2026-05-01 09:00", "2026-05-01 10:00"))
    assert cal.closed_since(t("2026-04-30 09:00")) is cal
    assert cal.closed_since(t("2026-04-30 10:00")).closures[0] == (t("2026-04-30 10:00"), t("2026-04-30 11:00"))
    assert cal.closed_since(t("2026-04-30 11:00")).closures == cal.closures[1:]
    assert cal.closed_since(t("2026-05-02 00:00")) == STANDARD
    assert STANDARD.whole_day() is WHOLE_DAY
    assert list(spans(STANDARD, t("2026-04-30 10:00"), t("2026-04-30 10:00"))) == []
