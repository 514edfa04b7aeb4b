"""订单 and 未扫描: find orders, the order page, the look behind the mask (DO-5, DO-7, ROLE-1, ROLE-2)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from basics.words import State
from channels.messages import Withdrawal
from storage.session import reading
from storage.tables.people import audit
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local

As = Callable[[str], Visitor]
PAGE = "/orders"


def shown(text: str) -> list[str]:
    """Logistics numbers in a list, in its order."""
    return re.findall(r'<a class="no"[^>]*>(KD\w+)</a>', text)


def find(visitor: Visitor, pasted: str) -> tuple[int, list[str], str]:
    answer = visitor.post("/orders/search", {"q": pasted}, page="/nothing-here")
    return answer.status_code, shown(answer.text), answer.text


def test_search_by_either_number(land: Land, as_: As) -> None:
    """DO-7: the kind is detected, matches are exact, what is not found is named; one hit opens its page."""
    first = land.order("KD1", local("09:00"))
    land.order("KD2", local("09:10"))
    land.order("KD22", local("09:20"))
    land.accept("KD1", "HZ01", local("09:21"))
    land.confirm("KD1", "HZ01", local("09:30"), "55000000000001")
    visitor = as_("hz01")
    status, numbers, text = find(visitor, "55000000000001, KD2\n nothing、KD")
    assert (status, numbers) == (200, ["KD2", "KD1"])
    assert "未找到 2 个单号" in text and "nothing、KD" in text
    answer = visitor.post("/orders/search", {"q": " 55000000000001 "}, page="/nothing-here")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/orders/{first}")
    assert visitor.get("/orders?q=KD1").status_code == 303


ODD = {"sql": "' or 1=1 --", "percent": "%", "underscore": "KD_", "markup": "<script>x</script>"}


@pytest.mark.parametrize("pasted", ODD.values(), ids=ODD)
def test_odd_searches_find_nothing(land: Land, as_: As, pasted: str) -> None:
    """B-106, B-109"""
    land.order("KD1", local("09:00"))
    status, numbers, text = find(as_("hz01"), pasted)
    assert (status, numbers) == (200, []) and "<script>x" not in text


def test_too_much_is_refused(land: Land, as_: As) -> None:
    """DO-7, B-106: a thousand numbers, not one more; no number is longer than 64 characters."""
    land.order("KD0007", local("09:00"))
    visitor = as_("hz01")
    status, numbers, _ = find(visitor, " ".join(f"KD{n:04d}" for n in range(1000)))
    assert (status, numbers) == (200, ["KD0007"])
    assert find(visitor, " ".join(f"KD{n:04d}" for n in range(1001)))[0] == 422
    assert find(visitor, "K" * 65)[0] == 422
    assert find(visitor, "K\x00")[0] == 422
    assert find(visitor, "K" * 100_001)[0] == 422


WHO = [
    ("hz01", ["KD2", "KD1"]),
    ("hz01a", ["KD2"]),
    ("hz02", []),
    ("zhejiang", ["KD3", "KD2", "KD1"]),
    ("xinjiang", ["KD4"]),
    ("hq", ["KD3", "KD4", "KD2", "KD1"]),
]


@pytest.mark.parametrize(("login", "sees"), WHO)
def test_whose_orders(land: Land, as_: As, login: str, sees: list[str]) -> None:
    """ROLE-1: by list, by number and by id; at the data centre an order is its first province's."""
    land.order("KD1", local("10:00"))
    land.order("KD2", local("10:01"), "HZ01A")
    land.order("KD4", local("10:02"), "XJ01")
    land.order("KD3", local("10:03"), "HZ02")
    land.transfer("KD3", "HZ02", local("10:04"), "DATA_CENTRE")
    visitor = as_(login)
    assert shown(visitor.get(PAGE).text) == sees
    assert set(find(visitor, "KD1 KD2 KD4 KD3 KD5")[1]) == set(sees)
    for number in ("KD1", "KD2", "KD4", "KD3"):
        assert visitor.get(f"/orders/{land.id(number)}").status_code == (200 if number in sees else 404)


@pytest.mark.parametrize("login", ["finance", "admin"])
def test_who_sees_no_orders(land: Land, as_: As, login: str) -> None:
    order, visitor = land.order("KD1", local("09:00")), as_(login)
    for path in (PAGE, f"/orders/{order}", "/unscanned", "/data-centre", "/review"):
        assert visitor.get(path).status_code == 403, path


@pytest.mark.parametrize("order", ["0", "999999", str(2**63 - 1), str(2**63), "9" * 40, "x", "-1", "1.0"])
def test_no_such_order(land: Land, as_: As, order: str) -> None:
    """B-108"""
    assert as_("hq").get(f"/orders/{order}").status_code == 404


