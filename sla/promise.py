"""The promise to the sender (PROMISE-1), shown beside the clocks: it is nobody's alone and never fined."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rulebook.book import Edition
from sla.course import Course
from sla.explain import Step
from sla.explain_words import ENDS, en_length, moment, zh_length

Outcome = Literal["kept", "not_kept", "open", "dropped"]
OUTCOMES: dict[Outcome, tuple[str, str]] = {
    "kept": ("已兑现", "kept"),
    "not_kept": ("未兑现", "not kept"),
    "open": ("未到时", "open"),
    "dropped": ("不计", "dropped"),
}
KEY = "clocks.promise"


@dataclass(frozen=True, slots=True)
class Promise:
    """Picked up by `due_at`, that instant included: the end of the booked window, else so long after creation.

    `picked_up_at`: PICKUP-1, None while it was not, or a confirmation was not borne out. `dropped`: withdrawn before.
    `decided_at` None: open."""

    since: datetime
    due_at: datetime
    window: bool
    outcome: Outcome
    decided_at: datetime | None
    picked_up_at: datetime | None
    ended: tuple[str, datetime] | None
    edition: Edition


def promise_of(course: Course, window: datetime | None, edition: Edition, now: datetime) -> Promise:
    """`window`: the end of the one booked last."""
    since = course.created_at or course.zero
    due = window or since + edition.promise
    over, pickup = course.ending, course.pickup
    at = pickup.proved_at if pickup else None
    if pickup and at is None and pickup.proof_until is not None and now <= pickup.proof_until:
        at = pickup.confirmed_at  # it counts as long as a scan may still bear it out
    outcome: Outcome
    decided: datetime | None
    if at is not None and at <= due:
        outcome, decided = "kept", at
    elif at is not None or now > due:
        outcome, decided = "not_kept", due
    else:
        outcome, decided = "open", None
    if at is None and over is not None and over.at <= due:
        outcome, decided = ("dropped" if over.kind == "withdrawn" else "not_kept"), over.at
    ended = (over.kind, over.at) if over is not None else None
    return Promise(since, due, window is not None, outcome, decided, at, ended, edition)


def explain_promise(promise: Promise) -> list[Step]:
    """Start, length, due, end, outcome, edition: as of a clock, so that both can be shown alike."""
    zh, en = OUTCOMES[promise.outcome]
    due, edition = moment(promise.due_at), promise.edition
    return [
        Step("start", "PROMISE-1", f"对寄件人的承诺,自下单起:{moment(promise.since)}",
             f"The promise to the sender, from creation: {moment(promise.since)}", promise.since),
        *_length(promise),
        Step("due", "", f"应于 {due} 前揽收,该时刻仍算兑现", f"Picked up by {due}, that instant included",
             promise.due_at),
        _end(promise),
        Step("verdict", "PROMISE-1", f"结果:{zh}。只显示和统计,不罚款", f"Outcome: {en}. Shown, never fined",
             promise.decided_at),
        Step("edition", "", f"规则版本 {edition.name},{edition.effective} 起施行",
             f"By edition {edition.name}, in force from {edition.effective}"),
    ]  # fmt: skip


def _length(promise: Promise) -> Iterable[Step]:
    if promise.window:
        yield Step("length", "PROMISE-1", "到渠道预约时段结束为止", "Until the end of the booked window")
        return
    zh, en = zh_length(promise.edition.promise), en_length(promise.edition.promise)
    yield Step("length", promise.edition.rules[KEY], f"没有预约时段:时限 {zh}(自然时间)[{KEY}]",
               f"No window was booked: {en} of elapsed time [{KEY}]")  # fmt: skip


def _end(promise: Promise) -> Step:
    at, ended = promise.picked_up_at, promise.ended
    if at is not None:
        late = at - promise.due_at
        zh, en = (f",晚 {zh_length(late)}", f", {en_length(late)} late") if at > promise.due_at else ("", "")
        return Step("end", "PICKUP-1", f"揽收 {moment(at)}{zh}", f"Picked up {moment(at)}{en}", at)
    if ended is None:
        return Step("end", "", "尚未揽收", "Not picked up yet")
    how, when = ended
    if how == "picked_up":
        return Step("end", "PICKUP-1", f"{moment(when)} 的揽件确认没有相符的揽收扫描,不算揽收",
                    f"Confirmed {moment(when)}, but no matching scan: not a pickup", when)  # fmt: skip
    zh, en = ENDS[how]
    return Step("end", "", f"{zh} {moment(when)}", f"{en.capitalize()} {moment(when)}", when)
