"""A small network and one batch in memory: whole lives of orders without a database, told in few words.

Times are those of `courses.t`; whatever is not said is a plain order that lies with station A.
"""

from typing import Any

from shapely import box

from basics.days import iso
from basics.refusal import Refusal
from basics.words import DATA_CENTRE
from channels.messages import OrderPush, Scan, WaybillTold, Withdrawal
from dispatch.actions import HANDLERS
from dispatch.batch import Batch, World
from dispatch.course import judge
from dispatch.facts import Accept, Confirm, Dispatch, Fail, HandleWithdrawal, Item, SupplyWaybill, Target, Transfer
from dispatch.facts_of_life import View
from dispatch.intake import take
from dispatch.life import Life
from dispatch.routing import choose
from geo.areas import Area
from geo.network import Network
from geo.stations import Closure, Station
from rulebook.book import Book
from tests.rules.courses import BOOK, t

# A with its contracted areas A1 and A2 (which has no area of its own), B and C; N accepts nothing.
STATIONS = [
    Station("A", "甲网点", 1, None, "浙江省", "standard", True),
    Station("A1", "甲一承包区", 2, "A", "浙江省", "standard", True),
    Station("A2", "甲二承包区", 2, "A", "浙江省", "standard", True),
    Station("B", "乙网点", 1, None, "江苏省", "standard", True),
    Station("C", "丙网点", 1, None, "江苏省", "standard", True),
    Station("N", "丁网点", 1, None, "江苏省", "standard", False),
]
AREAS = [
    Area("A", box(120.0, 30.0, 120.2, 30.2)),
    Area("A1", box(120.1, 30.0, 120.2, 30.2)),
    Area("B", box(120.3, 30.0, 120.5, 30.2)),
    Area("C", box(120.5, 30.0, 120.7, 30.2)),
]
IN_A, IN_A1, IN_B, IN_C, NOWHERE = (120.05, 30.1), (120.15, 30.1), (120.4, 30.1), (120.6, 30.1), (121.5, 31.5)
CLOSED = ("5 15:00", "5 16:00")
NETWORK = Network(STATIONS, AREAS, [("330102", "A"), ("330103", "B")], [Closure("C", t(CLOSED[0]), t(CLOSED[1]))])

NUMBER, OTHER, THIRD = "55000000000017", "55000000000025", "55000000000033"


def content(where: tuple[float, float] | None = IN_A, **more: Any) -> dict[str, Any]:
    """What a push says: a complete online order without a number; None leaves a key out."""
    plain: dict[str, Any] = {
        "business_type": "online_order", "online": True, "datum": "GCJ-02", "sender": {"phone": "13800000000"},
    }  # fmt: skip
    if where is not None:
        plain |= {"lng": where[0], "lat": where[1]}
    return {key: value for key, value in (plain | more).items() if value is not None}


class Stage:
    """Takes messages and acts one after the other, as `conduct` does; each answers its refusal's code, or None."""

    def __init__(self, book: Book = BOOK, network: Network = NETWORK) -> None:
        self.world = World(network, book)
        self.batch = Batch(self.world)

    def tell(self, at: str, what: Any) -> str | None:
        item = Item(t(at), what, "tester")
        answer: Refusal | None
        if isinstance(what, OrderPush):
            known = (what.channel, what.logistics_no) in self.batch.lives
            starts = item.at if known else min(what.created_at, item.at)
            self.batch.routes[0] = choose([self.batch.read(what.content, starts)], self.world.network, [starts])[0]
            answer = take(self.batch, item, 0)
        else:
            answer = HANDLERS[type(what)](self.batch, item)
        return answer.code if answer else None

    # ---- messages

    def push(
        self, at: str = "5 10:00", no: str = "LP1", *, channel: str = "cainiao", created: str | None = None,
        where: tuple[float, float] | None = IN_A, **more: Any,
    ) -> str | None:  # fmt: skip
        return self.tell(at, OrderPush(channel, no, t(created or at), content(where, **more)))

    def withdraw(
        self, at: str, made: str | None = None, no: str = "LP1", origin: str = "sender", station: str | None = None
    ) -> str | None:
        return self.tell(at, Withdrawal("", no, origin, "不寄了", t(made or at), station))

    def number(self, at: str, number: str = NUMBER, made: str | None = None, no: str = "LP1") -> str | None:
        """The channel's number."""
        return self.tell(at, WaybillTold("", no, number, t(made or at)))

    def scan(self, at: str, number: str = NUMBER, station: str = "A", made: str | None = None) -> str | None:
        return self.tell(at, Scan(number, station, t(made or at)))

    # ---- acts

    def accept(self, at: str, station: str = "A", no: str = "LP1") -> str | None:
        return self.tell(at, Accept(Target(no), station))

    def fail(
        self, at: str, stage: str = "accept", reason: str = "duplicate", station: str = "A", no: str = "LP1"
    ) -> str | None:
        return self.tell(at, Fail(Target(no), station, stage, reason))

    def transfer(self, at: str, to: str = "B", station: str = "A", no: str = "LP1") -> str | None:
        return self.tell(at, Transfer(Target(no), station, to))

    def dispatch(self, at: str, to: str = "B", no: str = "LP1") -> str | None:
        return self.tell(at, Dispatch(Target(no), to, "hq"))

    def confirm(self, at: str, number: str | None = NUMBER, station: str = "A", no: str = "LP1") -> str | None:
        return self.tell(at, Confirm(Target(no), station, number))

    def supply(self, at: str, number: str = NUMBER, station: str = "A", no: str = "LP1") -> str | None:
        """A station types or corrects the number."""
        return self.tell(at, SupplyWaybill(Target(no), station, number))

    def handle(self, at: str, station: str = "A", no: str = "LP1") -> str | None:
        return self.tell(at, HandleWithdrawal(Target(no), station))

    # ---- what came of it

    def life(self, no: str = "LP1") -> Life:
        [life] = self.batch.by_number[no]
        return life

    def view(self, no: str = "LP1") -> View:
        return self.life(no).view()

    def state(self, no: str = "LP1") -> str:
        return self.view(no).state.value

    def holders(self, no: str = "LP1") -> list[tuple[str, str]]:
        """(station, cause) of every assignment, the data centre as `HQ`."""
        return [("HQ" if a.station == DATA_CENTRE else a.station, a.cause) for a in self.view(no).assignments]

    def picked_up_at(self, now: str = "31 12:00", no: str = "LP1") -> str:
        return iso(self.life(no).picked_up_at(t(now)))

    def clocks(self, now: str, no: str = "LP1") -> list[tuple[int, str, str]]:
        return [(c.seq, c.kind, c.verdict.value) for c in judge(self.life(no), self.world, t(now))[0]]

    def suspected(self, now: str, no: str = "LP1") -> list[tuple[int, str]]:
        return [(s.seq, s.kind) for s in judge(self.life(no), self.world, t(now))[1]]

    def log(self, no: str = "LP1") -> list[str]:
        return [event.kind for event in self.life(no).events]

    def told(self) -> list[str]:
        """What the channel has to hear, in order (CHAN-4)."""
        return [heard.kind for heard in self.batch.heard]


def accepted(number: str | None = NUMBER, business_type: str = "online_order") -> Stage:
    """Lies with A, which accepted at 10:05."""
    stage = Stage()
    stage.push("5 10:00", waybill_no=number, business_type=business_type)
    stage.accept("5 10:05")
    return stage


def show(text: str) -> str:
    """An instant as the results show it."""
    return iso(t(text))
