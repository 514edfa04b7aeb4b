"""The evidence of each suspicion, whole: V-ACCEPT, V-PICKUP, V-TRANSFER, V-FALSE-WAYBILL, V-FALSE-FAIL, V-WRONG-ACCEPT
(VIO-1, VIO-2), the figures of its checks (VIO-3), and what a running clock would bring."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rulebook.book import Book
from sla.clocks import clocks_of, violation_of
from sla.course import Course, Failure, Holding, Pickup
from sla.innocence import Charge, checks
from sla.outages import Availability, Outage
from sla.suspicions import Suspicion, prospects_of, suspicions_of
from sla.truth import false_waybill, wrong_transfer
from tests.rules.clock_rules import CALL_BOOK, MANY, WITH_CALL
from tests.rules.courses import BOOK, EDITION, clock, closed, held, order, t

LATER = "31 12:00"


def passed(**others: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Every check of an order of the first station, passed in a history without a record; but for these."""
    usual: dict[str, tuple[str, dict[str, Any]]] = {
        "late_push": ("passed", {"seconds": 0, "starts_at_creation": True}),
        "our_outage": ("passed", {}),
        "channel_outage": ("passed", {}),
        "closure": ("passed", {"closures": 0}),
        "misrouted": ("passed", {"cause": "routing", "outside": False}),
        "rule_changed": ("passed", {"edition": "2017-01-01"}),
    }
    found = usual | others
    return [{"name": name, "outcome": outcome, "figures": figures} for name, (outcome, figures) in found.items()]


ACT = {"late_push": ("passed", {"seconds": 0, "starts_at_creation": False})}


def found(course: Course, now: str = LATER, book: Book = BOOK, known: Availability | None = None) -> list[Suspicion]:
    clocks = clocks_of(course, book.at(course.zero), t(now))
    return suspicions_of(course, clocks, book, known, t(now))


def of_kind(kind: str, course: Course, **more: Any) -> Suspicion:
    [one] = [one for one in found(course, **more) if one.kind == kind]
    return one


def test_v_accept_whole() -> None:
    course = order(held("5 10:00", accepted="5 11:00"), ended=("withdrawn", "5 12:00"))
    assert found(course) == [
        Suspicion(1, "V-ACCEPT", "A", t("5 10:30"), "2017-01-01", "", 10_000, {
            "rule": "ACCEPT-1", "assigned_at": "2026-05-05T10:00:00+08:00", "starts_at": "2026-05-05T10:00:00+08:00",
            "due_at": "2026-05-05T10:30:00+08:00", "outside": False,
            "ended": {"how": "withdrawn", "at": "2026-05-05T12:00:00+08:00"},
            "accepted_at": "2026-05-05T11:00:00+08:00", "checks": passed(),
        }),
    ]  # fmt: skip


def test_v_pickup_of_a_later_holder_starts_with_the_order_and_its_assignment_is_told() -> None:
    course = order(
        held("5 10:00", accepted="5 10:01"),
        held("5 11:00", by="B", cause="transfer", accepted="5 11:01", outside=True, sent_outside=True),
    )
    late = of_kind("V-PICKUP", course)
    assert (late.seq, late.station, late.happened_at, late.fine_fen) == (2, "B", t("6 02:00"), 10_000)
    assert late.evidence == {
        "rule": "PICKUP-1", "assigned_at": "2026-05-05T11:00:00+08:00", "starts_at": "2026-05-05T10:00:00+08:00",
        "due_at": "2026-05-06T02:00:00+08:00", "outside": True, "ended": None,
        "accepted_at": "2026-05-05T11:01:00+08:00",
        "checks": passed(misrouted=("passed", {"cause": "transfer", "outside": True})),
    }  # fmt: skip


def test_vio_3_a_new_routing_does_not_start_at_creation() -> None:
    """CHAN-3: the second holder's clocks start at the update, so a late push excuses the first holder's only."""
    course = order(held("5 10:00"), held("5 10:20", by="B"), received="5 10:05")
    late = of_kind("V-ACCEPT", course)
    assert (late.station, late.excuse) == ("B", "")
    assert late.evidence["checks"][0]["figures"] == {"seconds": 300, "starts_at_creation": False}


def test_a_clock_of_the_edition_s_own_names_its_own_rule() -> None:
    call = of_kind("V-FIRST-CALL", order(held("5 10:00")), book=CALL_BOOK)
    assert (call.happened_at, call.fine_fen) == (t("5 12:00"), 5000)
    assert (call.evidence["rule"], call.evidence["clock"]) == ("CLOCK-FIRST_CALL", "first_call")


