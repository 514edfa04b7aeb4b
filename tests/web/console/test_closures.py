"""停业 (ROUTE-6): a station asks, HQ grants beforehand or declines, the clocks are judged again; ROLE-1, B-89."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from dispatch.actions import sweep
from dispatch.batch import World
from geo.actions import import_closures
from geo.queries import load_network
from geo.stations import Closure
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables.geo import closure_requests, closures
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local

As = Callable[[str], Visitor]


def ask(visitor: Visitor, start: str = "2026-05-04T10:00", end: str = "2026-05-04T12:00", **more: str) -> Any:
    form = {"station": "HZ01", "start": start, "end": end, "reason": "盘点库房", **more}
    return visitor.post("/closures/ask", form, page="/closures")


def decide(visitor: Visitor, decision: str, **more: Any) -> Any:
    return visitor.post("/closures/decide", {"decision": decision, **more}, page="/closures")


def requests(engine: Engine) -> list[Any]:
    with reading(engine) as conn:
        return list(conn.execute(select(closure_requests).order_by(closure_requests.c.id)))


def states(engine: Engine) -> list[str]:
    return [row.state for row in requests(engine)]


def closed(engine: Engine) -> int:
    with reading(engine) as conn:
        return conn.execute(select(func.count()).select_from(closures)).scalar_one()


def test_route_6_from_asking_to_the_deadline(land: Land, as_: As, engine: Engine) -> None:
    """Times are Shanghai's. HQ sees what it would hit; granting moves the running clocks and stops routing there."""
    land.clock.at = local("09:00")
    assert ask(as_("hz01")).status_code == 303
    [row] = requests(engine)
    assert (row.station, row.starts_at, row.ends_at) == ("HZ01", local("10:00"), local("12:00"))
    assert (row.asked_by, row.asked_at, row.state) == ("西湖王芳", local("09:00"), "asked")
    land.order("KD0", local("09:10"))
    land.withdraw("KD0", local("09:15"))  # its clocks run no more
    in_it = {"window_start": "2026-05-04T11:00:00+08:00", "window_end": "2026-05-04T11:30:00+08:00"}
    land.order("KD5", local("09:20"), "HZ02", **in_it)  # another station's
    land.order("KD1", local("09:50"))  # accept by 10:20, pickup by 01:50 of the next day
    land.order("KD2", local("09:20"), **in_it)
    land.accept("KD2", "HZ01", local("09:51"))
    hq = as_("hq")
    text = hq.get("/closures").text
    assert "西湖网点" in text and "盘点库房" in text and "2026-05-04 10:00:00" in text
    assert "<strong>2</strong> 单的时限将顺延" in text and "<strong>1</strong> 单预约在此期间" in text

    assert decide(hq, f"grant:{row.id}").status_code == 303
    text = hq.get("/closures").text
    assert "已批准 1 项 / granted:HZ01" in text and "没有待批准的停业申请" in text
    assert "西湖网点" in hq.get("/closures?tab=granted").text
    with writing(engine) as conn:
        around = World(load_network(conn), packaged())
        # Looked at again at once, long before anything is due.
        assert sweep(conn, around, land.clock.at + timedelta(seconds=1)) >= 2
    assert land.row("KD1").accept_due_at == local("12:20")
    assert land.row("KD1").pickup_due_at == local("03:50", "2026-05-05")
    land.world = around
    land.order("KD3", local("10:00"))
    assert (land.row("KD3").station, land.row("KD3").routing_cause) == ("DATA_CENTRE", "closed")
    assert "停业至 05-04 12:00" in hq.get("/data-centre").text
    land.order("KD4", local("10:01"), "HZ01A")  # its contracted area is not closed
    assert land.row("KD4").station == "HZ01A"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"start": "2026-05-04T08:30"}, 303, ""),  # this very minute
        ({"start": "2026-05-04T08:29"}, 409, "开始时间已过"),
        ({"end": "2026-05-04T10:00"}, 422, "结束须晚于开始"),
        ({"start": "2026-08-01T08:00", "end": "2026-08-02T08:30"}, 303, ""),  # 90 days ahead
        ({"start": "2026-08-01T08:00", "end": "2026-08-02T08:31"}, 422, "最多申请 90 天"),
        ({"reason": "  "}, 422, "请填写停业原因"),
        ({"reason": "x" * 501}, 422, ""),
        ({"start": ""}, 422, "请填写日期和时间"),
        ({"start": "2026-02-30T08:00"}, 422, "请填写日期和时间"),
        ({"end": "2026-05-04T12:00+00:00"}, 422, ""),
        ({"start": "2026-05-04 10:00"}, 422, "请填写日期和时间"),
        ({"station": "HZ01A"}, 303, ""),  # its own level-2 station (DO-1)
        ({"station": "HZ02"}, 404, ""),
        ({"station": "NONE"}, 404, ""),
        ({"station": ""}, 404, ""),
    ],
)
def test_route_6_what_is_asked_strictly(
    land: Land, as_: As, engine: Engine, form: dict[str, str], status: int, words: str
) -> None:
    answer = ask(as_("hz01"), **form)
    assert (answer.status_code, len(requests(engine))) == (status, 1 if status == 303 else 0)
    assert words in answer.text
    if status in (409, 422) and words:
        assert 'value="2026-' in answer.text  # what was typed stands there still


