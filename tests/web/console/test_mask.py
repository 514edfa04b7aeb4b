"""What of a customer is shown, and the look behind the mask (ROLE-2, B-15, B-67)."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select

from basics.words import State
from channels.messages import Withdrawal
from storage.session import reading
from storage.tables.people import audit
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local

As = Callable[[str], Visitor]
PAGE = "/orders"


def test_behind_the_mask(land: Land, as_: As, engine: Engine) -> None:
    """ROLE-2: shown once after a reason is given, and logged."""
    order, visitor = land.order("KD1", local("09:00")), as_("hz01")
    assert visitor.post(f"/orders/{order}/look", {"reason": ""}, page="/desk").status_code == 422
    text = visitor.post(f"/orders/{order}/look", {"reason": "联系客户"}, page="/desk").text
    assert "欧阳明月" in text and "13812345678" in text and "4幢501室" in text
    assert "欧阳明月" not in visitor.get(f"/orders/{order}").text
    with reading(engine) as conn:
        looks = conn.execute(select(audit.c.subject, audit.c.reason).where(audit.c.what == "unmask")).all()
    assert [tuple(look) for look in looks] == [("KD1", "联系客户")]


def test_hundred_looks_an_hour(land: Land, as_: As) -> None:
    """B-121"""
    order, visitor = land.order("KD1", local("09:00")), as_("hz01")
    form = {"csrf_token": visitor.token("/desk"), "reason": "联系客户"}
    statuses = {visitor.client.post(f"/orders/{order}/look", data=form).status_code for _ in range(100)}
    assert statuses == {200}
    assert visitor.client.post(f"/orders/{order}/look", data=form).status_code == 429


@pytest.mark.parametrize(("login", "status"), [("hz02", 404), ("zhejiang", 403), ("hq", 200)])
def test_who_may_look(land: Land, as_: As, login: str, status: int) -> None:
    """ROLE-1, ROLE-2: a refused look is no look."""
    order, visitor = land.order("KD1", local("09:00")), as_(login)
    answer = visitor.post(f"/orders/{order}/look", {"reason": "核实地址"}, page="/nothing-here")
    assert answer.status_code == status and ("欧阳明月" in answer.text) == (status == 200)


def test_dialled_number_stays_masked(land: Land, as_: As) -> None:
    """ROLE-2: what DO-2 asks for with 'wrong number' is the customer's number."""
    order = land.order("KD1", local("09:00"))
    land.fail("KD1", "HZ01", local("09:05"), "wrong_number", "13812345678")
    text = as_("hz01").get(f"/orders/{order}").text
    assert "电话号码有误" in text and "13812345678" not in text and "138******78" in text


def test_look_ends_a_week_after_the_order(land: Land, as_: As, engine: Engine) -> None:
    """ROLE-2, RELIABILITY 11.3: a station's look; HQ may look later, too."""
    order = land.order("KD1", local("09:00"))
    land.withdraw("KD1", local("10:00"))
    land.clock.at = local("10:00", "2026-05-11")
    visitor = as_("hz01")
    assert visitor.post(f"/orders/{order}/look", {"reason": "核实地址"}, page="/desk").status_code == 200
    land.clock.at = local("10:01", "2026-05-11")
    late = visitor.post(f"/orders/{order}/look", {"reason": "核实地址"}, page="/desk")
    assert late.status_code == 403 and "订单结束已超过 7 天" in late.text and "欧阳明月" not in late.text
    assert "查看原因" not in visitor.get(f"/orders/{order}").text
    assert as_("hq").post(f"/orders/{order}/look", {"reason": "稽核取证"}, page="/orders").status_code == 200
    with reading(engine) as conn:
        assert len(conn.execute(select(audit.c.id).where(audit.c.what == "unmask")).all()) == 2


def test_look_needs_a_reason_of_the_list(land: Land, as_: As) -> None:
    """ROLE-2"""
    order, visitor = land.order("KD1", local("09:00")), as_("hq")
    answer = visitor.post(f"/orders/{order}/look", {"reason": "好奇"}, page="/orders")
    assert answer.status_code == 422 and "欧阳明月" not in answer.text


