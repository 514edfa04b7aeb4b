"""地名归属 in the console: who may, forms without token, a decision taken twice, masked data (ROUTE-1, ROUTE-4)."""

from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from dispatch.batch import World
from dispatch.facts import Accept, Confirm, Dispatch, Target, Transfer
from dispatch.memory import actions as memory
from dispatch.memory.queries import decided_proposals, open_proposals
from geo.addresses import packaged as gazetteer
from geo.queries import network_version
from storage.session import reading, run
from storage.tables.geo import named_places
from storage.tables.people import audit
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local

As = Callable[[str], Visitor]
DISTRICT, ESTATE, ROAD = "330106", "竹海苑小区", "文三路"
ADDRESS = f"浙江省杭州市西湖区{ROAD}{ESTATE}4幢501室"
DAYS = 10


def filled(land: Land) -> int:
    """HZ01 sends every order of one estate to HZ02, which keeps them; the estate's proposal."""
    land.world = World(land.world.network, land.world.book, gazetteer=gazetteer())
    for day in range(DAYS):
        at, number = local("09:00") + timedelta(days=day), f"KD{day}"
        land.order(number, at, adcode=DISTRICT, address=ADDRESS)
        land.do(at + timedelta(minutes=5), Transfer(Target(number), "HZ01", "HZ02"))
        confirm = Confirm(Target(number), "HZ02", f"5500000000{day:04d}")
        assert land.do(at + timedelta(hours=1), Accept(Target(number), "HZ02"), confirm) == [None, None]
    land.clock.at = local("12:00") + timedelta(days=DAYS)
    return counted(land)


def counted(land: Land) -> int:
    run(land.engine, lambda conn: memory.count(conn, land.world, land.clock.at))
    run(land.engine, lambda conn: memory.recount(conn, land.clock.at))
    with reading(land.engine) as conn:
        return next(one.id for one in open_proposals(conn) if one.fragment == ESTATE)


def places(land: Land) -> list[tuple[str, str, bool]]:
    with reading(land.engine) as conn:
        rows = conn.execute(select(named_places).order_by(named_places.c.id))
        return [(row.fragment, row.station, row.valid_until is None) for row in rows]


def decide(visitor: Visitor, proposal: int, decision: str = "adopt", note: str = "") -> Any:
    form = {"decision": decision, "note": note}
    return visitor.post(f"/memory/{proposal}/decide", form, page="/memory")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("login", "status"), [("hz01", 403), ("zhejiang", 403), ("finance", 403), ("hq", 200), ("admin", 200)]
)
def test_who_may_see_and_decide(as_: As, land: Land, login: str, status: int) -> None:
    """ROLE-1"""
    proposal = filled(land)
    visitor = as_(login)
    pages = ["/memory", f"/memory/{proposal}", *(f"/memory?tab={tab}" for tab in ("decided", "places", "misrouting"))]
    assert [visitor.get(path).status_code for path in pages] == [status] * len(pages)
    if status == 403:
        token = {"csrf_token": visitor.token("/weekly")}
        for path in (f"/memory/{proposal}/decide", "/memory/places", "/memory/places/1/end"):
            assert visitor.client.post(path, data=token).status_code == 403
        assert places(land) == []


def test_a_stranger_is_sent_to_log_in(app: Flask, land: Land) -> None:
    assert Visitor(app.test_client()).get("/memory").status_code in (302, 303)


def test_forms_without_token_are_refused(as_: As, land: Land) -> None:
    proposal = filled(land)
    hq = as_("hq")
    for path in (f"/memory/{proposal}/decide", "/memory/places", "/memory/places/1/end"):
        assert hq.client.post(path, data={"decision": "adopt", "note": "x"}).status_code == 403
    assert places(land) == []


def test_the_list_and_the_proposal(as_: As, land: Land) -> None:
    """What a person decides on: numbers, sources, effect; nothing of the customer (ROLE-2)."""
    proposal = filled(land)
    hq = as_("hq")
    listed = hq.get("/memory").text
    assert "竹海苑小区" in listed
    assert "浙江省杭州市西湖区" in listed
    assert 'aria-current="page" href="/memory"' in listed
    page = hq.get(f"/memory/{proposal}").text
    for words in (
        "KD0",
        "KD9",
        "10 单",
        "八成以上来自同一网点",
        "10 单中 <strong>10</strong> 单改派",
        "只计下列有票的订单",
        "data-map=",
    ):
        assert words in page
    for private in ("欧阳", "明月", "13812345678", "4幢", "501室"):  # a bare 501 is in some form tokens
        assert private not in page
        assert private not in listed
    assert "120.07," not in page  # ten metres or so, and latitude first
    assert 'href="/orders/' in page
    assert 'href="/orders/' not in as_("admin").get(f"/memory/{proposal}").text


def test_what_headquarters_dispatched_at_once(as_: As, land: Land) -> None:
    """No station left it: the data centre stands as its source."""
    proposal, at = filled(land), land.clock.at
    for number, alone in (("KD97", True), ("KD98", True), ("KD99", False)):  # 10 of 11, of 12, of 13
        land.order(number, at, "gap", adcode=DISTRICT, address=ADDRESS)
        assert land.do(at, Dispatch(Target(number), "HZ02", "hq")) == [None]
        counted(land)
        page = as_("hq").get(f"/memory/{proposal}").text
        assert "数据中心" in page
        assert "总部分件给" in page
        assert ("八成以上来自同一网点" in page) is alone