def test_a_level_2_station_asks_for_itself_only(land: Land, as_: As) -> None:
    visitor = as_("hz01a")
    assert ask(visitor).status_code == 404
    assert ask(visitor, station="HZ01A").status_code == 303
    assert "西湖承包区甲" in as_("hz01").get("/closures").text
    assert "西湖承包区甲" not in as_("hz02").get("/closures").text


def test_taken_back_by_the_house_alone(land: Land, as_: As, engine: Engine) -> None:
    ask(as_("hz01"))
    [row] = requests(engine)
    path = f"/closures/{row.id}/take-back"
    for login in ("hz02", "hz01a"):
        assert as_(login).post(path, {}, page="/closures").status_code == 404, login
    visitor = as_("hz01")
    assert [visitor.post(path, {}, page="/closures").status_code for _ in range(2)] == [303, 409]
    assert states(engine) == ["taken_back"]
    assert "已撤回" in visitor.get("/closures?tab=decided").text
    assert ask(visitor, start="2026-05-04T10:01").status_code == 303  # it stands in nobody's way


def test_route_6_beforehand_only(land: Land, as_: As, engine: Engine) -> None:
    ask(as_("hz01"))
    ask(as_("hz01"), start="2026-05-04T14:00", end="2026-05-04T15:00")
    first, second = requests(engine)
    land.clock.at = local("10:00:01")
    hq = as_("hq")
    text = hq.get("/closures").text
    assert "只能驳回" in text and f"grant:{first.id}" not in text and f"grant:{second.id}" in text
    answer: Any = hq.post(
        "/closures/decide", {"decision": f"grant:{first.id}"}, page="/closures", headers={"Accept": "application/json"}
    )
    assert (answer.status_code, answer.json["code"]) == (409, "closure_began")
    assert decide(hq, "grant", requests=[str(first.id), str(second.id)]).status_code == 303
    text = hq.get("/closures").text
    assert "失败 1 项,开始时间已过" in text and "重新申请" in text and "已批准 1 项" in text
    assert states(engine) == ["asked", "granted"] and closed(engine) == 1


def test_declined_with_a_reason(land: Land, as_: As, engine: Engine) -> None:
    ask(as_("hz01"))
    [row] = requests(engine)
    hq = as_("hq")
    assert decide(hq, f"decline:{row.id}").status_code == 303
    assert "驳回须写明理由" in hq.get("/closures").text and states(engine) == ["asked"]
    decide(hq, f"decline:{row.id}", **{f"note-{row.id}": "旺季,致电 13812345678"})
    assert states(engine) == ["declined"] and closed(engine) == 0
    text = as_("hz01").get("/closures?tab=decided").text
    assert "旺季" in text and "总部赵敏" in text and "13812345678" not in text


