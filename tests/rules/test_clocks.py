"""ACCEPT-1, ACCEPT-2, PICKUP-1, PICKUP-2, TRANSFER-1, CLOCK-1, CLOCK-2, DUTY-2: every edge, as tables.

Now is 31 May unless a case says otherwise: long after everything is due.
"""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.clocks import clocks_of
from sla.course import Course, Holding
from sla.duty import Calendar, duty_between
from tests.rules.courses import EDITION, STANDARD, TICK, XINJIANG, clock, closed, held, order, picked_up, t, verdicts

LATER = "31 12:00"

# what, the order, starts, due, verdict
ACCEPT = [
    ("ACCEPT-1 accepted after exactly 30:00.000000",
     order(held("5 10:00", accepted="5 10:30")), "5 10:00", "5 10:30", "kept"),
    ("ACCEPT-1 accepted after 30:00.000001",
     order(held("5 10:00", accepted="5 10:30:00.000001")), "5 10:00", "5 10:30", "missed"),
    ("ACCEPT-1 failed in time",
     order(held("5 10:00"), ended=("accept_failed", "5 10:30")), "5 10:00", "5 10:30", "kept"),
    ("ACCEPT-1 failed too late",
     order(held("5 10:00"), ended=("accept_failed", "5 10:30:00.000001")), "5 10:00", "5 10:30", "missed"),
    ("ACCEPT-1 transferred in time",
     order(held("5 10:00"), held("5 10:30", by="B", cause="transfer")), "5 10:00", "5 10:30", "kept"),
    ("ACCEPT-1 transferred too late",
     order(held("5 10:00"), held("5 10:30:00.000001", by="B", cause="transfer")), "5 10:00", "5 10:30", "missed"),
    ("ACCEPT-1 transferred to the data centre", order(held("5 10:00"), held("5 10:30", by="HQ", cause="transfer")),
     "5 10:00", "5 10:30", "kept"),
    ("ACCEPT-1 nobody did anything", order(held("5 10:00")), "5 10:00", "5 10:30", "missed"),
    ("ACCEPT-1 told late: the clock runs from creation, not from the push",
     order(held("5 10:00"), received="5 10:25"), "5 10:00", "5 10:30", "missed"),
    ("CLOCK-2 a pickup counts as acceptance", picked_up(held("5 10:00"), at="5 10:30"), "5 10:00", "5 10:30", "kept"),
    ("CLOCK-2 a pickup too late for it", picked_up(held("5 10:00"), at="5 10:30:00.000001"),
     "5 10:00", "5 10:30", "missed"),
    ("CLOCK-2 accepted, then the pickup failed late",
     order(held("5 10:00", accepted="5 10:10"), ended=("pickup_failed", "5 12:00")), "5 10:00", "5 10:30", "kept"),
    ("CLOCK-1 withdrawn before the deadline",
     order(held("5 10:00"), ended=("withdrawn", "5 10:29:59.999999")), "5 10:00", "5 10:30", "dropped"),
    ("CLOCK-1 withdrawn at the deadline", order(held("5 10:00"), ended=("withdrawn", "5 10:30")),
     "5 10:00", "5 10:30", "dropped"),
    ("CLOCK-1 what was late stays late",
     order(held("5 10:00"), ended=("withdrawn", "5 10:30:00.000001")), "5 10:00", "5 10:30", "missed"),
    ("CLOCK-1 re-routed before the deadline",
     order(held("5 10:00"), held("5 10:20", by="B")), "5 10:00", "5 10:30", "dropped"),
    ("CLOCK-1 re-routed after the deadline",
     order(held("5 10:00"), held("5 10:40", by="B")), "5 10:00", "5 10:30", "missed"),
    ("CLOCK-1 accepted and withdrawn at one instant: the act counts",
     order(held("5 10:00", accepted="5 10:20"), ended=("withdrawn", "5 10:20")), "5 10:00", "5 10:30", "kept"),
    ("CLOCK-1 accepted after a withdrawal that was told later",
     order(held("5 10:00", accepted="5 10:20"), ended=("withdrawn", "5 10:10")), "5 10:00", "5 10:30", "dropped"),
    ("CLOCK-1 transferred after a pickup that was told later: the pickup keeps it",
     picked_up(held("5 10:00"), held("5 10:20", by="B", cause="transfer"), at="5 10:10"),
     "5 10:00", "5 10:30", "kept"),
    ("CLOCK-1 late before a withdrawal that was told later", order(held("5 10:00"), ended=("withdrawn", "5 11:00")),
     "5 10:00", "5 10:30", "missed"),
    ("DUTY-2 19:50", order(held("5 19:50", accepted="6 08:20"), created="5 19:50"), "5 19:50", "6 08:20", "kept"),
    ("DUTY-2 19:50, 08:20 and a microsecond",
     order(held("5 19:50", accepted="6 08:20:00.000001"), created="5 19:50"), "5 19:50", "6 08:20", "missed"),
    ("DUTY-2 23:00 starts at 08:00", order(held("5 23:00", accepted="6 08:30"), created="5 23:00"),
     "6 08:00", "6 08:30", "kept"),
    ("DUTY-2 accepted before it starts", order(held("5 23:00", accepted="5 23:10"), created="5 23:00"),
     "6 08:00", "6 08:30", "kept"),
    ("DUTY-2 19:30 is due at 20:00 of the same day", order(held("5 19:30", accepted="5 20:00"), created="5 19:30"),
     "5 19:30", "5 20:00", "kept"),
    ("DUTY-2 later than that is late, though nobody was on duty",
     order(held("5 19:30", accepted="5 20:00:00.000001"), created="5 19:30"), "5 19:30", "5 20:00", "missed"),
    ("DUTY-2 20:00:00 is off duty", order(held("5 20:00"), created="5 20:00"), "6 08:00", "6 08:30", "missed"),
    ("DUTY-1 Xinjiang 20:50", order(held("5 20:50", hours=XINJIANG, accepted="6 10:20"), created="5 20:50"),
     "5 20:50", "6 10:20", "kept"),
    ("DUTY-1 Xinjiang 09:00", order(held("5 09:00", hours=XINJIANG), created="5 09:00"),
     "5 10:00", "5 10:30", "missed"),
    ("ROUTE-6 closed from 10:10 to 11:00",
     order(held("5 10:00", hours=closed(("5 10:10", "5 11:00")), accepted="5 11:20")), "5 10:00", "5 11:20", "kept"),
    ("ROUTE-6 closed at the start: only the deadline moves",
     order(held("5 10:00", hours=closed(("5 09:00", "5 11:00")))), "5 10:00", "5 11:30", "missed"),
    ("CHAN-5 a released order counts from its release",
     order(held("5 14:00", accepted="5 14:30"), created="5 14:00", received="5 10:00", released=True),
     "5 14:00", "5 14:30", "kept"),
]  # fmt: skip


