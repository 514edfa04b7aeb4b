"""The book of a replay: everything that was told, and questions answered from it from scratch."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from tests.oracle.judge import Clock, Suspicion, clocks_of, suspicions_of
from tests.oracle.network import Network
from tests.oracle.orders import Number, Order, Scan, View, view_of
from tests.oracle.words import KINDS, possible


@dataclass
class Decision:
    """What HQ decided of a suspicion; it keeps station, time and excuse of its review (fine print 6)."""

    state: str
    suspicion: Suspicion
    overturned_at: datetime | None = None


@dataclass
class Book:
    """All orders, scans, messages that wait for their order, and decisions."""

    network: Network
    kinds: tuple[str, ...] = KINDS
    detectors: bool = True  # VIO-2; without them only what a missed clock shows
    orders: dict[str, Order] = field(default_factory=dict)
    scans: list[Scan] = field(default_factory=list)
    waiting_withdrawals: dict[str, list[tuple[datetime, str, str, str]]] = field(default_factory=dict)
    waiting_numbers: dict[str, list[Number]] = field(default_factory=dict)
    decisions: dict[tuple[str, int, str], Decision] = field(default_factory=dict)
    at_end: bool = False

    def view(self, order: Order, now: datetime) -> View:
        number = order.number
        mine = [s for s in self.scans if number is not None and s.waybill_no == number.waybill_no]
        return view_of(order, self.network, mine, now, self.at_end)

    def clocks(self, order: Order, now: datetime) -> list[Clock]:
        return clocks_of(self.view(order, now), self.network, now)

    def suspicions(self, order: Order, now: datetime) -> list[Suspicion]:
        """What the facts say of an order now, decided or not."""
        view = self.view(order, now)
        others: list[View] = []
        if any(fact.reason == "customer_cancelled" for fact in order.facts):
            others = [self.view(other, now) for other in self.orders.values() if other is not order]
        found = suspicions_of(view, self.network, now, others)
        return [s for s in found if s.kind in self.kinds and (self.detectors or s.by_clock)]

    def open_suspicions(self, orders: Iterable[Order], now: datetime) -> list[tuple[Order, Suspicion]]:
        """Those that nobody has decided."""
        return [
            (order, suspicion)
            for order in orders
            for suspicion in self.suspicions(order, now)
            if (order.logistics_no, suspicion.seq, suspicion.kind) not in self.decisions
        ]

    def hear_the_news(self, now: datetime) -> None:
        """VIO-4: a confirmed violation that the facts no longer say is overturned."""
        for (logistics_no, seq, kind), decision in self.decisions.items():
            if decision.state == "confirmed":
                found = self.suspicions(self.orders[logistics_no], now)
                if not any((s.seq, s.kind) == (seq, kind) for s in found):
                    decision.state, decision.overturned_at = "overturned", now

    def number_trouble(self, order: Order | None, waybill_no: str) -> str | None:
        """WAYBILL-1: impossible, or the present number of another order."""
        if not possible(waybill_no):
            return "waybill_invalid"
        for other in self.orders.values():
            number = other.number
            if other is not order and number is not None and number.waybill_no == waybill_no:
                return "waybill_in_use"
        return None
