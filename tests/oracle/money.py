"""Rewards, refunds and what settling a month posts (REWARD-1, REWARD-2, REFUND-1, SETTLE-1)."""

import re
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from tests.oracle.book import Book, Settled
from tests.oracle.clocks import SHANGHAI
from tests.oracle.words import Bad, Event, text

Answer = str | None


def month_of(when: datetime) -> str:
    """SETTLE-2: the Shanghai month."""
    return f"{when.astimezone(SHANGHAI):%Y-%m}"


def shifted(month: str, by: int) -> str:
    """The month so many months later."""
    count = int(month[:4]) * 12 + int(month[5:]) - 1 + by
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def settle(book: Book, event: Event, at: datetime) -> Answer:
    """Post for every house and kind what is missing to what it should have."""
    month = text(event, "month")
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", month) or month < "0001-01":
        raise Bad("month")
    if month >= month_of(at):
        return "month_not_over"
    again = month in book.settled
    book.settled.add(month)
    for (house, kind), wanted in due(book, month, at).items():
        before = [s for s in book.settlements if (s.month, s.house, s.kind) == (month, house, kind)]
        missing = wanted - sum(s.amount for s in before)
        if missing:
            book.settlements.append(Settled(month, house, kind, len(before) + 1, missing, at, again))
    return None


@dataclass
class Tally:
    """What a house did with the orders of a month."""

    send_express: int = 0
    online: int = 0
    kept: int = 0
    missed: int = 0

    @property
    def in_time(self) -> Fraction:
        clocks = self.kept + self.missed
        return Fraction(self.kept, clocks) if clocks else Fraction(1)


def tallies(book: Book, month: str, at: datetime) -> dict[str, Tally]:
    """By level-1 station, over the orders created in the month."""
    found = {station.code: Tally() for station in book.network.stations.values() if station.level == 1}
    for order in book.orders.values():
        if month_of(order.created) != month:
            continue
        view, clocks, _ = book.look(order, at)
        house = book.network.house(view.station)
        if house and view.state != "withdrawn":
            found[house].send_express += order.first.business_type == "send_express"
            found[house].online += bool(order.first.raw["online"])
        for clock in clocks:
            if clock.kind == "accept":
                found[book.network.house(clock.station)].kept += clock.verdict == "kept"
                found[book.network.house(clock.station)].missed += clock.verdict == "missed"
    return found


def fines(book: Book, house: str, month: str) -> int:
    """What the house is fined for the month, as decided now."""
    return sum(
        book.edition.fines[kind]
        for (_, _, kind), d in book.decisions.items()
        if d.state == "confirmed"
        and book.network.house(d.suspicion.station) == house
        and month_of(d.suspicion.happened) == month
    )


def places(book: Book) -> dict[str, int]:
    """REWARD-1: places of each province, halves up."""
    level_1 = [station for station in book.network.stations.values() if station.level == 1]
    found = {}
    for province in {station.province for station in level_1}:
        mine = len([station for station in level_1 if station.province == province])
        share = Fraction(book.edition.places * mine, len(level_1))
        found[province] = int(share + Fraction(1, 2))
    return found


def due(book: Book, month: str, at: datetime) -> dict[tuple[str, str], int]:
    """(house, kind) -> fen that the house should have for the month, as things stand."""
    tally = tallies(book, month, at)
    found: dict[tuple[str, str], int] = {}
    for province, count in places(book).items():
        mine = [h for h in tally if book.network.stations[h].province == province]
        able = [h for h in mine if tally[h].send_express and not fines(book, h, month)]
        able.sort(key=lambda h: (-tally[h].send_express, -tally[h].in_time, h))
        for house in mine:
            found[house, "reward"] = book.edition.reward if house in able[:count] else 0
    for house in tally:
        clean = not fines(book, house, month)
        earned = clean and tally[house].online > 0
        last, last_but_one = fines(book, house, shifted(month, -1)), fines(book, house, shifted(month, -2))
        found[house, "refund_1"] = first_part(book, last) if earned else 0
        # REFUND-1: a violation in between ended it; a month without online orders in between did not
        rest = last_but_one - first_part(book, last_but_one)
        found[house, "refund_2"] = rest if earned and not last else 0
    return found


def first_part(book: Book, fen: int) -> int:
    """60 % of a month's fines, rounded down to the fen."""
    return fen * book.edition.percent // 100
