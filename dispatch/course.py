"""An order's life as the clocks see it, and the rows it is stored in."""

from datetime import datetime
from typing import Any, NamedTuple

from basics.days import parse_instant
from basics.words import DATA_CENTRE, FINAL, ClockKind, State, Verdict
from channels.messages import COURIERS_FAULT
from dispatch.batch import World, hold_ends, reminder_at
from dispatch.facts_of_life import Assignment, sender_phone, window_end
from dispatch.life import Life
from dispatch.places import point_of
from rulebook.book import Book, Edition
from sla.clocks import Clock, clocks_of
from sla.course import Course, Ending, Failure, Holding, Pickup
from sla.suspicions import Suspicion, prospects_of, suspicions_of


def course_of(life: Life, world: World, edition: Edition) -> Course:
    """The facts that clocks are judged by (DESIGN law 6)."""
    view = life.view()
    holdings = tuple(
        _holding(life, seq, assignment, following, world, edition)
        for seq, (assignment, following) in enumerate(
            zip(view.assignments, (*view.assignments[1:], None), strict=False), start=1
        )
    )
    ending = None
    if view.state in FINAL and view.ended_at is not None:
        ending = Ending(view.state.value, view.ended_at)  # type: ignore[arg-type]
    pickup = None
    if view.state is State.PICKED_UP:
        until = life.confirmed_at + life.proof if life.confirmed_at else None
        pickup = Pickup(life.confirmed_at, until, view.proved_at, tuple(life.scans_elsewhere()))
    released = view.released_at is not None
    return Course(
        life.zero, life.received_at, released, view.window_end, holdings, ending, pickup, life.channel,
        life.created_at, min((number.happened_at for number in life.numbers), default=None), _failure(life),
    )  # fmt: skip


def _failure(life: Life) -> Failure | None:
    failed, again = life.failed, life.again
    if failed is None:
        return None
    return Failure(
        "accept" if failed.stage == "accept" else "pickup",
        failed.at,
        failed.reason,
        failed.inside,
        (again.created_at, again.channel, again.logistics_no) if again else None,
        tuple(sorted(life.said)),
        bool(COURIERS_FAULT.intersection(life.said)),
    )


def _holding(
    life: Life, seq: int, assignment: Assignment, following: Assignment | None, world: World, edition: Edition
) -> Holding:
    at_data_centre = assignment.station == DATA_CENTRE
    return Holding(
        seq=seq,
        station=assignment.station,
        calendar=None if at_data_centre else world.calendar(assignment.station, edition),
        started_at=assignment.started_at,
        cause=assignment.cause,  # type: ignore[arg-type]
        outside=assignment.blamed,
        sent_outside=assignment.sent_outside,
        accepted_at=assignment.accepted_at,
        left_at=following.started_at if following else None,
        left_by="" if following is None else "transfer" if following.cause == "transfer" else "reroute",
        called_at=assignment.called_at,
        sent_with_point=assignment.cause != "dispatch"
        or assignment.sent_outside  # an update of the same instant may have taken the point away since
        or _has_point(life, assignment.started_at, edition),
        accepted_outside=assignment.accepted_outside,
        elsewhere=assignment.elsewhere,
    )


def _has_point(life: Life, at: datetime, edition: Edition) -> bool:
    """Whether the content told by `at` has a usable point."""
    told = [version for version in life.versions if version.at <= at] or life.versions[:1]
    return point_of(told[-1].content, edition).lng is not None


class Judgement(NamedTuple):
    """Clocks and suspicions as they stand, and what each running clock will be suspected of (`prospects_of`)."""

    clocks: list[Clock]
    suspicions: list[Suspicion]
    prospects: dict[tuple[int, str], Suspicion | None]


def judge(life: Life, world: World, now: datetime) -> Judgement:
    """One order at `now`, under the edition in force when its clocks started."""
    edition = world.book.at(life.zero)
    course = course_of(life, world, edition)
    clocks = clocks_of(course, edition, now)
    return Judgement(
        clocks,
        suspicions_of(course, clocks, world.book, world.availability, now),
        prospects_of(course, clocks, world.book, world.availability),
    )


def next_look(life: Life, clocks: list[Clock], book: Book, now: datetime) -> datetime | None:
    """When something falls due next: a running clock, a hold, the proof of a confirmation."""
    view = life.view()
    dues = [clock.next_at for clock in clocks if clock.next_at is not None]
    if view.state is State.HELD:
        dues.append(hold_ends(life, book) if life.reminded else reminder_at(life, book))
    if view.state is State.PICKED_UP and life.confirmed_at is not None and view.proved_at is None:
        proof_ends = life.confirmed_at + life.proof
        if now <= proof_ends:
            dues.append(proof_ends)
    return min(dues, default=None)


def order_row(life: Life, world: World, clocks: list[Clock], now: datetime) -> dict[str, Any]:
    """The order's row: what lists, desks and reports read; all of it derived from the log."""
    view, edition = life.view(), world.book.at(life.zero)
    first, content = life.versions[0].content, view.content
    place = point_of(content, edition)
    last = view.assignments[-1] if view.assignments else None
    running = {clock.kind: clock.due_at for clock in clocks if clock.verdict is Verdict.RUNNING}
    ends = window_end(content)
    gone = life.withdrawal if view.state is State.WITHDRAWN else None
    number = life.number
    return {
        "region": life.region,
        "channel": life.channel,
        "logistics_no": life.logistics_no,
        "business_type": first["business_type"],
        "online": bool(first.get("online", True)),
        "state": view.state.value,
        "station": view.station,
        "routing_cause": view.routing_cause,
        "candidates": list(view.candidates),
        "waybill_no": number.waybill_no if number else None,
        "waybill_by": number.by if number else None,
        "content": content,
        "sender_phone": sender_phone(content),
        "lng": place.lng,
        "lat": place.lat,
        "adcode": view.adcode,
        "missing": [] if view.released_at else list(life.missing),
        "created_at": life.created_at,
        "received_at": life.received_at,
        "released_at": view.released_at,
        "window_start": parse_instant(content["window_start"]) if content.get("window_start") else None,
        "window_end": ends,
        "assigned_at": last.started_at if last else None,
        "accepted_at": view.accepted_at,
        "confirmed_at": life.confirmed_at,
        "picked_up_at": life.picked_up_at(now),
        "ended_at": view.ended_at,
        "withdrawal_origin": gone.origin if gone else None,
        "withdrawal_reason": gone.reason if gone else None,
        "withdrawal_handled_at": life.handled_at,
        "accept_due_at": running.get(ClockKind.ACCEPT),
        "transfer_due_at": running.get(ClockKind.TRANSFER),
        "pickup_due_at": running.get(ClockKind.PICKUP),
        "promise_at": ends or life.created_at + edition.promise,
        "asked_at": view.asked.at if view.asked else None,
        "alias": life.alias,
        "next_at": next_look(life, clocks, world.book, now),
        "version": len(life.events),
    }


def assignment_rows(life: Life) -> list[dict[str, Any]]:
    """Holders without gap or overlap (ROUTE-4, I-04): one ends when the next starts, the last is open."""
    assignments = life.view().assignments
    return [
        {
            "order_id": life.order_id,
            "seq": seq,
            "region": life.region,
            "station": one.station,
            "started_at": one.started_at,
            "ended_at": assignments[seq].started_at if seq < len(assignments) else None,
            "cause": one.cause,
            "by": one.by,
            "outside": one.outside,
            "accepted_at": one.accepted_at,
        }
        for seq, one in enumerate(assignments, start=1)
    ]
