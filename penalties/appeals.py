"""Appeals: a station asks its province, then HQ; until when, and what each may decide (APPEAL-1, APPEAL-2). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from basics.days import day_of, midnight
from basics.refusal import Refusal
from basics.steps import Table, step
from basics.words import CaseState
from penalties.lifecycle import OVERTURN as OVERTURN
from rulebook.book import Book

PROVINCE, HQ = "province", "hq"
UPHOLD, PASS_ON = "uphold", "pass_on"
SYSTEM = "system"  # who passes on what a province was silent about


class AppealState(StrEnum):
    OPEN = "open"
    OVERTURNED = "overturned"
    UPHELD = "upheld"
    PASSED_ON = "passed_on"


S = AppealState
# One table a stage: what is not listed is refused. HQ decides finally.
STAGES: Mapping[str, Table[AppealState]] = {
    PROVINCE: {(S.OPEN, OVERTURN): S.OVERTURNED, (S.OPEN, UPHOLD): S.UPHELD, (S.OPEN, PASS_ON): S.PASSED_ON},
    HQ: {(S.OPEN, OVERTURN): S.OVERTURNED, (S.OPEN, UPHOLD): S.UPHELD},
}

REFUSALS = {
    "not_confirmed": "该违规未被确认,不能申诉 / not a confirmed violation",
    "not_published": "该违规尚未通报,通报后方可申诉 / not published yet",
    "already_appealed": "该违规已申诉过 / already appealed",
    "province_first": "须先由省平台审理并维持后,方可报总部 / the province decides first",
    "no_open_appeal": "没有待审理的申诉 / no open appeal",
    "not_allowed_in_state": "总部终审,不能再转 / HQ decides finally",
    "file_required": "代录申诉须附来信原件 / an appeal by mail needs its letter as a file",
    "received_ahead": "收到时间不能晚于现在 / it cannot have been received later than now",
}


@dataclass(frozen=True, slots=True)
class FileGiven:
    """A file of an appeal or of its decision. `name` is the sender's word for it, `media_type` what it was found to
    be."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage that was reached. `due_at`: when the province's silence passes it on; None at HQ."""

    state: AppealState
    opened_at: datetime
    due_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a violation stands for an appeal. `case`: its state, None when there is none; `published_at`: when a notice
    or supplement told it as confirmed; `stages`: those reached, by PROVINCE and HQ."""

    violation_id: int
    case: str | None = None
    station: str = ""
    province: str = ""
    published_at: datetime | None = None
    stages: Mapping[str, Stage] | None = None

    def stage(self, name: str) -> Stage | None:
        return (self.stages or {}).get(name)

    def reached(self, name: str, stage: Stage) -> "Standing":
        """With this stage as it is now."""
        return replace(self, stages={**(self.stages or {}), name: stage})


def end_of_days(at: datetime, days: int) -> datetime:
    """When the given day after that of `at` is over: of Monday and 3 days Friday 00:00, an instant that is over."""
    return midnight(day_of(at) + timedelta(days=1 + days))


def province_until(published_at: datetime, now: datetime, book: Book) -> datetime:
    """When a province that says nothing to an appeal entered now has passed it on. All periods of an appeal are those
    of the edition in force at the publication."""
    return end_of_days(now, book.at(published_at).appeal_province_days)


def as_of(one: Standing, now: datetime) -> Standing:
    """With what silence has passed on by now: a period that is over is over at its instant, whenever it is noticed."""
    stage = one.stage(PROVINCE)
    if stage is None or stage.state is not S.OPEN or stage.due_at is None or now < stage.due_at:
        return one
    return passed_on(one, stage.due_at)


def passed_on(one: Standing, at: datetime) -> Standing:
    """The province's stage closed at that instant, HQ's opened."""
    stage = one.stage(PROVINCE)
    if stage is None:
        return one
    closed = one.reached(PROVINCE, replace(stage, state=S.PASSED_ON, closed_at=at))
    return closed.reached(HQ, Stage(S.OPEN, at))


def until(one: Standing, book: Book) -> datetime | None:
    """Until when the station may take its next step, exclusive: to HQ after the province upheld, else to the province.
    None before the publication."""
    if one.published_at is None:
        return None
    edition, stage = book.at(one.published_at), one.stage(PROVINCE)
    if stage is not None and stage.state is S.UPHELD and stage.closed_at is not None:
        return end_of_days(stage.closed_at, edition.appeal_hq_days)
    return end_of_days(one.published_at, edition.appeal_station_days)


def why_not(one: Standing, to: str, at: datetime, book: Book) -> Refusal | None:
    """Why the station may not appeal to that stage at `at`, by the order of REPLAY's codes; None: it may."""
    if one.case != CaseState.CONFIRMED:
        return refuse("not_confirmed")
    if one.published_at is None or at < one.published_at:
        return refuse("not_published")
    province = one.stage(PROVINCE)
    upheld = province is not None and province.state is S.UPHELD
    # While the province has it, no period of the station's own runs towards HQ.
    if to == PROVINCE or province is None or upheld:
        end = _period(one, to, book)
        if end is not None and at >= end:
            return _over(end)
    if one.stage(to) is not None:
        return refuse("already_appealed")
    if to == HQ and not (upheld and province and province.closed_at and province.closed_at <= at):
        return refuse("province_first")
    return None


def _period(one: Standing, to: str, book: Book) -> datetime | None:
    return until(one if to == HQ else replace(one, stages=None), book)


def _over(end: datetime) -> Refusal:
    day = day_of(end) - timedelta(days=1)
    return Refusal("appeal_period_over", f"申诉期已于 {day} 24:00 结束 / the period for appeals ended with {day}")


def decided(one: Standing, stage: str, decision: str) -> AppealState | Refusal:
    """The stage's state after a decision, or why it is refused."""
    found = one.stage(stage)
    if found is None or found.state is not S.OPEN:
        return refuse("no_open_appeal")
    after = step(STAGES[stage], found.state, decision)
    return refuse("not_allowed_in_state") if after is None else after


def refuse(code: str, field: str | None = None) -> Refusal:
    return Refusal(code, REFUSALS[code], field)


def own_name(appeal_id: int, number: int, content: bytes) -> str:
    """Under which a file is kept: ours, never the sender's; `number` counts the files of one appeal."""
    return sha256(f"{appeal_id}/{number}/{sha256(content).hexdigest()}".encode()).hexdigest()[:40]