def confirmed(proved: str | None = None) -> Course:
    course = order(held("5 10:00", accepted="5 10:05"), ended=("picked_up", "5 12:00"), pickup=("5 12:00", proved))
    assert course.pickup is not None
    return replace(course, pickup=replace(course.pickup, elsewhere=(("Z", t("5 13:00")),)))


def test_v_false_waybill_whole() -> None:
    late = of_kind("V-FALSE-WAYBILL", confirmed("6 13:00"))
    assert (late.happened_at, late.fine_fen, late.excuse) == (t("5 12:00"), 50_000, "")
    assert late.evidence == {
        "rule": "VIO-2", "assigned_at": "2026-05-05T10:00:00+08:00", "confirmed_at": "2026-05-05T12:00:00+08:00",
        "proof_until": "2026-05-06T12:00:00+08:00", "scanned_at": "2026-05-06T13:00:00+08:00",
        "scans_elsewhere": [{"station": "Z", "at": "2026-05-05T13:00:00+08:00"}], "checks": passed(**ACT),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("pickup", "suspected"),
    [
        (Pickup(t("5 12:00"), t("6 12:00"), t("6 12:00")), False),  # exactly 24 h is in time
        (Pickup(t("5 12:00"), t("6 12:00"), t("6 12:00:00.000001")), True),
        (Pickup(t("5 12:00"), None, None), False),  # nothing was asked for
        (Pickup(None, t("6 12:00"), None), False),
    ],
)
def test_pickup_1_the_24_h_of_proof(pickup: Pickup, suspected: bool) -> None:
    course = replace(confirmed(), pickup=pickup)
    assert (false_waybill(course, course.holdings[0], t(LATER)) is not None) is suspected


def test_v_false_fail_whole() -> None:
    failure = Failure("accept", t("5 10:20"), "out_of_area", inside=("A1", "A"))
    course = order(held("5 10:00"), ended=("accept_failed", "5 10:20"), failure=failure)
    assert of_kind("V-FALSE-FAIL", course).evidence == {
        "rule": "VIO-2", "assigned_at": "2026-05-05T10:00:00+08:00", "failed_at": "2026-05-05T10:20:00+08:00",
        "stage": "accept", "reason": "out_of_area", "inside": ["A1", "A"], "checks": passed(**ACT),
    }  # fmt: skip


def test_v_wrong_accept_whole() -> None:
    """Accepted outside its area, failed late: both harms."""
    failure = Failure("pickup", t("6 03:00"), "no_time_agreed")
    holding = held("5 10:00", accepted="5 10:10", accepted_outside=True, elsewhere=("B", "C"))
    wrong = of_kind("V-WRONG-ACCEPT", order(holding, ended=("pickup_failed", "6 03:00"), failure=failure))
    assert (wrong.happened_at, wrong.fine_fen) == (t("5 10:10"), 10_000)
    assert wrong.evidence == {
        "rule": "VIO-2", "assigned_at": "2026-05-05T10:00:00+08:00", "accepted_at": "2026-05-05T10:10:00+08:00",
        "elsewhere": ["B", "C"], "harm": ["pickup_failed", "pickup_missed"], "checks": passed(**ACT),
    }  # fmt: skip


def passed_on(*more: Holding, cause: str = "transfer", **ends: Any) -> Course:
    to = held("5 10:20", by="B", cause=cause, sent_outside=True)
    return order(held("5 10:00"), to, *more, **ends)


def test_v_transfer_to_a_wrong_station_whole() -> None:
    course = passed_on(held("5 10:30", by="C", cause="transfer"))
    wrong = of_kind("V-TRANSFER", course)
    assert (wrong.station, wrong.happened_at) == ("A", t("5 10:20"))
    assert wrong.evidence == {
        "rule": "VIO-2", "assigned_at": "2026-05-05T10:00:00+08:00", "transferred_at": "2026-05-05T10:20:00+08:00",
        "to": "B", "answer": "transferred", "answered_at": "2026-05-05T10:30:00+08:00", "checks": passed(**ACT),
    }  # fmt: skip


@pytest.mark.parametrize("cause", ["routing", "dispatch"])
def test_v_transfer_needs_a_transfer(cause: str) -> None:
    course = passed_on(held("5 10:30", by="C", cause="transfer"), cause=cause)
    assert wrong_transfer(course, course.holdings[0], course.holdings[1]) is None


def test_v_transfer_the_data_centre_is_no_wrong_station() -> None:
    there = held("5 10:20", by="HQ", cause="transfer", sent_outside=True)
    course = order(held("5 10:00"), there, held("5 10:30", by="C", cause="transfer"))
    assert wrong_transfer(course, course.holdings[0], course.holdings[1]) is None