WISH: dict[str, Any] = {
    "receiver": {"name": "王小明"},
    "goods": "王小明的书 138 1234 5678",
    "remark": "找欧阳明月,电话\uff11\uff13\uff19\uff10\uff10\uff10\uff10\uff11\uff11\uff11\uff11",
}


@pytest.mark.parametrize("path", ["/desk", "/desk?tab=to_pick_up", "/data-centre", "/orders/{}"])
def test_free_text_is_masked(land: Land, as_: As, path: str) -> None:
    """ROLE-2, I-24: goods and remark hold what customers like to write."""
    order = land.order("KD1", local("09:00"), "gap" if path == "/data-centre" else "HZ01", **WISH)
    if "to_pick_up" in path:
        land.accept("KD1", "HZ01", local("09:01"))
    visitor = as_("hq" if path == "/data-centre" else "hz01")
    text = visitor.get(path.format(order)).text
    assert "王**的书 ****" in text and "找欧***" in text
    assert (
        "王小明" not in text and "欧阳明月" not in text and "12345678" not in text and "\uff11\uff11\uff11" not in text
    )


def test_free_text_of_the_log_is_masked(land: Land, as_: As) -> None:
    """ROLE-2: what stations and channels write; names that came before an update, too. Whole behind the mask."""
    order = land.order("KD1", local("09:00"))
    land.order("KD1", local("09:01"), sender={"name": "李雷", "phone": "13812345678"}, remark="欧阳明月改为李雷")
    land.transfer("KD1", "HZ01", local("09:02"), "HZ02", "欧阳明月要求,13812345678")
    land.fail("KD1", "HZ02", local("09:05"), "other", "李雷说不寄了 0571-88881234")
    visitor = as_("hz02")
    text = visitor.get(f"/orders/{order}").text
    assert "欧***要求" in text and "李*说不寄了 ****" in text and "欧***改为李*" in text
    assert "欧阳明月" not in text and "李雷" not in text and "88881234" not in text
    text = visitor.post(f"/orders/{order}/look", {"reason": "联系客户"}, page="/desk").text
    assert "欧阳明月要求" in text and "李雷说不寄了 0571-88881234" in text


def test_unreadable_phone_is_shown(land: Land, as_: As) -> None:
    """B-67, ROLE-2: why the order is held; masked, and whole behind the mask."""
    order = land.order("KD1", local("09:00"), sender={"name": "欧阳明月", "phone_as_sent": "1381234567"})
    assert land.row("KD1").state == State.HELD
    visitor = as_("hq")
    for path in (f"/orders/{order}", PAGE):
        text = visitor.get(path).text
        assert "无法识别" in text and "********67" in text and "1381234567" not in text, path
    assert "1381234567" in visitor.post(f"/orders/{order}/look", {"reason": "联系客户"}, page=PAGE).text


def test_what_steers_the_drawing_is_marked(land: Land, as_: As) -> None:
    """B-15: kept, shown marked."""
    sender = {"name": "\u202e张三", "phone": "13812345678"}
    order = land.order("KD1", local("09:00"), sender=sender, remark="改\u202e址", goods="书\u200b籍")
    visitor = as_("hz01")
    shown = [visitor.get(path).text for path in ("/desk", f"/orders/{order}")]
    shown.append(visitor.post(f"/orders/{order}/look", {"reason": "联系客户"}, page="/desk").text)
    for text in shown:
        assert "改[U+202E]址" in text and "书[U+200B]籍" in text
        assert "\u202e" not in text and "\u200b" not in text
    assert "张*" in shown[0] and "[U+202E]张三" in shown[2]


def test_log_names_the_channel(land: Land, as_: As) -> None:
    """DO-7: who told us, in words."""
    order = land.order("KD1", local("09:00"))
    told = Withdrawal("kuaidi100", "KD1", "sender", "不想寄了,13812345678", local("09:01"))
    assert land.do(local("09:01"), told, by="channel:crm") == [None]
    text = as_("hz01").get(f"/orders/{order}").text
    assert '<span class="text-secondary">客服</span>' in text and "channel:crm" not in text
    assert "不想寄了" in text and "13812345678" not in text
