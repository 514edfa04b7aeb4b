"""From the knock to the answer, over both databases, driven by the sandbox's side: CHAN-1, CHAN-3, CHAN-5, CHAN-6,
B-01, B-05, B-07, B-17..B-19, B-42."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from basics.words import DATA_CENTRE
from channels.actions import set_channel
from dispatch.actions import conduct
from dispatch.batch import World
from dispatch.facts import Accept, Act, Confirm, Dispatch, Item, Target
from geo.queries import NetworkCache
from rulebook.book import packaged
from sandbox import cainiao
from sandbox.call import Call
from storage.session import reading, run, writing
from storage.tables.channels import inbox, outbox
from storage.tables.dispatch import events, orders
from tests.web.conftest import Clock
from tests.web.door import MASTER, NETWORK, NOON, import_network
from verify.queries import findings
from web import push
from web.build import build_web
from web.services import Services

LP = cainiao.number(17)
TARGET = Target(LP, "cainiao")


@dataclass
class Door:
    """A web application over the plain network with Cainiao set up."""

    engine: Engine
    clock: Clock = field(default_factory=lambda: Clock(NOON))
    app: Flask = field(init=False)
    world: World = field(init=False)

    def __post_init__(self) -> None:
        with writing(self.engine) as conn:
            import_network(conn, NETWORK, NOON)
            assert set_channel(conn, MASTER, "cainiao", cainiao.SECRETS, NOON) is None
        networks, book = NetworkCache(), packaged()
        self.app = build_web(Services(self.engine, self.clock, networks, book, master=MASTER), [push.pages])
        with reading(self.engine) as conn:
            self.world = World(networks.get(conn), book)

    def push(self, call: Call) -> TestResponse:
        path = f"{call.path}?{call.query}" if call.query else call.path
        return self.app.test_client().post(path, data=call.body, headers=call.headers)

    def create(self, **changes: str) -> TestResponse:
        return self.push(cainiao.create(LP, self.clock.at, **changes))

    def act(self, *acts: Act) -> None:
        items = [Item(self.clock.at, act, "user:test") for act in acts]
        assert run(self.engine, lambda conn: conduct(conn, items, self.world)) == [None] * len(acts)

    def accepted(self) -> None:
        self.act(Dispatch(TARGET, "HZ01", "hq"), Accept(TARGET, "HZ01"))

    def column(self, column: Any) -> list[Any]:
        with reading(self.engine) as conn:
            return list(conn.scalars(select(column).order_by(*column.table.primary_key)))

    def sound(self) -> bool:
        with reading(self.engine) as conn:
            return list(findings(conn, self.world.book)) == []


@pytest.fixture
def door(engine: Engine) -> Door:
    return Door(engine)


def words(answer: TestResponse) -> dict[str, str]:
    return {one.tag: one.text or "" for one in ElementTree.fromstring(answer.text).iter() if not len(one)}


def taken(answer: TestResponse) -> bool:
    return cainiao.accepted(answer.status_code, answer.data)


def test_chan_3_an_order_and_the_same_again(door: Door) -> None:
    first = door.create()
    assert taken(first) and first.content_type == "text/xml; charset=utf-8"
    assert words(first) == {"logisticProviderID": "HTKY", "txLogisticID": LP, "success": "true"}
    door.clock.forward(minutes=4)
    again = door.create()
    assert (again.status_code, again.data) == (200, first.data)
    assert door.column(orders.c.logistics_no) == [LP] and door.column(events.c.kind) == ["created"]
    assert door.column(orders.c.created_at) == [NOON] and len(door.column(inbox.c.message_key)) == 1
    assert door.column(orders.c.state) == ["at_data_centre"]  # ROUTE-2: no station of this network is certain
    assert door.sound()


def test_b_17_other_content_before_acceptance_is_an_update(door: Door) -> None:
    door.create()
    assert taken(door.create(remark="改为门口", weight="0.85"))
    (content,) = door.column(orders.c.content)
    assert (content["remark"], content["weight_g"]) == ("改为门口", 850)
    assert door.column(events.c.kind) == ["created", "updated"]


def test_chan_3_a_waybill_number_told_before_is_a_repetition(door: Door) -> None:
    """The digest binds no id and no time: the second 02 cannot be told from the first one sent again (CHANNELS 1)."""
    door.create(mailNo="55012345678901")
    for last, found in (("2", "2"), ("3", "3"), ("2", "3")):
        door.clock.forward(minutes=1)
        update = cainiao.updates([(LP, "mailNo", f"5501234567890{last}", "")], NOON)
        assert taken(door.push(update))
        assert door.column(orders.c.waybill_no) == [f"5501234567890{found}"]


def test_chan_3_msg_id_is_not_signed_and_tells_no_messages_apart(door: Door) -> None:
    """B-21 cannot occur: other content under the same `msg_id` is another message."""
    first = door.push(cainiao.link(cainiao.create(LP, NOON), NOON, "id1"))
    other = door.push(cainiao.link(cainiao.create(LP, NOON, remark="改为门口"), NOON, "id1"))
    again = door.push(cainiao.link(cainiao.create(LP, NOON), NOON, "id2"))
    assert taken(first) and taken(other) and again.data == first.data
    (content,) = door.column(orders.c.content)
    assert content["remark"] == "改为门口"


def test_b_18_other_content_after_acceptance_is_refused(door: Door) -> None:
    door.create()
    door.accepted()
    answer = door.create(remark="改为门口")
    told = words(answer)
    assert (answer.status_code, told["success"], told["reason"]) == (409, "false", "S05")
    assert told["remark"].startswith("order_already_accepted: ") and not cainiao.passing(409, answer.data)
    assert taken(door.create())
    assert door.column(outbox.c.kind) == ["dispatched", "accepted"] and door.sound()


@pytest.mark.parametrize("first", ["create", "cancel"])
def test_b_19_f_43_a_withdrawal_before_or_after_its_order(door: Door, first: str) -> None:
    calls = {"create": cainiao.create(LP, NOON), "cancel": cainiao.cancel(LP, NOON)}
    assert taken(door.push(calls.pop(first)))
    door.clock.forward(minutes=1)
    assert taken(door.push(calls.popitem()[1]))
    assert door.column(orders.c.state) == ["withdrawn"]
    assert door.column(orders.c.withdrawal_reason) == ["不想寄了"]
    assert door.column(outbox.c.payload)[-1]["by_channel"] is True and door.sound()


def test_chan_6_a_withdrawal_after_the_confirmation_is_refused(door: Door) -> None:
    door.create()
    door.accepted()
    door.act(Confirm(TARGET, "HZ01", "55012345678901"))
    answer = door.push(cainiao.cancel(LP, NOON))
    assert answer.status_code == 409 and not taken(answer)
    assert words(answer)["reason"] == "S05" and words(answer)["remark"].startswith("already_picked_up: ")
    assert door.column(orders.c.state) == ["picked_up"]


def test_chan_5_a_held_order_is_taken_told_and_released_by_a_correction(door: Door) -> None:
    answer = door.create(phone="", weight="0")
    assert taken(answer)
    assert words(answer)["remark"].endswith("please supply: sender.mobile, itemsWeight")
    assert door.column(orders.c.state) == ["held"]
    assert taken(door.create())
    assert door.column(orders.c.state) == ["at_data_centre"] and door.sound()


def test_b_42_a_batch_with_a_bad_field(door: Door) -> None:
    door.create(mailNo="55012345678901")
    fields = [(LP, "weight", "1.2", ""), ("", "status", "WITHDRAW", ""), (LP, "status", "WITHDRAW", "改主意")]
    answer = door.push(cainiao.updates(fields, NOON))
    found = [one.text for one in ElementTree.fromstring(answer.text).iter("success")]
    assert (answer.status_code, found) == (200, ["false", "false", "true"])
    assert door.column(orders.c.state) == ["withdrawn"] and door.sound()


def test_do_3_the_number_of_an_online_order(door: Door) -> None:
    door.create(mailNo="55012345678901")
    assert taken(door.push(cainiao.updates([(LP, "mailNo", "55012345678912", "")], NOON)))
    assert door.column(orders.c.waybill_no) == ["55012345678912"]


def test_link_the_same_message_in_the_other_envelope(door: Door) -> None:
    call = cainiao.link(cainiao.create(LP, NOON), NOON)
    answer = door.push(call)
    assert taken(answer) and words(answer)["retryFlag"] == "false" and words(answer)["txLogisticID"] == LP
    other_id = cainiao.link(cainiao.create(LP, NOON), NOON, "another")
    assert door.push(other_id).data == answer.data and len(door.column(inbox.c.message_key)) == 1
    withdrawn = door.push(cainiao.link(cainiao.cancel(LP, NOON), NOON))
    assert taken(withdrawn) and door.column(orders.c.state) == ["withdrawn"]


def test_b_05_a_number_of_another_channel_waits_for_a_person(door: Door) -> None:
    assert taken(door.push(cainiao.create("KD202611220000017", NOON)))
    (row,) = door.column(orders.c.routing_cause)
    assert row == "prefix" and door.column(orders.c.station) == [DATA_CENTRE]


def test_b_14_gbk_from_the_wire_to_the_order(door: Door) -> None:
    raw = cainiao.order(LP, NOON).encode("gbk")
    body = urlencode({"logistics_interface": raw, "data_digest": cainiao.digest(raw)}).encode()
    kind = "application/x-www-form-urlencoded"
    refused = door.app.test_client().post("/push/cainiao", data=body, content_type=kind)
    assert (refused.status_code, words(refused)["reason"]) == (400, "S01")
    raw = b"<?xml version='1.0' encoding='GBK'?>" + raw
    body = urlencode({"logistics_interface": raw, "data_digest": cainiao.digest(raw)}).encode()
    assert taken(door.app.test_client().post("/push/cainiao", data=body, content_type=kind))
    assert door.column(orders.c.content)[0]["sender"]["name"] == "王小二"


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"data_digest": ""}, 401, "S02"),
        ({"data_digest": "AAAAAAAAAAAAAAAAAAAAAA=="}, 401, "S02"),
        ({"logistics_interface": "<x/>"}, 401, "S02"),
        ({"logistics_interface": ""}, 400, "S01"),
    ],
)
def test_b_02_b_04_what_is_not_genuine_has_no_effect(
    door: Door, change: Mapping[str, str], status: int, reason: str
) -> None:
    text = cainiao.order(LP, NOON)
    form = {"logistics_interface": text, "data_digest": cainiao.digest(text.encode())}
    answer = door.app.test_client().post("/push/cainiao", data={**form, **change})
    assert (answer.status_code, words(answer)["reason"]) == (status, reason)
    assert door.column(inbox.c.message_key) == []


def test_b_01_b_07_b_12_refusals_of_the_edge_speak_xml(door: Door) -> None:
    client = door.app.test_client()
    answer = client.post("/push/cainiao", data=b"{}", content_type="application/json")
    assert (answer.status_code, words(answer)["reason"]) == (415, "S01")
    answer = client.post("/push/cainiao", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, words(answer)["reason"]) == (400, "S01")
    with writing(door.engine) as conn:
        assert set_channel(conn, MASTER, "cainiao", {"enabled": "false"}, NOON) is None
    web = build_web(Services(door.engine, door.clock, NetworkCache(), packaged(), master=MASTER), [push.pages])
    door.app = web  # a fresh one: what is known of channels is kept for some seconds
    answer = door.create()
    assert (answer.status_code, words(answer)["reason"]) == (401, "S08")


def test_a_busy_database_is_a_passing_answer(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise OperationalError("", None, Exception("database is locked"))

    with monkeypatch.context() as patch:
        patch.setattr(push, "take_pushes", busy)
        answer = door.create()
    assert answer.status_code in (500, 503) and cainiao.passing(answer.status_code, answer.data)
    assert words(answer)["reason"] == "S07" and words(answer)["retryFlag"] == "true"
    assert taken(door.create())
