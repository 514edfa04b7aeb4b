"""One suspicion of each kind, with planted personal data, for the tests of evidence packs."""

from collections.abc import Callable
from typing import Any

from channels.messages import Scan, Withdrawal
from dispatch.facts import Dispatch, Fail, Target
from tests.web.console.conftest import Land, local

NEXT = "2026-05-05"
NAME, OTHER_NAME = "欧阳金丝雀", "司徒画眉"
PHONE, OTHER_PHONE = "13877665544", "13911223388"
ROOM = "9876号4幢501室"
CANARIES = (NAME, OTHER_NAME, PHONE, OTHER_PHONE, ROOM, "金丝雀", "画眉", "canary@example.com")
CONTENT: dict[str, Any] = {
    "sender": {"name": NAME, "phone": PHONE, "email": "canary@example.com"},
    "receiver": {"name": OTHER_NAME, "phone": OTHER_PHONE, "address": f"上海市黄浦区人民大道{ROOM}"},
    "address": f"浙江省杭州市西湖区文三路{ROOM}",
    "remark": f"找{NAME},电话{PHONE},{ROOM}",
    "goods": f"{OTHER_NAME}的书",
}


def late_accept(land: Land) -> None:
    land.order("KD1", local("09:00"), **CONTENT)
    land.sweep(local("09:31"))


def late_pickup(land: Land) -> None:
    land.order("KD1", local("09:00"), **CONTENT)
    land.accept("KD1", "HZ01", local("09:10"))
    land.sweep(local("01:01", NEXT))


def late_transfer(land: Land) -> None:
    """Dispatched by HQ to a station that does not hold the point, and never passed on."""
    land.order("KD1", local("09:00"), "gap", **CONTENT)
    land.do(local("09:05"), Dispatch(Target("KD1"), "HZ02", "hq"))
    land.sweep(local("09:36"))


def false_failure(land: Land) -> None:
    land.order("KD1", local("09:00"), **CONTENT)
    land.fail("KD1", "HZ01", local("09:10"), "out_of_area")


def contradicted_by_channel(land: Land) -> None:
    land.order("KD1", local("09:00"), **CONTENT)
    land.fail("KD1", "HZ01", local("09:10"), "customer_cancelled")
    words = f"{NAME} {PHONE} 取件太慢"
    land.do(local("12:00"), Withdrawal("kuaidi100", "KD1", "sender", words, local("09:05"), None, "too_slow"))


def false_waybill(land: Land) -> None:
    land.order("KD1", local("09:00"), **CONTENT)
    land.accept("KD1", "HZ01", local("09:05"))
    land.confirm("KD1", "HZ01", local("10:00"), "55000000000017")
    land.do(local("12:00"), Scan("55000000000017", "HZ02", local("11:00"), "扫描员"))
    land.sweep(local("10:01", NEXT))


def wrong_accept(land: Land) -> None:
    land.order("KD1", local("09:00"), **CONTENT)
    land.transfer("KD1", "HZ01", local("09:10"), "HZ02", f"给{NAME},{ROOM}")
    land.accept("KD1", "HZ02", local("09:20"))
    land.do(local("10:00"), Fail(Target("KD1"), "HZ02", "pickup", "cannot_reach", f"09:40 打{PHONE}没人"))


def wrong_transfer(land: Land) -> None:
    land.order("KD1", local("09:00"), **CONTENT)
    land.transfer("KD1", "HZ01", local("09:10"), "HZ02")
    land.transfer("KD1", "HZ02", local("09:20"), "HZ03")


SCENES: dict[str, tuple[str, Callable[[Land], None]]] = {
    "late_accept": ("V-ACCEPT", late_accept),
    "late_pickup": ("V-PICKUP", late_pickup),
    "late_transfer": ("V-TRANSFER", late_transfer),
    "false_failure": ("V-FALSE-FAIL", false_failure),
    "contradicted_by_channel": ("V-FALSE-FAIL", contradicted_by_channel),
    "false_waybill": ("V-FALSE-WAYBILL", false_waybill),
    "wrong_accept": ("V-WRONG-ACCEPT", wrong_accept),
    "wrong_transfer": ("V-TRANSFER", wrong_transfer),
}


def case_of(land: Land, kind: str) -> int:
    """The one violation of that kind."""
    [case] = [case for case, of, _ in land.cases() if of == kind]
    return case
