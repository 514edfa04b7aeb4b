"""VIO-3: each innocence check says passed, failed or unknown, with its figures; F-41: the seconds of an outage."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from basics.days import iso
from rulebook.book import Book
from sla.clocks import clocks_of
from sla.course import Course
from sla.duty import Calendar
from sla.innocence import Charge, Check, checks
from sla.outages import LONGEST_ENTERED, Availability, Outage, refuse_entry
from sla.suspicions import suspicions_of
from tests.rules.courses import BOOK, EDITION, STANDARD, TICK, closed, held, order, t

DUE = "5 10:30"
ORDER = order(held("5 10:00"))


def check(
    name: str, course: Course = ORDER, due: str = DUE, availability: Availability | None = None, book: Book = BOOK,
    kind: str = "V-ACCEPT", since: datetime | None = None, from_creation: bool = True,
) -> Check:  # fmt: skip
    """The check of that name for the last holder."""
    charge = Charge(kind, course.holdings[-1], since or course.zero, t(due), from_creation)
    [found] = [one for one in checks(course, charge, book, availability) if one.name == name]
    return found


def away(*spans: tuple[str, str | None], source: str = "web", since: str | None = "1 00:00") -> Availability:
    known = {} if since is None else {source: t(since)}
    return Availability(known, [Outage(source, t(a), None if b is None else t(b)) for a, b in spans])


def test_the_order_of_the_checks_is_that_of_the_excuses() -> None:
    """REPLAY violations.csv: the first that failed."""
    names = [one.name for one in checks(ORDER, Charge("V-ACCEPT", ORDER.holdings[0], ORDER.zero, t(DUE)), BOOK, None)]
    assert names == ["late_push", "our_outage", "channel_outage", "closure", "misrouted", "rule_changed"]


# ---- our_outage and channel_outage

OUTAGES = [
    ("none", away(), "passed", {"seconds": 0}),
    ("a history without a record, as in a replay", None, "passed", {}),
    ("in the middle", away(("5 10:05", "5 10:26")), "failed", {"seconds": 1260}),
    ("it began before the clock", away(("5 09:00", "5 10:01")), "failed", {"seconds": 60}),
    ("it ended after the deadline", away(("5 10:29", "5 11:00")), "failed", {"seconds": 60}),
    ("it goes on", away(("5 10:20", None)), "failed", {"seconds": 600}),
    ("it ended as the clock started", away(("5 09:00", "5 10:00")), "passed", {"seconds": 0}),
    ("one microsecond later", away(("5 09:00", "5 10:00:00.000001")), "failed", {"seconds": 1}),
    ("it began at the deadline", away(("5 10:30", "5 11:00")), "passed", {"seconds": 0}),
    ("one microsecond earlier", away(("5 10:29:59.999999", "5 11:00")), "failed", {"seconds": 1}),
    ("two that overlap: each instant once", away(("5 10:05", "5 10:10"), ("5 10:08", "5 10:12")), "failed",
     {"seconds": 420}),
    ("the record begins with the clock", away(since="5 10:00"), "passed", {"seconds": 0}),
    ("the record begins a microsecond late", away(since="5 10:00:00.000001"), "unknown",
     {"known_since": iso(t("5 10:00:00.000001"))}),
    ("no record at all", away(since=None), "unknown", {"known_since": None}),
    ("what a short record has is enough", away(("5 10:10", "5 10:11"), since="5 10:09"), "failed", {"seconds": 60}),
]  # fmt: skip


@pytest.mark.parametrize(("availability", "outcome", "figures"), [c[1:] for c in OUTAGES], ids=[c[0] for c in OUTAGES])
def test_vio_3_our_outage(availability: Availability | None, outcome: str, figures: dict[str, Any]) -> None:
    assert check("our_outage", availability=availability) == Check("our_outage", outcome, figures)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("availability", "outcome", "figures"),
    [
        (away(source="cainiao"), "passed", {"seconds": 0}),
        (away(("5 10:05", "5 10:26"), source="cainiao"), "failed", {"seconds": 1260}),
        (away(("5 10:05", "5 10:26"), source="alipay"), "unknown", {"known_since": None}),
        (away(("5 10:05", "5 10:26")), "unknown", {"known_since": None}),
        (None, "passed", {}),
    ],
)
def test_vio_3_channel_outage(availability: Availability | None, outcome: str, figures: dict[str, Any]) -> None:
    """That of the order's own channel only; one that is never told anything has no record."""
    course = replace(ORDER, channel="cainiao")
    found = check("channel_outage", course, availability=availability)
    assert found == Check("channel_outage", outcome, figures)  # type: ignore[arg-type]