@pytest.mark.parametrize(("course", "starts", "due", "verdict"), [c[1:] for c in ACCEPT], ids=[c[0] for c in ACCEPT])
def test_accept_clock(course: Course, starts: str, due: str, verdict: str) -> None:
    found = clock(course, "accept", LATER)
    assert (found.starts_at, found.due_at, found.verdict) == (t(starts), t(due), verdict)


TRANSFER = [
    ("transferred after exactly 30:00", order(held("5 10:00", outside=True), held("5 10:30", by="B", cause="transfer")),
     "kept"),
    ("transferred a microsecond later",
     order(held("5 10:00", outside=True), held("5 10:30:00.000001", by="B", cause="transfer")), "missed"),
    ("sent to the data centre", order(held("5 10:00", outside=True), held("5 10:30", by="HQ", cause="transfer")),
     "kept"),
    ("accepting ends it without blame", order(held("5 10:00", outside=True, accepted="5 10:30")), "dropped"),
    ("accepting after it is too late", order(held("5 10:00", outside=True, accepted="5 10:30:00.000001")), "missed"),
    ("accepted in time, transferred hours later",
     order(held("5 10:00", outside=True, accepted="5 10:10"), held("5 15:00", by="B", cause="transfer")), "dropped"),
    ("failing ends it without blame", order(held("5 10:00", outside=True), ended=("accept_failed", "5 10:10")),
     "dropped"),
    ("a pickup ends it without blame", picked_up(held("5 10:00", outside=True), at="5 10:10"), "dropped"),
    ("CLOCK-1 withdrawn", order(held("5 10:00", outside=True), ended=("withdrawn", "5 10:10")), "dropped"),
    ("CLOCK-1 re-routed", order(held("5 10:00", outside=True), held("5 10:10", by="B")), "dropped"),
    ("nobody did anything", order(held("5 10:00", outside=True)), "missed"),
    ("transferred after a withdrawal that was told later",
     order(held("5 10:00", outside=True), held("5 10:20", by="B", cause="transfer"), ended=("withdrawn", "5 10:10")),
     "dropped"),
]  # fmt: skip


