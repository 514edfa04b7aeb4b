"""What reviewers, stations, provinces and HQ do about violations, as lines of a replay file (REPLAY.md)."""

from collections.abc import Callable
from dataclasses import dataclass

from penalties.appeals import HQ, OVERTURN, PASS_ON, PROVINCE, UPHOLD
from replay.fields import BadEvent, Fields

STAGES = (PROVINCE, HQ)


@dataclass(frozen=True, slots=True)
class About:
    """A station's violations of a kind on an order."""

    logistics_no: str
    station: str
    kind: str


@dataclass(frozen=True, slots=True)
class Review:
    """What is open of these; `about` None: everything that is not likely excused."""

    about: About | None
    decision: str
    reason: str


@dataclass(frozen=True, slots=True)
class Notice:
    week: str


@dataclass(frozen=True, slots=True)
class Appeal:
    about: About
    to: str
    text: str


@dataclass(frozen=True, slots=True)
class Decide:
    about: About
    stage: str
    decision: str
    reason: str


@dataclass(frozen=True, slots=True)
class Settle:
    month: str


ActOfPeople = Review | Notice | Appeal | Decide | Settle


def _about(f: Fields) -> About:
    return About(f.text("logistics_no"), f.text("station"), f.text("kind"))


def _review(f: Fields) -> Review:
    decision, reason = f.one_of("decision", ("confirm", "dismiss")), f.text("reason", 4000)
    return Review(None if f.fields.get("all") is True else _about(f), decision, reason)


def _appeal(f: Fields) -> Appeal:
    to = PROVINCE if f.fields.get("to") is None else f.one_of("to", STAGES)
    return Appeal(_about(f), to, f.text("text", 4000))


def _decide(f: Fields) -> Decide:
    stage, decision = f.one_of("stage", STAGES), f.one_of("decision", (OVERTURN, UPHOLD, PASS_ON))
    if stage == HQ and decision == PASS_ON:
        raise BadEvent("总部终审,不能再转 / HQ decides finally: it cannot pass on")
    return Decide(_about(f), stage, decision, f.text("reason", 4000))


READERS: dict[str, Callable[[Fields], ActOfPeople]] = {
    "review": _review,
    "notice": lambda f: Notice(f.period("week")),
    "appeal": _appeal,
    "decide": _decide,
    "settle": lambda f: Settle(f.period("month")),
}
