"""Shanghai days, weeks and months. The offset is fixed: the zone's summer times of 1986-91 must move no deadline."""

from datetime import UTC, date, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
SECOND = timedelta(seconds=1)


def shanghai(at: datetime) -> datetime:
    """The same instant on a Shanghai clock."""
    return at.astimezone(SHANGHAI)


def day_of(at: datetime) -> date:
    """The Shanghai calendar day that holds `at`."""
    return at.astimezone(SHANGHAI).date()


def midnight(day: date) -> datetime:
    """00:00 of a Shanghai day."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def week_of(at: datetime) -> str:
    """ISO week of the Shanghai day, `2026-W18` (SETTLE-2: Monday 00:00 to Monday 00:00)."""
    year, week, _ = day_of(at).isocalendar()
    return f"{year}-W{week:02d}"


def month_of(at: datetime) -> str:
    """Shanghai month, `2026-05`."""
    return day_of(at).strftime("%Y-%m")


def _plausible(year: str) -> int:
    if not 1900 <= int(year) <= 2999:
        raise ValueError(f"no plausible year: {year}")
    return int(year)


def week_bounds(week: str) -> tuple[datetime, datetime]:
    """Start and end (exclusive) of `2026-W18`. ValueError when there is no such week."""
    year, sep, number = week.partition("-W")
    if not (sep and len(year) == 4 and len(number) == 2 and year.isascii() and (year + number).isdigit()):
        raise ValueError(f"not an ISO week: {week!r}")
    start = date.fromisocalendar(_plausible(year), int(number), 1)
    return midnight(start), midnight(start + timedelta(days=7))


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """Start and end (exclusive) of `2026-05`. ValueError when there is no such month."""
    year, sep, number = month.partition("-")
    if not (sep and len(year) == 4 and len(number) == 2 and year.isascii() and (year + number).isdigit()):
        raise ValueError(f"not a month: {month!r}")
    start = date(_plausible(year), int(number), 1)
    after = date(start.year + start.month // 12, start.month % 12 + 1, 1)
    return midnight(start), midnight(after)


def iso(at: datetime | None) -> str:
    """ISO 8601 at +08:00, cut (not rounded) to the second; empty for none."""
    return "" if at is None else at.astimezone(SHANGHAI).replace(microsecond=0).isoformat()


def parse_instant(text: str) -> datetime:
    """ISO 8601 with an offset, as UTC. ValueError otherwise: an instant without offset is nobody's.

    Years outside 1900-2999 are refused too: they are slips, and a deadline after them may not be a date at all.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"no offset: {text!r}")
    if not 1900 <= at.year <= 2999:
        raise ValueError(f"no plausible year: {text!r}")
    return at.astimezone(UTC)
