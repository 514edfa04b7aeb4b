"""Reasons counted against the neighbours', and how sure it is that a station's reasons are not true. Pure.

Only evidence counts. An unusual use is shown, and moves nobody: a station at a gated zone cannot enter more often.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor, sqrt

from dispatch.call_times import call_times, is_unclear
from reports.paper.document import Share

CHANNEL, AGAIN, INSIDE, NO_CALL = "channel", "again", "inside", "no_call"
AGAINST = (CHANNEL, AGAIN, INSIDE, NO_CALL)
# In the evidence of V-FALSE-FAIL (sla/truth.py) each is a key.
_EVIDENCE = {"channel_said": CHANNEL, "again": AGAIN, "inside": INSIDE}
LEAST = 3  # contradicted failures without which no station is marked
MARKED_FROM = 1_000  # of BASIS: the lower bound from which on one is
BASIS = 10_000
UNUSUAL_FROM = 5  # uses of a reason without which nothing is called unusual
_Z = 1.96  # 95 %, both sides
Key = tuple[str, ...]  # a station or what it is part of, then what is counted


@dataclass(frozen=True, slots=True)
class Station:
    """`house`: the level-1 station that answers for it, itself if it is one."""

    code: str
    name: str
    house: str
    province: str


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure that stands. `against`: what contradicts its reason, of AGAINST."""

    station: str
    stage: str
    reason: str
    against: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Claim:
    """A failure whose reason says that the sender was called (DO-2). `called`: calls in the order's log. `typed` None:
    what was written is not kept any more."""

    created_at: datetime
    failed_at: datetime
    typed: str | None
    called: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """A reason at a stage: how often, of how many assignments or acceptances; `others`: the same of the neighbours."""

    station: str
    stage: str
    reason: str
    own: Share
    others: Share
    against: Mapping[str, int]
    contradicted: int

    @property
    def unusual(self) -> bool:
        """Used more than by the neighbours, and not by chance."""
        enough = self.own.part >= UNUSUAL_FROM and self.others.of > 0
        return enough and lower_bound(self.own) * self.others.of > BASIS * self.others.part


@dataclass(frozen=True, slots=True)
class Standing:
    """A station in the ranked list. `least`: the lower bound of its contradicted share, of BASIS."""

    station: Station
    failures: int
    contradicted: int
    against: Mapping[str, int]
    least: int
    uses: tuple[Use, ...]

    @property
    def marked(self) -> bool:
        """Whether the evidence is enough to look at it."""
        return self.contradicted >= LEAST and self.least >= MARKED_FROM


def lower_bound(share: Share) -> int:
    """Wilson's lower bound at 95 % of a share, of BASIS, rounded down: what is at least so, few cases considered.

    3 of 4 is 30 %, 30 of 40 is 59 %; none of any number is 0, and so is nothing of nothing.
    """
    part, of = share
    if part <= 0 or of <= 0:
        return 0
    z2 = _Z * _Z
    low = (part + z2 / 2 - _Z * sqrt(part * (of - part) / of + z2 / 4)) / (of + z2)
    return max(0, floor(low * BASIS))


def of_evidence(keys: Iterable[str]) -> frozenset[str]:
    """What a suspicion's evidence holds against a reason."""
    return frozenset(_EVIDENCE[key] for key in keys if key in _EVIDENCE)


def no_call(claim: Claim) -> bool:
    """Whether no call can have been made: none in the log, and what was typed names no time, or only times before the
    order was created or after the failure. What cannot be read speaks for the station."""
    since, until = _minute(claim.created_at), claim.failed_at
    if any(claim.created_at <= at <= until for at in claim.called) or claim.typed is None or is_unclear(claim.typed):
        return False
    return not any(since <= at <= until for at in call_times(claim.typed, claim.failed_at))


def standings(stations: Collection[Station], failures: Iterable[Failure], bases: Mapping[Key, int]) -> list[Standing]:
    """Stations that failed anything, the surest untruth first. `bases`: (station, stage) -> assignments (accept) or
    acceptances (pickup). Neighbours are the stations of the same province that are of another house."""
    known = {one.code: one for one in stations}
    uses, against, contradicted = (Counter[Key]() for _ in range(3))
    for one in failures:
        if one.station not in known:
            continue
        used = (one.station, one.stage, one.reason)
        uses[used] += 1
        contradicted[used] += bool(one.against)
        for what in one.against:
            against[(*used, what)] += 1
    area_uses, house_uses = _sums(uses, known)
    area_bases, house_bases = _sums(bases, known)
    found: dict[str, list[Use]] = {}
    for code, stage, reason in sorted(uses):
        key = (code, stage, reason)
        at = known[code]
        others = Share(
            area_uses[(at.province, stage, reason)] - house_uses[(at.house, stage, reason)],
            area_bases[(at.province, stage)] - house_bases[(at.house, stage)],
        )
        said = {what: against[(*key, what)] for what in AGAINST}
        own = Share(uses[key], bases.get((code, stage), 0))
        found.setdefault(code, []).append(Use(code, stage, reason, own, others, said, contradicted[key]))
    ranked = [_standing(known[code], tuple(own)) for code, own in found.items()]
    return sorted(ranked, key=lambda one: (-one.least, -one.contradicted, -one.failures, one.station.code))


def _standing(station: Station, uses: tuple[Use, ...]) -> Standing:
    failures, wrong = sum(one.own.part for one in uses), sum(one.contradicted for one in uses)
    against = {what: sum(one.against[what] for one in uses) for what in AGAINST}
    return Standing(station, failures, wrong, against, lower_bound(Share(wrong, failures)), uses)


def _sums(of: Mapping[Key, int], known: Mapping[str, Station]) -> tuple[Counter[Key], Counter[Key]]:
    """By province and by house instead of station, the rest of the key as it is."""
    area, house = Counter[Key](), Counter[Key]()
    for (code, *rest), count in of.items():
        if code in known:
            area[(known[code].province, *rest)] += count
            house[(known[code].house, *rest)] += count
    return area, house


def _minute(at: datetime) -> datetime:
    """A typed time has no seconds."""
    return at - timedelta(seconds=at.second, microseconds=at.microsecond)
