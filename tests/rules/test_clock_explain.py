"""Each clock step by step, from the trace of its verdict (ACCEPT, PICKUP, TRANSFER, CLOCK, DUTY, ROUTE-6)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.clocks import Clock, clocks_of
from sla.course import Course
from sla.explain import SHOWN, explain, name_of
from sla.explain_words import en_length, moment, zh_length
from tests.rules.clock_rules import WITH_CALL, edition_with
from tests.rules.courses import EDITION, clock, closed, held, order, picked_up, t
from tests.rules.test_minutes import histories

LATER = "31 12:00"


def told(one: Clock, what: str) -> list[str]:
    return [step.en for step in explain(one) if step.what == what]


def en(course: Course, kind: str, now: str = LATER, seq: int = 1) -> dict[str, list[str]]:
    steps: dict[str, list[str]] = {}
    for step in explain(clock(course, kind, now, seq)):
        steps.setdefault(step.what, []).append(f"{step.en} {step.rule}".strip())
    return steps


def test_an_accept_clock_over_the_night() -> None:
    course = order(held("5 19:50", accepted="6 08:19:59.999999"), created="5 19:50")
    assert en(course, "accept") == {
        "start": ["It counts from the creation of the order: 2026-05-05 19:50:00 CLOCK-2"],
        "length": ["Length 30 min of duty time [clocks.accept] ACCEPT-1"],
        "calendar": ["Only duty time counts, 08:00–20:00 every day DUTY-1"],
        "counted": ["Counted 2026-05-05 19:50:00 to 2026-05-05 20:00:00: 10 min",
                    "Counted 2026-05-06 08:00:00 to 2026-05-06 08:20:00: 20 min"],
        "left_out": ["Off duty 2026-05-05 20:00:00 to 2026-05-06 08:00:00: 12 h left out DUTY-1"],
        "due": ["Due 2026-05-06 08:20:00, that instant included"],
        "end": ["Accepted 2026-05-06 08:19:59.999999, 0.000001 s before the deadline CLOCK-2"],
        "verdict": ["Verdict: kept CLOCK-2"],
        "edition": ["By edition 2017-01-01, in force from 2017-01-01"],
    }  # fmt: skip


STARTS = [
    ("ROUTE-3 dispatch", order(held("5 10:00", by="HQ"), held("5 11:00", cause="dispatch")), "accept", 2,
     "It counts from the dispatch by HQ: 2026-05-05 11:00:00"),
    ("ACCEPT-2 transfer", order(held("5 10:00"), held("5 11:00", by="B", cause="transfer")), "accept", 2,
     "It counts from the transfer to this station: 2026-05-05 11:00:00"),
    ("CHAN-3 routed anew", order(held("5 10:00"), held("5 11:00", by="B")), "accept", 2,
     "It counts from the new routing: 2026-05-05 11:00:00"),
    ("CHAN-5 release", order(held("5 10:00"), released=True), "accept", 1,
     "It counts from the release of the held order: 2026-05-05 10:00:00"),
    ("PICKUP-2 from creation for a later holder", order(held("5 10:00"), held("5 11:00", by="B", cause="transfer")),
     "pickup", 2, "It counts from the creation of the order: 2026-05-05 10:00:00"),
    ("PICKUP-2 the least hold of a later holder",
     order(held("5 10:00", by="HQ"), held("5 23:00", by="B", cause="dispatch")), "pickup", 2,
     "It counts from the dispatch by HQ: 2026-05-05 23:00:00"),
]  # fmt: skip


@pytest.mark.parametrize(("course", "kind", "seq", "start"), [c[1:] for c in STARTS], ids=[c[0] for c in STARTS])
def test_why_it_started(course: Course, kind: str, seq: int, start: str) -> None:
    assert told(clock(course, kind, LATER, seq), "start") == [start]


LENGTHS = [
    ("PICKUP-1", order(held("5 10:00")), 1, "Length 16 h of elapsed time [clocks.pickup]"),
    ("PICKUP-2 least hold", order(held("5 10:00", by="HQ"), held("5 23:00", by="B", cause="dispatch")), 2,
     "Length 4 h of elapsed time [clocks.pickup_least_hold]"),
    ("PICKUP-2 window", order(held("5 10:00"), window="7 12:00:00.5"), 1,
     "Until the booked window ends, 2 d 2 h 0.5 s: later than the usual length"),
]  # fmt: skip


@pytest.mark.parametrize(("course", "seq", "length"), [c[1:] for c in LENGTHS], ids=[c[0] for c in LENGTHS])
def test_what_set_the_pickup_deadline(course: Course, seq: int, length: str) -> None:
    assert told(clock(course, "pickup", LATER, seq), "length") == [length]


def test_route_6_the_closures_that_were_left_out() -> None:
    found = en(order(held("5 19:00", hours=closed(("5 19:10", "6 09:00"))), created="5 19:00"), "accept")
    assert found["left_out"] == ["Closed 2026-05-05 19:10:00 to 2026-05-06 09:00:00: 13 h 50 min left out ROUTE-6"]
    assert found["due"] == ["Due 2026-05-06 09:20:00, that instant included"]
    found = en(order(held("5 10:00", hours=closed(("5 12:00", "5 13:00")))), "pickup")
    assert found["left_out"] == ["Closed 2026-05-05 12:00:00 to 2026-05-05 13:00:00: 1 h left out ROUTE-6"]
    # A later holder's pickup clock: what was closed before it got the order is none of its minutes.
    later = order(held("5 10:00"), held("5 12:30", by="B", cause="transfer", hours=closed(("5 12:00", "5 13:00"))))
    found = en(later, "pickup", seq=2)
    assert found["left_out"] == ["Closed 2026-05-05 12:30:00 to 2026-05-05 13:00:00: 30 min left out ROUTE-6"]
    assert found["due"] == ["Due 2026-05-06 02:30:00, that instant included"]


def test_duty_2_created_off_duty() -> None:
    found = en(order(held("5 23:00"), created="5 23:00"), "accept")
    assert found["start"][1] == "Nobody was on duty then: it runs from 2026-05-06 08:00:00 DUTY-2"


def confirmed(proved: str | None) -> Course:
    return order(held("5 10:00", accepted="5 10:05"), ended=("picked_up", "5 18:00"), pickup=("5 18:00", proved))


ENDS = [
    ("nothing", order(held("5 10:00")), "accept", LATER, ["Nothing has ended it"], "missed"),
    ("ACCEPT-1 at the deadline", order(held("5 10:00", accepted="5 10:30")), "accept", LATER,
     ["Accepted 2026-05-05 10:30:00, exactly at the deadline"], "kept"),
    ("ACCEPT-1 late", order(held("5 10:00", accepted="5 10:30:00.000001")), "accept", LATER,
     ["Accepted 2026-05-05 10:30:00.000001, 0.000001 s late"], "missed"),
    ("TRANSFER-1 accepting ends it", order(held("5 10:00", outside=True, accepted="5 10:20")), "transfer", LATER,
     ["Accepted 2026-05-05 10:20:00, 10 min before the deadline"], "dropped"),
    ("CLOCK-1 withdrawn", order(held("5 10:00"), ended=("withdrawn", "5 10:20")), "accept", LATER,
     ["Withdrawn 2026-05-05 10:20:00, 10 min before the deadline"], "dropped"),
    ("CLOCK-1 an end told late", order(held("5 10:00"), held("5 10:20", by="B"), ended=("withdrawn", "5 10:10")),
     "accept", LATER, ["Withdrawn 2026-05-05 10:10:00, 20 min before the deadline"], "dropped"),
    ("PICKUP-1 picked up", picked_up(held("5 10:00"), at="5 12:00"), "pickup", LATER,
     ["Picked up 2026-05-05 12:00:00, 14 h before the deadline"], "kept"),
    ("PICKUP-1 confirmed, no scan yet", confirmed(None), "pickup", "6 10:00",
     ["Pickup confirmed 2026-05-05 18:00:00, 8 h before the deadline",
      "A matching scan is needed by 2026-05-06 18:00:00"], "running"),
    ("PICKUP-1 confirmed, never scanned", confirmed(None), "pickup", LATER,
     ["Pickup confirmed 2026-05-05 18:00:00, 8 h before the deadline",
      "Not a pickup: no matching scan by 2026-05-06 18:00:00"], "missed"),
    ("PICKUP-1 confirmed and scanned", confirmed("5 18:00"), "pickup", LATER,
     ["Picked up 2026-05-05 18:00:00, 8 h before the deadline"], "kept"),
]  # fmt: skip


@pytest.mark.parametrize(("course", "kind", "now", "ends", "verdict"), [c[1:] for c in ENDS], ids=[c[0] for c in ENDS])
def test_what_ended_it(course: Course, kind: str, now: str, ends: list[str], verdict: str) -> None:
    one = clock(course, kind, now)
    assert (told(one, "end"), one.verdict) == (ends, verdict)
    assert told(one, "verdict")[0].startswith(f"Verdict: {verdict}")


def test_a_long_calendar_is_told_in_a_few_steps_with_its_closures() -> None:
    edition = edition_with(("accept = { value = 30,", "accept = { value = 100000,"))
    course = order(held("5 10:00", hours=closed(("9 10:00", "9 12:00"))))
    one = clock(course, "accept", LATER, edition=edition)
    pieces = [step for step in explain(one) if step.what in ("counted", "left_out")]
    assert len(pieces) == 2 * SHOWN + 3  # a closure, and what lies before and behind it
    assert [step.en for step in pieces if step.rule == "ROUTE-6"] == [
        "Closed 2026-05-09 10:00:00 to 2026-05-09 12:00:00: 2 h left out"
    ]
    assert pieces[0].since == one.trace.since and pieces[-1].until == one.due_at
    assert [before.until for before in pieces[:-1]] == [after.since for after in pieces[1:]]


def test_it_is_rendered_from_the_trace_and_nothing_else() -> None:
    one = clock(order(held("5 10:00")), "accept", LATER)
    other = replace(one, trace=one.trace._replace(since=t("5 09:30"), due=t("5 10:00"), why="release"))
    assert told(other, "counted") == ["Counted 2026-05-05 09:30:00 to 2026-05-05 10:00:00: 30 min"]
    assert told(other, "due") == ["Due 2026-05-05 10:00:00, that instant included"]
    assert told(other, "start")[0].startswith("It counts from the release")


def test_names() -> None:
    assert name_of(clock(order(held("5 10:00")), "accept", LATER)) == ("接单时钟", "accept clock")
    assert name_of(clock(order(held("5 10:00")), "first_call", LATER, edition=WITH_CALL))[1] == "the first_call clock"
    assert (zh_length(timedelta(0)), en_length(timedelta(days=1, seconds=61))) == ("0 秒", "1 d 1 min 1 s")
    assert moment(t("5 10:00:00.000001")) == "2026-05-05 10:00:00.000001"


@settings(deadline=None, max_examples=150)
@given(histories(), st.integers(0, 9 * 86_400), st.booleans())
def test_the_pieces_of_every_trace_add_up_to_its_length(course: Course, looked: int, more: bool) -> None:
    edition = WITH_CALL if more else EDITION
    for one in clocks_of(course, edition, t("5 00:00") + timedelta(seconds=looked)):
        trace = one.trace
        pieces = list(trace.pieces())
        assert pieces[0].since == trace.since and pieces[-1].until == trace.due == one.due_at
        assert sum((p.until - p.since for p in pieces if p.kind == "open"), timedelta(0)) == trace.length
        if not any(a <= one.starts_at < b for a, b in trace.calendar.closures):
            assert one.starts_at == next(p.since for p in pieces if p.kind == "open")
        steps = explain(one)
        assert all(step.zh and step.en for step in steps)
        assert [s.what for s in steps if s.what in ("due", "edition", "verdict")] == ["due", "verdict", "edition"]
