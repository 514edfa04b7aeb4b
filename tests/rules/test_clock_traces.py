"""What a verdict keeps of how it was made (issue 5, point 3), and which of several ends decides (CLOCK-1, CLOCK-2)."""

from dataclasses import replace

import pytest

from basics.words import Verdict
from sla.clocks import clocks_of
from sla.trace import WINDOW, End
from tests.rules.clock_rules import MANY, clock_text, edition_with
from tests.rules.courses import clock, held, order, picked_up, t, verdicts

LATER = "31 12:00"
REACHED = edition_with(more=clock_text("reach", '"accepted", "called"', length='20, unit = "duty minutes"'))


def test_each_clock_says_what_set_it_and_what_it_counts() -> None:
    found = clocks_of(order(held("5 10:00", outside=True)), MANY, t("5 10:01"))
    assert [(one.kind, one.trace.key, one.trace.why, one.trace.counts) for one in found] == [
        ("accept", "clocks.accept", "creation", "duty"),
        ("transfer", "clocks.transfer", "creation", "duty"),
        ("pickup", "clocks.pickup", "creation", "elapsed"),
        ("first_call", "clock.first_call.length", "creation", "duty"),
        ("number", "clock.number.length", "creation", "elapsed"),
        ("outcome", "clock.outcome.length", "creation", "elapsed"),
        ("pass_on", "clock.pass_on.length", "creation", "duty"),
        ("quick", "clock.quick.length", "creation", "duty"),
    ]


@pytest.mark.parametrize(("window", "key"), [("6 02:00", "clocks.pickup"), ("6 02:00:00.000001", WINDOW)])
def test_pickup_2_a_window_that_ends_with_the_16_hours_sets_nothing(window: str, key: str) -> None:
    assert clock(order(held("5 10:00"), window=window), "pickup", LATER).trace.key == key


def test_what_ended_a_pickup_clock_and_how_long_it_was_waited_for() -> None:
    scanned = clock(picked_up(held("5 10:00"), at="5 12:00"), "pickup", LATER)
    assert (scanned.trace.end, scanned.trace.until) == (End(t("5 12:00"), "picked_up", True), t("6 02:00"))
    course = order(held("5 10:00"), ended=("picked_up", "5 18:00"), pickup=("5 18:00", None))
    confirmed = clock(course, "pickup", LATER)
    assert (confirmed.trace.end, confirmed.trace.until) == (End(t("5 18:00"), "confirmed", True), t("6 18:00"))


@pytest.mark.parametrize(("now", "verdict"), [("6 12:00", Verdict.RUNNING), (LATER, Verdict.MISSED)])
def test_pickup_1_a_confirmation_exactly_at_the_deadline_waits_for_its_proof(now: str, verdict: Verdict) -> None:
    course = order(held("5 10:00"), ended=("picked_up", "6 02:00"), pickup=("6 02:00", None))
    assert clock(course, "pickup", now).verdict is verdict


def test_clock_2_of_one_instant_keeping_wins() -> None:
    """Accepting drops a transfer clock; a transfer of that instant keeps it."""
    course = order(held("5 10:00", outside=True, accepted="5 10:20"), held("5 10:20", by="B", cause="transfer"))
    assert (1, "transfer", "kept") in verdicts(course, LATER)


def test_clock_2_the_earliest_end_decides_whatever_was_told_first() -> None:
    """Called in time, accepted too late; and the other way round."""
    for accepted, called in (("5 10:30", "5 10:10"), ("5 10:10", "5 10:30")):
        course = order(held("5 10:00", accepted=accepted, called_at=t(called)))
        one = clock(course, "reach", LATER, edition=REACHED)
        assert (one.verdict, one.decided_by) == (Verdict.KEPT, t("5 10:10"))


@pytest.mark.parametrize(
    ("numbered", "verdict"), [("5 11:30", "kept"), ("5 11:30:00.000001", "missed"), (None, "missed")]
)
def test_a_clock_that_a_waybill_number_keeps(numbered: str | None, verdict: str) -> None:
    course = replace(order(held("5 10:00")), numbered_at=None if numbered is None else t(numbered))
    one = clock(course, "number", LATER, edition=MANY)
    assert one.verdict == verdict
    assert one.trace.end == (None if numbered is None else End(t(numbered), "numbered", False))
