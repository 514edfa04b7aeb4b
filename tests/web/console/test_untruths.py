"""VIO-2 on the screens: an untruth is readable in the order's log, and for whoever reviews it."""

from collections.abc import Callable
from typing import Any

from channels.messages import Scan, Withdrawal
from dispatch.facts import Fail, Target
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local

As = Callable[[str], Visitor]


def texts(land: Land, as_: As, number: str, kind: str) -> tuple[str, str]:
    """The order's page and the case, as HQ sees them."""
    [case] = [case for case, of, _ in land.cases() if of == kind]
    return as_("hq").get(f"/orders/{land.id(number)}").text, as_("hq").get(f"/review/{case}").text


def test_out_of_area_said_inside(land: Land, as_: As) -> None:
    land.order("KD1", local("09:00"))
    land.fail("KD1", "HZ01", local("09:10"), "out_of_area")
    log, case = texts(land, as_, "KD1", "V-FALSE-FAIL")
    assert "(HZ01) 范围内" in log and "虚假失败原因" in log
    assert "取件点在范围内" in case and "2026-05-04 09:10:00" in case and "起计" not in case


def test_customer_cancelled_ordered_again_and_what_the_channel_said(land: Land, as_: As) -> None:
    phone: dict[str, Any] = {"sender": {"name": "王小明", "phone": "13812345678"}}
    land.order("KD1", local("09:00"), **phone)
    land.do(local("09:10"), Fail(Target("KD1"), "HZ01", "accept", "customer_cancelled"))
    land.order("KD2", local("10:00"), business_type="online_order", waybill_no="55000000000017", **phone)
    land.accept("KD2", "HZ01", local("10:05"))
    land.do(local("11:00"), Scan("55000000000017", "HZ01", local("11:00")))
    said = Withdrawal("kuaidi100", "KD1", "sender", "13812345678 取件太慢", local("09:05"), None, "too_slow")
    [refusal] = land.do(local("12:00"), said)
    assert refusal is not None and refusal.code == "already_closed"
    log, case = texts(land, as_, "KD1", "V-FALSE-FAIL")
    assert "同号码再下单" in log and "KD2" in log and "渠道另有说法" in log and "取件太慢" in log
    assert "同一寄件电话再下单" in case and "KD2" in case and "渠道给出的原因" in case and "取件太慢" in case
    assert "13812345678" not in log + case


def test_a_confirmation_without_scan(land: Land, as_: As) -> None:
    land.order("KD1", local("09:00"))
    land.accept("KD1", "HZ01", local("09:05"))
    land.confirm("KD1", "HZ01", local("10:00"), "55000000000017")
    land.do(local("12:00"), Scan("55000000000017", "HZ02", local("11:00")))
    land.sweep(local("10:01", "2026-05-05"))
    log, case = texts(land, as_, "KD1", "V-FALSE-WAYBILL")
    assert "虚假运单号" in log
    assert "别处扫描" in case and "HZ02 2026-05-04 11:00:00" in case and "没有" in case


def test_a_wrong_accept_and_a_wrong_transfer(land: Land, as_: As) -> None:
    land.order("KD1", local("09:00"))
    land.transfer("KD1", "HZ01", local("09:10"), "HZ02")
    land.accept("KD1", "HZ02", local("09:20"))
    land.do(local("10:00"), Fail(Target("KD1"), "HZ02", "pickup", "out_of_area"))
    log, case = texts(land, as_, "KD1", "V-WRONG-ACCEPT")
    assert "取件点不在其服务范围,而在" in log and "揽收失败" in case and "HZ01" in case
    _, case = texts(land, as_, "KD1", "V-TRANSFER")
    assert "转往 HZ02" in case and "以超出范围登记失败" in case
