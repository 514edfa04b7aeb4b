"""WeChat at the door: events of wechatpy through the web application to orders, on both databases (B-05..B-07, B-12,
B-17..B-19, B-25, B-28, B-45, B-46, B-51, F-34; CHAN-3, CHAN-5, CHAN-6)."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, Table, select
from wechatpy.crypto import WeChatCrypto  # type: ignore[import-untyped]
from werkzeug.test import TestResponse

from channels.actions import OVERLAP, set_channel
from channels.adapter import Knock
from dispatch.actions import conduct
from dispatch.batch import World
from dispatch.facts import Accept, Act, Confirm, Dispatch, Item, Target
from geo.queries import NetworkCache
from rulebook.book import packaged
from storage import session
from storage.session import reading, run, writing
from storage.tables.channels import inbox, outbox
from storage.tables.dispatch import events, orders, waiting
from tests.channels.wechat import weixin as w
from tests.web.conftest import Clock
from tests.web.door import MASTER, NETWORK, NOON, import_network
from verify.queries import findings
from web import push
from web.build import build_web
from web.services import Services

NUMBER = "wx202611220000017"
TARGET = Target(NUMBER, "wechat")
TOKEN = "Q9DemoToken-20261122"  # at the door a token is long
THEIRS = WeChatCrypto(TOKEN, w.AES_KEY, w.APPID)
SETUP = {"token": TOKEN, "aes_key": w.AES_KEY, "appid": w.APPID}


@dataclass
class Door:
    """The push addresses over the plain network with WeChat set up in secure mode; the clock stands still."""

    engine: Engine
    clock: Clock = field(default_factory=lambda: Clock(NOON))
    app: Flask = field(init=False)
    world: World = field(init=False)

    def __post_init__(self) -> None:
        with writing(self.engine) as conn:
            import_network(conn, NETWORK, NOON)
        self.set_up(**SETUP)
        networks, book = NetworkCache(), packaged()
        self.app = build_web(Services(self.engine, self.clock, networks, book, master=MASTER), [push.pages])
        with reading(self.engine) as conn:
            self.world = World(networks.get(conn), book)

    def set_up(self, **values: str) -> None:
        with writing(self.engine) as conn:
            assert set_channel(conn, MASTER, "wechat", values, self.clock.at) is None

    def knock(self, knock: Knock, content_type: str = "application/json", **more: Any) -> TestResponse:
        options: dict[str, Any] = {"query_string": knock.query.decode(), "data": knock.body, **more}
        return self.app.test_client().open("/push/wechat", method=knock.method, content_type=content_type, **options)

    def push(self, told: dict[str, Any], *, xml: bool = False, nonce: str = "1", theirs: Any = THEIRS) -> TestResponse:
        """One attempt in secure mode."""
        message, now = w.as_xml(told) if xml else w.as_json(told), str(int(self.clock.at.timestamp()))
        knock = w.secure(message, theirs=theirs, xml=xml, timestamp=now, nonce=nonce)
        return self.knock(knock, "text/xml" if xml else "text/plain")

    def result(self, told: dict[str, Any], **more: Any) -> tuple[int, str]:
        """ResultCode and the first word of ResultMsg, of a genuine answer with HTTP 200."""
        answer = self.push(told, **more)
        assert answer.status_code == 200, answer.text
        found = w.reply(answer.text, THEIRS)
        return int(found["ResultCode"]), str(found["ResultMsg"]).split(":")[0]

    def act(self, what: Act) -> None:
        item = Item(self.clock.at, what, "user:test")
        assert run(self.engine, lambda conn: conduct(conn, [item], self.world)) == [None]

    def accept(self) -> None:
        """HQ sends it to a station, which accepts it."""
        self.act(Dispatch(TARGET, "HZ01", "HQ1"))
        self.act(Accept(TARGET, "HZ01"))

    def rows(self, table: Table) -> list[Any]:
        with reading(self.engine) as conn:
            return list(conn.execute(select(table).order_by(*table.primary_key)))

    def state(self) -> str:
        (row,) = [row for row in self.rows(orders) if row.logistics_no == NUMBER]
        return str(row.state)

    def sound(self) -> bool:
        with reading(self.engine) as conn:
            return list(findings(conn, self.world.book)) == []


@pytest.fixture
def door(engine: Engine) -> Door:
    return Door(engine)


def test_chan_3_an_order_comes_in(door: Door) -> None:
    assert door.result(w.event()) == (0, "OK")
    (row,) = door.rows(orders)
    assert (row.channel, row.logistics_no, row.alias, row.created_at) == ("wechat", NUMBER, "wxtok-8f2c", NOON)
    (kept,) = door.rows(inbox)
    assert (kept.body, kept.refused) == (w.as_json(w.event()).encode(), None)
    assert door.sound()


def test_b_51_their_three_attempts_are_one_order_and_one_answer(door: Door) -> None:
    first = door.push(w.event())
    door.clock.forward(seconds=5)
    for nonce in ("2", "3"):
        again = door.push(w.event(), nonce=nonce)
        assert (again.status_code, again.content_type, again.data) == (200, first.content_type, first.data)
    assert len(door.rows(orders)) == len(door.rows(inbox)) == len(door.rows(events)) == 1


def test_chan_3_the_same_order_in_another_event_changes_nothing(door: Door) -> None:
    door.push(w.event())
    assert door.result(w.event(CreateTime=1795320001)) == (0, "OK")
    assert door.result(w.event(CreateTime=1795320002), xml=True) == (0, "OK")
    assert [one.kind for one in door.rows(events)] == ["created"]


def test_b_17_b_18_an_update_until_somebody_accepts(door: Door) -> None:
    door.push(w.event())
    assert door.result(w.event(Remark="改为门口")) == (0, "OK")
    assert [one.kind for one in door.rows(events)] == ["created", "updated"]
    door.accept()
    assert door.result(w.event(Remark="后门")) == (-1, "order_already_accepted")
    assert door.state() == "accepted"
    kinds = [row.kind for row in door.rows(outbox)]
    assert kinds == ["dispatched", "accepted"]
    assert {row.payload["echo"]["token"] for row in door.rows(outbox)} == {"wxtok-8f2c"}


def test_b_19_a_withdrawal_before_its_order_waits_for_it(door: Door) -> None:
    assert door.result(w.event(w.CANCELLED, CreateTime=1795320000)) == (0, "OK")
    assert len(door.rows(waiting)) == 1
    assert door.result(w.event()) == (0, "OK")
    assert door.state() == "withdrawn"
    assert door.sound()


@pytest.mark.parametrize("named", [{"OrderID": None}, {"Token": None}, {}])
def test_chan_6_a_withdrawal_by_either_name(door: Door, named: dict[str, Any]) -> None:
    door.push(w.event())
    door.clock.forward(hours=24)
    assert door.result(w.event(w.CANCELLED, **named)) == (0, "OK")
    assert door.state() == "withdrawn"
    (last,) = [one for one in door.rows(events) if one.kind == "withdrawn"]
    assert (last.data["reason"], last.data.get("code")) == ("取件太慢 (CancelID 6)", "too_slow")


def test_orders_without_an_order_id_are_spoken_of_by_token(door: Door) -> None:
    long = "t/+=" * 64
    assert door.result(w.event(OrderID=None, Token=long)) == (0, "OK")
    (row,) = door.rows(orders)
    assert row.logistics_no.startswith("wx") and row.routing_cause != "prefix"
    asked = w.question(OrderID=None, Token=long)
    assert door.result(asked) == (0, "OK")
    assert door.result(w.event(w.CANCELLED, OrderID=None, Token=long, CreateTime=1795320000)) == (0, "OK")
    assert door.rows(orders)[0].state == "withdrawn"


def test_chan_6_a_withdrawal_after_the_pickup_is_refused(door: Door) -> None:
    door.push(w.event())
    door.accept()
    door.act(Confirm(TARGET, "HZ01", "55012345678901"))
    door.clock.forward(hours=24)
    assert door.result(w.event(w.CANCELLED)) == (30002, "already_picked_up")
    told = w.reply(door.push(w.question()).text, THEIRS)
    assert (told["ResultCode"], told["WayBillID"]) == (0, "55012345678901")
    assert [one["action_type"] for one in told["PathInfo"]["path_info"]] == [90002, 90001, 100001]


def test_chan_6_a_second_withdrawal_finds_the_order_closed(door: Door) -> None:
    door.push(w.event())
    door.clock.forward(hours=25)
    assert door.result(w.event(w.CANCELLED)) == (0, "OK")
    assert door.result(w.event(w.CANCELLED, CreateTime=1795406500)) == (30003, "already_closed")


def test_a_question_for_an_order_that_nobody_knows(door: Door) -> None:
    assert door.result(w.question()) == (30001, "order_unknown")
    assert door.rows(orders) == door.rows(waiting) == []


def test_chan_5_a_held_order_is_kept_and_a_correction_releases_it(door: Door) -> None:
    told = w.reply(door.push(w.event(Sender__Mobile="12345")).text, THEIRS)
    assert (told["ResultCode"], told["ResultMsg"].endswith("waits for Sender.Mobile")) == (-1, True)
    assert door.state() == "held"
    assert door.result(w.event()) == (0, "OK")
    assert door.state() != "held"
    assert door.result(w.event(GoodDetail__Weight=0)) == (-1, "bad_event")  # it would be incomplete


def test_b_05_a_contradicting_prefix_goes_to_the_data_centre(door: Door) -> None:
    assert door.result(w.event(OrderID="LP00038652917401")) == (0, "OK")
    (row,) = door.rows(orders)
    assert (row.state, row.routing_cause) == ("at_data_centre", "prefix")


def test_b_25_an_unknown_event_is_kept_for_a_person(door: Door) -> None:
    assert door.result(w.event(Event="debug_demo")) == (-1, "event_unknown")
    assert door.result(w.event(Event="query_single_waybill_fee")) == (30004, "not_supported")
    assert [row.refused for row in door.rows(inbox)] == ["event_unknown", "not_supported"]
    assert door.rows(orders) == []


def test_b_28_a_rotation_without_a_gap(door: Door) -> None:
    door.set_up(token="AnotherToken-20261122", aes_key="B" * 43)
    newer = WeChatCrypto("AnotherToken-20261122", "B" * 43, w.APPID)
    assert w.reply(door.push(w.event()).text, THEIRS)["ResultCode"] == 0  # read by whoever has not changed yet
    assert w.reply(door.push(w.event(Remark="x"), theirs=newer).text, newer)["ResultCode"] == 0
    door.clock.forward(seconds=OVERLAP.total_seconds() + 61)
    assert door.push(w.event(Remark="y")).status_code == 401
    assert w.reply(door.push(w.event(Remark="z"), theirs=newer).text, newer)["ResultCode"] == 0


def test_b_45_the_handshake(door: Door) -> None:
    signature = w.sha1(TOKEN, w.TIMESTAMP, "2")
    query = {"signature": signature, "timestamp": w.TIMESTAMP, "nonce": "2", "echostr": "<b>1</b>"}
    client = door.app.test_client()
    good = client.get("/push/wechat", query_string=query)
    assert (good.status_code, good.text, good.mimetype) == (200, "<b>1</b>", "text/plain")
    assert good.headers["X-Content-Type-Options"] == "nosniff"
    bad = client.get("/push/wechat", query_string=query | {"nonce": "3"})
    assert (bad.status_code, "<b>" in bad.text) == (401, False)


def test_b_06_b_07_b_12_b_46_what_never_gets_in(door: Door) -> None:
    good = w.secure(w.CREATED, theirs=THEIRS)
    put = door.app.test_client().put("/push/wechat")
    assert (put.status_code, set(put.headers["Allow"].split(", "))) == (405, {"GET", "POST"})
    for answer, status, code in (
        (door.knock(good, "application/x-www-form-urlencoded"), 415, "media_type_unsupported"),
        (door.knock(good, headers={"Content-Encoding": "gzip"}), 415, "encoding_unsupported"),
        (door.knock(Knock("POST", good.query, {}, b"")), 400, "body_empty"),
        (door.knock(Knock("POST", good.query, {}, b"x" * (256 * 1024 + 1))), 413, "body_too_large"),
        (door.knock(w.plain(w.CREATED, token=TOKEN)), 401, "signature_missing"),
        (door.push(w.event(), theirs=WeChatCrypto(TOKEN, w.AES_KEY, "wxother")), 401, "appid_mismatch"),
    ):
        found = json.loads(answer.text)
        assert (answer.status_code, found["ResultMsg"].split(":")[0]) == (status, code)
        assert found["ResultCode"] == -1
    assert door.rows(inbox) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_f_34_a_busy_database_gives_wechat_nothing_so_that_it_comes_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.push(w.event(OrderID="wx0"))  # the set-up is known from now on
    monkeypatch.setattr(session, "BUSY_SECONDS", 0.05)
    with writing(door.engine):
        answer = door.push(w.event())
    assert (answer.status_code, answer.data, answer.headers["Retry-After"]) == (503, b"", "2")
    assert door.result(w.event()) == (0, "OK")