def test_vio_3_what_a_person_typed_in_came_through_no_channel() -> None:
    assert check("channel_outage", replace(ORDER, channel="staff"), availability=away(since=None)).outcome == "passed"


NIGHT = order(held("5 19:50"), created="5 19:50")
COUNTED = [
    ("at night it takes no duty minute (DUTY-2)", NIGHT, "V-ACCEPT", "6 08:20", ("6 02:00", "6 02:40"), "passed",
     {"seconds": 0, "elapsed_seconds": 2400}),
    ("into the morning: only what was duty", NIGHT, "V-ACCEPT", "6 08:20", ("6 07:50", "6 08:05"), "failed",
     {"seconds": 300, "elapsed_seconds": 900}),
    ("a pickup clock counts every minute", NIGHT, "V-PICKUP", "6 11:50", ("6 02:00", "6 02:40"), "failed",
     {"seconds": 2400}),
    ("but no closed one (ROUTE-6)", order(held("5 10:00", hours=closed(("5 12:00", "5 14:00")))), "V-PICKUP", "6 04:00",
     ("5 13:00", "5 15:00"), "failed", {"seconds": 3600, "elapsed_seconds": 7200}),
    ("nor a transfer clock off duty", NIGHT, "V-TRANSFER", "6 08:20", ("5 20:00", "6 08:00"), "passed",
     {"seconds": 0, "elapsed_seconds": 43200}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("course", "kind", "due", "span", "outcome", "figures"), [c[1:] for c in COUNTED], ids=[c[0] for c in COUNTED]
)
def test_f_41_seconds_are_those_that_the_clock_counted(
    course: Course, kind: str, due: str, span: tuple[str, str], outcome: str, figures: dict[str, Any]
) -> None:
    found = check("our_outage", course, due, away(span), kind=kind)
    assert (found.outcome, found.figures) == (outcome, figures)


def test_an_outage_is_the_excuse_before_misrouting_and_stands_in_the_evidence() -> None:
    course = order(held("5 10:00", by="HQ"), held("5 11:00", by="B", cause="dispatch", outside=True, sent_outside=True))
    availability = away(("5 11:10", "5 11:11"))
    found = suspicions_of(course, clocks_of(course, EDITION, t("5 12:00")), BOOK, availability, t("5 12:00"))
    assert [(one.kind, one.excuse) for one in found] == [("V-TRANSFER", "our_outage")]
    told = {one["name"]: one["figures"] for one in found[0].evidence["checks"]}
    assert told["our_outage"] == {"seconds": 60} and told["misrouted"]["outside"] is True


# ---- late_push: passed or failed; both instants are stored with every order, so it is never unknown


@pytest.mark.parametrize(
    ("received", "from_creation", "outcome"),
    [("5 10:02", True, "passed"), ("5 10:02:00.000001", True, "failed"), ("5 12:00", False, "passed")],
)
def test_vio_3_late_push(received: str, from_creation: bool, outcome: str) -> None:
    found = check("late_push", order(held("5 10:00"), received=received), from_creation=from_creation)
    seconds = int((t(received) - t("5 10:00")).total_seconds())
    assert found == Check("late_push", outcome, {"seconds": seconds, "starts_at_creation": from_creation})  # type: ignore[arg-type]


# ---- closure


@pytest.mark.parametrize(
    ("hours", "due", "outcome"),
    [
        (closed(("5 10:10", "5 12:00")), "5 11:00", "failed"),  # a deadline never lies there: see the docstring
        (closed(("5 10:10", "5 12:00")), "5 10:10", "passed"),
        (closed(("5 10:10", "5 12:00")), "5 12:00", "passed"),
        (STANDARD, "5 11:00", "passed"),
        (None, "5 11:00", "unknown"),  # a holder without hours: the data centre, which is never charged
    ],
)
def test_vio_3_closure(hours: Calendar | None, due: str, outcome: str) -> None:
    """ROUTE-6 moves deadlines out of closures, so `failed` would be a defect of ours; it would be seen."""
    holding = replace(held("5 10:00"), calendar=hours)
    found = check("closure", replace(ORDER, holdings=(holding,)), due)
    assert found.outcome == outcome
    met = sum(since <= t(due) for since, _ in hours.closures) if hours else 0
    assert found.figures == ({} if hours is None else {"closures": met})


def test_vio_3_closure_counts_only_those_that_met_its_time() -> None:
    """Others of the station, weeks before or granted for next month, are no news of this suspicion."""
    inside = [("5 09:00", "5 10:00:00.000001"), ("5 10:10", "5 10:20"), ("5 11:00", "5 12:00")]
    outside = [("1 09:00", "1 10:00"), ("5 09:00", "5 10:00"), ("5 11:00:00.000001", "5 12:00"), ("6 08:00", "6 09:00")]
    for times, met in ((inside, 3), (outside, 0)):
        found = check("closure", order(replace(held("5 10:00"), calendar=closed(*times))), "5 11:00")
        assert (found.outcome, found.figures) == ("passed", {"closures": met})


# ---- misrouted


@pytest.mark.parametrize(
    ("cause", "outside", "point", "outcome"),
    [
        ("dispatch", True, True, "failed"),
        ("dispatch", False, True, "passed"),
        ("dispatch", False, False, "unknown"),
        ("transfer", True, True, "passed"),
        ("routing", False, False, "passed"),
    ],
)
def test_vio_3_misrouted(cause: str, outside: bool, point: bool, outcome: str) -> None:
    """Only HQ misroutes, and only by a known point; unknown is no excuse (REPLAY fine print 5)."""
    holding = replace(held("5 10:00", cause=cause), sent_outside=outside, sent_with_point=point)
    assert check("misrouted", replace(ORDER, holdings=(holding,))).outcome == outcome


# ---- rule_changed

JUNE = date(2026, 5, 6)
DEARER = {**EDITION.fines, "V-ACCEPT": 200_00}
CHANGES: list[tuple[str, dict[str, Any], str, list[str]]] = [
    ("another fine of the same kind", {"fines": DEARER}, "V-ACCEPT", ["fines.V-ACCEPT"]),
    ("another fine of another kind", {"fines": DEARER}, "V-PICKUP", []),
    ("the length of the clock", {"accept": timedelta(minutes=45)}, "V-ACCEPT", ["clocks.accept"]),
    ("the length of another clock", {"accept": timedelta(minutes=45)}, "V-TRANSFER", []),
    ("the duty of the station", {"duty": {**EDITION.duty, "standard": EDITION.duty["xinjiang"]}}, "V-ACCEPT",
     ["duty.standard"]),
    ("the duty of others", {"duty": {**EDITION.duty, "xinjiang": EDITION.duty["standard"]}}, "V-ACCEPT", []),
    ("duty is no concern of a pickup", {"duty": {**EDITION.duty, "standard": EDITION.duty["xinjiang"]}}, "V-PICKUP",
     []),
    ("the 4 h of a late holder", {"pickup_least_hold": timedelta(hours=5)}, "V-PICKUP", ["clocks.pickup_least_hold"]),
    ("something else", {"reward_places": 300}, "V-ACCEPT", []),
]  # fmt: skip


@pytest.mark.parametrize(("change", "kind", "keys"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_vio_3_rule_changed(change: dict[str, Any], kind: str, keys: list[str]) -> None:
    """Set on the 5th, late on the 6th, when another edition was in force."""
    book = Book([EDITION, replace(EDITION, name="2026-05-06", effective=JUNE, **change)])
    found = check("rule_changed", NIGHT, "6 08:20", book=book, kind=kind)
    assert found.outcome == ("failed" if keys else "passed")
    assert found.figures == (
        {"before": "2017-01-01", "after": "2026-05-06", "keys": keys} if keys else {"edition": "2017-01-01"}
    )


def test_vio_3_rule_changed_counts_from_midnight_and_not_for_acts() -> None:
    book = Book([EDITION, replace(EDITION, name="2026-05-06", effective=JUNE, fines=DEARER)])
    midnight = t("6 00:00")
    assert check("rule_changed", NIGHT, "5 23:59:59.999999", book=book).outcome == "passed"
    assert check("rule_changed", NIGHT, "6 00:00", book=book).outcome == "failed"
    assert check("rule_changed", NIGHT, "6 00:00", book=book, since=midnight).outcome == "passed", "an act"


def test_vio_3_the_time_of_proof_began_with_the_clocks() -> None:
    """V-FALSE-WAYBILL is an act, but its 24 h are those of the edition that set the clocks."""
    shorter = replace(EDITION, name="2026-05-06", effective=JUNE, scan_proof=EDITION.scan_proof / 2)
    book, at = Book([EDITION, shorter]), t("6 08:20")
    found = check("rule_changed", NIGHT, "6 08:20", book=book, since=at, kind="V-FALSE-WAYBILL")
    assert (found.outcome, found.figures["keys"]) == ("failed", ["evidence.scan_proof"])


def test_vio_3_a_push_is_late_by_the_edition_of_the_push() -> None:
    """VIO-3: received more than 2 minutes after creation; a later edition that allows an hour changes nothing of it."""
    patient = replace(EDITION, name="2026-05-06", effective=JUNE, late_push=timedelta(hours=1))
    late = replace(NIGHT, received_at=NIGHT.zero + timedelta(minutes=2, microseconds=1))
    assert check("late_push", late, "6 08:20", book=Book([EDITION, patient])).outcome == "failed"
    in_time = replace(late, received_at=NIGHT.zero + timedelta(minutes=2))
    assert check("late_push", in_time, "6 08:20").outcome == "passed"


def test_vio_3_rule_changed_is_unknown_before_the_first_edition() -> None:
    """Something must apply, but what was in force nobody knows."""
    first = replace(EDITION, name="2026-05-06", effective=JUNE)
    found = check("rule_changed", NIGHT, "6 08:20", book=Book([first]))
    assert found == Check("rule_changed", "unknown", {"first_edition": "2026-05-06"})


# ---- what a person may enter


@pytest.mark.parametrize(
    ("source", "since", "until", "code"),
    [
        ("web", "5 08:00", "5 10:00", None),
        ("web", "5 08:00", "5 10:00:00.000001", "outage_time_invalid"),
        ("web", "5 10:00", "5 10:00", "outage_time_invalid"),
        ("nobody", "5 08:00", "5 10:00", "outage_source_unknown"),
    ],
)
def test_what_a_person_may_enter(source: str, since: str, until: str, code: str | None) -> None:
    """Only what is over: it must excuse nothing ahead."""
    refusal = refuse_entry(source, ["web", "cainiao"], t(since), t(until), t("5 10:00"))
    assert (refusal.code if refusal else None) == code


def test_an_entered_outage_is_no_longer_than_a_month() -> None:
    now = t("31 10:00")
    assert refuse_entry("web", ["web"], now - LONGEST_ENTERED, now, now) is None
    assert refuse_entry("web", ["web"], now - LONGEST_ENTERED - TICK, now, now) is not None


# ---- what an act and a later holder lose


@pytest.mark.parametrize("availability", [away(since=None), away(("5 10:00", "5 11:00")), away(since="5 10:31")])
def test_vio_3_an_act_takes_no_time_and_loses_none(availability: Availability) -> None:
    """Never unknown, though the record begin later (reading 69)."""
    found = check("our_outage", availability=availability, kind="V-FALSE-FAIL", since=t(DUE), from_creation=False)
    assert found == Check("our_outage", "passed", {})


@pytest.mark.parametrize(
    ("kind", "outcome", "seconds"),
    [("V-PICKUP", "failed", 3600), ("V-ACCEPT", "passed", 0), ("V-TRANSFER", "passed", 0)],
)
def test_route_6_a_closure_before_the_assignment_is_no_concern_of_a_pickup_clock(
    kind: str, outcome: str, seconds: int
) -> None:
    """The clock counted those minutes from creation, closed for the station or not; so an outage in them took them."""
    holder = held("5 11:00", hours=closed(("5 08:00", "5 10:00")))
    found = check("our_outage", order(holder, created="5 08:00"), "6 00:00", away(("5 08:30", "5 09:30")), kind=kind)
    assert (found.outcome, found.figures["seconds"]) == (outcome, seconds)