@pytest.mark.parametrize(("course", "verdict"), [c[1:] for c in TRANSFER], ids=[f"TRANSFER-1 {c[0]}" for c in TRANSFER])
def test_transfer_clock(course: Course, verdict: str) -> None:
    found = clock(course, "transfer", LATER)
    assert (found.starts_at, found.due_at, found.verdict) == (t("5 10:00"), t("5 10:30"), verdict)


def test_transfer_1_is_a_duty_clock_from_creation_then_from_the_assignment() -> None:
    hours = closed(("6 08:00", "6 08:10"))
    course = order(
        held("5 19:50", outside=True),
        held("5 19:58", by="B", cause="transfer", outside=True, hours=hours),
        created="5 19:50",
    )
    dues = [clock(course, "transfer", LATER, seq).due_at for seq in (1, 2)]
    assert dues == [t("6 08:20"), t("6 08:38")]


def test_transfer_1_only_who_is_outside_has_one() -> None:
    """CLOCK-2: the second holder covers the point, the data centre has no clocks at all."""
    course = order(
        held("5 10:00", outside=True),
        held("5 10:05", by="HQ", cause="transfer", outside=True),
        held("5 10:10", by="B", cause="dispatch"),
    )
    assert verdicts(course, "5 10:10") == [
        (1, "accept", "kept"), (1, "transfer", "kept"), (1, "pickup", "dropped"),
        (3, "accept", "running"), (3, "pickup", "running"),
    ]  # fmt: skip


