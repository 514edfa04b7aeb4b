"""What a form or an address may hold, read strictly: what does not fit is a problem naming the field."""

import re
from datetime import datetime, timedelta

from flask import request

from basics.days import iso, midnight, parse_instant
from basics.text import TextError, clean
from dispatch.lists.queries import MOST_NUMBERS, Cursor, Filters
from web.errors import FieldError, Problem

BIGGEST_ID = 2**63 - 1
ORDER = f"/orders/<int(max={BIGGEST_ID}):order_id>"  # a larger number is no order, and no error of the database
MOST_PICKED = 1_000
LONGEST_RANGE = timedelta(days=93)
_ID = re.compile(r"[0-9]{1,18}", re.ASCII)
_DAY = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}", re.ASCII)
_BETWEEN_NUMBERS = re.compile(r"[\s,;,;、]+")


def invalid(field: str, code: str, detail: str = "") -> Problem:
    """422 for one field."""
    return Problem("invalid", detail, errors=(FieldError(field, code),))


def text(name: str, limit: int) -> str:
    """A form field without blanks around it; empty when it is not there."""
    try:
        return clean(request.form.get(name, ""), limit).strip()
    except TextError as error:
        raise invalid(name, error.code) from None


def argument(name: str, limit: int) -> str:
    """A word of the address without blanks around it; empty when it is not there."""
    try:
        return clean(request.args.get(name, ""), limit).strip()
    except TextError as error:
        raise invalid(name, error.code) from None


def ids(name: str) -> list[int]:
    """The picked rows, each once, in the order of the page; at most 1,000."""
    given = request.form.getlist(name)
    if len(given) > MOST_PICKED:
        raise invalid(name, "too_many", f"一次最多处理 {MOST_PICKED} 项 / At most {MOST_PICKED} at a time")
    for one in given:
        if not _ID.fullmatch(one):
            raise invalid(name, "number_invalid")
    return list(dict.fromkeys(int(one) for one in given))


def picked(name: str) -> list[int]:
    """The rows that are meant: that of the row's own button, field `one`, alone; else the ticked ones.

    An empty `one` comes from the button that Enter presses (`enter` of _macros.html): it means no row.
    """
    one = request.form.get("one")
    return ids(name) if one is None else ids("one") if one else []


def choice(name: str, among: frozenset[str] | set[str] | tuple[str, ...]) -> str:
    """An argument of the address out of a list; empty when it is not there."""
    given = request.args.get(name, "")
    if given and given not in among:
        raise invalid(name, "unknown")
    return given


def numbers(pasted: str) -> list[str]:
    """DO-7: a pasted list of logistics or waybill numbers, each once; at most 1,000."""
    try:
        lines = clean(pasted.replace("\r", "\n"), 100_000)  # a browser sends the lines of a text area with both
        found = list(dict.fromkeys(one for one in _BETWEEN_NUMBERS.split(lines) if one))
    except TextError as error:
        raise invalid("q", error.code) from None
    if len(found) > MOST_NUMBERS:
        raise invalid("q", "too_many_numbers", f"一次最多查询 {MOST_NUMBERS} 个单号 / At most {MOST_NUMBERS} numbers")
    if any(len(one) > 64 for one in found):
        raise invalid("q", "text_too_long")
    return found


def day(name: str) -> datetime | None:
    """The Shanghai midnight that begins a day of the address, `2026-11-22`."""
    given = request.args.get(name, "")
    if not given:
        return None
    if not _DAY.fullmatch(given):
        raise invalid(name, "day_invalid")
    try:
        return midnight(datetime.strptime(given, "%Y-%m-%d").date())  # noqa: DTZ007
    except ValueError:
        raise invalid(name, "day_invalid") from None


def cursor() -> Cursor | None:
    """Where the page begins: `after=<instant>~<id>`, as `cursor_text` wrote it."""
    given = request.args.get("after", "")
    if not given:
        return None
    at, _, last = given.rpartition("~")
    try:
        if _ID.fullmatch(last):
            return parse_instant(at), int(last)
    except (ValueError, OverflowError):
        pass
    raise invalid("after", "cursor_invalid")


def cursor_text(following: Cursor | None) -> str:
    """The cursor for an address, to the microsecond; empty for none."""
    return "" if following is None else f"{following[0].isoformat()}~{following[1]}"


def list_filters(channels: tuple[str, ...], types: tuple[str, ...]) -> Filters:
    """CHAN-2: what every list filters by."""
    online = choice("online", ("1", "0"))
    return Filters(
        channel=choice("channel", channels),
        business_type=choice("type", types),
        online=None if not online else online == "1",
        adcode=_district(),
    )


def _district() -> str:
    given = argument("district", 12)
    if given and not _ID.fullmatch(given):
        raise invalid("district", "number_invalid")
    return given


def period(start: datetime | None, until: datetime | None) -> None:
    """B-107: a range that ends before it starts or is longer than 93 days is refused. `until` is exclusive."""
    if start is None or until is None:
        return
    if until <= start:
        raise invalid("until", "range_empty", "结束日期早于开始日期 / The range ends before it starts")
    if until - start > LONGEST_RANGE:
        raise invalid("until", "range_too_wide", f"最多查询 93 天 / At most 93 days (from {iso(start)[:10]})")
