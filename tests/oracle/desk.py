"""What HQ does with suspicions: review (VIO-4)."""

from datetime import datetime

from tests.oracle.book import Book, Decision
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
