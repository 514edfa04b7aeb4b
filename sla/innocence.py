"""Innocence checks that run before a person looks (VIO-3). Each says passed, failed or unknown, with its figures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from rulebook.book import Edition
from sla.course import Course, Holding
from sla.duty import Calendar

Outcome = Literal["passed", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `failed` means: this speaks for the station, the suspicion is likely excused."""

    name: str
    outcome: Outcome
    figures: dict[str, Any]


def checks(course: Course, holding: Holding, from_creation: bool, due: datetime, edition: Edition) -> list[Check]:
    """All checks in the order in which the first failed one becomes the excuse (REPLAY violations.csv)."""
    return [
        _late_push(course, from_creation, edition),
        _closure(holding, due),
        _misrouted(holding),
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