def test_adopting_and_what_comes_of_it(as_: As, land: Land) -> None:
    proposal = filled(land)
    hq = as_("hq")
    assert decide(hq, proposal, note="实地核实").status_code == 303
    assert "已采纳" in hq.get("/memory").text
    assert places(land) == [(ESTATE, "HZ02", True)]
    again = decide(hq, proposal)
    assert again.status_code == 409
    assert "已由他人处理" in again.text
    assert "实地核实" in hq.get("/memory?tab=decided").text
    shown = hq.get("/memory?tab=places").text
    assert "100.0%" in shown
    assert "10/10" in shown
    assert "7/7" in hq.get("/memory?tab=misrouting").text
    with reading(land.engine) as conn:
        entries = conn.execute(select(audit.c.what, audit.c.subject, audit.c.reason).where(audit.c.what == "proposal"))
        assert [tuple(row) for row in entries] == [("proposal", f"adopt {proposal}", "实地核实")]


def test_two_people_adopt_at_once(app: Flask, as_: As, land: Land) -> None:
    proposal = filled(land)
    visitors, answers = [as_("hq"), as_("admin")], []
    threads = [Thread(target=lambda one=one: answers.append(decide(one, proposal).status_code)) for one in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303, 409]
    assert places(land) == [(ESTATE, "HZ02", True)]


def test_declining_asks_why(as_: As, land: Land) -> None:
    proposal = filled(land)
    hq = as_("hq")
    refused = decide(hq, proposal, "decline")
    assert refused.status_code == 422
    assert "请填写理由" in refused.text
    assert decide(hq, proposal, "decline", "施工绕行").status_code == 303
    with reading(land.engine) as conn:
        assert [(one.state, one.note) for one in decided_proposals(conn)] == [("declined", "施工绕行")]
    assert places(land) == []
    assert decide(hq, proposal, "burn").status_code == 422
    assert decide(hq, 999_999).status_code == 404
    assert hq.get("/memory/999999").status_code == 404
    assert hq.get("/memory?tab=nothing").status_code == 422


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_page_adds_up_so_many_orders(as_: As, land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten orders in three weeks, of which the running one has none yet."""
    filled(land)
    hq = as_("hq")
    shown = {}
    for most in (99, 7, 1):
        monkeypatch.setattr("web.console.memory.MOST_READ", most)
        shown[most] = hq.get("/memory?tab=misrouting").text
    assert "页面最多统计" not in shown[99]
    assert "页面最多统计 7 单" in shown[7]
    assert "7/7" in shown[99]
    assert "7/7" not in shown[7]
    for number in range(2):
        land.order(f"KD8{number}", land.clock.at - timedelta(minutes=1), adcode=DISTRICT, address=ADDRESS)
    refused = hq.get("/memory?tab=misrouting").text
    assert "本周已超过 1 单" in refused
    assert "lanshou memory misrouting --weeks 8" in refused


def test_a_place_ends_once(as_: As, land: Land) -> None:
    hq = as_("hq")
    hq.post("/memory/places", NAMING, page="/memory")
    land.clock.forward(minutes=5)
    with reading(land.engine) as conn:
        place = conn.scalar(select(named_places.c.id))
    assert hq.post(f"/memory/places/{place}/end", {"until": "", "note": "拆迁"}, page="/memory").status_code == 303
    again = hq.post(f"/memory/places/{place}/end", {"until": "", "note": "拆迁"}, page="/memory")
    assert again.status_code == 409
    assert "该归属已终止" in again.text


NAMING = {"adcode": DISTRICT, "fragment": " 翡 翠城 ", "station": "HZ03", "note": "总部核定"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({}, 303, ""),
        ({"adcode": "999999"}, 422, "没有这个区县代码"),
        ({"adcode": ""}, 422, "没有这个区县代码"),
        ({"fragment": "小区"}, 422, "读不出这个地名"),
        ({"fragment": "<b>"}, 422, "读不出这个地名"),
        ({"station": "HZ99"}, 422, "没有这个网点"),
        ({"note": ""}, 422, "请填写理由"),
        ({"note": "长" * 501}, 422, ""),
    ],
)
def test_naming_by_hand(as_: As, land: Land, changed: dict[str, str], status: int, words: str) -> None:
    with reading(land.engine) as conn:
        version = network_version(conn)
    answer = as_("hq").post("/memory/places", NAMING | changed, page="/memory")
    assert answer.status_code == status
    assert words in answer.text
    assert places(land) == ([("翡翠城", "HZ03", True)] if status == 303 else [])
    with reading(land.engine) as conn:
        assert network_version(conn) == version + (status == 303)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("until", "note", "status", "holds"),
    [
        ("", "拆迁", 303, False),
        ("2026-06-01", "拆迁", 303, False),
        ("2026-05-01", "拆迁", 422, True),
        ("yesterday", "拆迁", 422, True),
        ("", "", 422, True),
    ],
)
def test_ending_a_place(as_: As, land: Land, until: str, note: str, status: int, holds: bool) -> None:
    hq = as_("hq")
    hq.post("/memory/places", NAMING, page="/memory")
    land.clock.forward(minutes=5)
    with reading(land.engine) as conn:
        place = conn.scalar(select(named_places.c.id))
    answer = hq.post(f"/memory/places/{place}/end", {"until": until, "note": note}, page="/memory")
    assert answer.status_code == status
    assert places(land) == [("翡翠城", "HZ03", holds)]


def test_a_proposal_that_lost_its_votes_says_so(as_: As, land: Land) -> None:
    proposal = filled(land)
    for day in range(3):
        at, number = land.clock.at + timedelta(minutes=day), f"KD9{day}"
        land.order(number, at, adcode=DISTRICT, address=ADDRESS)
        confirm = Confirm(Target(number), "HZ01", f"5500000009{day:04d}")
        assert land.do(at, Accept(Target(number), "HZ01"), confirm) == [None, None]
    assert counted(land) == proposal
    hq = as_("hq")
    assert "票数已不足" in hq.get("/memory").text
    assert "票数已不足" in hq.get(f"/memory/{proposal}").text
