"""Call list, silent stations, and what the desk shows and sounds of the ladder (DO-8, DUTY-3, ROLE-1)."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from notify.actions import notify
from notify.messages import Message
from sla.presence.actions import watch
from sla.presence.queries import seen
from sla.warnings.actions import ring
from sla.warnings.plan import plan
from sla.warnings.queries import running
from storage.session import reading, writing
from storage.tables.sla import rings, silences
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

As = Callable[[str], Visitor]
PART = {"HX-Request": "true", "X-Background": "1"}


def warn(land: Land, at: datetime) -> None:
    """As the task does."""
    land.clock.at = at
    with writing(land.engine) as conn:
        due = plan(running(conn, at), land.world.book, land.world.calendar, {}, at)
        ring(conn, due, land.world.network, land.world.book, land.world.calendar, at)


def tell(land: Land, *to: tuple[str, str]) -> None:
    told = [Message(f"k:{kind}:{code}", (kind, code), "silent", "主题 <b>", "正文", "/desk") for kind, code in to]
    with writing(land.engine) as conn:
        notify(conn, told, land.clock.at)


def unread(text: str) -> str:
    found = re.search(r'<span class="unread" id="unread"([^>]*)>([^<]*)</span>', text)
    assert found
    return "" if "hidden" in found[1] else found[2]


def bell(text: str) -> str:
    found = re.search(r'data-bell="(\w*)"', text)
    assert found
    return found[1]


# ---- the desk -------------------------------------------------------------------------------------------------


def test_do_8_the_row_says_how_far_the_ladder_is(land: Land, as_: As) -> None:
    """In words, not by colour alone; the list renews itself when a step is taken."""
    order = land.order("KD1", local("09:00"))
    visitor = as_("hz01")
    texts = []
    for minute in (14, 15, 20, 25):
        warn(land, local(f"09:{minute}"))
        texts.append(visitor.get("/desk").text)
    plain, tint, sound, last = texts
    assert "抓紧接单" not in plain and bell(plain) == "soft"
    assert 'class="tinted"' in tint and "△ 抓紧接单" in tint and bell(tint) == "soft"
    assert 'class="urgent"' in sound and "▲ 即将超时" in sound and "已通知负责人" in sound
    assert bell(sound) == "loud" and "有订单即将超时" in sound and "来不及" not in sound
    assert "省平台催办中" in last and f'id="offer-{order}"' in last and "来不及?转给邻近网点" in last
    versions = [re.findall(r'data-shown="(\w+)"', text)[0] for text in texts]
    assert len(set(versions)) == 4
    assert visitor.get("/desk", headers=PART | {"X-Shown": versions[3]}).status_code == 204
    land.accept("KD1", "HZ01", local("09:26"))
    assert bell(visitor.get("/desk").text) == ""


def test_do_8_the_bell_rings_until_handled_but_not_off_duty(land: Land, as_: As) -> None:
    land.order("KD1", local("09:00"))
    warn(land, local("09:25"))
    land.sweep(local("09:40"))
    visitor = as_("hz01")
    assert bell(visitor.get("/desk").text) == "loud", "late, and still not handled"
    land.clock.at = local("19:59:59")
    visitor = as_("hz01")
    assert bell(visitor.get("/desk").text) == "loud"
    land.clock.at = local("20:00")
    text = visitor.get("/desk").text
    assert bell(text) == "" and "非值班时间,不响铃" in text and 'data-waiting="1"' in text
    land.clock.at = local("08:00", "2026-05-05")
    assert bell(as_("hz01").get("/desk").text) == "loud"


def test_do_8_anothers_order_rings_no_bell_here(land: Land, as_: As) -> None:
    land.order("KD1", local("09:00"), "HZ02")
    land.order("KD2", local("09:00"), "HZ01A")
    warn(land, local("09:25"))
    assert bell(as_("hz01").get("/desk").text) == "loud", "its contracted area's"
    land.accept("KD2", "HZ01A", local("09:26"))
    assert bell(as_("hz01").get("/desk").text) == ""


def test_do_8_the_steps_of_another_holder_are_not_shown(land: Land, as_: As) -> None:
    land.order("KD1", local("09:00"))
    warn(land, local("09:25"))
    land.transfer("KD1", "HZ01", local("09:26"), "HZ02")
    text = as_("hz02").get("/desk").text
    assert "KD1" in text and "抓紧接单" not in text and bell(text) == "soft"


def test_do_8_the_order_page_keeps_the_ring_log(land: Land, as_: As) -> None:
    order = land.order("KD1", local("09:00"))
    assert "到期前提醒" not in as_("hq").get(f"/orders/{order}").text
    warn(land, local("09:25"))
    text = as_("hq").get(f"/orders/{order}").text
    assert "到期前提醒" in text and text.count("2026-05-04 09:25:00") >= 5 and "列入省平台催办名单" in text


# ---- looks ----------------------------------------------------------------------------------------------------


def looks(land: Land) -> dict[str, datetime]:
    with reading(land.engine) as conn:
        return seen(conn)


def test_duty_3_loading_or_fetching_the_desk_is_a_look(land: Land, as_: As) -> None:
    """Level 1 looks for its contracted areas too, these only for themselves; other screens are no look."""
    land.clock.at = local("09:00")
    visitor = as_("hz01a")
    visitor.get("/orders")
    as_("zhejiang").get("/orders")
    assert looks(land) == {}
    visitor.get("/desk")
    assert looks(land) == {"HZ01A": local("09:00")}
    land.clock.at = local("09:05")
    as_("hz01").get("/desk", headers=PART)
    assert looks(land) == {"HZ01": local("09:05"), "HZ01A": local("09:05")}


def test_duty_3_a_look_is_written_once_a_minute(land: Land, as_: As) -> None:
    land.clock.at = local("09:00")
    visitor = as_("hz02")
    for second, noted in ((0, 0), (10, 0), (59, 0), (60, 60), (70, 60), (125, 125)):
        land.clock.at = local("09:00") + timedelta(seconds=second)
        visitor.get("/desk", headers=PART)
        assert looks(land) == {"HZ02": local("09:00") + timedelta(seconds=noted)}


def test_duty_3_looks_that_are_not_noted_make_nobody_silent(land: Land, as_: As) -> None:
    visitor = as_("hz02")
    for second in range(0, 60, 10):
        land.clock.at = local("09:00") + timedelta(seconds=second)
        visitor.get("/desk", headers=PART)
    watched(land, local("09:20:50"))
    with reading(land.engine) as conn:
        assert conn.execute(select(silences)).all() == [], "exactly 20:00 without a look"


def watched(land: Land, at: datetime) -> None:
    land.clock.at = at
    with writing(land.engine) as conn:
        world = land.world
        watch(conn, world.network, world.book.at(at), world.calendar, at)


def test_duty_3_a_look_ends_the_silence(land: Land, as_: As) -> None:
    land.clock.at = local("09:00")
    as_("hz02").get("/desk")
    watched(land, local("09:22"))
    land.clock.at = local("09:25")
    as_("hz02").get("/desk")
    with reading(land.engine) as conn:
        assert [(row.started_at, row.ended_at) for row in conn.execute(select(silences))] == [
            (local("09:21"), local("09:25"))
        ]


def test_duty_3_silent_stations_and_those_that_never_looked(land: Land, as_: As) -> None:
    land.clock.at = local("09:00")
    as_("hz01").get("/desk")
    as_("hz02").get("/desk")
    land.order("KD1", local("09:01"), "HZ02")
    watched(land, local("09:30"))
    text = as_("zhejiang").get("/silent").text
    assert re.findall(r"(HZ\d\dA?)</small></td>", text) == ["HZ02", "HZ01", "HZ01A"] and "1 单待接" in text
    assert "从未登录 1 个网点" in text and "HZ03" in text and "HZ09" not in text and "XJ01" not in text
    text = as_("xinjiang").get("/silent").text
    assert "没有静默网点" in text and "从未登录 2 个网点" in text and "HZ02" not in text
    assert "HZ02" in as_("hq").get("/silent").text and as_("hz01").get("/silent").status_code == 403
    text = as_("zhejiang").get("/weekly?week=2026-W19").text
    assert "静默网点" in text and text.index("拱墅一网点") and "never fined" in text
    assert 'id="silent"' not in as_("xinjiang").get("/weekly?week=2026-W19").text
    assert "静默网点" in as_("hz02").get("/weekly?week=2026-W19").text


# ---- the call list --------------------------------------------------------------------------------------------


def test_do_8_the_province_calls_and_ticks_off(land: Land, as_: As) -> None:
    land.order("KD1", local("09:00"))
    land.order("KD2", local("09:00"))
    land.order("KD3", local("09:01"), "HZ02")
    warn(land, local("09:26"))
    visitor = as_("zhejiang")
    text = visitor.get("/calls").text
    assert re.findall(r"(HZ\d\d)</small></td>|(HZ\d\d)</small>", text)[0] != "" and "2 单" in text and "未致电" in text
    assert text.index("HZ01") < text.index("HZ02") and unread(text) == "1"
    assert visitor.post("/calls/called", {"station": "HZ01"}, "/orders").status_code == 303
    text = visitor.get("/calls").text
    assert "浙江陈平" in text and 'id="called-HZ02"' in text and 'id="called-HZ01"' not in text
    with reading(land.engine) as conn:
        told = [
            row.told
            for row in conn.execute(select(rings).where(rings.c.step == "call_list"))
            if "called_by" in row.told
        ]
    assert [(one["called_by"], one["called_at"]) for one in told] == [("浙江陈平", "2026-05-04T09:26:00+08:00")] * 2
    again = visitor.get(visitor.post("/calls/called", {"station": "HZ01"}, "/orders").headers["Location"]).text
    assert "没有待催办订单" in again
    shown = re.findall(r'data-shown="(\w+)"', again)[0]
    assert visitor.get("/calls", headers=PART | {"X-Shown": shown}).status_code == 204


@pytest.mark.parametrize(("login", "station", "status"), [
    ("xinjiang", "HZ01", 404), ("zhejiang", "NONE", 404), ("hz01", "HZ01", 403), ("hq", "HZ01", 303),
])  # fmt: skip
def test_role_1_who_ticks_off_whom(land: Land, as_: As, login: str, station: str, status: int) -> None:
    land.order("KD1", local("09:00"))
    warn(land, local("09:26"))
    visitor = as_(login)
    assert visitor.post("/calls/called", {"station": station}, "/orders").status_code == status
    if login == "xinjiang":
        assert "没有须催办的网点" in visitor.get("/calls").text
    assert visitor.client.post("/calls/called", data={"station": station}).status_code == 403, "no form token"


def test_nothing_inline_and_no_customer(land: Land, as_: As) -> None:
    """B-109, B-132, ROLE-2."""
    land.clock.at = local("09:00")
    as_("hz02").get("/desk")
    land.order("KD1", local("09:00"), "HZ02", remark="<i>")
    warn(land, local("09:26"))
    watched(land, local("09:27"))
    pages: dict[str, Any] = {"hz02": ["/inbox", "/desk"], "zhejiang": ["/inbox", "/calls", "/silent", "/weekly"]}
    for login, paths in pages.items():
        visitor = as_(login)
        for path in paths:
            text = visitor.get(path).text
            assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style|<i>", text), path
            assert not re.search(r"13812345678|欧阳明月|501室|None|\{\{", text), path
