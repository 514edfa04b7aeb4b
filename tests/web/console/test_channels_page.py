"""渠道: what each channel does, its switches, and its error log (issue 3 point 4)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, insert, select, update

from channels.actions import set_channel
from channels.errors_seen.queries import errors, traffic
from storage.session import reading, writing
from storage.tables.channels import channels, inbox, outbox, push_errors
from storage.tables.people import audit, users
from tests.channels import vectors
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from tests.web.door import MASTER, whsec
from web.services import Services

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NOON = local("12:00")
BODY = vectors.push()
As = Callable[[str], Visitor]


@pytest.fixture
def crm(app: Flask, land: Land) -> Land:
    """The CRM set up an hour ago; it is noon."""
    known: Services = app.extensions["lanshou"]
    app.extensions["lanshou"] = replace(known, master=MASTER)
    land.clock.at = NOON
    with writing(land.engine) as conn:
        values = {"secret": whsec(bytes(32)), "feedback_url": "https://crm.example.com/in?token=hush"}
        assert set_channel(conn, MASTER, "crm", values, NOON - timedelta(hours=1)) is None
    return land


def pushed(engine: Engine, minutes_ago: int, key: str, refused: str | None = None, body: bytes = BODY) -> None:
    row = {
        "channel": "crm", "message_key": key, "sha256": "0" * 64, "body": body, "answer_status": 422,
        "received_at": NOON - timedelta(minutes=minutes_ago), "logistics_no": "IS202611220000017", "refused": refused,
        "answer_type": "application/problem+json", "answer_body": '{"code":"text_invalid","call":"13800138000"}',
    }  # fmt: skip
    with writing(engine) as conn:
        conn.execute(insert(inbox), [row])


def away(engine: Engine, minutes_ago: int, code: str = "signature_invalid", number: str = "IS00000001") -> None:
    head = b"POST /push/crm?phone=13800138000\r\nuser-agent: wang/1\r\n\r\n"
    row = {
        "channel": "crm", "at": NOON - timedelta(minutes=minutes_ago), "source": "203.0.113.7", "code": code,
        "field": None, "status": 401, "request_id": "0123456789abcdef", "logistics_no": number,
        "request": head + BODY, "answer": '{"code":"signature_invalid"}',
    }  # fmt: skip
    with writing(engine) as conn:
        conn.execute(insert(push_errors), [row])


def rows(engine: Engine, table: Any) -> list[Any]:
    with reading(engine) as conn:
        return list(conn.execute(select(table).order_by(*table.primary_key)))


def test_the_list(crm: Land, as_: As) -> None:
    for n in range(3):
        pushed(crm.engine, 5 + n, f"a{n}")
    pushed(crm.engine, 65, "b", "text_invalid")
    away(crm.engine, 65)
    away(crm.engine, 60 * 25)  # not of these 24 hours
    page = as_("admin").get("/channels").text
    assert '4 / <span class="text-red">2</span>' in page
    assert "11:00 起:推送 3,被拒 0" in page and "10:00 起:推送 1,被拒 2" in page
    assert "未设置" in page and "05-04 11:55" in page


def test_hours(crm: Land) -> None:
    """The last 24, the present one last; an hour begins on a Shanghai clock as on any other."""
    for ago, refused in ((0, None), (1, None), (59, "text_invalid"), (60, None), (23 * 60 + 1, None), (24 * 60, None)):
        pushed(crm.engine, ago, str(ago), refused)
    away(crm.engine, 1)
    with reading(crm.engine) as conn:
        found = traffic(conn, ["crm", "website"], NOON + timedelta(minutes=59))
    told = {hour.start: (hour.pushes, hour.refused, hour.away) for hour in found["crm"].hours}
    assert len(told) == 24 and list(told)[-1] == NOON
    # 11:00 of yesterday and before is out: the first hour is 13:00.
    assert {at: counts for at, counts in told.items() if any(counts)} == {
        NOON: (1, 0, 0), NOON - timedelta(hours=1): (3, 1, 1)
    }  # fmt: skip
    assert found["crm"].last_push == NOON and (found["crm"].pushes, found["crm"].refusals) == (4, 2)
    assert found["website"].last_push is None and found["website"].pushes == 0


def test_the_last_push_of_a_silent_channel(crm: Land) -> None:
    pushed(crm.engine, 60 * 24 * 3, "old")
    with reading(crm.engine) as conn:
        assert traffic(conn, ["crm"], NOON)["crm"].last_push == NOON - timedelta(days=3)


def test_feedback_that_waits(crm: Land, as_: As) -> None:
    row: dict[str, Any] = {"order_id": None, "seq": 1, "region": "", "channel": "crm", "kind": "held", "payload": {},
                           "attempts": 1, "created_at": NOON}  # fmt: skip
    states = ("waiting", "waiting", "parked", "sent")
    with writing(crm.engine) as conn:
        conn.execute(insert(outbox), [row | {"state": state, "next_at": NOON} for state in states])
        conn.execute(update(channels).values(paused_until=NOON + timedelta(minutes=4), failures=3))
    page = as_("admin").get("/channels").text
    assert "待发 2" in page and "未送达 1" in page and "暂停至 05-04 12:04" in page


def test_one_channel(crm: Land, as_: As) -> None:
    """B-28: ages of the secrets, never a secret; how to set one is said with the exact command."""
    with writing(crm.engine) as conn:
        assert set_channel(conn, MASTER, "crm", {"secret": whsec(b"n" * 32)}, NOON) is None
    page = as_("admin").get("/channels/crm").text
    assert "旧密钥,至 05-05 12:00" in page and "lanshou channels set crm secret=-" in page
    assert "https://crm.example.com/in" in page and "hush" not in page
    for key in (bytes(32), b"n" * 32):
        assert whsec(key) not in page and whsec(key)[6:] not in page


def test_the_error_log(crm: Land, as_: As) -> None:
    """Newest first, from both places, a page at a time."""
    pushed(crm.engine, 30, "refused", "text_invalid")
    pushed(crm.engine, 20, "taken")
    away(crm.engine, 10)
    away(crm.engine, 60 * 24 * 8)
    page = as_("admin").get("/channels/crm").text
    assert page.index("signature_invalid") < page.index("text_invalid") and page.count("203.0.113.7") == 1
    with writing(crm.engine) as conn:
        conn.execute(update(push_errors).values(at=NOON - timedelta(minutes=30)))
    for n in range(7):
        away(crm.engine, 30 if n % 2 else 40, f"c{n}")
        pushed(crm.engine, 30 if n % 2 else 40, f"d{n}", f"d{n}")
    with reading(crm.engine) as conn:
        whole, end = errors(conn, "crm", NOON)
        found, after = errors(conn, "crm", NOON, limit=3)
        while after is not None:
            more, after = errors(conn, "crm", NOON, after, limit=3)
            found += more
    assert end is None and found == whole and len(whole) == 17
    assert [one.at for one in whole] == sorted((one.at for one in whole), reverse=True)


@pytest.mark.parametrize("login", ["admin", "hq"])
def test_a_request_is_masked_until_a_logged_look(crm: Land, as_: As, login: str) -> None:
    """ROLE-2: HQ may look, with a reason; an admin sees what helps to mend a client and nobody's data."""
    pushed(crm.engine, 30, "k1", "text_invalid")
    away(crm.engine, 10)
    visitor = as_(login)
    for address in ("/channels/crm/errors/inbox/1", "/channels/crm/errors/door/1"):
        page = visitor.get(address).text
        for canary in ("王小二", "13800138000", "文一西路", "李雷", "120.0238"):
            assert canary not in page, canary
        assert "pickup.order.created" in page and "data.sender.mobile" in page
        answer = visitor.post(f"{address}/look", {"reason": "稽核取证"}, "/channels")
        looks = [row for row in rows(crm.engine, audit) if row.what == "unmask"]
        if login == "admin":
            assert answer.status_code == 403 and not looks
            continue
        assert "王小二" in answer.text and "13800138000" in answer.text and "本次查看已记录" in answer.text
        assert looks[-1].reason == "稽核取证" and looks[-1].subject.startswith("crm IS") and looks[-1].order_id is None
        assert visitor.post(f"{address}/look", {"reason": "好奇"}, "/channels").status_code == 422
    page = visitor.get("/channels/crm/errors/inbox/1").text
    assert "订单" in page and "text_invalid" in page
    assert "未解读" in visitor.get("/channels/crm/errors/door/1").text


