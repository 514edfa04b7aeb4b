"""Innocence checks that run before a person looks (VIO-3). Each says passed, failed or unknown, with its figures."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from basics.days import SECOND, day_of, iso
from channels.registry import STAFF
from rulebook.book import Book, Edition
from sla.course import Course, Holding
from sla.duty import duty_between
from sla.outages import OURS, Availability
from sla.rule_text import changed_keys, counts_duty

Outcome = Literal["passed", "failed", "unknown"]
# Their clocks begin with the assignment, and no closure before it is left out of them (sla/clocks.py).
_OPEN_BEFORE = ("V-ACCEPT", "V-TRANSFER")


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `failed` means: this speaks for the station, the suspicion is likely excused."""

    name: str
    outcome: Outcome
    figures: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Charge:
    """What a suspicion says: of which kind, of which holder, and the time it speaks of.

    `since` is where the clock started, or the instant of an act; `happened_at` is the rulebook's "happened at".
    `from_creation`: the clock started at creation.
    """

    kind: str
    holding: Holding
    since: datetime
    happened_at: datetime
    from_creation: bool = False


def checks(course: Course, charge: Charge, book: Book, availability: Availability | None) -> list[Check]:
    """All checks, in the order in which the first failed one becomes the excuse (REPLAY violations.csv).

    `availability` None: a history of which no outage is known at all, as in a replay, where those checks pass.
    """
    return [
        _late_push(course, charge.from_creation, book.at(course.zero)),
        _outage("our_outage", OURS, charge, book.at(course.zero), availability),
        _outage("channel_outage", course.channel, charge, book.at(course.zero), availability),
        _closure(charge),
        _misrouted(charge.holding),
        _rule_changed(course, charge, book),
    ]


def excuse(found: list[Check]) -> str:
    """The first check that failed, or empty."""
    return next((check.name for check in found if check.outcome == "failed"), "")


def _late_push(course: Course, from_creation: bool, edition: Edition) -> Check:
    """Received more than 2 minutes after creation; it concerns clocks that start at creation only. Both instants are
    always known."""
    late = course.received_at - course.zero
    figures = {"seconds": int(late.total_seconds()), "starts_at_creation": from_creation}
    failed = from_creation and not course.released and late > edition.late_push
    return Check("late_push", "failed" if failed else "passed", figures)


def _outage(name: str, source: str, charge: Charge, edition: Edition, availability: Availability | None) -> Check:
    """How much of the time that the clock counted its source was away (F-41): `seconds`, rounded up. `elapsed_seconds`:
    the same by the wall, where an outage fell off duty or into a closure. Unknown when nothing was lost as far as the
    record goes, but it begins later than the clock. An act takes no time, so nothing can be lost of it."""
    act = charge.since == charge.happened_at
    if availability is None or act or source == STAFF:  # what a person typed in came through no channel
        return Check(name, "passed", {})
    spans = availability.away(source, charge.since, charge.happened_at)
    elapsed = sum((until - since for since, until in spans), timedelta(0))
    hours = charge.holding.calendar
    if hours is not None and charge.kind not in _OPEN_BEFORE:
        hours = hours.closed_since(charge.holding.started_at)
    if hours is not None and not counts_duty(charge.kind, edition):
        hours = hours.whole_day()
    counted = elapsed if hours is None else sum((duty_between(hours, *span) for span in spans), timedelta(0))
    figures: dict[str, Any] = {"seconds": _seconds(counted)}
    if elapsed != counted:
        figures["elapsed_seconds"] = _seconds(elapsed)
    if counted:
        return Check(name, "failed", figures)
    known = availability.known_since(source)
    if known is None or known > charge.since:
        return Check(name, "unknown", {"known_since": iso(known) if known else None})
    return Check(name, "passed", figures)


def _seconds(length: timedelta) -> int:
    return -(-length // SECOND)


def _closure(charge: Charge) -> Check:
    """A closed minute does not count, and one recorded later moves the deadline when the order is judged again
    (ROUTE-6): so no deadline can lie inside a closure. If one did it would speak for the station. An act does not: who
    acts is there, closed or not (REPLAY fine print 5)."""
    calendar, due = charge.holding.calendar, charge.happened_at
    if calendar is None:
        return Check("closure", "unknown", {})
    acted = charge.since == due
    inside = not acted and any(since < due < until for since, until in calendar.closures)
    met = sum(since <= due and until > charge.since for since, until in calendar.closures)
    return Check("closure", "failed" if inside else "passed", {"closures": met})


def _misrouted(holding: Holding) -> Check:
    """HQ dispatched the order to a station that does not cover the point; without a point nobody can tell."""
    sent = holding.cause == "dispatch"
    figures = {"cause": holding.cause, "outside": holding.sent_outside}
    if sent and not holding.sent_with_point:
        return Check("misrouted", "unknown", {"cause": holding.cause})
    return Check("misrouted", "failed" if sent and holding.sent_outside else "passed", figures)


def _rule_changed(course: Course, charge: Charge, book: Book) -> Check:
    """The text of the rule when the order's clocks were set against that in force when it happened; of an act, which
    takes no time, nothing can change. Unknown for an order from before the first edition."""
    act = charge.since == charge.happened_at and charge.kind != "V-FALSE-WAYBILL"  # whose time of proof the clocks set
    start = charge.happened_at if act else course.zero
    before, after = book.at(start), book.at(charge.happened_at)
    if day_of(start) < before.effective:
        return Check("rule_changed", "unknown", {"first_edition": before.name})
    keys = changed_keys(charge.kind, before, after, charge.holding.calendar)
    if not keys:
        return Check("rule_changed", "passed", {"edition": before.name})
    return Check("rule_changed", "failed", {"before": before.name, "after": after.name, "keys": keys})
