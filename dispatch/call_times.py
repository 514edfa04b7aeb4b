"""Reads the times of calls out of what a station typed beside a failure (DO-2). Pure."""

import re
from datetime import date, datetime, time, timedelta

from basics.days import SHANGHAI, shanghai

_DAY = r"(20\d\d)[-/.](\d{1,2})[-/.](\d{1,2})"
_CALL = re.compile(rf"(?:{_DAY}[ T]+)?(?<![\d:\uff1a])(\d{{1,2}})[:\uff1a](\d\d)(?!\d)", re.ASCII)
# Who names a time like this means more than its figures: half of the day, another day, a time without a colon.
_UNCLEAR = re.compile(
    r"[午早晚夜晨昨]|前[天日]|周[一二三四五六日天末]|星期|礼拜|[\d一二两三四五六七八九十]\s*[月日号点时]|(?<![a-z])[ap]\.?m(?![a-z])"
    r"|(?<![\d:\uff1a])\d{1,2}[-/.]\d{1,2}(?![\d:\uff1a])|(?<!\d)(?:\d{8}|\d{4})\s+\d{1,2}[:\uff1a]",
    re.ASCII | re.IGNORECASE,
)


def is_unclear(text: str) -> bool:
    """Whether the words may mean other times than their figures say."""
    return _UNCLEAR.search(re.sub(_DAY, " ", text)) is not None


def call_times(text: str, failed_at: datetime) -> list[datetime]:
    """The times of calls that a station typed (DO-2), none where the words may mean other ones. A day holds for the
    times behind it; without one it is the last such time before the failure."""
    if is_unclear(text):
        return []
    base, day, found = shanghai(failed_at), None, []
    for said in _CALL.finditer(text):
        year, month, number, hour, minute = said.groups()
        try:
            day = date(int(year), int(month), int(number)) if year else day
            at = datetime.combine(day or base.date(), time(int(hour), int(minute)), SHANGHAI)
        except ValueError:
            return []
        found.append(at if day or at <= base else at - timedelta(days=1))
    return found