def test_looks_are_counted(crm: Land, as_: As) -> None:
    """B-121"""
    away(crm.engine, 10)
    visitor = as_("hq")
    with writing(crm.engine) as conn:
        hq = conn.scalar(select(users.c.id).where(users.c.login == "hq"))
        row = {"happened_at": NOON, "user_id": hq, "what": "unmask", "subject": "", "reason": "", "address": ""}
        conn.execute(insert(audit), [row] * 100)
    assert visitor.post("/channels/crm/errors/door/1/look", {"reason": "稽核取证"}, "/channels").status_code == 429


def test_switches(crm: Land, as_: As) -> None:
    """Pushes off and on, feedback on again after a 410; each is in the audit."""
    with writing(crm.engine) as conn:
        conn.execute(update(channels).values(feedback_on=False, failures=7, paused_until=NOON + timedelta(hours=1)))
    visitor = as_("admin")
    for what, on in (("enabled", "0"), ("feedback", "1")):
        assert visitor.post("/channels/crm/switch", {"what": what, "on": on}, "/channels").status_code == 303
    (row,) = rows(crm.engine, channels)
    assert (row.enabled, row.feedback_on, row.failures, row.paused_until) == (False, True, 0, None)
    assert "已停用" in visitor.get("/channels/crm").text
    assert visitor.post("/channels/crm/switch", {"what": "enabled", "on": "1"}, "/channels").status_code == 303
    assert rows(crm.engine, channels)[0].enabled
    written = [row.subject for row in rows(crm.engine, audit) if row.what == "channel"]
    assert written == ["crm enabled off", "crm feedback on", "crm enabled on"]


