"""HQ's screens: 分件台, 稽核台, 周报 (ROUTE-2, ROUTE-3, VIO-4, SETTLE-2, ROLE-1)."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select

from storage.session import reading
from storage.tables.penalties import case_log, postings
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local

As = Callable[[str], Visitor]


def rows(text: str) -> list[str]:
    return re.findall(r'<a class="no"[^>]*>(KD\w+)</a>', text)


# ---- data centre ----------------------------------------------------------------------------------------------


def test_data_centre_shows_cause_and_candidates(land: Land, as_: As) -> None:
    """ROUTE-2: longest waiting first, the cause, the candidates, and who sent it there."""
    land.order("KD1", local("09:00"), "gap", adcode="330105")
    land.order("KD2", local("09:01"))
    land.transfer("KD2", "HZ01", local("09:05"), "DATA_CENTRE")
    text = as_("hq").get("/data-centre").text
    assert rows(text) == ["KD1", "KD2"]
    assert "不在任何范围内" in text and "拱墅一网点" in text and "拱墅二网点" in text
    assert "网点转入" in text


def test_dispatch_one_and_many(land: Land, as_: As) -> None:
    """ROUTE-3, B-91: each to the station beside it; the accept clock starts then."""
    first, second = land.order("KD1", local("09:00"), "gap"), land.order("KD2", local("09:00"), "gap")
    waiting = land.order("KD3", local("09:00"))
    land.clock.at = local("09:40")
    visitor = as_("hq")
    form = {
        "csrf_token": visitor.token("/data-centre"), "orders": [str(first), str(second), str(waiting), "99999"],
        f"to-{first}": "HZ02", f"to-{second}": "NONE", f"to-{waiting}": "HZ02", "to-99999": "HZ02", "to": "",
    }  # fmt: skip
    answer = visitor.client.post("/data-centre/dispatch", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/data-centre")
    text = visitor.get("/data-centre").text
    for words in ("没有这个网点", "订单不在数据中心", "没有这个订单", "已分件 1 单:KD1"):
        assert words in text, words
    assert text.count("失败 1 单") == 3
    assert land.row("KD1").accept_due_at == local("10:10")
    one = visitor.post(f"/orders/{second}/dispatch", {"to": "HZ01"}, page="/data-centre")
    assert one.status_code == 303 and land.row("KD2").station == "HZ01"
    assert visitor.post(f"/orders/{second}/dispatch", {"to": "HZ01"}, page="/data-centre").status_code == 409
    assert visitor.post("/data-centre/dispatch", {"orders": str(first)}, page="/data-centre").status_code == 303
    text = visitor.get("/data-centre").text
    assert "1 单未选网点" in text and "没有待分件的订单" in text


def test_a_row_s_button_is_for_that_row(land: Land, as_: As) -> None:
    """ROUTE-3: whatever else is ticked, and whatever is said for all; Enter's button is for none."""
    first, second = land.order("KD1", local("09:00"), "gap"), land.order("KD2", local("09:00"), "gap")
    visitor = as_("hq")
    stations = {f"to-{first}": "HZ02", f"to-{second}": "HZ03", "to": "HZ01"}
    form = {"orders": str(first), "back": "/data-centre?online=1", **stations}
    for one, where in (("", ["DATA_CENTRE", "DATA_CENTRE"]), (str(second), ["DATA_CENTRE", "HZ03"])):
        answer = visitor.post("/data-centre/dispatch", {"one": one, **form}, page="/data-centre")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/data-centre?online=1")
        assert [land.row(number).station for number in ("KD1", "KD2")] == where
    assert "已分件 1 单:KD2" in visitor.get("/data-centre").text


def test_stations_are_suggested(land: Land, as_: As) -> None:
    found = as_("hq").get("/stations/find?to-1=拱墅").text
    assert re.findall(r'value="(\w+)"', found) == ["HZ02", "HZ03"]
    assert as_("hq").get("/stations/find?to=").text.strip() == ""


@pytest.mark.parametrize("login", ["hz01", "zhejiang", "finance", "admin"])
def test_only_hq(land: Land, as_: As, login: str) -> None:
    """ROLE-1, B-116"""
    order, visitor = land.order("KD1", local("09:00"), "gap"), as_(login)
    for path in ("/data-centre", "/review", "/review/1", "/stations/find"):
        assert visitor.get(path).status_code == 403, path
    for path in ("/data-centre/dispatch", f"/orders/{order}/dispatch", "/review/decide"):
        form = {"orders": str(order), "to": "HZ01", "cases": "1", "decision": "confirm", "reason": "x"}
        assert visitor.post(path, form, page="/nothing-here").status_code == 403, path
    assert land.row("KD1").station == "DATA_CENTRE"


# ---- review ---------------------------------------------------------------------------------------------------


def late(land: Land, numbers: int = 3) -> list[int]:
    """Orders of HZ01 that nobody accepted; the first was pushed late (VIO-3). Ids of the violations."""
    for n in range(numbers):
        land.order(f"KD{n}", local(f"09:0{n}"))
    land.sweep(local("10:00"))
    return [case[0] for case in land.cases()]


def test_review_list_and_filters(land: Land, as_: As) -> None:
    late(land)
    visitor = as_("hq")
    text = visitor.get("/review").text
    assert rows(text) == ["KD0", "KD1", "KD2"] and "05-04 09:30" in text and "未完成" in text
    assert rows(visitor.get("/review?kind=V-PICKUP").text) == []
    assert len(rows(visitor.get("/review?excuse=not_excused").text)) == 3
    assert rows(visitor.get("/review?excuse=excused").text) == []
    for query in ("kind=x", "excuse=x", "tab=x", "after=x"):
        assert visitor.get(f"/review?{query}").status_code == 422


