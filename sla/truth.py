"""Detectors of untruth (VIO-2), each a pure function of the order's own facts, with its evidence.

What is judged by areas was found when it was done, by the areas valid then, and lies in the log; an act older than
that, of which nothing was kept, is not suspected. An act after an end that was told later counts for nothing (REPLAY
fine print 1).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from basics.days import iso
from basics.words import ClockKind, Verdict
from sla.clocks import Clock
from sla.course import Course, Holding

OUT_OF_AREA, CUSTOMER_CANCELLED = "out_of_area", "customer_cancelled"  # reasons of DO-2
MOST_SCANS = 10  # of those elsewhere that the evidence shows


@dataclass(frozen=True, slots=True)
class Untruth:
    """What a holder did, when, and what shows that it was not true. `evidence`: plain JSON, nothing personal."""

    kind: str
    holding: Holding
    happened_at: datetime
    evidence: dict[str, Any]


def untruths_of(course: Course, clocks: Iterable[Clock], now: datetime) -> Iterator[Untruth]:
    """Everything that the facts as they stand say of each holder; the data centre is never suspected."""
    late = {clock.seq for clock in clocks if clock.kind == ClockKind.PICKUP and clock.verdict is Verdict.MISSED}
    for holding, following in zip(course.holdings, (*course.holdings[1:], None), strict=False):
        if holding.calendar is None:
            continue
        found = (
            false_failure(course, holding),
            false_waybill(course, holding, now),
            wrong_accept(course, holding, holding.seq in late),
            wrong_transfer(course, holding, following),
        )
        yield from (one for one in found if one is not None)


def false_waybill(course: Course, holding: Holding, now: datetime) -> Untruth | None:
    """V-FALSE-WAYBILL: confirmed, and no matching scan made within 24 h; scans elsewhere are shown."""
    pickup = course.pickup
    if pickup is None or pickup.confirmed_at is None or pickup.proof_until is None:
        return None
    proved = pickup.proved_at is not None and pickup.proved_at <= pickup.proof_until
    if proved or now <= pickup.proof_until or not _held_at(holding, pickup.confirmed_at):
        return None
    return Untruth(
        "V-FALSE-WAYBILL",
        holding,
        pickup.confirmed_at,
        {
            "confirmed_at": iso(pickup.confirmed_at),
            "proof_until": iso(pickup.proof_until),
            "scanned_at": iso(pickup.proved_at),
            "scans_elsewhere": [{"station": one, "at": iso(at)} for one, at in pickup.elsewhere[:MOST_SCANS]],
        },
    )


def false_failure(course: Course, holding: Holding) -> Untruth | None:
    """V-FALSE-FAIL: "out of area" of a point inside the house's area; "customer cancelled", and the same sender phone
    ordered again and that was picked up, or the channel's own reason blames the courier."""
    failure = course.failure
    if failure is None or not _held_at(holding, failure.at):
        return None
    shown: dict[str, Any] = {}
    if failure.reason == OUT_OF_AREA and failure.inside:
        shown["inside"] = list(failure.inside)
    if failure.reason == CUSTOMER_CANCELLED and failure.again is not None:
        created_at, channel, number = failure.again
        shown["again"] = {"channel": channel, "logistics_no": number, "created_at": iso(created_at)}
    if failure.reason == CUSTOMER_CANCELLED and failure.contradicted:
        shown["channel_said"] = list(failure.said)
    if not shown:
        return None
    said = {"failed_at": iso(failure.at), "stage": failure.stage, "reason": failure.reason}
    return Untruth("V-FALSE-FAIL", holding, failure.at, said | shown)


def wrong_accept(course: Course, holding: Holding, late: bool) -> Untruth | None:
    """V-WRONG-ACCEPT: accepted outside its area, inside another accepting station's, and the pickup failed or its
    pickup clock was missed (`late`) while it held the order."""
    at = holding.accepted_at
    if at is None or not _counts(course, at) or not (holding.accepted_outside and holding.elsewhere):
        return None
    failure = course.failure
    failed = failure is not None and failure.stage == "pickup" and _held_at(holding, failure.at)
    if not (failed or late):
        return None
    harm = [word for word, there in (("pickup_failed", failed), ("pickup_missed", late)) if there]
    shown = {"accepted_at": iso(at), "elsewhere": list(holding.elsewhere), "harm": harm}
    return Untruth("V-WRONG-ACCEPT", holding, at, shown)


def may_be_wrong_accept(course: Course, holding: Holding) -> bool:
    """Whether a missed pickup clock would bring V-WRONG-ACCEPT beside its own violation."""
    return wrong_accept(course, holding, late=True) is not None


def wrong_transfer(course: Course, holding: Holding, following: Holding | None) -> Untruth | None:
    """V-TRANSFER: by the areas valid then the target did not cover the point, and it transferred the order on, to
    anyone, or failed it as out of area."""
    if following is None or following.cause != "transfer" or following.calendar is None:
        return None
    if not following.sent_outside or not _counts(course, following.started_at):
        return None
    failure, on = course.failure, following.left_at
    if following.left_by == "transfer" and on is not None and _counts(course, on):
        answer, answered_at = "transferred", on
    elif failure is not None and failure.reason == OUT_OF_AREA and _held_at(following, failure.at):
        answer, answered_at = OUT_OF_AREA, failure.at
    else:
        return None
    shown = {"transferred_at": iso(following.started_at), "to": following.station}
    answered = {"answer": answer, "answered_at": iso(answered_at)}
    return Untruth("V-TRANSFER", holding, following.started_at, shown | answered)


def _counts(course: Course, act: datetime) -> bool:
    return course.ending is None or act <= course.ending.at


def _held_at(holding: Holding, at: datetime) -> bool:
    return holding.started_at <= at and (holding.left_at is None or at < holding.left_at)