def test_settings(crm: Land, as_: As) -> None:
    """B-29: a list of addresses, or none; what is no address changes nothing."""
    visitor = as_("admin")
    form = {"sources": "203.0.113.7, 2001:db8::/32", "tell_sender": "on"}
    assert visitor.post("/channels/crm/settings", form, "/channels").status_code == 303
    assert rows(crm.engine, channels)[0].settings == {"sources": "203.0.113.7/32,2001:db8::/32", "tell_sender": "on"}
    assert visitor.post("/channels/crm/settings", {"sources": "crm.example.com"}, "/channels").status_code == 422
    assert visitor.post("/channels/crm/settings", {"sources": ""}, "/channels").status_code == 303
    assert rows(crm.engine, channels)[0].settings == {}
    assert visitor.post("/channels/website/settings", {"sources": ""}, "/channels").status_code == 409
    assert len(rows(crm.engine, channels)) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/channels/nobody", 404), ("/channels/crm/errors/door/9", 404),
        (f"/channels/crm/errors/door/{2**63}", 404), ("/channels/crm/errors/other/1", 404),
        ("/channels/website/errors/door/1", 404), ("/channels/sms", 200),
        ("/channels/crm?after=x", 422),
    ],
)  # fmt: skip
def test_addresses(crm: Land, as_: As, path: str, status: int) -> None:
    away(crm.engine, 10)
    assert as_("admin").get(path).status_code == status


def test_nobody_else(crm: Land, as_: As) -> None:
    """ROLE-1, B-89"""
    for login in ("hz01", "zhejiang", "finance"):
        assert as_(login).get("/channels").status_code == 403
    visitor = as_("admin")
    stale = {"csrf_token": "0" * 64, "what": "enabled", "on": "0"}
    assert visitor.client.post("/channels/crm/switch", data=stale).status_code == 403
    assert rows(crm.engine, channels)[0].enabled
