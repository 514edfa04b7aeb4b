"""The book of a replay: everything that was told, and questions answered from it from scratch."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.oracle.edition import Edition
from tests.oracle.judge import Clock, Suspicion, clocks_of, suspicions_of
from tests.oracle.network import Network
from tests.oracle.orders import Number, Order, Scan, View, view_of
from tests.oracle.words import KINDS, possible

Look = tuple[View, list[Clock], list[Suspicion]]
A_WEEK = timedelta(days=7)


@dataclass
class Stage:
    """One row of appeals.csv: an appeal at the province or at HQ."""

    stage: str
    opened: datetime
    state: str = "open"
    closed: datetime | None = None


@dataclass
class Decision:
    """What HQ decided of a suspicion; it keeps station, time and excuse of its review (fine print 6)."""

    state: str
    suspicion: Suspicion
    overturned_at: datetime | None = None
    published: datetime | None = None
    stages: list[Stage] = field(default_factory=list)


@dataclass(frozen=True)
class Settled:
    """One posting of a settlement; the amount is positive when the station receives."""

    month: str
    house: str
    kind: str
    n: int
    amount: int
    at: datetime
    again: bool


@dataclass
class Book:
    """All orders, scans, messages that wait for their order, decisions and settlements."""

    network: Network
    edition: Edition
    kinds: tuple[str, ...] = KINDS
    detectors: bool = True  # VIO-2; without them only what a missed clock shows
    memory: bool = True  # remember what was said of orders of which nothing was told for a week
    orders: dict[str, Order] = field(default_factory=dict)
    scans: dict[str, list[Scan]] = field(default_factory=dict)
    waiting_withdrawals: dict[str, list[tuple[datetime, str, str, str]]] = field(default_factory=dict)
    waiting_numbers: dict[str, list[Number]] = field(default_factory=dict)
    decisions: dict[tuple[str, int, str], Decision] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    settlements: list[Settled] = field(default_factory=list)
    at_end: bool = False
    by_number: dict[str, list[Order]] = field(default_factory=dict)  # every order that was ever given the number
    by_phone: dict[str, list[Order]] = field(default_factory=dict)  # every order that ever named the phone
    told: dict[str, datetime] = field(default_factory=dict)  # when something that concerns the order was last told
    resting: dict[str, Look] = field(default_factory=dict)

    def view(self, order: Order, now: datetime) -> View:
        number = order.number
        mine = self.scans.get(number.waybill_no, []) if number is not None else []
        return view_of(order, self.network, mine, now, self.at_end)

    def clocks(self, order: Order, now: datetime) -> list[Clock]:
        return clocks_of(self.view(order, now), self.network, now)

    def suspicions(self, order: Order, now: datetime) -> list[Suspicion]:
        """What the facts say of an order now, decided or not."""
        view = self.view(order, now)
        others: list[View] = []
        if any(fact.reason == "customer_cancelled" for fact in order.facts):
            same = self.by_phone.get(view.now_told.phone, [])
            others = [self.view(other, now) for other in same if other is not order]
        found = suspicions_of(view, self.network, now, others)
        return [s for s in found if s.kind in self.kinds and (self.detectors or s.by_clock)]

    def look(self, order: Order, now: datetime) -> Look:
        """View, clocks and suspicions of an order. They stand still once no clock runs and nothing was told of it
        (or of the sender's other orders) for a week: this saves a long history most of its time."""
        number = order.logistics_no
        if number in self.resting:
            return self.resting[number]
        view = self.view(order, now)
        found = view, self.clocks(order, now), self.suspicions(order, now)
        runs = view.state == "held" or any(clock.verdict == "running" for clock in found[1])
        if self.memory and not runs and self.told.get(number, now) + A_WEEK < now:
            self.resting[number] = found
        return found

    def open_suspicions(self, orders: Iterable[Order], now: datetime) -> list[tuple[Order, Suspicion]]:
        """Those that nobody has decided."""
        return [
            (order, suspicion)
            for order in orders
            for suspicion in self.look(order, now)[2]
            if (order.logistics_no, suspicion.seq, suspicion.kind) not in self.decisions
        ]

    def concerned(self, logistics_no: str, waybill_no: str) -> set[str]:
        """The orders of which a line may say something: itself, those of a scanned number, the senders' others."""
        found = [self.orders[logistics_no]] if logistics_no in self.orders else []
        found += self.by_number.get(waybill_no, [])
        phones = {content.phone for order in found for content in order.contents()}
        found += [other for phone in phones for other in self.by_phone.get(phone, [])]
        return {order.logistics_no for order in found}

    def hear_the_news(self, concerned: set[str], now: datetime) -> None:
        """VIO-4: a confirmed violation that the facts no longer say is overturned, with its open appeal."""
        for logistics_no in concerned:
            self.told[logistics_no] = now
            self.resting.pop(logistics_no, None)
        for (logistics_no, seq, kind), decision in self.decisions.items():
            if decision.state != "confirmed" or (self.memory and logistics_no not in concerned):
                continue
            found = self.suspicions(self.orders[logistics_no], now)
            if not any((s.seq, s.kind) == (seq, kind) for s in found):
                decision.state, decision.overturned_at = "overturned", now
                for stage in decision.stages:
                    if stage.state == "open":
                        stage.state, stage.closed = "overturned", now

    def number_trouble(self, order: Order | None, waybill_no: str) -> str | None:
        """WAYBILL-1: impossible, or the present number of another order."""
        if not possible(waybill_no):
            return "waybill_invalid"
        for other in self.by_number.get(waybill_no, []):
            number = other.number
            if other is not order and number is not None and number.waybill_no == waybill_no:
                return "waybill_in_use"
        return None
