"""Which decided cases are most like one (VIO-4). Pure: a distance of small whole numbers, nothing of a customer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from basics.days import parse_instant

SHOWN = 5
# What a difference costs: what speaks for the station weighs most, then what it was judged by, then where it was.
EXCUSE, OUTSIDE, CAUSE, EDITION, CHANNEL = 16, 8, 6, 4, 2
PROVINCE, HOUSE, STATION = 3, 2, 1  # farther away costs all of them
# Minutes late up to each, and how far apart two such lots are.
LATE = tuple(timedelta(minutes=up_to) for up_to in (5, 15, 60, 240, 960))
NEVER = len(LATE) + 2


@dataclass(frozen=True, slots=True)
class Likeness:
    """What is compared. `late_by` None: never done, or there was no clock; `cause` of the assignment."""

    kind: str
    excuse: str
    edition: str
    station: str
    house: str
    province: str
    channel: str
    cause: str
    outside: bool
    reason: str  # why a failure was said to be; "" of what is no failure
    late_by: timedelta | None


def distance(one: Likeness, other: Likeness) -> int | None:
    """0: alike in all. None: of another kind, which nothing makes a precedent."""
    if one.kind != other.kind:
        return None
    apart = EXCUSE * (one.excuse != other.excuse) + OUTSIDE * (one.outside != other.outside)
    apart += OUTSIDE * (one.reason != other.reason) + CAUSE * (one.cause != other.cause)
    apart += EDITION * (one.edition != other.edition) + CHANNEL * (one.channel != other.channel)
    apart += PROVINCE * (one.province != other.province) + HOUSE * (one.house != other.house)
    return apart + STATION * (one.station != other.station) + abs(_lateness(one) - _lateness(other))


def nearest(of: Likeness, decided: Iterable[tuple[int, Likeness]], most: int = SHOWN) -> list[int]:
    """Ids of those most like it, the nearest first; of two as near the one given first."""
    found = [(apart, at, id_) for at, (id_, other) in enumerate(decided) if (apart := distance(of, other)) is not None]
    return [id_ for _, _, id_ in sorted(found)[:most]]


def late_by(kind: str, evidence: Mapping[str, Any]) -> timedelta | None:
    """How long after its deadline the act came, by the evidence stored with a suspicion."""
    due, ended = _instant(evidence.get("due_at")), evidence.get("ended") or {}
    came = _instant((evidence.get("accepted_at") if kind != "V-PICKUP" else None) or ended.get("at"))
    return came - due if came and due and came > due else None


def _lateness(one: Likeness) -> int:
    if one.late_by is None:
        return NEVER
    return sum(one.late_by > up_to for up_to in LATE)


def _instant(text: str | None) -> datetime | None:
    return parse_instant(text) if text else None
