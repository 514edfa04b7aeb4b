"""V-ACCEPT, V-PICKUP, V-TRANSFER, VIO-1 and the innocence checks of VIO-3: what missed clocks make of each holder."""

from dataclasses import replace
from datetime import date

import pytest

from basics.days import iso
from rulebook.book import Book
from sla.clocks import clocks_of
from sla.course import Course, Holding
from sla.duty import Calendar
from sla.innocence import Charge, checks
from sla.suspicions import Suspicion, suspicions_of
from tests.rules.clock_rules import WITH_CALL
from tests.rules.courses import BOOK, EDITION, closed, held, order, picked_up, t

LATER = "31 12:00"


def found(course: Course, now: str = LATER, book: Book = BOOK) -> list[Suspicion]:
    return suspicions_of(course, clocks_of(course, book.at(course.zero), t(now)), book, None, t(now))


def kinds(course: Course, now: str = LATER) -> list[tuple[int, str, str]]:
    """(seq, kind, station) of every suspicion."""
    return [(s.seq, s.kind, s.station) for s in found(course, now)]


FOUND = [
    ("V-ACCEPT nobody accepted, but it was picked up in time", picked_up(held("5 10:00"), at="5 12:00"),
     [(1, "V-ACCEPT", "A")]),
    ("V-ACCEPT exactly 30:00 is in time", picked_up(held("5 10:00", accepted="5 10:30"), at="5 12:00"), []),
    ("V-ACCEPT a microsecond later", picked_up(held("5 10:00", accepted="5 10:30:00.000001"), at="5 12:00"),
     [(1, "V-ACCEPT", "A")]),
    ("V-PICKUP accepted in time, never picked up", order(held("5 10:00", accepted="5 10:10")), [(1, "V-PICKUP", "A")]),
    ("V-PICKUP exactly 16 h is in time", picked_up(held("5 10:00", accepted="5 10:10"), at="6 02:00"), []),
    ("V-PICKUP a microsecond later", picked_up(held("5 10:00", accepted="5 10:10"), at="6 02:00:00.000001"),
     [(1, "V-PICKUP", "A")]),
    ("VIO-1 kinds add up on one order", order(held("5 10:00")), [(1, "V-ACCEPT", "A"), (1, "V-PICKUP", "A")]),
    ("V-TRANSFER outside and nobody did anything: V-TRANSFER, not also V-ACCEPT (VIO-1)",
     order(held("5 10:00", outside=True)), [(1, "V-TRANSFER", "A"), (1, "V-PICKUP", "A")]),
    ("V-TRANSFER outside and transferred too late",
     order(held("5 10:00", outside=True), held("5 11:00", by="B", cause="transfer", accepted="5 11:10"),
           ended=("withdrawn", "5 12:00")), [(1, "V-TRANSFER", "A")]),
    ("V-TRANSFER outside and transferred in time",
     order(held("5 10:00", outside=True), held("5 10:30", by="B", cause="transfer", accepted="5 10:40"),
           ended=("withdrawn", "5 12:00")), []),
    ("V-TRANSFER outside and accepted in time is nothing", picked_up(held("5 10:00", outside=True, accepted="5 10:30"),
     at="5 12:00"), []),
    ("V-ACCEPT each holder for its own minutes", order(
        held("5 10:00"), held("5 11:00", by="B", cause="transfer"), held("5 12:00", by="C", cause="transfer"),
        ended=("withdrawn", "5 12:30")), [(1, "V-ACCEPT", "A"), (2, "V-ACCEPT", "B")]),
    ("V-PICKUP an order is late once (PICKUP-2)", order(
        held("5 10:00", accepted="5 10:10"), held("6 09:00", by="B", cause="transfer", accepted="6 09:10")),
     [(1, "V-PICKUP", "A")]),
    ("V-PICKUP the data centre is never late", order(held("5 10:00", by="HQ")), []),
    ("VIO-1 a confirmation in time that no scan bears out is no V-PICKUP", order(
        held("5 10:00", accepted="5 10:10"), ended=("picked_up", "6 02:00"), pickup=("6 02:00", None)),
     [(1, "V-FALSE-WAYBILL", "A")]),
    ("VIO-1 nor is it when a scan comes at last, too late", order(
        held("5 10:00", accepted="5 10:10"), ended=("picked_up", "6 02:00"), pickup=("6 02:00", "8 02:00")),
     [(1, "V-FALSE-WAYBILL", "A")]),
    ("VIO-1 a late one without scan is V-PICKUP too", order(
        held("5 10:00", accepted="5 10:10"), ended=("picked_up", "6 02:00:00.000001"),
        pickup=("6 02:00:00.000001", None)), [(1, "V-PICKUP", "A"), (1, "V-FALSE-WAYBILL", "A")]),
    ("VIO-1 a late one with a late scan too", order(
        held("5 10:00", accepted="5 10:10"), ended=("picked_up", "6 03:00"), pickup=("6 03:00", "6 03:00")),
     [(1, "V-PICKUP", "A")]),
    ("CLOCK-1 dropped clocks are no violation", order(held("5 10:00"), ended=("withdrawn", "5 10:30")), []),
    ("CLOCK-1 what was late by then stays late", order(held("5 10:00"), ended=("withdrawn", "5 11:00")),
     [(1, "V-ACCEPT", "A")]),
]  # fmt: skip


