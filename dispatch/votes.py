"""Votes of an order: this fragment of address, of this district, belongs to that station (ROUTE-4).

A transfer and a dispatch vote for the station they name, a pickup for the holder that routing chose. The votes are a
function of the order as it stands: counting an order again, or twice at once, changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from basics.words import DATA_CENTRE
from dispatch.routing import Place

# Lines of an order's log after which its votes may be others.
VOTING = frozenset({"transferred", "dispatched", "confirmed", "scanned", "withdrawn", "updated", "amended", "failed"})
# A number that is missing among the lines is one that a transaction has yet to commit, or one that rolled back. After
# an hour it rolled back: storage/session.py ends a hanging statement or transaction after two minutes.
LOST_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Stay:
    """An assignment. `returned`: it lies at the data centre because its holder asked for a former one (ROUTE-5)."""

    seq: int
    station: str
    cause: str
    started_at: datetime
    returned: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """An order: where its words and point say it is, and who held it. `picked_up_at` None: nobody picked it up."""

    order_id: int
    region: str
    place: Place
    stays: tuple[Stay, ...]
    picked_up_at: datetime | None


@dataclass(frozen=True, slots=True)
class Vote:
    """One row of `fragment_votes`. `against`: the last other station that held the order; None if there was none."""

    order_id: int
    seq: int
    region: str
    adcode: str
    fragment: str
    station: str
    against: str | None
    cause: str
    lng: float | None
    lat: float | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an order's log, as far as counting goes."""

    id: int
    order_id: int
    kind: str
    recorded_at: datetime


def votes_of(story: Story) -> list[Vote]:
    """At most one for each assignment and fragment.

    The data centre is nobody's choice. What was transferred before a station sent it back to a former holder is
    disputed and does not vote: HQ's dispatch does (ROUTE-5). Words that contradict the point vote nothing.
    """
    place = story.place
    if place.adcode is None or place.far is not None:
        return []
    disputed = max((stay.seq for stay in story.stays if stay.returned), default=0)
    votes: list[Vote] = []
    left: list[str] = []
    for stay in story.stays:
        at: datetime | None = stay.started_at
        if stay.cause == "routing":
            at = story.picked_up_at if stay is story.stays[-1] else None
        elif stay.cause == "transfer" and stay.seq < disputed:
            at = None
        if at is not None and stay.station != DATA_CENTRE:
            cause = "pickup" if stay.cause == "routing" else stay.cause
            others = [station for station in left if station != stay.station]
            against = others[-1] if others and cause != "pickup" else None
            votes += [
                Vote(story.order_id, stay.seq, story.region, place.adcode, fragment, stay.station, against, cause,
                     place.lng, place.lat, at)
                for fragment in place.fragments
            ]  # fmt: skip
        left += [] if stay.station == DATA_CENTRE else [stay.station]
    return votes


def settled(mark: int, lines: Iterable[Line], now: datetime) -> int:
    """The number up to which no line can come any more; `lines` are those after `mark`, ascending.

    Numbers are given out in turn but committed in any order (PostgreSQL). Without a gap nothing is missing; at a gap
    that may still close, the mark waits, and what lies behind is counted again next time, which changes nothing.
    """
    for line in lines:
        if line.id > mark + 1 and now - line.recorded_at < LOST_AFTER:
            break
        mark = line.id
    return mark
