"""PICKUP-1, PICKUP-2 and CLOCK-1 of the pickup clock: every edge, as tables. Now is 31 May: all is long due."""

import pytest

from sla.course import Course
from tests.rules.courses import clock, closed, held, order, picked_up, t, verdicts

LATER = "31 12:00"

# what, the order, starts, due, verdict
PICKUP = [
    ("PICKUP-1 picked up after exactly 16:00:00", picked_up(held("5 10:00"), at="6 02:00"),
     "5 10:00", "6 02:00", "kept"),
    ("PICKUP-1 a microsecond later", picked_up(held("5 10:00"), at="6 02:00:00.000001"),
     "5 10:00", "6 02:00", "missed"),
    ("PICKUP-1 never", order(held("5 10:00", accepted="5 10:10")), "5 10:00", "6 02:00", "missed"),
    ("PICKUP-1 counts elapsed time, from creation", picked_up(held("5 23:00"), at="6 15:00", created="5 23:00"),
     "5 23:00", "6 15:00", "kept"),
    ("PICKUP-1 confirmed in time and borne out", order(held("5 10:00"), ended=("picked_up", "6 02:00"),
     pickup=("6 02:00", "6 02:00")), "5 10:00", "6 02:00", "kept"),
    ("PICKUP-1 confirmed late, scanned in time", order(held("5 10:00"), ended=("picked_up", "6 01:00"),
     pickup=("6 03:00", "6 01:00")), "5 10:00", "6 02:00", "kept"),
    ("PICKUP-1 confirmed in time, never scanned", order(held("5 10:00"), ended=("picked_up", "5 11:00"),
     pickup=("5 11:00", None)), "5 10:00", "6 02:00", "missed"),
    ("PICKUP-1 a scan after more than 24 h is the pickup", order(held("5 10:00"), ended=("picked_up", "5 11:00"),
     pickup=("5 11:00", "6 11:00:00.000001")), "5 10:00", "6 02:00", "missed"),
    ("PICKUP-1 and may still be in time", order(held("5 10:00"), window="7 18:00", ended=("picked_up", "5 11:00"),
     pickup=("5 11:00", "7 18:00")), "5 10:00", "7 18:00", "kept"),
    ("PICKUP-2 the window ends later than 16 h", picked_up(held("5 10:00"), at="6 09:00", window="6 09:00"),
     "5 10:00", "6 09:00", "kept"),
    ("PICKUP-2 and a microsecond later", picked_up(held("5 10:00"), at="6 09:00:00.000001", window="6 09:00"),
     "5 10:00", "6 09:00", "missed"),
    ("PICKUP-2 the window ends within the 16 h", picked_up(held("5 10:00"), at="6 02:00", window="5 12:00"),
     "5 10:00", "6 02:00", "kept"),
    ("CHAN-5 a released order counts from its release",
     picked_up(held("5 14:00"), at="6 06:00", created="5 14:00", received="5 10:00", released=True),
     "5 14:00", "6 06:00", "kept"),
    ("CLOCK-2 a transfer drops it", order(held("5 10:00"), held("6 02:00", by="B", cause="transfer")),
     "5 10:00", "6 02:00", "dropped"),
    ("CLOCK-2 a transfer after the deadline does not",
     order(held("5 10:00"), held("6 02:00:00.000001", by="B", cause="transfer")), "5 10:00", "6 02:00", "missed"),
    ("CLOCK-2 a failed pickup drops it", order(held("5 10:00", accepted="5 10:10"), ended=("pickup_failed", "5 12:00")),
     "5 10:00", "6 02:00", "dropped"),
    ("CLOCK-1 a failure after the deadline does not",
     order(held("5 10:00", accepted="5 10:10"), ended=("pickup_failed", "6 03:00")), "5 10:00", "6 02:00", "missed"),
    ("CLOCK-2 a failed acceptance drops it", order(held("5 10:00"), ended=("accept_failed", "5 10:10")),
     "5 10:00", "6 02:00", "dropped"),
    ("CLOCK-1 a withdrawal at the deadline drops it", order(held("5 10:00"), ended=("withdrawn", "6 02:00")),
     "5 10:00", "6 02:00", "dropped"),
    ("CLOCK-1 a withdrawal after it does not", order(held("5 10:00"), ended=("withdrawn", "6 02:00:00.000001")),
     "5 10:00", "6 02:00", "missed"),
    ("CLOCK-1 re-routing drops it", order(held("5 10:00"), held("5 12:00", by="B")), "5 10:00", "6 02:00", "dropped"),
    ("ROUTE-6 closed minutes do not count",
     picked_up(held("5 10:00", hours=closed(("5 12:00", "5 14:00"))), at="6 04:00"), "5 10:00", "6 04:00", "kept"),
    ("ROUTE-6 nor those into which the deadline moved",
     picked_up(held("5 10:00", hours=closed(("5 12:00", "5 14:00"), ("6 03:00", "6 04:00"))), at="6 05:00"),
     "5 10:00", "6 05:00", "kept"),
    ("ROUTE-6 a closure before the assignment does",
     picked_up(held("5 10:00", hours=closed(("5 08:00", "5 10:00"))), at="6 02:00"), "5 10:00", "6 02:00", "kept"),
]  # fmt: skip


