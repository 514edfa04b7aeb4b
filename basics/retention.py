"""How long personal data is kept, and what stands where it was (RELIABILITY 11.3)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from basics.days import day_of, midnight

PSEUDONYM = "已去标识 / pseudonymised"


@dataclass(frozen=True, slots=True)
class Keep:
    """What an installation keeps: orders' personal fields after their end, raw messages after they came, files of an
    appeal after the final decision."""

    order_months: int = 13
    message_days: int = 90
    evidence_months: int = 12


USUAL = Keep()


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """What ended, came or was decided before these instants is let go."""

    orders: datetime
    messages: datetime
    evidence: datetime


def cutoffs(keep: Keep, now: datetime) -> Cutoffs:
    """Whole Shanghai days: what is let go in a night does not depend on the minute the job runs."""
    today = day_of(now)
    return Cutoffs(
        midnight(months_before(today, keep.order_months)),
        midnight(today - timedelta(days=keep.message_days)),
        midnight(months_before(today, keep.evidence_months)),
    )


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last: 13 months before 31 March is 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
