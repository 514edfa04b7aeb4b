"""The same small network in a real database: items go through the one conductor, and the clock through the sweep."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from channels.messages import OrderPush
from dispatch import actions as dispatch
from dispatch.batch import World
from dispatch.facts import Accept, Item, Target
from geo.actions import import_stations
from penalties import actions as penalties
from rulebook.book import Book
from storage.tables.dispatch import orders
from storage.tables.penalties import cases, lines, postings
from storage.tables.sla import violations
from tests.rules.courses import BOOK, t
from tests.rules.stage import NETWORK, STATIONS, content


def pushed(no: str = "LP1", created: str = "5 10:00", **more: Any) -> OrderPush:
    return OrderPush("cainiao", no, t(created), content(**more))


def accepts(no: str = "LP1", station: str = "A") -> Accept:
    return Accept(Target(no), station)


class Scene:
    """One connection's worth of history."""

    def __init__(self, conn: Connection, book: Book = BOOK) -> None:
        self.conn = conn
        self.world = World(NETWORK, book)

    def stations(self) -> "Scene":
        """Notices and reports read the stations from their table."""
        import_stations(self.conn, STATIONS, t("1 00:00"))
        return self

    def tell(self, at: str, *whats: Any) -> list[str | None]:
        """Codes of the refusals; all of one instant, in one batch."""
        return self.tell_all([(at, what) for what in whats])

    def tell_all(self, told: Iterable[tuple[str, Any]]) -> list[str | None]:
        """The same for many instants, ascending, still in one batch."""
        answers = dispatch.conduct(self.conn, [Item(t(at), what, "tester") for at, what in told], self.world)
        return [answer.code if answer else None for answer in answers]

    def sweep(self, now: str) -> None:
        while dispatch.sweep(self.conn, self.world, t(now)):
            pass

    def suspicions(self, *states: str) -> dict[str, int]:
        """`LP1:seq:kind` of the violations in these states (suspected by default), with their ids."""
        query = (
            select(orders.c.logistics_no, violations.c.seq, violations.c.kind, violations.c.id)
            .join(violations, violations.c.order_id == orders.c.id)
            .join(cases, cases.c.violation_id == violations.c.id)
            .where(cases.c.state.in_(states or ("suspected",)))
        )
        return {f"{no}:{seq}:{kind}": found for no, seq, kind, found in self.conn.execute(query)}

    def review(self, at: str, act: str, ids: Iterable[int]) -> list[str | None]:
        changes = [penalties.Change(one, act, t(at), "HQ", "查实") for one in ids]
        return [answer.code if answer else None for answer in penalties.change(self.conn, changes, t(at))]

    def ledger(self) -> list[tuple[str, str, int, datetime]]:
        """(key, account, fen, happened_at) of every line, as posted."""
        query = (
            select(postings.c.key, lines.c.account, lines.c.amount_fen, postings.c.happened_at)
            .join(lines, lines.c.posting_id == postings.c.id)
            .order_by(postings.c.id, lines.c.amount_fen.desc())
        )
        return [tuple(row) for row in self.conn.execute(query)]
