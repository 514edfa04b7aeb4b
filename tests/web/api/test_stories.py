"""What the screens do, done by programs: review to appeal, money by two, scans, entry, keys."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from basics.refusal import Refusal
from people.access import Action, Actor
from people.keys.actions import NewKey, make_key
from storage.session import writing
from storage.tables.people import sessions, users
from tests.web.api.conftest import Program
from tests.web.console.conftest import Land, local

As = Callable[[str], Program]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
REASON = "证据充分,情况属实"


def stepped_up(land: Land, yes: bool = True) -> None:
    """Everybody proved a moment ago that it is he, or nobody did."""
    with writing(land.engine) as conn:
        conn.execute(sessions.update().values(stepped_up_at=land.clock() if yes else None))


def late(land: Land, *numbers: str) -> list[int]:
    for number in numbers:
        land.order(number, local("08:31"))
    land.sweep(local("14:00"))
    return [one for one, _, _ in land.cases()]


def test_vio_4_to_appeal_3_from_suspicion_to_overturned(land: Land, as_: As) -> None:
    """VIO-4, NOTICE-1, APPEAL-1, B-100."""
    [case] = late(land, "KD1")
    assert (
        as_("hz01").post("/review/decide", {"cases": [case], "decision": "confirm", "reason": REASON}).status_code
        == 403
    )
    hq = as_("hq")
    told = hq.post("/review/decide", {"cases": [case], "decision": "confirm", "reason": REASON})
    assert told.json["done"] == 1
    assert hq.get("/review", tab="decided").json["items"][0]["case_state"] == "confirmed"
    land.clock.at = local("09:00", "2026-05-11")
    hq = as_("hq")
    assert hq.post("/notices/publish", {"week": "2026-W19", "number": 0}).json == {"week": "2026-W19", "number": 0}
    assert hq.post("/notices/publish", {"week": "2026-W19", "number": 0}).status_code == 409
    station = as_("hz01")
    exe = {"name": "x.jpg", "content": base64.b64encode(b"MZ\0").decode()}
    wrong = station.post(f"/appeals/{case}/ask", {"to": "province", "text": "停电", "files": [exe]})
    assert (wrong.status_code, wrong.json["code"]) == (415, "file_type")
    letter = {"name": "停电.txt", "content": base64.b64encode("当日停电".encode()).decode()}
    asked = station.post(f"/appeals/{case}/ask", {"to": "province", "text": "停电", "files": [letter]}, key="a")
    assert asked.status_code == 200
    assert (
        station.post(f"/appeals/{case}/ask", {"to": "province", "text": "停电", "files": [letter]}, key="a").json
        == asked.json
    )
    province = as_("zhejiang")
    [stage] = province.get(f"/appeals/{case}").json["stages"]
    assert (
        stage["text"] == "停电" and province.get(f"/appeals/files/{stage['files'][0]['own_name']}").status_code == 200
    )
    assert province.post(f"/appeals/{case}/decide", {"decision": "overturn", "reason": "属实"}).status_code == 200
    again = province.post(f"/appeals/{case}/decide", {"decision": "overturn", "reason": "属实"})
    assert again.status_code == 409 and land.cases()[0][2] == "overturned"
    assert as_("xinjiang").get(f"/appeals/{case}").status_code == 404  # ROLE-1


def test_role_3_money_is_asked_and_not_by_whom_it_was_made(land: Land, as_: As) -> None:
    finance = as_("finance")
    stepped_up(land, False)
    body = {"kind": "adjustment", "station": "HZ01", "amount": "12.50", "direction": "charge", "reason": "核对账目"}
    assert finance.post("/money/ask", body).json["code"] == "step_up_required"
    stepped_up(land)
    number = finance.post("/money/ask", body | {"month": "2026-05"}).json["number"]
    shown = finance.get(f"/money/{number}").json
    assert (shown["state"], shown["amount_fen"]) == ("open", 1250)
    own = finance.post(f"/money/{number}/decide", {"decision": "approve", "digest": shown["digest"], "reason": "好"})
    assert (own.status_code, own.json["code"]) == (403, "four_eyes")
    assert finance.post(f"/money/{number}/withdraw").status_code == 200
    assert finance.get("/ledger/balances").json["total_fen"] == 0
    assert as_("hz01").get(f"/money/{number}").status_code == 403


def test_do_4_scans_of_ones_own_stations(land: Land, as_: As) -> None:
    land.clock.at = local("10:00")
    at, ahead = "2026-05-04T09:59:00+08:00", "2026-05-04T10:06:00+08:00"
    scan = {"waybill_no": "100000000005", "station": "HZ01", "scanned_at": at}
    items = [scan, scan | {"station": "HZ02"}, scan | {"scanned_at": ahead}]
    told = as_("hz01").post("/scans", {"items": items}).json["results"]
    assert [(one["refusal"] or {}).get("code") for one in told] == [None, "station_unknown", "scanned_ahead"]
    assert as_("hz01").post("/scans", {"items": [scan | {"scanned_at": "2026-05-04 09:59"}]}).status_code == 422
    assert as_("hq").post("/scans", {"items": [scan]}).status_code == 403


def test_chan_2_entry_and_chan_8_a_caller(land: Land, as_: As) -> None:
    clerk = as_("hz01")
    sender = {"name": "欧阳明月", "phone": "13812345678", "province": "浙江省", "city": "杭州市", "district": "西湖区",
              "address": "文三路123号4幢501室"}  # fmt: skip
    body = {"business_type": "send_express", "source": "phone", "sender": sender, "adcode": "330106"}
    entered = clerk.post("/entry", body | {"sender": {"name": "无"}})
    assert entered.status_code == 422 and entered.json["code"] == "missing"
    entered = clerk.post("/entry", body | {"adcode": ""}, key="order-1")
    assert entered.status_code == 200, entered.text
    assert clerk.post("/entry", body | {"adcode": ""}, key="order-1").json == entered.json
    number = entered.json["logistics_no"]
    found = clerk.post("/callers/find", {"number": number, "phone": "13899999999"}).json["items"]
    assert found == [] and clerk.post("/callers/find", {"number": number}).status_code == 422
    forged = clerk.post(f"/callers/{entered.json['order_id'] or 1}/withdraw", {"proof": "x", "reason": "不寄了"})
    assert forged.status_code == 403


def test_a_key_does_what_it_was_made_for_and_no_more(land: Land, app: Flask, as_: As) -> None:
    """ROLE-1: in its person's scope, without a form token; not what asks who sits there."""
    order = land.order("KD1", local("08:31"))
    with writing(land.engine) as conn:
        row = conn.execute(select(users).where(users.c.login == "hz01")).one()
        owner = Actor(row.id, row.display_name, row.role, row.station, row.province)
        made = make_key(conn, NewKey(owner, "scanner", frozenset({Action.ACCEPT}), 30, owner.name), land.clock())
    assert not isinstance(made, Refusal)
    token = made[1]
    client: Any = app.test_client()
    headers = {"Authorization": f"Bearer {token}"}
    sent = {"json": {"items": [{"order_id": order}]}, "headers": headers}
    assert client.post("/api/v1/orders/accept", **sent).json["results"][0]["done"]
    assert client.post("/api/v1/orders/handle", **sent).status_code == 403
    assert client.get("/api/v1/orders", headers={"Authorization": "Bearer lsk_none"}).status_code == 401
    assert client.get("/orders", headers=headers).status_code in (302, 401)


def test_what_only_a_screen_could_show(land: Land, as_: As) -> None:
    """The audit, which notes that it was searched; statements as files; who has not closed his day (DAY-1)."""
    hq, day = as_("hq"), "2026-05-04"
    land.order("KD1", local("08:31"))
    assert hq.get("/audit", request="0" * 16).json["items"] == []
    assert "api_system.audit" in {one["what"] for one in hq.get("/audit", person="hq").json["items"]}
    assert as_("hz01").get("/audit").status_code == 403
    month = {"station": "HZ01", "month": "2026-05"}
    assert (
        hq.get("/statements.pdf", **month).data[:4] == b"%PDF" and hq.get("/statements.xlsx", **month).data[:2] == b"PK"
    )
    assert as_("hz02").get("/statements.pdf", **month).status_code == 404
    told = hq.get("/closing/overview", day=day, province="浙江省").json
    assert [one["name"] for one in told["provinces"]] == ["浙江省"]
    assert [one["code"] for one in told["stations"]] == ["HZ01"]
    kept = as_("hz01").post("/desk/filters", {"name": "a", "query": "channel=website&page=9"})
    assert kept.status_code == 200
