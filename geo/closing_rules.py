"""Whether a closure may be asked for and granted (ROUTE-6). Reading: the start itself is still *beforehand*."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from unicodedata import category

from basics.refusal import Refusal
from geo.stations import Closure

REASON_LIMIT = NOTE_LIMIT = 500
MOST_AHEAD = timedelta(days=90)

_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and a symbol that draw nothing

State = Literal["asked", "granted", "declined", "taken_back"]

WORDS = {
    "closure_unknown": "没有这个停业申请 / no such request",
    "reason_required": "请填写停业原因 / a reason is required",
    "note_required": "驳回须写明理由 / declining needs a reason",
    "time_invalid": "请填写日期和时间 / a date and a time, please",
    "closure_empty": "结束须晚于开始 / the end must be after the start",
    "closure_began": "开始时间已过,只能事先批准;请网点按新的时间重新申请 / "
    "it has begun: closures are granted beforehand only, ask anew with a later start",
    "closure_too_far": f"最多申请 {MOST_AHEAD.days} 天以内 / at most {MOST_AHEAD.days} days ahead",
    "closure_overlaps": "与已申请或已批准的停业重叠 / it overlaps a closure that is asked for or granted",
    "closure_decided": "该申请已有结果 / it is decided already",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a station wants: closed while `start` <= at < `end`."""

    station: str
    start: datetime
    end: datetime
    reason: str

    def overlaps(self, other: Closure) -> bool:
        """Touching is no overlap: both are half-open."""
        return self.station == other.station and self.start < other.end and other.start < self.end


def refuse(code: str, field: str | None = None, detail: str = "") -> Refusal:
    """The refusal of that code; `detail` stands behind its words."""
    return Refusal(code, WORDS[code] + (f": {detail}" if detail else ""), field)


def refuse_ask(asked: Asked, standing: Iterable[Closure], now: datetime) -> Refusal | None:
    """Why it cannot be asked for. `standing`: what the station asked for that can still be granted, or was granted."""
    if not _shows(asked.reason):
        return refuse("reason_required", "reason")
    if asked.end <= asked.start:
        return refuse("closure_empty", "end")
    if began(asked.start, now):
        return refuse("closure_began", "start")
    if asked.end > now + MOST_AHEAD:
        return refuse("closure_too_far", "end")
    if any(asked.overlaps(one) for one in standing):
        return refuse("closure_overlaps", "start")
    return None


def refuse_decision(state: str, start: datetime, granted: bool, note: str, now: datetime) -> Refusal | None:
    """Why HQ cannot decide so. Declining is possible at any time: nothing changes by it."""
    if state != "asked":
        return refuse("closure_decided")
    if granted and began(start, now):
        return refuse("closure_began")
    if not granted and not _shows(note):
        return refuse("note_required", "note")
    return None


def _shows(text: str) -> bool:
    """Whether at least one character of it can be seen: marks, blanks and what steers the drawing are no reason."""
    return any(category(one)[0] in "LNPS" and one not in _BLANK_LETTERS for one in text)


def began(start: datetime, now: datetime) -> bool:
    """At the start itself no closed minute has passed: that is still beforehand."""
    return now > start
