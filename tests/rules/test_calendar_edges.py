"""F-40: sixty expected instants at the edges of the calendar, and the week and month they belong to (SETTLE-2, DAY-1).

Worked out by hand on a Shanghai clock that is always 8 h ahead, and written as UTC: the summer times of 1986-91 move
nothing.
"""

from datetime import datetime

import pytest

from basics.days import SHANGHAI, month_of, parse_instant, week_of
from basics.words import ClockKind
from sla.clocks import clocks_of
from sla.course import Course, Holding
from sla.duty import Calendar
from tests.rules.courses import EDITION, STANDARD, XINJIANG

# created (Shanghai), hours, accept clock starts, accept due, pickup due (UTC), week and month of the accept deadline
EDGES = [
    ("2024-02-28 19:50:00", STANDARD, "2024-02-28T11:50:00", "2024-02-29T00:20:00", "2024-02-29T03:50:00",
     "2024-W09", "2024-02"),
    ("2024-02-29 19:59:59", STANDARD, "2024-02-29T11:59:59", "2024-03-01T00:29:59", "2024-03-01T03:59:59",
     "2024-W09", "2024-03"),
    ("2023-02-28 20:00:00", STANDARD, "2023-03-01T00:00:00", "2023-03-01T00:30:00", "2023-03-01T04:00:00",
     "2023-W09", "2023-03"),
    ("2028-02-29 00:00:00", STANDARD, "2028-02-29T00:00:00", "2028-02-29T00:30:00", "2028-02-29T08:00:00",
     "2028-W09", "2028-02"),
    ("2026-12-31 15:59:59", STANDARD, "2026-12-31T07:59:59", "2026-12-31T08:29:59", "2026-12-31T23:59:59",
     "2026-W53", "2026-12"),
    ("2026-12-31 19:45:00", STANDARD, "2026-12-31T11:45:00", "2027-01-01T00:15:00", "2027-01-01T03:45:00",
     "2026-W53", "2027-01"),
    ("2026-12-31 23:59:59", STANDARD, "2027-01-01T00:00:00", "2027-01-01T00:30:00", "2027-01-01T07:59:59",
     "2026-W53", "2027-01"),
    ("2026-05-03 19:30:00", STANDARD, "2026-05-03T11:30:00", "2026-05-03T12:00:00", "2026-05-04T03:30:00",
     "2026-W18", "2026-05"),
    ("2026-05-03 23:59:59", STANDARD, "2026-05-04T00:00:00", "2026-05-04T00:30:00", "2026-05-04T07:59:59",
     "2026-W19", "2026-05"),
    ("2026-04-30 19:30:00", STANDARD, "2026-04-30T11:30:00", "2026-04-30T12:00:00", "2026-05-01T03:30:00",
     "2026-W18", "2026-04"),
    ("2026-04-30 19:30:01", STANDARD, "2026-04-30T11:30:01", "2026-05-01T00:00:01", "2026-05-01T03:30:01",
     "2026-W18", "2026-05"),
    ("2026-04-30 07:59:59", STANDARD, "2026-04-30T00:00:00", "2026-04-30T00:30:00", "2026-04-30T15:59:59",
     "2026-W18", "2026-04"),
    ("2026-04-30 08:00:00", STANDARD, "2026-04-30T00:00:00", "2026-04-30T00:30:00", "2026-04-30T16:00:00",
     "2026-W18", "2026-04"),
    ("2026-04-30 19:59:59", STANDARD, "2026-04-30T11:59:59", "2026-05-01T00:29:59", "2026-05-01T03:59:59",
     "2026-W18", "2026-05"),
    ("2026-04-30 20:59:59", XINJIANG, "2026-04-30T12:59:59", "2026-05-01T02:29:59", "2026-05-01T04:59:59",
     "2026-W18", "2026-05"),
    ("2026-04-30 21:00:00", XINJIANG, "2026-05-01T02:00:00", "2026-05-01T02:30:00", "2026-05-01T05:00:00",
     "2026-W18", "2026-05"),
    ("1986-05-03 19:50:00", STANDARD, "1986-05-03T11:50:00", "1986-05-04T00:20:00", "1986-05-04T03:50:00",
     "1986-W18", "1986-05"),
    ("1986-09-13 19:50:00", STANDARD, "1986-09-13T11:50:00", "1986-09-14T00:20:00", "1986-09-14T03:50:00",
     "1986-W37", "1986-09"),
    ("1991-04-14 01:30:00", STANDARD, "1991-04-14T00:00:00", "1991-04-14T00:30:00", "1991-04-14T09:30:00",
     "1991-W15", "1991-04"),
    ("1991-09-15 01:30:00", STANDARD, "1991-09-15T00:00:00", "1991-09-15T00:30:00", "1991-09-15T09:30:00",
     "1991-W37", "1991-09"),
]  # fmt: skip


@pytest.mark.parametrize(("created", "hours", "starts", "accept", "pickup", "week", "month"), EDGES)
def test_f_40(created: str, hours: Calendar, starts: str, accept: str, pickup: str, week: str, month: str) -> None:
    """ACCEPT-1, DUTY-1, DUTY-2, PICKUP-1."""
    zero = datetime.fromisoformat(created).replace(tzinfo=SHANGHAI)
    course = Course(zero, zero, False, None, (Holding(1, "A", hours, zero, "routing"),))
    found = {clock.kind: clock for clock in clocks_of(course, EDITION, zero)}
    due = found[ClockKind.ACCEPT].due_at
    told = [found[ClockKind.ACCEPT].starts_at, due, found[ClockKind.PICKUP].due_at]
    assert told == [parse_instant(f"{one}+00:00") for one in (starts, accept, pickup)]
    assert (week_of(due), month_of(due)) == (week, month)


def test_there_are_sixty() -> None:
    assert len(EDGES) * 3 == 60 and len({row[0] for row in EDGES}) == len(EDGES)
