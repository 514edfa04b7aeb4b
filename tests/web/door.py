"""The push addresses over a small network, knocked at as a channel does: signed here, not by the product."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, Row, Table, func, select
from werkzeug.test import TestResponse

from basics.refusal import Refusal
from channels.actions import set_channel
from dispatch.actions import conduct
from dispatch.batch import World
from dispatch.facts import Act, Item
from geo import actions as geo
from geo import folder
from geo.queries import NetworkCache
from storage.session import reading, run, writing
from storage.tables.channels import inbox, outbox
from storage.tables.dispatch import assignments, events, orders, waiting
from storage.tables.sla import clocks, violations
from tests.channels import vectors
from tests.paths import REPO
from tests.web.conftest import BOOK, Clock
from verify.finding import Finding
from verify.queries import findings
from web import push
from web.build import build_web
from web.services import Services

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)  # 12:00 in Shanghai, a Sunday
MASTER = b"m" * 32
KEYS = {"crm": bytes(range(32)), "website": bytes(range(32, 64))}
NETWORK = REPO / "tests" / "stories" / "_networks" / "plain"
NUMBER = "IS202611220000017"
HZ01 = {"data.sender.location.lng": "120.07", "data.sender.location.lat": "30.07"}
WRITTEN = (inbox, orders, events, assignments, clocks, violations, outbox, waiting)


def whsec(key: bytes) -> str:
    """A key as a person enters it."""
    return "whsec_" + base64.b64encode(key).decode()


def order(number: str = NUMBER, /, **changed: Any) -> bytes:
    """A genuine order of HZ01 with dotted fields changed."""
    return vectors.push(**{"data.logistics_order_no": number, **HZ01, **changed})


def withdrawal(number: str = NUMBER, /, at: str = "2026-11-22T12:00:05+08:00", **data: Any) -> bytes:
    """The sender takes the order back."""
    told = {"logistics_order_no": number, "reason_code": "customer_cancelled", "reason_text": "不寄了", **data}
    return json.dumps({"type": "pickup.order.cancelled", "timestamp": at, "data": told}).encode()


def signature(key: bytes, message_id: str, timestamp: object, body: bytes) -> str:
    """Standard Webhooks 1.0.0: base64 of HMAC-SHA256 over `id.timestamp.body`."""
    mac = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(mac).decode()


def headers(body: bytes, message_id: str, at: datetime, key: bytes = KEYS["crm"]) -> dict[str, str]:
    """The three headers of one attempt."""
    timestamp = int(at.timestamp())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(key, message_id, timestamp, body),
    }


@dataclass
class Door:
    """A web application over `engine` with the plain network and both channels set up; its clock stands still."""

    engine: Engine
    clock: Clock = field(default_factory=lambda: Clock(NOON))
    app: Flask = field(init=False)
    world: World = field(init=False)

    def __post_init__(self) -> None:
        with writing(self.engine) as conn:
            import_network(conn, NETWORK, NOON)
            for channel, key in KEYS.items():
                assert set_channel(conn, MASTER, channel, {"secret": whsec(key)}, NOON) is None
        networks, book = NetworkCache(), BOOK
        self.app = build_web(Services(self.engine, self.clock, networks, book, master=MASTER), [push.pages])
        with reading(self.engine) as conn:
            self.world = World(networks.get(conn), book)

    def push(
        self, body: bytes, message_id: str = "msg_1", channel: str = "crm", at: datetime | None = None
    ) -> TestResponse:
        """One genuine push."""
        return self.knock(body, headers(body, message_id, at or self.clock.at, KEYS[channel]), channel)

    def knock(self, body: bytes, given: Mapping[str, str], channel: str = "crm", **more: Any) -> TestResponse:
        """POST whatever is given."""
        options: dict[str, Any] = {"data": body, "headers": dict(given), "content_type": "application/json"}
        return self.app.test_client().post(f"/push/{channel}", **{**options, **more})

    def act(self, what: Act, at: datetime | None = None) -> Refusal | None:
        """An act of a person, in a transaction of its own."""
        item = Item(at or self.clock.at, what, "user:test")
        return run(self.engine, lambda conn: conduct(conn, [item], self.world))[0]

    def rows(self, table: Table) -> Sequence[Row[Any]]:
        """Everything in a table."""
        with reading(self.engine) as conn:
            return conn.execute(select(table).order_by(*table.primary_key)).all()

    def counts(self) -> dict[str, int]:
        """How many rows each table that a push writes holds; those without any are left out."""
        with reading(self.engine) as conn:
            found = {table.name: conn.scalar(select(func.count()).select_from(table)) or 0 for table in WRITTEN}
        return {name: count for name, count in found.items() if count}

    def state(self, number: str = NUMBER) -> str:
        """The state of an order."""
        (row,) = [row for row in self.rows(orders) if row.logistics_no == number]
        return str(row.state)

    def findings(self) -> list[Finding]:
        """What the second opinion has to say."""
        with reading(self.engine) as conn:
            return list(findings(conn, self.world.book))


def import_network(conn: Any, path: Path, now: datetime) -> None:
    """A network folder into the tables."""
    geo.import_stations(conn, folder.parse_stations((path / folder.STATIONS_FILE).read_bytes()), now)
    geo.import_areas(conn, folder.parse_areas((path / folder.AREAS_FILE).read_bytes()), now)
    geo.import_districts(conn, folder.parse_districts((path / folder.DISTRICTS_FILE).read_bytes()), now)
