"""What province, HQ and station are told of appeals. No text or reason stands in it: people wrote those (ROLE-2).
Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from basics.days import day_of
from notify.messages import HQ, PROVINCE, STATION, Message
from penalties import appeals
from penalties.appeals import AppealState

DECISIONS = {
    AppealState.OVERTURNED: ("已撤销违规", "the violation is overturned"),
    AppealState.UPHELD: ("维持", "upheld"),
    AppealState.PASSED_ON: ("已转总部", "passed on to HQ"),
}
KEY = "appeal:asked:"
BY = {appeals.PROVINCE: ("省平台", "province"), appeals.HQ: ("总部", "HQ")}


@dataclass(frozen=True, slots=True)
class About:
    """An appeal as far as it is told. `house`: whose account the fine is on."""

    appeal_id: int
    violation_id: int
    stage: str
    kind: str
    station: str
    house: str
    province: str
    logistics_no: str
    state: AppealState
    due_at: datetime | None


def key_of(appeal_id: int) -> str:
    """Of the message by which the one who decides it is told of an appeal."""
    return f"{KEY}{appeal_id}"


def entered(one: About) -> Message:
    """To whom it waits for: the province, or HQ."""
    to = (PROVINCE, one.province) if one.stage == appeals.PROVINCE else (HQ, "")
    until = f",{day_of(one.due_at)} 零点前处理 / decide before {day_of(one.due_at)} 00:00" if one.due_at else ""
    subject = f"待审申诉 {one.logistics_no} {one.kind} {one.station}"
    return Message(key_of(one.appeal_id), to, "appeal", subject, f"{subject}{until}", _link(one))


def decided(one: About) -> Sequence[Message]:
    """To the station, and to the house whose account it is."""
    said, by = DECISIONS[one.state], BY[one.stage]
    subject = f"申诉结果 {one.logistics_no} {one.kind}:{by[0]}{said[0]}"
    text = f"{subject} / appeal {one.logistics_no}: {by[1]}, {said[1]}"
    return [
        Message(f"appeal:decided:{one.appeal_id}:{code}", (STATION, code), "appeal", subject, text, _link(one))
        for code in dict.fromkeys((one.station, one.house))
    ]


def _link(one: About) -> str:
    return f"/appeals/{one.violation_id}"
