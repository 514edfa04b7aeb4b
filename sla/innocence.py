"""Innocence checks that run before a person looks (VIO-3). Each says passed, failed or unknown, with its figures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from rulebook.book import Book, Edition
from sla.course import Course, Holding
from sla.duty import Calendar
from sla.outages import Availability

Outcome = Literal["passed", "failed", "unknown"]


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
    """All checks in the order in which the first failed one becomes the excuse (REPLAY violations.csv).

    `availability` None: a history of which no outage is known at all, as in a replay, where those checks pass.
    """
    return [
        _late_push(course, charge.from_creation, book.at(charge.happened_at)),
        _closure(charge.holding, charge.happened_at),
        _misrouted(charge.holding),
    ]


def excuse(found: list[Check]) -> str:
    """The first check that failed, or empty."""
    return next((check.name for check in found if check.outcome == "failed"), "")


def _late_push(course: Course, from_creation: bool, edition: Edition) -> Check:
    """Received more than 2 minutes after creation; it concerns clocks that start at creation only."""
    late = course.received_at - course.zero
    figures = {"seconds": int(late.total_seconds()), "starts_at_creation": from_creation}
    failed = from_creation and not course.released and late > edition.late_push
    return Check("late_push", "failed" if failed else "passed", figures)


def _closure(holding: Holding, due: datetime) -> Check:
    """A closed minute does not count (ROUTE-6), so the deadline has moved; one inside a closure would be wrong."""
    calendar: Calendar | None = holding.calendar
    inside = calendar is not None and any(since < due < until for since, until in calendar.closures)
    return Check("closure", "failed" if inside else "passed", {"closures": len(calendar.closures) if calendar else 0})


def _misrouted(holding: Holding) -> Check:
    """HQ dispatched the order to a station that does not cover the point."""
    failed = holding.cause == "dispatch" and holding.sent_outside
    figures = {"cause": holding.cause, "outside": holding.sent_outside}
    return Check("misrouted", "failed" if failed else "passed", figures)