# ---- VIO-3


KNOWN = Availability({"web": t("1 00:00"), "": t("1 00:00")}, [Outage("web", t("5 10:05"), t("5 10:10"))])


def test_vio_3_an_act_takes_no_time_that_an_outage_could_take() -> None:
    """Whether the record goes so far or not."""
    told = of_kind("V-FALSE-WAYBILL", confirmed(), known=Availability()).evidence["checks"]
    assert told == passed(**ACT)


FIFTH = t("5 00:00").date()  # an edition of the 5th, for orders of the 4th


def test_vio_3_an_act_is_judged_by_the_text_of_its_own_day() -> None:
    changed = replace(EDITION, name="2026-05-05", effective=FIFTH, order_again=timedelta(hours=48))
    failure = Failure("accept", t("5 10:20"), "out_of_area", inside=("A",))
    course = order(held("4 23:00"), created="4 23:00", ended=("accept_failed", "5 10:20"), failure=failure)
    told = of_kind("V-FALSE-FAIL", course, book=Book([EDITION, changed])).evidence["checks"]
    assert told[-1] == {"name": "rule_changed", "outcome": "passed", "figures": {"edition": "2026-05-05"}}


def test_vio_3_the_time_of_proof_is_that_of_the_order_s_own_text() -> None:
    changed = replace(EDITION, name="2026-05-05", effective=FIFTH, scan_proof=timedelta(hours=48))
    course = replace(confirmed(), zero=t("4 23:00"), received_at=t("4 23:00"))
    told = of_kind("V-FALSE-WAYBILL", course, book=Book([EDITION, changed])).evidence["checks"]
    figures = {"before": "2017-01-01", "after": "2026-05-05", "keys": ["evidence.scan_proof"]}
    assert told[-1] == {"name": "rule_changed", "outcome": "failed", "figures": figures}


def test_vio_3_an_act_inside_a_closure_is_not_excused_by_it() -> None:
    holding = held("5 10:00", hours=closed(("5 11:00", "5 13:00")))
    [closure] = [
        one
        for one in checks(order(holding), Charge("V-FALSE-WAYBILL", holding, t("5 12:00"), t("5 12:00")), BOOK, None)
        if one.name == "closure"
    ]
    assert (closure.outcome, closure.figures) == ("passed", {"closures": 1})


def test_vio_3_who_has_no_hours_is_charged_by_the_wall() -> None:
    holding = held("5 10:00", by="HQ")
    charge = Charge("V-ACCEPT", holding, t("5 10:00"), t("5 10:30"))
    assert [(one.name, one.figures) for one in checks(order(holding), charge, BOOK, KNOWN)][1] == (
        "our_outage", {"seconds": 300},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("more", "outcome", "figures"),
    [
        ({"sent_outside": True}, "failed", {"cause": "dispatch", "outside": True}),
        ({}, "passed", {"cause": "dispatch", "outside": False}),
        ({"sent_with_point": False}, "unknown", {"cause": "dispatch"}),
    ],
)
def test_vio_3_misrouted_with_its_figures(more: dict[str, Any], outcome: str, figures: dict[str, Any]) -> None:
    holding = held("5 10:00", cause="dispatch", **more)
    told = checks(order(holding), Charge("V-ACCEPT", holding, t("5 10:00"), t("5 10:30")), BOOK, None)
    assert [(one.outcome, one.figures) for one in told if one.name == "misrouted"] == [(outcome, figures)]


# ---- what will be suspected, and clocks that only an edition knows


def test_a_prospect_knows_of_outages() -> None:
    course = order(held("5 10:00"))
    clocks = clocks_of(course, EDITION, t("5 10:20"))
    prospects = prospects_of(course, clocks, BOOK, KNOWN)
    accept = prospects[(1, "accept")]
    assert accept is not None and accept.excuse == "our_outage"


def test_a_clock_of_the_rulebook_says_what_it_counts() -> None:
    course = order(held("5 10:00", outside=True))
    told = {one.kind: (one.trace.key, one.trace.counts) for one in clocks_of(course, MANY, t("5 10:01"))}
    assert told["first_call"] == ("clock.first_call.length", "duty")
    assert told["number"] == ("clock.number.length", "elapsed")


def test_which_violation_a_clock_is() -> None:
    course = order(held("5 10:00"))
    assert violation_of(clock(course, "first_call", LATER, edition=WITH_CALL)) == "V-FIRST-CALL"
    assert violation_of(clock(course, "accept", LATER)) == ""
    assert violation_of(clock(course, "number", LATER, edition=MANY)) == ""
