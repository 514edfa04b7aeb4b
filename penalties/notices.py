"""What a weekly notice freezes (NOTICE-1): the violations it tells, its figures, its number, and when it is due."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from basics.days import day_of, midnight, week_bounds, week_of
from basics.words import CaseState
from rulebook.book import Book

WEEK = timedelta(days=7)
CONFIRMED, OVERTURNED = CaseState.CONFIRMED.value, CaseState.OVERTURNED.value


@dataclass(frozen=True, slots=True)
class Item:
    """One decided violation of the week, as it stands when the notice is frozen. `house`: the level-1 station that
    answers for it, the station's own code for one of level 1."""

    violation_id: int
    province: str
    station: str
    name: str
    house: str
    kind: str
    state: str
    fine_fen: int
    logistics_no: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Sum:
    """How many violations a notice tells as confirmed with their fines, and how many told before as fallen."""

    confirmed: int = 0
    fines_fen: int = 0
    overturned: int = 0
    reversed_fen: int = 0

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(
            self.confirmed + other.confirmed, self.fines_fen + other.fines_fen,
            self.overturned + other.overturned, self.reversed_fen + other.reversed_fen,
        )  # fmt: skip

    @property
    def left(self) -> int:
        """Confirmed and not fallen."""
        return self.confirmed - self.overturned

    @property
    def left_fen(self) -> int:
        return self.fines_fen - self.reversed_fen


@dataclass(frozen=True, slots=True)
class Cell:
    """A frozen figure: what one station did of one kind."""

    province: str
    station: str
    name: str
    house: str
    kind: str
    sum: Sum


def freeze(items: Sequence[Item], told: Sequence[tuple[int, str]]) -> list[Item]:
    """Items that this notice adds to what earlier ones told ((violation, state), latest last).

    The first notice of a week tells every confirmed violation; a supplement what changed since: newly confirmed
    ones, and told ones that fell.
    """
    known = dict(told)
    return [
        item
        for item in items
        if known.get(item.violation_id) != item.state and (item.state == CONFIRMED or item.violation_id in known)
    ]


def figures(added: Sequence[Item], provinces: Collection[str] = ()) -> dict[str, Any]:
    """What is frozen of them, as JSON, by province, station and kind. `provinces` stand there though nothing is told
    of them. A later notice adds to it and changes nothing, so the week as it stands is the sum of its notices."""
    frozen: dict[str, dict[str, Any]] = {province: {} for province in sorted(provinces)}
    for item in added:
        station = frozen.setdefault(item.province, {}).setdefault(
            item.station, {"name": item.name, "house": item.house, "kinds": {}}
        )
        row = station["kinds"].setdefault(
            item.kind, {"confirmed": 0, "fines_fen": 0, "overturned": 0, "reversed_fen": 0}
        )
        count, fen = ("confirmed", "fines_fen") if item.state == CONFIRMED else ("overturned", "reversed_fen")
        row[count] += 1
        row[fen] += item.fine_fen
    return {"provinces": frozen, "items": len(added)}


def cells(frozen: Mapping[str, Any]) -> list[Cell]:
    """The frozen figures one by one, by province, station and kind."""
    return [
        Cell(province, code, station["name"], station["house"], kind, Sum(**row))
        for province, stations in sorted(frozen["provinces"].items())
        for code, station in sorted(stations.items())
        for kind, row in sorted(station["kinds"].items())
    ]


def as_told(items: Sequence[Item], frozen: Mapping[str, Any]) -> list[Item]:
    """Them with the province and the name that their stations had when the notice was frozen."""
    known = {code: (province, one["name"]) for province, some in frozen["provinces"].items()
             for code, one in some.items()}  # fmt: skip
    told = [(item, *known.get(item.station, (item.province, item.name))) for item in items]
    return [replace(item, province=province, name=name) for item, province, name in told]


def total(some: Sequence[Cell]) -> Sum:
    """Their sum."""
    return sum((cell.sum for cell in some), Sum())


def number_of(week: str, number: int) -> str:
    """`TB-2026-W18`, and `TB-2026-W18-1` of its first supplement."""
    return f"TB-{week}-{number}" if number else f"TB-{week}"


def last_run(now: datetime, book: Book) -> tuple[str, datetime]:
    """The last week whose notice is due by itself, and since when: Monday at the hour of the edition of that day."""
    monday, _ = week_bounds(week_of(now))
    due = monday + timedelta(minutes=book.at(monday).notice_at)
    if now < due:
        monday -= WEEK
        due = monday + timedelta(minutes=book.at(monday).notice_at)
    return week_of(monday - WEEK), due


def weeks_due(last: str, published: Collection[str], changed: Collection[str], first: str) -> list[str]:
    """The weeks up to `last` to publish for: those with decisions that nobody was told of (a supplement, if there is
    a notice), and every one without a notice since the first published or changed one, but none before `first`, the
    week in which the record begins. Before anything was ever confirmed there is no notice."""
    found = {week for week in changed if week <= last}
    at = max(first, min((*published, *found), default=last))
    while found | set(published) and at <= last:
        if at not in published:
            found.add(at)
        at = week_of(week_bounds(at)[1])
    return sorted(found)


def appeal_end(book: Book, published_at: datetime) -> datetime:
    """APPEAL-1: until when what a notice holds can be appealed, exclusive: published on Monday, the end of Thursday."""
    return midnight(day_of(published_at) + timedelta(days=1 + book.at(published_at).appeal_station_days))