@pytest.mark.parametrize(("course", "expected"), [c[1:] for c in FOUND], ids=[c[0] for c in FOUND])
def test_what_is_suspected(course: Course, expected: list[tuple[int, str, str]]) -> None:
    assert kinds(course) == expected


def test_nothing_is_suspected_before_it_is_due() -> None:
    assert kinds(order(held("5 10:00")), now="5 10:30") == []
    assert kinds(order(held("5 10:00")), now="5 10:30:00.000001") == [(1, "V-ACCEPT", "A")]
    assert kinds(order(held("5 10:00", outside=True)), now="6 02:00") == [(1, "V-TRANSFER", "A")]


@pytest.mark.parametrize(
    ("course", "kind", "happened_at"),
    [
        (order(held("5 19:50"), created="5 19:50"), "V-ACCEPT", "6 08:20"),
        (order(held("5 10:00")), "V-PICKUP", "6 02:00"),
        (order(held("5 10:00", outside=True)), "V-TRANSFER", "5 10:30"),
        (order(held("5 10:00"), window="6 18:00"), "V-PICKUP", "6 18:00"),
    ],
)
def test_it_happened_at_the_deadline(course: Course, kind: str, happened_at: str) -> None:
    """V-ACCEPT, V-PICKUP, V-TRANSFER: not when somebody noticed."""
    assert [s.happened_at for s in found(course) if s.kind == kind] == [t(happened_at)]


def test_tariff_and_edition_are_those_of_the_deadline() -> None:
    """The clock was set by the edition of its start; the fine is that of the day on which it was late."""
    dearer = replace(EDITION, name="2026-05-06", effective=date(2026, 5, 6), fines=dict.fromkeys(EDITION.fines, 7_00))
    told = found(order(held("5 10:00")), book=Book([EDITION, dearer]))
    assert [(s.kind, s.edition, s.fine_fen) for s in told] == [
        ("V-ACCEPT", "2017-01-01", 100_00),
        ("V-PICKUP", "2026-05-06", 7_00),
    ]


def test_the_evidence_says_by_what_rule_and_what_ended_the_order() -> None:
    """VIO-2: a detector states evidence."""
    [one] = found(order(held("5 10:00", accepted="5 10:31"), ended=("pickup_failed", "5 12:00")))
    assert one.evidence["rule"] == "ACCEPT-1"
    assert one.evidence["due_at"] == iso(t("5 10:30")) and one.evidence["accepted_at"] == iso(t("5 10:31"))
    assert one.evidence["ended"] == {"how": "pickup_failed", "at": iso(t("5 12:00"))}
    assert {check["name"]: check["outcome"] for check in one.evidence["checks"]} == {
        "late_push": "passed", "our_outage": "passed", "channel_outage": "passed", "closure": "passed",
        "misrouted": "passed", "rule_changed": "passed",
    }  # fmt: skip