DATES = [
    ("from=2026-05-04&until=2026-05-04", 200, ["KD1"]),
    ("from=2026-05-05", 200, []),
    ("until=2026-05-03", 200, []),
    ("until=2026-05-04", 200, ["KD1"]),
    ("from=2026-02-02&until=2026-05-05", 200, ["KD1"]),
    ("from=2026-02-01&until=2026-05-05", 422, []),
    ("from=2026-05-05&until=2026-05-04", 422, []),
    ("from=2016-05-04", 422, []),
    ("from=2026-13-01", 422, []),
    ("until=0001-01-01", 422, []),
    ("state=waiting", 200, ["KD1"]),
    ("state=withdrawn", 200, []),
    ("state=x", 422, []),
    ("withdrawal=x", 422, []),
]


@pytest.mark.parametrize(("query", "status", "sees"), DATES)
def test_period_and_state(land: Land, as_: As, query: str, status: int, sees: list[str]) -> None:
    """B-107: days of creation in Shanghai, both included, at most 93."""
    land.order("KD1", local("23:59:59"))
    answer = as_("hz01").get(f"{PAGE}?{query}")
    assert (answer.status_code, shown(answer.text)) == (status, sees)


def test_order_page_tells_all(land: Land, as_: As) -> None:
    """DO-7: log newest first, holders, clocks with verdicts, suspicion, scan, whom it told."""
    order = land.order("KD1", local("09:00"))
    land.transfer("KD1", "HZ01", local("09:45"), "HZ02")
    land.accept("KD1", "HZ02", local("09:50"))
    land.confirm("KD1", "HZ02", local("10:00"), "55000000000001")
    land.scan("55000000000001", "HZ02", local("10:30"))
    text = as_("hq").get(f"/orders/{order}").text
    log = re.findall(r'log-head"><span[^>]*>(\S+)</span>', text)
    assert log == ["揽收扫描", "揽件确认", "运单号", "接单", "转单", "下单"]
    assert "西湖网点(HZ01) → 拱墅一网点(HZ02)" in text
    assert "→ 告知快递100「已揽收」" in text
    assert "接单超时" in text and "疑似" in text
    assert "不在服务范围" in text and "践诺" in text


def test_late_news_show_both_times(land: Land, as_: As) -> None:
    """DESIGN law 6"""
    order = land.order("KD1", local("09:00"))
    land.accept("KD1", "HZ01", local("09:05"))
    land.confirm("KD1", "HZ01", local("10:00"), "55000000000001")
    land.clock.at = local("14:00")
    with_time = land.do(local("14:00"), *[_scan("55000000000001", local("09:58"))])
    assert with_time == [None]
    text = as_("hz01").get(f"/orders/{order}").text
    assert "2026-05-04 14:00:00 才收到" in text


def _scan(waybill: str, at: object) -> object:
    from channels.messages import Scan

    return Scan(waybill, "HZ01", at)  # type: ignore[arg-type]


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
    assert "王小明" not in text and "欧阳明月" not in text and "5678" not in text and "\uff11\uff11\uff11" not in text


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


def test_unscanned(land: Land, as_: As) -> None:
    """DO-5: accepted or confirmed with a waybill that no scan of the house bears out, by order time."""
    for n, number in enumerate(("KD1", "KD2", "KD3", "KD4"), 1):
        land.order(number, local(f"09:0{n}"))
        land.accept(number, "HZ01", local("09:10"))
    for number in ("KD3", "KD2", "KD1"):
        land.confirm(number, "HZ01", local("10:00"), f"5500000000000{number[2]}")
    land.order("KD5", local("10:01"), business_type="online_order", waybill_no="55000000000005")
    land.accept("KD5", "HZ01", local("10:02"))
    land.scan("55000000000002", "HZ01A", local("10:30"))
    land.scan("55000000000003", "HZ02", local("10:30"))
    assert land.row("KD2").state == State.PICKED_UP
    assert shown(as_("hz01").get("/unscanned").text) == ["KD1", "KD3", "KD5"]
    assert shown(as_("hz02").get("/unscanned").text) == []
    assert as_("hq").get("/unscanned").status_code == 403


@pytest.mark.parametrize("path", ["/desk", "/desk?tab=to_pick_up", PAGE, "/unscanned", "/weekly"])
def test_no_query_a_row(land: Land, as_: As, engine: Engine, path: str) -> None:
    """DESIGN law 9: a page costs as many queries with forty orders as with four."""
    visitor, counts = as_("hz01"), []
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    for lot in ("A", "B"):
        for n in range(4 if lot == "A" else 36):
            land.order(f"KD{lot}{n}", local("09:00"))
            land.order(
                f"KD{lot}{n}x",
                local("09:00"),
                business_type="online_order",
                waybill_no=f"550000000{lot == 'A':d}{n:04d}",
            )
            land.accept(f"KD{lot}{n}x", "HZ01", local("09:01"))
        visitor.get(path)
        statements.clear()
        assert visitor.get(path).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 12, counts
