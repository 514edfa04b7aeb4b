"""Where a part of the archive lies, and which stretches of a period it can answer for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import quote

from basics.days import month_bounds, month_of
from reports.facts.frames import AT, FRAMES

FORM = 1  # raised whenever the same rows of the database give other facts than before
NOWHERE = "无省份"  # the folder of rows without a province
SCANS = "scans"  # in the mark of orders' parts: how many scans their un-scanned orders have all the same
LONGEST = 120  # bytes of a folder's name; a file system takes 255
Mark = dict[str, Any]
_MOMENT = timedelta(microseconds=1)

# What tells the rows of a frame apart: parts are sorted by its instant and these, so the same rows give the same file.
_KEYS = {
    "orders": ("order_id",), "clocks": ("order_id", "seq", "kind"), "holdings": ("order_id", "seq"),
    "violations": ("violation_id",), "money": ("posting_id", "station"), "failures": ("order_id", "stage", "reason"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One file: the facts of a frame of a month and a province. `path` is under the archive's folder."""

    month: str
    frame: str
    province: str
    path: str
    rows: int
    size: int
    digest: str
    mark: Mark


class Stretch(NamedTuple):
    """A piece of a period: of an archived month, or (None) of what must come from the database."""

    month: str | None
    start: datetime | None
    end: datetime | None


def form() -> str:
    """A name of the frames' schemas: facts archived in another form are not read."""
    return sha256(f"{FORM} {FRAMES} {AT}".encode()).hexdigest()[:12]


def order_of(frame: str) -> list[str]:
    """By what its parts are sorted. The first one lets a reader skip row groups outside its period."""
    return [AT[frame], *_KEYS[frame]]


def folder_of(frame: str, month: str, province: str) -> str:
    """`orders/month=2026-05/province=浙江省`. Signs that a folder's name cannot hold are spelled %2F."""
    name = "".join(one if one.isalpha() or one.isdigit() else quote(one, safe="-_") for one in province)
    if len(name.encode()) > LONGEST:
        name = f"{name.encode()[:LONGEST].decode(errors='ignore')}-{sha256(province.encode()).hexdigest()[:8]}"
    return f"{frame}/month={month}/province={name or NOWHERE}"


def path_of(frame: str, month: str, province: str, digest: str) -> str:
    """The file's name says its content: one archived again lies beside the one before until that is let go."""
    return f"{folder_of(frame, month, province)}/part-{digest[:16]}.parquet"


def months_of(start: datetime, end: datetime) -> list[str]:
    """Every month that [start, end) touches; none of an empty period."""
    found, at = [], start
    while at < end:
        found.append(month_of(at))
        at = month_bounds(found[-1])[1]
    return found


def stretches(start: datetime | None, end: datetime | None, archived: Iterable[str]) -> list[Stretch]:
    """The period in pieces, in order: each archived month's share of it, and what lies between, before and after.

    Instants that the period leaves open stay open: before the first archived month and after the last one.
    """
    found: list[Stretch] = []
    at = start
    for month in sorted(archived):
        first, after = month_bounds(month)
        if (start is not None and after <= start) or (end is not None and first >= end):
            continue
        begins = first if start is None or start < first else start
        ends = after if end is None or end > after else end
        if at is None or at < begins:
            found.append(Stretch(None, at, begins))
        found.append(Stretch(month, begins, ends))
        at = ends
    if end is None or at is None or at < end:
        found.append(Stretch(None, at, end))
    return found


def is_whole(stretch: Stretch) -> bool:
    """Whether it is a month from its first instant to its last."""
    return stretch.month is not None and (stretch.start, stretch.end) == month_bounds(stretch.month)


def touched(created: Sequence[datetime], month: str) -> list[str]:
    """The months in which orders were created that have facts in this one; it, the one before and all between."""
    start, end = month_bounds(month)
    first, last = min([*created, start - _MOMENT]), max([*created, end - _MOMENT])
    return months_of(first, last + _MOMENT)


def shared(mark: Mark) -> Mark:
    """What a mark says of the month, the same in all its parts."""
    return {name: value for name, value in mark.items() if name != SCANS}


def by_month(parts: Iterable[Part]) -> Mapping[str, list[Part]]:
    """The parts of each month."""
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(part.month, []).append(part)
    return found
