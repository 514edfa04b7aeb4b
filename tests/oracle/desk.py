"""What HQ does: review and notice; what belongs to later versions is refused."""

import re
from datetime import date, datetime, timedelta

from tests.oracle.book import Book, Decision
from tests.oracle.clocks import SHANGHAI
from tests.oracle.words import KINDS, Bad, Event, one_of, text

Answer = str | None


def review(book: Book, event: Event, at: datetime) -> Answer:
    state = {"confirm": "confirmed", "dismiss": "dismissed"}[one_of(event, "decision", ("confirm", "dismiss"))]
    text(event, "reason")
    if not isinstance(event.get("all", False), bool):
        raise Bad("all")
    if event.get("all"):
        chosen = [(o, s) for o, s in book.open_suspicions(book.orders.values(), at) if not s.excuse]
    else:
        logistics_no, station = text(event, "logistics_no"), text(event, "station")
        kind, known = one_of(event, "kind", KINDS), book.orders.get(logistics_no)
        if known is None:
            return "order_unknown"
        if station not in book.network.stations:
            return "station_unknown"
        found = book.open_suspicions([known], at)
        chosen = [(o, s) for o, s in found if (s.station, s.kind) == (station, kind)]
        if not chosen:
            return "no_open_suspicion"
    for known, s in chosen:
        book.decisions[known.logistics_no, s.seq, s.kind] = Decision(state, s)
    return None


def notice(_: Book, event: Event, at: datetime) -> Answer:
    found = re.fullmatch(r"(\d{4})-W(\d{2})", text(event, "week"))
    try:
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        monday = None
    if monday is None:
        raise Bad("week")
    over = datetime(monday.year, monday.month, monday.day, tzinfo=SHANGHAI) + timedelta(days=7)
    return None if over <= at else "week_not_over"


def unsupported(_: Book, event: Event, at: datetime) -> Answer:
    return "not_supported_yet"