RUNNING = [
    ("ACCEPT-1 due now still runs", order(held("5 10:00")), "accept", "5 10:30", "running", "5 10:30"),
    ("ACCEPT-1 a tick later it is missed", order(held("5 10:00")), "accept", "5 10:30:00.000001", "missed", None),
    ("TRANSFER-1 due now runs", order(held("5 10:00", outside=True)), "transfer", "5 10:30", "running", "5 10:30"),
    ("PICKUP-1 due now still runs", order(held("5 10:00")), "pickup", "6 02:00", "running", "6 02:00"),
    ("PICKUP-1 a tick later it is missed", order(held("5 10:00")), "pickup", "6 02:00:00.000001", "missed", None),
    ("PICKUP-1 confirmed, its 24 h of proof are not over",
     order(held("5 10:00"), ended=("picked_up", "5 11:00"), pickup=("5 11:00", None)),
     "pickup", "6 11:00", "running", "6 11:00"),
    ("PICKUP-1 confirmed, and they are over",
     order(held("5 10:00"), ended=("picked_up", "5 11:00"), pickup=("5 11:00", None)),
     "pickup", "6 11:00:00.000001", "missed", None),
    ("PICKUP-1 confirmed, they are over, but the deadline is later",
     order(held("5 10:00"), window="7 18:00", ended=("picked_up", "5 11:00"), pickup=("5 11:00", None)),
     "pickup", "7 18:00", "running", "7 18:00"),
    ("PICKUP-1 confirmed too late is missed at the deadline",
     order(held("5 10:00"), ended=("picked_up", "6 02:00:00.000001"), pickup=("6 02:00:00.000001", None)),
     "pickup", "6 02:00:00.000001", "missed", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("course", "kind", "now", "verdict", "look"), [c[1:] for c in RUNNING], ids=[c[0] for c in RUNNING]
)
def test_deadlines_are_inclusive(course: Course, kind: str, now: str, verdict: str, look: str | None) -> None:
    found = clock(course, kind, now)
    assert found.verdict == verdict
    assert found.next_at == (t(look) if look else None)
    assert (found.decided_by is None) == (verdict == "running")


CHAIN_TIMES = st.lists(st.integers(1, 1500), min_size=1, max_size=5)
CALENDARS = st.sampled_from([STANDARD, XINJIANG, closed(("5 15:00", "6 09:00")), closed(("5 10:10", "5 10:25"))])


@settings(deadline=None)
@given(CHAIN_TIMES, st.lists(CALENDARS, min_size=6, max_size=6), st.sampled_from(["5 10:00", "5 19:30", "5 23:00"]))
def test_accept_2_each_holder_answers_for_its_own_minutes(gaps: list[int], hours: list[Calendar], created: str) -> None:
    """Along any chain of transfers a holder is late just when 30 of its own duty minutes were over before it acted."""
    starts: list[datetime] = [t(created)]
    for gap in gaps:
        starts.append(starts[-1] + timedelta(minutes=gap))
    holders = [
        Holding(1, f"S{n}", cal, at, "transfer" if n else "routing")
        for n, (at, cal) in enumerate(zip(starts, hours, strict=False))
    ]
    course = order(*holders, created=created)
    accepts = {c.seq: c for c in clocks_of(course, EDITION, starts[-1]) if c.kind == "accept"}
    for one in course.holdings[:-1]:
        assert one.calendar is not None and one.left_at is not None
        # All 30 used up a moment before: 19:30 + 30 min is 20:00, and later is late though nobody is on duty (DUTY-2).
        in_time = duty_between(one.calendar, one.started_at, one.left_at - TICK) < timedelta(minutes=30)
        assert accepts[one.seq].verdict == ("kept" if in_time else "missed")


@settings(deadline=None, max_examples=30)
@given(CHAIN_TIMES, st.lists(CALENDARS, min_size=6, max_size=6))
def test_accept_2_holders_off_duty_and_closed_minutes_make_the_elapsed_time(
    gaps: list[int], hours: list[Calendar]
) -> None:
    """Each minute once: counted one by one, against what the clocks count by."""
    at, counted, told = t("5 18:00"), {"own": 0, "off": 0, "closed": 0}, {"own": 0, "off": 0, "closed": 0}
    minute = timedelta(minutes=1)
    for gap, cal in zip(gaps, hours, strict=False):
        end = at + gap * minute
        own, open_or_closed = duty_between(cal, at, end), duty_between(cal.always_open(), at, end)
        told["own"] += own // minute
        told["closed"] += (open_or_closed - own) // minute
        told["off"] += (end - at - open_or_closed) // minute
        while at < end:
            of_day = (at - t("5 00:00")) // minute % 1440
            off = not cal.opens <= of_day < cal.closes
            closed_now = any(a <= at < b for a, b in cal.closures)
            counted["off" if off else "closed" if closed_now else "own"] += 1
            at += minute
    assert told == counted and sum(told.values()) == sum(gaps)


def test_the_edition_that_set_a_deadline_is_named() -> None:
    """I-25: every clock says by which rulebook it was judged."""
    assert {c.edition for c in clocks_of(order(held("5 10:00", outside=True)), EDITION, t(LATER))} == {"2017-01-01"}
    assert clock(order(held("5 10:00", accepted="5 10:10")), "accept", LATER).decided_by == t("5 10:10")
    assert clock(order(held("5 10:00")), "accept", LATER).decided_by == t("5 10:30")
    assert t("5 10:30") + TICK == t("5 10:30:00.000001")
