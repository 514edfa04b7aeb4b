"""Arranged orders: two houses close to each other for the one place of their province, and violations that come and go.

Each rivalry turns on one thing: with that thing left out, or read otherwise, the other house has the place.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.oracle.clocks import SHANGHAI
from tests.quarter.author import DAY, HOUR, MONTHS, Author
from tests.quarter.land import RIVALRY, SEESAWS
from tests.quarter.orders import DAYS, ONLINE_ORDER, SEND_EXPRESS, good, late_pickup, moment, push, scan


@dataclass(frozen=True)
class Rivalry:
    """Who earns the place of a month, and who does not."""

    month: int
    winner: str
    loser: str


def rivalries() -> list[Rivalry]:
    """All of them; the lower code comes first in RIVALRY."""
    found = []
    for (month, province), (winner, _) in CASES.items():
        pair = RIVALRY[province]
        found.append(Rivalry(month, pair[winner], pair[1 - winner]))
    return found


def arrange(author: Author, many: int) -> None:
    """Plan them all; each rival has so many good send_express orders a month."""
    for (month, province), (winner, tell) in CASES.items():
        pair = RIVALRY[province]
        for house in pair:
            for _ in range(many):
                fine(author, house, moment_inside(author, month, house))
        tell(author, month, pair[winner], pair[1 - winner])
    for house, later in zip(SEESAWS, MONTHS[1:], strict=True):
        for each in MONTHS:
            fine(author, house, moment_inside(author, each, house))
        fined_in_april(author, house)
        seesaw(author, house, later)
    for month, province in ((5, "P1"), (4, "P2")):  # after the place was earned
        earner = RIVALRY[province][CASES[month, province][0]]
        seesaw(author, earner, month, ONLINE_ORDER)


def moment_inside(author: Author, month: int, house: str) -> datetime:
    """Not at the edges of the month."""
    return moment(author, month, house).replace(day=author.rng.randint(3, 24), hour=12)


def fine(author: Author, house: str, created: datetime) -> None:
    """A send_express order without fault."""
    number, holder, waybill = push(author, house, created, SEND_EXPRESS)
    good(author, number, holder, created, waybill)


# ---- what a rivalry turns on


def by_code(_author: Author, _month: int, _winner: str, _loser: str) -> None:
    """REWARD-2: nothing but the station code."""


def first_instant(author: Author, month: int, winner: str, _loser: str) -> None:
    """SETTLE-2: one more order, of 00:00:00 of the first."""
    fine(author, winner, datetime(2026, month, 1, tzinfo=SHANGHAI))


def last_second(author: Author, month: int, winner: str, _loser: str) -> None:
    """SETTLE-2: one more order, of 23:59:59 of the last."""
    fine(author, winner, datetime(2026, month, DAYS[month], 23, 59, 59, tzinfo=SHANGHAI))


def clock_of_withdrawn(author: Author, month: int, _winner: str, loser: str) -> None:
    """REWARD-2: the accept clock was missed before the order was withdrawn."""
    created = moment_inside(author, month, loser)
    number, holder, _ = push(author, loser, created, SEND_EXPRESS)
    author.tell(created + author.minutes(40, 60), "accept", logistics_no=number, station=holder)
    when = created + author.minutes(90, 120)
    author.tell(when, "withdraw", logistics_no=number, origin="sender", reason="不想寄了", happened_at=when)
    decided(author, number, holder, "V-ACCEPT", created + 3 * DAY, "dismiss")


def clock_of_former(author: Author, month: int, _winner: str, loser: str) -> None:
    """REWARD-2: the accept clock was missed before another house got the order."""
    created = moment_inside(author, month, loser)
    number, holder, waybill = push(author, loser, created, ONLINE_ORDER)
    author.tell(created + author.minutes(40, 60), "transfer", logistics_no=number, station=holder, to="DATA_CENTRE")
    when, to = created + author.minutes(70, 90), author.rng.choice(author.land.neighbours(loser))
    author.tell(when, "dispatch", logistics_no=number, to=to, operator="HQ-1")
    good(author, number, to, when, waybill)
    decided(author, number, holder, "V-ACCEPT", created + 3 * DAY, "dismiss")


# (month, province) -> which of the two wins, and by what.
CASES: dict[tuple[int, str], tuple[int, Callable[[Author, int, str, str], None]]] = {
    (4, "P1"): (1, first_instant), (4, "P2"): (0, by_code), (5, "P1"): (1, clock_of_withdrawn),
    (5, "P2"): (1, clock_of_former), (6, "P1"): (0, by_code), (6, "P2"): (1, last_second),
}  # fmt: skip


# ---- violations that come and go


def decided(author: Author, number: str, holder: str, kind: str, when: datetime, decision: str) -> None:
    author.arranged.add(number)
    fields = {"logistics_no": number, "station": holder, "kind": kind}
    author.tell(when, "review", **fields, decision=decision, reason="逐单稽核")


def fined_in_april(author: Author, house: str) -> None:
    created = moment_inside(author, 4, house)
    number, holder, waybill = push(author, house, created, ONLINE_ORDER)
    late_pickup(author, number, holder, created, waybill)
    decided(author, number, holder, "V-PICKUP", created + 4 * DAY, "confirm")


def seesaw(author: Author, house: str, month: int, kind: str = SEND_EXPRESS) -> None:
    """SETTLE-1, VIO-4: confirmed after the first settlement of its month; the news that it was none comes after the
    second: what was posted is taken back, and posted for the third time."""
    created, first = moment_inside(author, month, house), datetime(2026, month + 1, 1, tzinfo=SHANGHAI)
    number, holder, waybill = push(author, house, created, kind)
    good(author, number, holder, created, waybill, pickup=17 * 60)
    decided(author, number, holder, "V-PICKUP", first + timedelta(days=5, hours=12), "confirm")
    scan(author, first + 25 * DAY, created + 2 * HOUR, holder, waybill)
