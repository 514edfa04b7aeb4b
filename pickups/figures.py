"""The figures of a station's day (DAY-1): each is the orders behind it, so that everybody can count again. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from json import dumps

from basics.days import midnight

Figures = Mapping[str, Collection[int]]  # name -> ids of orders; those of FAILED are told apart by their reason

FAILED = "failed:"
OF_DAY = ("received", "transferred_in", "accepted", "transferred_out", "picked_up", "withdrawn", "late")
LEFT = ("waiting", "to_pick_up", "unscanned")  # as things stand, not what happened in the day
LATEST = timedelta(days=7)  # after the day; then its sheet stays open for good
LEFTOVERS_UNTIL = timedelta(hours=10)  # of the next day: a sheet signed after that is marked as late
LONGEST_WORD = 100


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that is not what it was: orders that joined it, and orders that left it."""

    name: str
    before: int
    after: int
    joined: tuple[int, ...]
    left: tuple[int, ...]


def ordered(figures: Figures) -> dict[str, list[int]]:
    """In the order in which they are read, ids ascending, failures by reason before the withdrawals."""
    reasons = sorted(name for name in figures if name.startswith(FAILED))
    names = (*OF_DAY[:5], *reasons, *OF_DAY[5:], *LEFT)
    return {name: sorted(figures.get(name, ())) for name in names}


def digest(station: str, day: str, figures: Figures) -> str:
    """SHA-256 of what a sheet shows: the same figures have the same one, wherever they come from."""
    shown = {name: ids for name, ids in ordered(figures).items() if ids}
    text = dumps([station, day, shown], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def differences(before: Figures, after: Figures, only_day: bool = False) -> list[Difference]:
    """What changed from one to the other. `only_day`: without what is left, which changes by being done."""
    names = ordered({**before, **after})
    found = []
    for name in names:
        if only_day and name in LEFT:
            continue
        was, now = set(before.get(name, ())), set(after.get(name, ()))
        if was != now:
            found.append(Difference(name, len(was), len(now), tuple(sorted(now - was)), tuple(sorted(was - now))))
    return found


def opens_at(day: date, closes: int) -> datetime:
    """From when a day may be signed: the end of its duty (DUTY-1), `closes` in minutes of the day."""
    return midnight(day) + timedelta(minutes=closes)


def ends_at(day: date) -> datetime:
    """Until when it may be signed."""
    return midnight(day + timedelta(days=1)) + LATEST


def is_late(day: date, signed_at: datetime) -> bool:
    """Whether it was signed when the leftovers of that day should have been gone already."""
    return signed_at > midnight(day + timedelta(days=1)) + LEFTOVERS_UNTIL