def test_decided_once(land: Land, as_: As, engine: Engine) -> None:
    ask(as_("hz01"))
    [row] = requests(engine)
    hq = as_("hq")
    decide(hq, f"grant:{row.id}")
    for decision in ("grant", "decline"):
        decide(hq, f"{decision}:{row.id}", **{f"note-{row.id}": "改主意"})
        assert "失败 1 项,该申请已有结果" in hq.get("/closures").text
    assert states(engine) == ["granted"] and closed(engine) == 1
    assert ask(as_("hz01"), start="2026-05-04T11:00").status_code == 409  # it overlaps what was granted


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("login", "sees"), [("zhejiang", True), ("xinjiang", False), ("hq", True), ("admin", True), ("hz02", False)]
)
def test_role_1_who_looks(land: Land, as_: As, engine: Engine, login: str, sees: bool) -> None:
    ask(as_("hz01"))
    with writing(engine) as conn:
        import_closures(
            conn, [Closure("HZ01", local("06:00", "2026-05-05"), local("07:00", "2026-05-05"))], local("08:30")
        )
    visitor = as_(login)
    for path in ("/closures", "/closures?tab=granted", "/closures?station=HZ01"):
        assert (visitor.get(path).text.count("西湖网点") > 0) is sees, path
    assert "西湖网点" not in visitor.get("/closures?station=HZ02").text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("login", ["zhejiang", "finance", "admin", "hz02"])
def test_role_1_who_decides(land: Land, as_: As, engine: Engine, login: str) -> None:
    ask(as_("hz01"))
    [row] = requests(engine)
    visitor = as_(login)
    answer = visitor.post("/closures/decide", {"decision": f"grant:{row.id}"}, page="/nothing-here")
    assert answer.status_code == 403
    if login != "hz02":
        assert visitor.post("/closures/ask", {}, page="/nothing-here").status_code == 403
        assert visitor.post(f"/closures/{row.id}/take-back", {}, page="/nothing-here").status_code == 403
    assert visitor.get("/closures").status_code == (403 if login == "finance" else 200)
    assert states(engine) == ["asked"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_odd_forms_do_nothing(land: Land, as_: As, engine: Engine) -> None:
    ask(as_("hz01"))
    hq = as_("hq")
    odd: list[tuple[dict[str, str], int]] = [
        ({"decision": "grant"}, 303), ({"decision": "grant:x"}, 422), ({"decision": "no"}, 422), ({}, 422),
        ({"one": ""}, 303), ({"decision": "grant:99999"}, 303), ({"decision": "decline", "requests": "x"}, 422),
        ({"decision": "grant:" + "9" * 18}, 303),
    ]  # fmt: skip
    for form, status in odd:
        assert hq.post("/closures/decide", form, page="/closures").status_code == status, form
        assert states(engine) == ["asked"] and closed(engine) == 0, form
    for query in ("tab=x", "after=x", "station=%00", "tab=granted&station=a%00b", "station=" + "9" * 33):
        assert hq.get(f"/closures?{query}").status_code == 422


def test_b_89_no_act_without_the_form_token(land: Land, as_: As, engine: Engine) -> None:
    form = {"station": "HZ01", "start": "2026-05-04T10:00", "end": "2026-05-04T12:00", "reason": "x"}
    assert as_("hz01").client.post("/closures/ask", data=form).status_code == 403
    ask(as_("hz01"))
    assert as_("hq").client.post("/closures/decide", data={"decision": "grant:1"}).status_code == 403
    assert states(engine) == ["asked"]


def test_pages_have_nothing_inline(land: Land, as_: As) -> None:
    """B-132, B-133."""
    ask(as_("hz01"), reason="<i>盘点</i>")
    for login in ("hz01", "hq"):
        text = as_(login).get("/closures").text
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style|<i>|None|\{\{", text)
