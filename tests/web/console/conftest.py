"""The console over the stories' plain network, with one account a station and role, and helpers to fill it."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask
from sqlalchemy import Engine, select

from basics.refusal import Refusal
from channels.messages import OrderPush, Scan, Withdrawal
from dispatch.actions import conduct, sweep
from dispatch.batch import World
from dispatch.facts import Accept, Act, Confirm, Fail, Item, Target, Transfer
from geo.queries import NetworkCache, load_network
from people.actions import NewUser, add_users
from replay.network import load_folder
from storage.session import connect, reading, writing
from storage.tables.dispatch import orders
from storage.tables.penalties import cases
from storage.tables.sla import violations
from tests.databases import TEMPLATE, PostgresServer
from tests.paths import REPO
from tests.web.conftest import BOOK, START, STORED, USERS, Clock, Visitor
from web.build import build_web
from web.console import SCREENS
from web.services import Services, WebSettings

PLACES = {
    "HZ01": (120.07, 30.07), "HZ01A": (120.03, 30.03), "HZ02": (120.25, 30.05), "HZ03": (120.33, 30.05),
    "XJ01": (87.55, 43.85), "gap": (120.15, 30.05),
}  # fmt: skip
STAFF = (
    NewUser("hz01", "西湖王芳", "station", STORED, station="HZ01", province="浙江省"),
    NewUser("hz01a", "承包李伟", "station", STORED, station="HZ01A", province="浙江省"),
    NewUser("hz02", "拱墅周静", "station", STORED, station="HZ02", province="浙江省"),
    NewUser("zhejiang", "浙江陈平", "province", STORED, province="浙江省"),
    NewUser("xinjiang", "新疆马兰", "province", STORED, province="新疆维吾尔自治区"),
)


def local(time: str, day: str = "2026-05-04") -> datetime:
    """An instant on a Shanghai clock."""
    return datetime.fromisoformat(f"{day}T{time}+08:00")


@dataclass
class Land:
    """Orders told and done to, through the engine."""

    engine: Engine
    world: World
    clock: Clock

    def do(self, at: datetime, *what: Any, by: str = "test") -> list[Refusal | None]:
        self.clock.at = max(self.clock.at, at)
        with writing(self.engine) as conn:
            return conduct(conn, [Item(at, one, by) for one in what], self.world)

    def order(self, number: str, at: datetime, place: str = "HZ01", channel: str = "kuaidi100", **more: Any) -> int:
        lng, lat = PLACES[place]
        content = {
            "lng": lng, "lat": lat, "datum": "GCJ-02", "business_type": "send_express", "online": True,
            "address": "浙江省杭州市西湖区文三路123号4幢501室",
            "sender": {"name": "欧阳明月", "phone": "13812345678"}, "goods": "书籍", **more,
        }  # fmt: skip
        assert self.do(at, OrderPush(channel, number, at, content)) == [None]
        return self.id(number)

    def act(self, at: datetime, what: type, number: str, station: str, *more: str) -> None:
        assert self.do(at, what(Target(number), station, *more)) == [None]

    def accept(self, number: str, station: str, at: datetime) -> None:
        self.act(at, Accept, number, station)

    def confirm(self, number: str, station: str, at: datetime, waybill: str) -> None:
        self.act(at, Confirm, number, station, waybill)

    def transfer(self, number: str, station: str, at: datetime, to: str, remark: str = "") -> None:
        self.act(at, Transfer, number, station, to, remark)

    def fail(self, number: str, station: str, at: datetime, reason: str, detail: str = "") -> None:
        self.act(at, Fail, number, station, "accept", reason, detail)

    def scan(self, waybill: str, station: str, at: datetime) -> None:
        assert self.do(at, Scan(waybill, station, at)) == [None]

    def withdraw(self, number: str, at: datetime, origin: str = "sender") -> None:
        assert self.do(at, Withdrawal("kuaidi100", number, origin, "customer_cancelled", at)) == [None]

    def sweep(self, at: datetime) -> None:
        self.clock.at = at
        with writing(self.engine) as conn:
            sweep(conn, self.world, at)

    def id(self, number: str) -> int:
        with reading(self.engine) as conn:
            return conn.execute(select(orders.c.id).where(orders.c.logistics_no == number)).scalar_one()

    def row(self, number: str) -> Any:
        with reading(self.engine) as conn:
            return conn.execute(select(orders).where(orders.c.logistics_no == number)).one()

    def cases(self) -> list[tuple[int, str, str]]:
        query = select(violations.c.id, violations.c.kind, cases.c.state).join(cases).order_by(violations.c.id)
        with reading(self.engine) as conn:
            return [(row[0], row[1], row[2]) for row in conn.execute(query)]


@pytest.fixture
def screens() -> list[Blueprint]:
    return list(SCREENS)


@pytest.fixture
def clock() -> Clock:
    return Clock(local("08:30"))


def furnish(engine: Engine) -> None:
    """Everybody, and the network."""
    at = local("08:30")
    with writing(engine) as conn:
        add_users(conn, USERS, START)
        load_folder(conn, REPO / "tests" / "stories" / "_networks" / "plain", at)
        add_users(conn, STAFF, at - timedelta(days=1))


@pytest.fixture(scope="session")
def sqlite_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A furnished one: to furnish it anew would be a fifth of what a test of the console costs."""
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("sqlite") / "furnished.db")
    engine = connect(f"sqlite:///{path}", throw_away=True)
    furnish(engine)
    engine.dispose()
    return Path(path)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """The same in PostgreSQL."""
    postgres_server.make_template("furnished_template", furnish, TEMPLATE)
    return "furnished_template"


@pytest.fixture
def app(engine: Engine, clock: Clock, screens: list[Blueprint], settings: WebSettings) -> Flask:
    return build_web(Services(engine, clock, NetworkCache(), BOOK, settings), screens)


@pytest.fixture
def land(app: Flask, engine: Engine, clock: Clock) -> Land:
    with reading(engine) as conn:
        network = load_network(conn)
    return Land(engine, World(network, BOOK), clock)


@pytest.fixture
def as_(app: Flask, land: Land) -> Callable[[str], Visitor]:
    """A visitor logged in under this name."""

    def seated(login: str) -> Visitor:
        visitor = Visitor(app.test_client())
        visitor.sit(land.engine, login, land.clock())
        return visitor

    return seated


__all__ = ["Act", "Land", "local"]