@pytest.mark.parametrize(("course", "starts", "due", "verdict"), [c[1:] for c in PICKUP], ids=[c[0] for c in PICKUP])
def test_pickup_clock(course: Course, starts: str, due: str, verdict: str) -> None:
    found = clock(course, "pickup", LATER)
    assert (found.starts_at, found.due_at, found.verdict) == (t(starts), t(due), verdict)


SECOND_HOLDER = [
    ("more than 4 h are left", "5 21:59:59", "5 10:00", "6 02:00"),
    ("exactly 4 h are left", "5 22:00", "5 10:00", "6 02:00"),
    ("a microsecond less than 4 h", "5 22:00:00.000001", "5 22:00:00.000001", "6 02:00:00.000001"),
    ("hardly any time is left", "6 01:59", "6 01:59", "6 05:59"),
]


@pytest.mark.parametrize(
    ("since", "starts", "due"), [c[1:] for c in SECOND_HOLDER], ids=[f"PICKUP-2 {c[0]}" for c in SECOND_HOLDER]
)
def test_a_later_holder_has_at_least_four_hours(since: str, starts: str, due: str) -> None:
    found = clock(order(held("5 10:00"), held(since, by="B", cause="transfer")), "pickup", LATER, seq=2)
    assert (found.starts_at, found.due_at, found.verdict) == (t(starts), t(due), "missed")


def test_pickup_2_the_four_hours_leave_out_closures() -> None:
    course = order(held("5 10:00"), held("6 00:00", by="B", cause="transfer", hours=closed(("6 01:00", "6 03:00"))))
    assert clock(course, "pickup", LATER, seq=2).due_at == t("6 06:00")


def test_pickup_2_a_window_leaves_more_than_four_hours() -> None:
    course = order(held("5 10:00"), held("5 23:00", by="B", cause="transfer"), window="6 18:00")
    assert clock(course, "pickup", LATER, seq=2).due_at == t("6 18:00")


def test_pickup_2_the_data_centre_has_no_deadline_and_counts_for_the_next_holder() -> None:
    course = order(held("5 10:00", by="HQ"), held("6 08:00", by="B", cause="dispatch"))
    assert [(c[0], c[1]) for c in verdicts(course, LATER)] == [(2, "accept"), (2, "pickup")]
    assert clock(course, "pickup", LATER, seq=2).due_at == t("6 12:00")


def test_pickup_2_an_order_is_late_once() -> None:
    """The first holder missed its pickup clock: the later ones have none, but each its accept clock."""
    course = order(
        held("5 10:00", accepted="5 10:10"),
        held("6 09:00", by="B", cause="transfer"),
        held("6 09:10", by="C", cause="transfer"),
    )
    assert verdicts(course, LATER) == [
        (1, "accept", "kept"), (1, "pickup", "missed"), (2, "accept", "kept"), (3, "accept", "missed"),
    ]  # fmt: skip


def test_pickup_2_a_dropped_clock_makes_nobody_late() -> None:
    course = order(
        held("5 10:00", accepted="5 10:10"),
        held("5 11:00", by="B", cause="transfer", accepted="5 11:10"),
        held("5 12:00", by="C", cause="transfer", accepted="5 12:10"),
    )
    assert [c for c in verdicts(course, LATER) if c[1] == "pickup"] == [
        (1, "pickup", "dropped"), (2, "pickup", "dropped"), (3, "pickup", "missed"),
    ]  # fmt: skip


LATE_TOLD = [
    ("a pickup keeps both clocks of the holder in which it falls, later ones drop",
     picked_up(held("5 10:00"), held("5 10:20", by="B", cause="transfer"), held("5 10:40", by="C", cause="transfer"),
               at="5 10:25"),
     [(1, "accept", "kept"), (1, "pickup", "dropped"), (2, "accept", "kept"), (2, "pickup", "kept"),
      (3, "accept", "dropped"), (3, "pickup", "dropped")]),
    ("a pickup at the instant of a transfer falls to the new holder",
     picked_up(held("5 10:00"), held("5 10:20", by="B", cause="transfer"), at="5 10:20"),
     [(1, "accept", "kept"), (1, "pickup", "dropped"), (2, "accept", "kept"), (2, "pickup", "kept")]),
    ("a withdrawal drops what was not due by then, and all of later holders",
     order(held("5 10:00"), held("5 11:00", by="B", cause="transfer", accepted="5 11:05"),
           ended=("withdrawn", "5 10:40")),
     [(1, "accept", "missed"), (1, "pickup", "dropped"), (2, "accept", "dropped"), (2, "pickup", "dropped")]),
    ("a miss after the end is no miss, and the order not late",
     order(held("5 10:00"), held("6 09:00", by="B", cause="transfer"), ended=("withdrawn", "5 10:10")),
     [(1, "accept", "dropped"), (1, "pickup", "dropped"), (2, "accept", "dropped"), (2, "pickup", "dropped")]),
]  # fmt: skip


@pytest.mark.parametrize(("course", "expected"), [c[1:] for c in LATE_TOLD], ids=[f"CLOCK-1 {c[0]}" for c in LATE_TOLD])
def test_an_end_that_is_told_late(course: Course, expected: list[tuple[int, str, str]]) -> None:
    assert verdicts(course, LATER) == expected
