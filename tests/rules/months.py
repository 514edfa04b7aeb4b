"""Months of a network in a real database, told in few words: orders, their accept clocks and confirmed violations are
written as the engine would leave them. Times are Shanghai: `5-04` is noon of 4 May 2026, `5-04 23:59:59` its end."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection, select

from basics.days import SHANGHAI
from basics.refusal import Refusal
from basics.words import DATA_CENTRE
from geo.actions import import_stations
from geo.stations import Station
from penalties import actions as penalties
from penalties.booking.queries import balances
from penalties.lifecycle import CONFIRM, OVERTURN
from penalties.settlement import Item
from penalties.settling.actions import settle
from rulebook.book import Book
from storage.tables.dispatch import orders
from storage.tables.penalties import lines, postings
from storage.tables.sla import clocks, violations
from tests.rules.courses import BOOK

EAST, WEST = "东省", "西省"
# Edition 2017-01-01 has 200 places: of four stations in the east and one in the west 160 and 40.
STATIONS = [
    *(Station(code, f"网点{code}", 1, None, EAST, "standard", code != "D") for code in "ABCD"),
    Station("W", "网点W", 1, None, WEST, "standard", True),
    Station("A1", "承包区A1", 2, "A", EAST, "standard", True),
]


def at(text: str) -> datetime:
    """An instant of 2026."""
    day, _, clock = text.partition(" ")
    month, number = day.split("-")
    return datetime.fromisoformat(f"2026-{int(month):02d}-{number}T{clock or '12:00'}").replace(tzinfo=SHANGHAI)


class Months:
    """One connection's worth of orders and decisions."""

    def __init__(self, conn: Connection, book: Book = BOOK, stations: Sequence[Station] = STATIONS) -> None:
        self.conn, self.book = conn, book
        self._numbers = count(1)
        self._houses = {one.code: one.parent or one.code for one in stations}
        import_stations(conn, list(stations), at("1-01"))

    def order(
        self, station: str | None, created: str, kind: str = "send_express", online: bool = True,
        state: str = "picked_up", accept: str | None = "kept",
    ) -> int:  # fmt: skip
        """An order whose last holder is `station`, with the verdict of its accept clock there."""
        when, number = at(created), next(self._numbers)
        row: dict[str, Any] = {
            "region": "", "channel": "crm", "logistics_no": f"IS{number}", "business_type": kind, "online": online,
            "state": state, "station": station, "routing_cause": "area", "candidates": [], "content": {},
            "missing": [], "created_at": when, "received_at": when, "promise_at": when, "version": 1,
        }  # fmt: skip
        made = self.conn.execute(orders.insert().values(row).returning(orders.c.id)).scalar_one()
        if accept and station and station != DATA_CENTRE:
            self.clock(made, station, accept, when)
        return int(made)

    def clock(self, order: int, station: str, verdict: str, when: datetime, seq: int = 1, kind: str = "accept") -> None:
        row = {
            "order_id": order, "seq": seq, "kind": kind, "region": "", "station": station, "starts_at": when,
            "due_at": when, "verdict": verdict, "edition": "2017-01-01",
        }  # fmt: skip
        self.conn.execute(clocks.insert().values(row))

    def suspicion(self, station: str, happened: str, kind: str = "V-ACCEPT", fen: int = 10_000) -> int:
        """A violation nobody has decided, on an order of its own that counts for nobody."""
        order = self.order(DATA_CENTRE, "1-01")
        row = {
            "order_id": order, "seq": 1, "kind": kind, "region": "", "station": station,
            "house": self._houses[station], "happened_at": at(happened), "edition": "2017-01-01", "excuse": "",
            "fine_fen": fen, "evidence": {},
        }  # fmt: skip
        found = self.conn.execute(violations.insert().values(row).returning(violations.c.id)).scalar_one()
        penalties.open_cases(self.conn, [(found, "")], at(happened))
        return int(found)

    def confirm(self, *found: int, now: str) -> None:
        self.change(CONFIRM, found, now)

    def overturn(self, *found: int, now: str) -> None:
        self.change(OVERTURN, found, now)

    def change(self, act: str, found: Sequence[int], now: str) -> None:
        """Each case one step, none refused."""
        changes = [penalties.Change(one, act, at(now), "HQ", "查实") for one in found]
        assert penalties.change(self.conn, changes, at(now)) == [None] * len(found)

    def fine(self, station: str, happened: str, fen: int = 10_000, kind: str = "V-ACCEPT") -> int:
        """A violation confirmed at once."""
        found = self.suspicion(station, happened, kind, fen)
        self.confirm(found, now=happened)
        return found

    def settled(self, month: str, now: str) -> dict[tuple[str, str], int]:
        """(station, kind) -> fen that settling posted."""
        return {(one.station, one.kind): one.amount_fen for one in self.items(month, now)}

    def items(self, month: str, now: str) -> list[Item]:
        items = settle(self.conn, month, self.book, at(now))
        assert not isinstance(items, Refusal)
        return items

    def balances(self) -> dict[str, int]:
        found = balances(self.conn)
        assert sum(found.values()) == 0, "LEDGER-1"
        return found

    def book_of(self, station: str) -> list[tuple[str, int]]:
        """(key, fen) of every line of a house, in the order of posting."""
        query = (
            select(postings.c.key, lines.c.amount_fen)
            .join(lines, lines.c.posting_id == postings.c.id)
            .where(lines.c.account == station)
            .order_by(postings.c.seq)
        )
        return [(key, fen) for key, fen in self.conn.execute(query)]
