"""订单 and 未扫描: find orders, the order page, the look behind the mask (DO-5, DO-7, ROLE-1, ROLE-2)."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, event

from basics.words import State
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


def test_withdrawal_that_came_too_late_is_marked(land: Land, as_: As) -> None:
    """CHAN-6: withdrawn, and then a scan is told that was made before."""
    number = "55000000000001"
    order = land.order("KD1", local("09:00"), business_type="online_order", waybill_no=number)
    land.accept("KD1", "HZ01", local("09:10"))
    land.withdraw("KD1", local("10:00"))
    assert "撤单过晚" not in as_("hz01").get(f"/orders/{order}").text
    land.do(local("10:30"), _scan(number, local("09:50")))
    assert land.row("KD1").state == "picked_up"
    assert "撤单过晚" in as_("hz01").get(f"/orders/{order}").text


def _scan(waybill: str, at: object) -> object:
    from channels.messages import Scan

    return Scan(waybill, "HZ01", at)  # type: ignore[arg-type]


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
    assert counts[0] == counts[1] <= (45 if path == "/weekly" else 15), counts  # that one reads eight weeks
