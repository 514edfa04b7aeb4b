"""A report's period as it is written, and the instants that it is. Pure."""

from datetime import UTC, date, datetime, timedelta

from basics.days import midnight, month_bounds, week_bounds
from reports.kinds import Asked, NoReport


def bounds(period: str) -> tuple[datetime, datetime]:
    """[start, end) of `2026-W19`, `2026-05`, `2026`, or `2026-05-01/2026-05-31` (both days included). NoReport."""
    try:
        first, slash, last = period.partition("/")
        if slash:
            start, end = midnight(date.fromisoformat(first)), midnight(date.fromisoformat(last) + timedelta(days=1))
        elif "W" in period:
            start, end = week_bounds(period)
        elif len(period) == 4:
            start, end = month_bounds(f"{period}-01")[0], month_bounds(f"{period}-12")[1]
        else:
            start, end = month_bounds(period)
        if start.astimezone(UTC) >= end.astimezone(UTC):  # OverflowError of the first day there is
            raise ValueError(period)
    except (ValueError, OverflowError):
        raise NoReport("period_invalid", f"期间不可识别 / no such period: {period[:40]}") from None
    return start, end


def unfrozen(asked: Asked) -> tuple[datetime, datetime]:
    """The bounds of a report that is always made as things stand. NoReport: a frozen one was asked for."""
    if asked.number not in (None, "now"):
        raise NoReport("never_frozen", "此报表不定稿,没有编号 / this report is never frozen: it has no numbers")
    start, end = bounds(asked.period)
    if start > asked.now:
        raise NoReport("period_future", "这一期还没有开始 / this period has not begun")
    return start, end
