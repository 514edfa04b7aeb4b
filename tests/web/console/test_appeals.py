"""申诉 on the screens (APPEAL-1 to APPEAL-3, RELIABILITY B-99, B-119): who decides, until when."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from jobs.appeals import appeals as appeals_job
from penalties.booking.queries import balances
from penalties.evidence_asked import ACCEPTED, GENERAL, accepted
from people.actions import NewUser, add_users
from storage.session import reading, writing
from storage.tables.people import audit
from tests.rules.test_appeal_files import png
from tests.web.conftest import STORED
from tests.web.console.appeals_calls import JSON, LETTER, SEES, As, ask, code, decide, keys, send, stages, told
from tests.web.console.conftest import Land, local
from tests.web.console.test_notices import ids
from web.console.appeals_shown import left
from web.words import VIOLATIONS

__all__ = ["ids", "told"]


def test_appeal_1_to_3_station_province_and_hq(land: Land, told: dict[str, int], as_: As) -> None:
    station, province, hq, number = as_("hz01"), as_("zhejiang"), as_("hq"), told["KD1"]
    assert "还剩 3 天,至 5 月 14 日(周四)结束" in station.get("/appeals").text
    assert "系统无法登录" in station.get(f"/appeals/{number}").text
    assert ask(station, number, [("截图.png", png()), ("通话.txt", "10:05 无人接听".encode())]).status_code == 303
    assert keys(land, "province", "浙江省") == ["待审申诉 KD1 V-ACCEPT HZ01"]
    assert "KD1" in province.get("/appeals").text and "KD1" not in hq.get("/appeals").text
    page = province.get(f"/appeals/{number}").text
    assert "截图.png" in page and "客户改期" in page and "转总部" in page
    land.clock.forward(minutes=10)
    assert decide(province, number, "uphold", LETTER).status_code == 303
    assert keys(land, "station", "HZ01") == ["申诉结果 KD1 V-ACCEPT:省平台维持"]
    assert "KD1" not in province.get("/appeals").text and "KD1" in province.get("/appeals?tab=mine").text
    assert "可报总部" in station.get("/appeals").text
    land.clock.forward(minutes=10)
    assert ask(station, number, to="hq").status_code == 303
    assert keys(land, "hq", "") == ["待审申诉 KD1 V-ACCEPT HZ01"] and "KD1" in hq.get("/appeals").text
    with reading(land.engine) as conn:
        before = balances(conn)["HZ01"]
    assert decide(hq, number, "overturn").status_code == 303
    with reading(land.engine) as conn:
        assert balances(conn).get("HZ01", 0) == before - 10_000, "APPEAL-3: the fine is reversed"
        said = list(conn.scalars(select(audit.c.subject).where(audit.c.what == "appeal").order_by(audit.c.id)))
    assert [one.split()[0] for one in said] == ["entered", "uphold", "entered", "overturn"]
    page = station.get(f"/appeals/{number}").text
    assert "浙江陈平 #" in page and "总部赵敏 #" in page and page.count("看过证据") >= 2 and "来信.pdf" in page
    assert stages(land, number) == [("province", "upheld"), ("hq", "overturned")]


def test_b_99_late_twice_foreign(land: Land, told: dict[str, int], as_: As) -> None:
    station = as_("hz01")
    assert code(ask(station, told["KD3"])) == (404, "not_found"), "of another station"
    assert code(ask(station, told["KD1"], text="  ")) == (422, "text_required")
    assert code(ask(station, told["KD1"], to="court")) == (422, "invalid")
    assert code(ask(station, told["KD1"], to="hq")) == (409, "province_first")
    assert code(ask(station, 10**9)) == (404, "not_found")
    land.clock.at = local("23:59:59.999999", "2026-05-14")
    station = as_("hz01")
    assert ask(station, told["KD1"]).status_code == 303
    again = ask(station, told["KD1"])
    assert code(again) == (409, "already_appealed") and "省平台待审理" in again.json["detail"]
    land.clock.at = local("00:00:00", "2026-05-15")
    late = ask(station, told["KD2"])
    assert code(late) == (422, "appeal_closed") and "2026-05-14" in late.json["detail"]
    page = station.post(f"/appeals/{told['KD2']}/ask", {"to": "province", "text": "晚了"}, "/appeals")
    assert page.status_code == 422 and "申诉期已于 2026-05-14" in page.text


def test_role_1_scope_of_every_screen(land: Land, told: dict[str, int], as_: As) -> None:
    number = told["KD2"]
    assert ask(as_("hz01a"), number).status_code == 303
    for login, status in SEES.items():
        visitor = as_(login)
        assert visitor.get(f"/appeals/{number}").status_code == status, login
        listed = visitor.get("/appeals?tab=all")
        assert (listed.status_code, "KD2" in listed.text) == (403 if status == 403 else 200, status == 200), login
    home = {"hz01": "/appeals", "finance": "/appeals", "admin": "/rulebook"}
    for login, page in home.items():
        answer = send(as_(login), f"/appeals/{number}/decide", {"decision": "uphold", "reason": "不"}, page=page)
        assert answer.status_code == 403, login
    assert code(decide(as_("xinjiang"), number, "overturn")) == (404, "not_found"), "B-119"
    assert code(decide(as_("hq"), number, "overturn")) == (409, "no_open_appeal"), "the province has it"
    for login in ("zhejiang", "hq"):
        assert send(as_(login), f"/appeals/{number}/ask", {"to": "hq", "text": "x"}).status_code == 403
    for login in ("hz01", "finance"):
        assert as_(login).get("/appeals/mail").status_code == 403
    assert stages(land, number) == [("province", "open")]


def test_appeal_2_nobody_decides_about_his_own_station(land: Land, told: dict[str, int], as_: As) -> None:
    with writing(land.engine) as conn:
        new = [
            NewUser("zj2", "浙江某人", "province", STORED, station="HZ01A", province="浙江省"),
            NewUser("hq2", "总部某人", "hq", STORED, station="HZ01"),
        ]
        assert all(isinstance(one, int) for one in add_users(conn, new, land.clock.at))
    for number in ("KD1", "KD2", "KD3"):
        assert ask(as_("hz02" if number == "KD3" else "hz01"), told[number]).status_code == 303
    for number in ("KD1", "KD2"):  # his own one's house too
        assert code(decide(as_("zj2"), told[number], "overturn")) == (403, "own_station")
        assert "须由他人审理" in as_("zj2").get(f"/appeals/{told[number]}").text
    assert decide(as_("zj2"), told["KD3"], "uphold").status_code == 303
    assert decide(as_("zhejiang"), told["KD2"], "pass_on").status_code == 303
    assert code(decide(as_("hq2"), told["KD2"], "uphold")) == (403, "own_station")
    assert decide(as_("hq"), told["KD2"], "uphold").status_code == 303


def test_decided_twice_is_a_conflict_with_the_present_state(land: Land, told: dict[str, int], as_: As) -> None:
    number, province = told["KD1"], as_("zhejiang")
    assert ask(as_("hz01"), number).status_code == 303
    assert code(decide(province, number, "uphold", reason="")) == (422, "reason_required")
    assert code(decide(province, number, "burn")) == (422, "invalid")
    assert code(decide(province, number, "uphold", [("x.jpg", b"MZ\x00")])) == (415, "file_type")
    assert decide(province, number, "pass_on").status_code == 303
    again = decide(province, number, "uphold")
    assert code(again) == (409, "no_open_appeal") or code(again) == (409, "not_allowed_in_state")
    assert "省平台转总部(浙江陈平 #" in again.json["detail"] and "总部待审理" in again.json["detail"]
    assert keys(land, "hq", "") == ["待审申诉 KD1 V-ACCEPT HZ01"]
    assert code(decide(as_("hq"), number, "pass_on")) == (409, "not_allowed_in_state")
    assert stages(land, number) == [("province", "passed_on"), ("hq", "open")]


def test_two_decisions_at_once(land: Land, told: dict[str, int], as_: As) -> None:
    number = told["KD1"]
    assert ask(as_("hz01"), number).status_code == 303
    visitors = [as_("zhejiang") for _ in range(4)]
    tokens = [one.token("/appeals") for one in visitors]

    def one(at: int) -> int:
        form = {"csrf_token": tokens[at], "decision": "overturn" if at % 2 else "uphold", "reason": "同时"}
        return visitors[at].client.post(f"/appeals/{number}/decide", data=form, headers=JSON).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(one, range(4)))
    assert answers == [303, 409, 409, 409]
    assert len(keys(land, "station", "HZ01")) == 1


def test_appeal_2_silence_is_told_to_hq_and_station_once(
    land: Land, told: dict[str, int], as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = told["KD1"]
    assert ask(as_("hz01"), number).status_code == 303
    land.clock.at = local("23:59:59", "2026-05-14")
    assert "KD1" in as_("zhejiang").get("/appeals").text and "今天是最后一天" in as_("zhejiang").get("/appeals").text
    land.clock.at = local("00:00", "2026-05-15")
    assert "KD1" not in as_("zhejiang").get("/appeals").text and "KD1" in as_("hq").get("/appeals").text
    late = decide(as_("zhejiang"), number, "overturn")
    assert code(late) == (409, "no_open_appeal") and "转总部(system" in late.json["detail"]

    class Env:
        engine, clock = land.engine, land.clock

    for _ in range(2):
        appeals_job(Env)  # type: ignore[arg-type]
    assert keys(land, "hq", "") == ["待审申诉 KD1 V-ACCEPT HZ01"]
    assert keys(land, "station", "HZ01") == ["申诉结果 KD1 V-ACCEPT:省平台已转总部"]
    assert decide(as_("hq"), number, "overturn").status_code == 303


def test_days_left_in_words() -> None:
    until = local("00:00", "2026-05-08")
    assert left(until, local("09:00")) == "还剩 3 天,至 5 月 7 日(周四)结束"
    assert left(until, local("00:00", "2026-05-05")) == "还剩 2 天,至 5 月 7 日(周四)结束"
    assert left(until, local("23:59:59", "2026-05-07")) == "今天是最后一天,5 月 7 日(周四) 24:00 结束"
    assert left(until, until) == "已于 5 月 7 日(周四)结束"


def test_appeal_1_every_kind_says_what_evidence_it_takes() -> None:
    assert set(ACCEPTED) == set(VIOLATIONS)
    assert accepted("V-OF-LATER") == GENERAL