def test_decide_many(land: Land, as_: As, engine: Engine) -> None:
    """VIO-4, LEDGER-1: with a reason; who, when and why are kept; the fine is posted once."""
    ids = late(land)
    visitor = as_("hq")

    def decide(decision: str, reason: str, *picked: object) -> int:
        form = {
            "csrf_token": visitor.token("/review"),
            "decision": decision,
            "reason": reason,
            "cases": [str(one) for one in picked],
        }
        return visitor.client.post("/review/decide", data=form).status_code

    assert decide("confirm", "  ", *ids) == 422
    assert decide("confirm", "属实") == 422
    assert decide("disprove", "属实", *ids) == 422
    assert decide("confirm", "x" * 501, *ids) == 422
    assert decide("confirm", "属实", ids[0], ids[1], 99_999) == 303
    assert decide("dismiss", "推送故障", ids[2]) == 303
    assert decide("dismiss", "再看", ids[0]) == 409, "B-101"
    assert [case[2] for case in land.cases()] == ["confirmed", "confirmed", "dismissed"]
    with reading(engine) as conn:
        assert conn.execute(select(func.count()).select_from(postings)).scalar_one() == 2
        log = [tuple(row) for row in conn.execute(select(case_log.c.by, case_log.c.reason).order_by(case_log.c.id))]
    assert log == [("总部赵敏", "属实"), ("总部赵敏", "属实"), ("总部赵敏", "推送故障")]
    text = visitor.get("/review?tab=decided").text
    assert "已驳回" in text and "推送故障" in text and "没有待稽核的疑似违规" in visitor.get("/review").text


def test_one_case_with_its_evidence(land: Land, as_: As) -> None:
    """VIO-4: rule text, clock and checks; in a dialog or on a page of its own."""
    case, visitor = late(land, 1)[0], as_("hq")
    page = visitor.get(f"/review/{case}").text
    assert "ACCEPT-1" in page and "2026-05-04 09:30:00" in page and "推送延迟:" in page and "<html" in page
    assert "V-ACCEPT" in page and "每次罚款 100 元" in page, "the rule as the edition of the case has it"
    assert "<html" not in visitor.get(f"/review/{case}", headers={"HX-Request": "true"}).text
    assert visitor.get("/review/99999").status_code == 404
    assert visitor.get(f"/review/{2**63}").status_code == 404


def test_station_sees_its_suspicion_at_once(land: Land, as_: As) -> None:
    late(land, 1)
    text = as_("hz01").get(f"/orders/{land.id('KD0')}").text
    assert "疑似" in text and "接单超时" in text and "100.00 元" in text


# ---- weekly ---------------------------------------------------------------------------------------------------


def figures(visitor: Visitor, week: str = "2026-W19") -> list[str]:
    answer = visitor.get(f"/weekly.csv?week={week}")
    assert answer.status_code == 200 and answer.mimetype == "text/csv"
    assert f'filename="weekly-{week}.csv"' in answer.headers["Content-Disposition"]
    return answer.data.decode("utf-8-sig").splitlines()


WEEK = [
    ("hz01", ["HZ01", "HZ01A"]),
    ("hz01a", ["HZ01A"]),
    ("zhejiang", ["HZ01", "HZ01A", "HZ02"]),
    ("xinjiang", ["XJ01"]),
    ("hq", ["XJ01", "HZ01", "HZ01A", "HZ02"]),
    ("finance", ["XJ01", "HZ01", "HZ01A", "HZ02"]),
]


@pytest.mark.parametrize(("login", "stations"), WEEK)
def test_weekly(land: Land, as_: As, login: str, stations: list[str]) -> None:
    """SETTLE-2, ROLE-1: page and file hold the actor's stations only."""
    for number, place in (("KD1", "HZ01"), ("KD2", "HZ01A"), ("KD3", "HZ02"), ("KD4", "XJ01")):
        land.order(number, local("11:00"), place)
    land.sweep(local("12:00"))
    visitor = as_(login)
    head, *lines = figures(visitor)
    assert head.startswith("week,province,station,orders,accept_on_time,accept_late")
    assert sorted(line.split(",")[2] for line in lines) == sorted(stations)
    page = visitor.get("/weekly?week=2026-W19").text
    for station in ("HZ01A", "HZ02", "XJ01"):
        assert (station in page) == (station in stations)


@pytest.mark.parametrize("week", ["2026-W54", "2026-W00", "x", "0001-W01", "9999-W52", "2026-w19", "２０２６-W19"])
def test_no_such_week(land: Land, as_: As, week: str) -> None:
    visitor = as_("hq")
    assert visitor.get(f"/weekly?week={week}").status_code == 422
    assert visitor.get(f"/weekly.csv?week={week}").status_code == 422


def test_admin_has_no_report(land: Land, as_: As) -> None:
    assert as_("admin").get("/weekly").status_code == 403


def test_failing_late_is_what_came_late(land: Land, as_: As) -> None:
    """CLOCK-2: a late failure is an act too late, not none."""
    land.order("KD0", local("09:00"))
    land.fail("KD0", "HZ01", local("09:47"), "cannot_enter")
    assert "05-04 09:47 才完成" in as_("hq").get("/review").text
