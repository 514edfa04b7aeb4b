"""A district of four stations whose polygons are wrong for some of its streets and estates, and a month of its orders.

Everything is drawn from one seed and goes through the real actions: pushes, transfers, dispatches, pickups.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from shapely import box
from sqlalchemy import Engine, select

from basics.days import SHANGHAI
from basics.words import DATA_CENTRE
from channels.messages import OrderPush
from dispatch import actions as dispatch
from dispatch.batch import World
from dispatch.facts import Accept, Confirm, Dispatch, Item, Target, Transfer
from dispatch.memory import actions as memory
from geo.actions import import_areas, import_districts, import_stations
from geo.addresses import packaged as gazetteer
from geo.areas import Area
from geo.queries import load_network
from geo.stations import Station
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables.dispatch import orders

DISTRICT, IN_WORDS = "330110", "浙江省杭州市余杭区"
CODES = ("YH1", "YH2", "YH3", "YH4")
START = datetime(2026, 3, 2, tzinfo=SHANGHAI)
WEST, SOUTH, SIDE = 120.0, 30.2, 0.05
ENDS = ("路", "小区", "花园", "苑", "大厦", "新村", "街", "广场")
SIGNS = "金银水木火土山江湖海云风春夏秋冬松竹梅兰东方明月星光和平安康"
WRONG = 0.10  # of transfers so many go to a wrong station


@dataclass
class Spot:
    """A street or an estate: where it lies, and who serves it in truth."""

    name: str
    lng: float
    lat: float
    weight: float
    drawn: str  # in whose polygon it lies
    truth: str


@dataclass
class MemoryWorld:
    """The world in a database. `lazy`: a station that sends this share of its orders away to anybody. `silent`: how
    often one who gets an order that is not its own serves it without a word."""

    engine: Engine
    seed: int
    lazy: dict[str, float] = field(default_factory=dict)
    silent: float = 0.10
    wrong_share: float = 0.05  # of the orders are for streets that lie in a wrong polygon
    spots: list[Spot] = field(default_factory=list)
    number: int = 0
    moves: dict[str, int] = field(default_factory=dict)  # what its holders did with an order so far
    holder: dict[str, str] = field(default_factory=dict)  # of orders that are not at their end

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        with writing(self.engine) as conn:
            stations = [Station(code, f"余杭{code}", 1, None, "浙江省", "standard", True) for code in CODES]
            import_stations(conn, stations, START)
            import_areas(conn, [Area(code, self.square(code)) for code in CODES], START)
            import_districts(conn, [(DISTRICT, code) for code in CODES], START)
        self._draw_spots()
        self.renew()

    def square(self, code: str) -> Any:
        west = WEST + CODES.index(code) * SIDE
        return box(west, SOUTH, west + SIDE, SOUTH + SIDE)

    def renew(self) -> None:
        """Take the network as the tables hold it now."""
        with reading(self.engine) as conn:
            self.world = World(load_network(conn), packaged(), gazetteer=gazetteer())

    def _draw_spots(self) -> None:
        draw = self.random
        names: set[str] = set()
        while len(names) < 60:
            names.add("".join(draw.sample(SIGNS, 2)) + draw.choice(ENDS))
        for rank, name in enumerate(sorted(names)):
            code = draw.choice(CODES)
            west, south, _, _ = self.square(code).bounds
            lng, lat = west + SIDE * draw.uniform(0.1, 0.9), south + SIDE * draw.uniform(0.1, 0.9)
            self.spots.append(Spot(name, lng, lat, 1 / (rank % 20 + 2), code, code))
        total, wrong = sum(spot.weight for spot in self.spots), 0.0
        for spot in draw.sample(self.spots, len(self.spots)):
            if wrong + spot.weight <= self.wrong_share * total * 1.1:
                spot.truth = draw.choice([code for code in CODES if code != spot.drawn])
                wrong += spot.weight

    # ---- traffic

    def days(self, first: int, count: int, orders_a_day: int) -> None:
        """So many days of orders, from pickup wish to pickup; votes are counted each evening."""
        for day in range(first, first + count):
            self._day(START + timedelta(days=day), orders_a_day)
            self.count(START + timedelta(days=day, hours=20))

    def count(self, now: datetime) -> None:
        after: int | None = 0
        while after is not None:
            with writing(self.engine) as conn:
                after = memory.count(conn, self.world, now, after)
        with writing(self.engine) as conn:
            memory.recount(conn, now)

    def _day(self, day: datetime, count: int) -> None:
        weights = [spot.weight for spot in self.spots]
        told = {self._number(): spot for spot in self.random.choices(self.spots, weights, k=count)}
        pushed = day + timedelta(hours=9)
        self.do(pushed, [OrderPush("crm", no, pushed, self._content(spot)) for no, spot in told.items()])
        for hour in (10, 11, 12, 13):  # transfers are answered by transfers, and by HQ
            acts = [act for no, spot in told.items() if (act := self._send(no, spot, self.holder[no]))]
            self.do(day + timedelta(hours=hour), acts)
        held = {no: at for no in told if (at := self.holder[no]) != DATA_CENTRE}
        self.do(day + timedelta(hours=14), [Accept(Target(no, "crm"), at) for no, at in held.items()])
        numbers = iter(range(self.number * 10, 10**11))
        done = [Confirm(Target(no, "crm"), at, f"55{next(numbers):012d}") for no, at in held.items()]
        self.do(day + timedelta(hours=15), [one for one in done if self.random.random() > 0.03])

    def _number(self) -> str:
        self.number += 1
        return f"IS{self.number:09d}"

    def _content(self, spot: Spot) -> dict[str, Any]:
        draw = self.random
        content: dict[str, Any] = {
            "business_type": "send_express", "online": True, "datum": "GCJ-02",
            "sender": {"phone": "13800000000"}, "adcode": DISTRICT,
        }  # fmt: skip
        if draw.random() > 0.10:
            content |= {"lng": spot.lng + draw.gauss(0, 0.0003), "lat": spot.lat + draw.gauss(0, 0.0003)}
        house = f"{draw.randint(1, 90)}号{draw.randint(1, 30)}幢{draw.randint(101, 999)}室"
        if draw.random() > 0.05:
            content["address"] = f"{IN_WORDS}{spot.name}{house}"
        return content

    def _send(self, no: str, spot: Spot, at: str) -> Transfer | Dispatch | None:
        """What the holder does with an order that is not its own; None: it keeps it."""
        draw = self.random
        target = Target(no, "crm")
        if at == DATA_CENTRE:
            return Dispatch(target, spot.truth if draw.random() > 0.03 else draw.choice(CODES), "hq")
        first = self.moves.get(no, 0) == 0
        self.moves[no] = self.moves.get(no, 0) + 1
        others = [code for code in CODES if code != at]
        if first and draw.random() < self.lazy.get(at, 0.0):
            return Transfer(target, at, draw.choice(others))
        if at == spot.truth:
            return Transfer(target, at, draw.choice(others)) if first and draw.random() < 0.005 else None
        if draw.random() < self.silent:
            self.moves[no] += 100
            return None
        if self.moves[no] > 100:
            return None
        wrong = [code for code in others if code != spot.truth]
        return Transfer(target, at, draw.choice(wrong) if draw.random() < WRONG else spot.truth)

    def do(self, at: datetime, whats: list[Any]) -> None:
        if not whats:
            return
        with writing(self.engine) as conn:
            answers = dispatch.conduct(conn, [Item(at, what, "tester") for what in whats], self.world)
            assert not any(answers), [answer for answer in answers if answer][:3]
        with reading(self.engine) as conn:
            rows = conn.execute(select(orders.c.logistics_no, orders.c.station).where(orders.c.ended_at.is_(None)))
            self.holder |= {row.logistics_no: row.station for row in rows}