EXCUSES = [
    ("pushed at once", order(held("5 10:00")), ["", ""]),
    ("late_push exactly 2:00 is in time", order(held("5 10:00"), received="5 10:02"), ["", ""]),
    ("late_push 2:00.000001", order(held("5 10:00"), received="5 10:02:00.000001"), ["late_push", "late_push"]),
    ("late_push off duty: its accept clock still is that of creation",
     order(held("5 23:00"), created="5 23:00", received="5 23:03"), ["late_push", "late_push"]),
    ("late_push is none for clocks that start at a release (CHAN-5)",
     order(held("5 14:00"), created="5 14:00", received="5 14:03", released=True), ["", ""]),
    ("late_push concerns only clocks that start at creation: of the second holder the pickup clock",
     order(held("5 10:00"), held("5 10:10", by="B", cause="transfer"), received="5 10:03"), ["", "late_push"]),
    ("late_push not the pickup clock that the 4 h set",
     order(held("5 10:00"), held("5 23:00", by="B", cause="transfer"), received="5 10:03"), ["late_push", "", ""]),
    ("misrouted: HQ dispatched it where nobody covers the point; every suspicion of that assignment",
     order(held("5 10:00", by="HQ"), held("5 11:00", by="B", cause="dispatch", outside=True, sent_outside=True)),
     ["misrouted", "misrouted"]),
    ("misrouted only by HQ",
     order(held("5 10:00", by="HQ"), held("5 11:00", by="B", cause="transfer", outside=True, sent_outside=True)),
     ["", ""]),
    ("misrouted not when the point moved out after the dispatch",
     order(held("5 10:00", by="HQ"), held("5 11:00", by="B", cause="dispatch", outside=True)), ["", ""]),
    ("misrouted not when the place was right",
     order(held("5 10:00", by="HQ"), held("5 11:00", by="B", cause="dispatch")), ["", ""]),
    ("the first that failed is the excuse",
     order(held("5 10:00", by="HQ"), held("5 11:00", by="B", cause="dispatch", sent_outside=True), received="5 10:03"),
     ["misrouted", "late_push"]),
    ("closure: the deadline has moved out of it, so the check passes",
     order(held("5 10:00", hours=closed(("5 10:10", "5 12:00")))), ["", ""]),
]  # fmt: skip


@pytest.mark.parametrize(("course", "expected"), [c[1:] for c in EXCUSES], ids=[f"VIO-3 {c[0]}" for c in EXCUSES])
def test_innocence(course: Course, expected: list[str]) -> None:
    assert [s.excuse for s in found(course)] == expected


@pytest.mark.parametrize(
    ("hours", "due", "outcome"),
    [
        (closed(("5 10:10", "5 12:00")), "5 11:00", "failed"),
        (closed(("5 10:10", "5 12:00")), "5 10:10", "passed"),
        (closed(("5 10:10", "5 12:00")), "5 12:00", "passed"),
        (closed(), "5 11:00", "passed"),
    ],
)
def test_vio_3_a_deadline_inside_a_closure_would_speak_for_the_station(hours: Calendar, due: str, outcome: str) -> None:
    """ROUTE-6 moves deadlines, so it cannot happen; if it did, it would be seen."""
    course = order(held("5 10:00", hours=hours))
    [closure] = [
        c
        for c in checks(course, Charge("V-ACCEPT", course.holdings[0], course.zero, t(due), True), BOOK, None)
        if c.name == "closure"
    ]
    assert closure.outcome == outcome


OWN_CLOCK = [
    ("creation", held("5 10:00"), True),
    ("transfer", held("5 10:00", cause="transfer"), False),
]


@pytest.mark.parametrize(("why", "holding", "from_creation"), OWN_CLOCK)
def test_a_clock_of_the_edition_names_its_own_rule_and_start(why: str, holding: Holding, from_creation: bool) -> None:
    """CLOCK-1, VIO-3: `late_push` goes by where the clock really started, whatever its kind."""
    book = Book([WITH_CALL])
    late = replace(order(holding), received_at=t("5 10:02:00.000001"))
    suspicions = {one.kind: one for one in found(late, book=book)}
    assert suspicions["V-FIRST-CALL"].evidence["rule"] == "CLOCK-FIRST_CALL"
    assert suspicions["V-FIRST-CALL"].excuse == ("late_push" if from_creation else "")
    assert suspicions["V-ACCEPT"].evidence["rule"] == "ACCEPT-1"
    assert suspicions["V-PICKUP"].excuse == "late_push"  # creation + 16 h, whoever holds it


def test_late_push_concerns_no_clock_that_starts_at_the_release() -> None:
    """REPLAY fine print 4."""
    late = replace(order(held("5 10:00")), received_at=t("5 10:02:00.000001"), released=True)
    suspicions = found(late, book=Book([WITH_CALL]))
    assert {one.kind for one in suspicions} == {"V-ACCEPT", "V-PICKUP", "V-FIRST-CALL"}
    assert {one.excuse for one in suspicions} == {""}
