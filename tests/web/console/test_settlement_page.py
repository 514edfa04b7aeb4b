"""结算 at the console: how months stand, the dry run, two signatures, settling again, closing (SETTLE-1, DAY-1, ROLE-3,
B-105)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from penalties.actions import Change, change
from penalties.lifecycle import CONFIRM, OVERTURN
from storage.session import reading, writing
from storage.tables.penalties import closed_months, postings, settlement_items, settlements
from tests.web.conftest import Visitor
from tests.web.console.calls import As
from tests.web.console.conftest import Land, local
from tests.web.console.money import JSON, ask, decide, hidden, ledger, requests, second_finance

APRIL = "/settlement/2026-04"


@pytest.fixture
def april(land: Land, engine: Engine) -> Land:
    """Two orders of HZ01 and one of HZ02 in April; HZ03's was never accepted. It is the 4th of May."""
    for number, place in (("KD1", "HZ01"), ("KD2", "HZ01"), ("KD3", "HZ02")):
        land.order(number, local("09:00", "2026-04-20"), place)
        land.accept(number, place, local("09:05", "2026-04-20"))
    land.order("KD4", local("09:10", "2026-04-20"), "HZ03")
    land.sweep(local("12:00", "2026-04-20"))
    land.clock.at = local("10:00")
    second_finance(engine)
    return land


def review(land: Land, act: str, at: str, day: str = "2026-05-04") -> None:
    """HQ decides the case of KD4, or an appeal overturns it."""
    (case,) = [one for one in land.cases() if one[1] == "V-ACCEPT"]
    land.clock.at = local(at, day)
    with writing(land.engine) as conn:
        assert change(conn, [Change(case[0], act, land.clock(), "HQ", "查实")], land.clock()) == [None]


def propose(visitor: Visitor, month: str = APRIL, headers: Any = None, **form: str) -> Any:
    page = visitor.get(month).text
    given = {"reason": "四月结算", "key": hidden(page, "key"), "digest": hidden(page, "digest"), **form}
    return visitor.post(f"{month}/propose", given, page="/settlement", headers=headers or {})


def close(visitor: Visitor, month: str = APRIL, headers: Any = None, **form: str) -> Any:
    key = hidden(visitor.get("/money").text, "key")
    given = {"reason": "关账", "key": key, "digest": shown_digest(visitor)} | form
    return visitor.post(f"{month}/close", given, page="/settlement", headers=headers or {})


def settled(engine: Engine) -> list[tuple[int, str, str, int]]:
    s, i = settlements.c, settlement_items.c
    query = select(s.number, i.station, i.kind, i.amount_fen).join(settlements, s.id == i.settlement_id)
    with reading(engine) as conn:
        return [tuple(row) for row in conn.execute(query.order_by(s.number, i.station, i.kind))]


def test_reward_1_the_dry_run_shows_places_winners_and_reasons(april: Land, as_: As) -> None:
    page = as_("finance").get(APRIL).text
    for words in ("未结算", "浙江省", "新疆维吾尔自治区", "空缺", "奖励", "第 1 名", "+200.00 元", "2017-01-01"):
        assert words in page, words
    winners = as_("hq").get(f"{APRIL}?province=浙江省").text
    assert "获奖网点" in winners and "第一签字" not in winners, "HQ reads"
    assert "没有将入账的项目" in as_("finance").get(f"{APRIL}?province=新疆维吾尔自治区").text
    assert "没有将入账的项目" in as_("finance").get(f"{APRIL}?kind=refund_1").text
    assert as_("finance").get(f"{APRIL}?kind=gift").status_code == 422


def test_settle_1_two_signatures(april: Land, as_: As, engine: Engine) -> None:
    first, second = as_("finance"), as_("finance2")
    assert "待结算" in first.get("/settlement").text
    assert propose(first).status_code == 303
    assert "待第二签字" in first.get("/settlement").text
    mine, other = first.get(APRIL).text, second.get(APRIL).text
    assert "批准并执行" not in mine and "撤回申请" in mine and "批准并执行" in other and "第一签字" not in other
    digest = requests(engine)[0].digest
    assert decide(first, 1, headers=JSON, digest=digest).json["code"] == "four_eyes"
    assert settled(engine) == []
    assert decide(second, 1).status_code == 303
    expected = [(0, house, "reward", 20_000) for house in ("HZ01", "HZ02", "HZ03")]
    assert settled(engine) == expected and ledger(engine)["rewards"] == 60_000
    assert decide(second, 1, headers=JSON, digest=digest).json["code"] == "request_decided"
    assert settled(engine) == expected
    page = second.get(APRIL).text
    assert "已结算 1 次" in page and "没有差额" in page and "财务钱进 #4、财务钱进 #" in page
    assert "第 1 名" in second.get(f"{APRIL}?tab=posted").text
    with reading(engine) as conn:
        p = postings.c
        found = conn.execute(select(p.month, p.request_id).distinct()).all()
    assert [tuple(row) for row in found] == [("2026-04", 1)]


def test_what_changed_after_the_first_signature(april: Land, as_: As, engine: Engine) -> None:
    """Then neither what was proposed nor what is true now is posted: it is proposed anew."""
    first, second = as_("finance"), as_("finance2")
    stale = hidden(first.get(APRIL).text, "digest")
    assert propose(first).status_code == 303
    review(april, CONFIRM, "09:59")
    april.clock.at = local("10:10")
    assert "不能再按此批准" in second.get(APRIL).text
    answer = decide(second, 1, headers=JSON)
    assert (answer.status_code, answer.json["code"]) == (409, "version_conflict")
    assert settled(engine) == [] and requests(engine)[0].state == "open"
    with reading(engine) as conn:
        assert conn.execute(select(settlements)).all() == [], "what was tried is undone"
    assert decide(second, 1, "decline", reason="数据有变").status_code == 303
    answer = propose(first, headers=JSON, digest=stale)
    assert (answer.status_code, answer.json["code"]) == (409, "version_conflict")
    assert propose(first).status_code == 303 and decide(second, 2).status_code == 303
    assert [row[1] for row in settled(engine)] == ["HZ01", "HZ02"], "HZ03 has a confirmed violation in the month"
    assert "裁决有变" not in first.get("/settlement").text, "that was before it was settled"


def test_settle_1_again_posts_the_difference_only(april: Land, as_: As, engine: Engine) -> None:
    first, second = as_("finance"), as_("finance2")
    propose(first)
    decide(second, 1)
    form = {"reason": "又", "digest": shown_digest(first), "key": "3" * 32}
    answer: Any = first.post(f"{APRIL}/propose", form, page="/settlement", headers=JSON)
    assert (answer.status_code, answer.json["code"]) == (409, "nothing_to_settle")
    review(april, CONFIRM, "10:10")
    assert "1 件裁决有变" in first.get("/settlement").text
    page = first.get(APRIL).text
    assert "再次结算" in page and "差额" in page and "-200.00 元" in page
    assert propose(first).status_code == 303 and decide(second, 2).status_code == 303
    assert settled(engine)[3:] == [(1, "HZ03", "reward", -20_000)]
    review(april, OVERTURN, "10:20")
    assert propose(first).status_code == 303 and decide(second, 3).status_code == 303
    assert settled(engine)[4:] == [(2, "HZ03", "reward", 20_000)]
    assert ledger(engine)["HZ03"] == -20_000, "fine and reversal, reward, its taking back, reward"


def shown_digest(visitor: Visitor) -> str:
    """As the page has it above the form, which stands there only when there is something to settle."""
    return str(visitor.get(APRIL).text.partition("SHA-256 ")[2][:64])


def propose_form(visitor: Visitor, month: str) -> Any:
    given = {"reason": "结算", "key": "2" * 32, "digest": "0" * 64}
    return visitor.post(f"/settlement/{month}/propose", given, page="/settlement", headers=JSON)


def test_b_105_a_running_or_future_month(april: Land, as_: As, engine: Engine) -> None:
    finance = as_("finance")
    for month in ("2026-05", "2026-06", "2999-12"):
        answer: Any = propose_form(finance, month)
        assert (answer.status_code, answer.json["errors"]) == (422, [{"code": "month_open", "field": "month"}]), month
        closing: Any = close(finance, f"/settlement/{month}", headers=JSON)
        assert closing.json["errors"] == [{"code": "month_open", "field": "month"}]
        assert "尚未结束" in finance.get(f"/settlement/{month}").text
    for month in ("2026-13", "2026-00", "1800-01", "x", "2026-4", "２０２６-04"):
        assert finance.get(f"/settlement/{month}").status_code == 404, month
        assert propose_form(finance, month).status_code == 404, month
    april.clock.at = local("23:59:59", "2026-05-31")
    finance = as_("finance")
    assert propose_form(finance, "2026-05").status_code == 422
    april.clock.at += timedelta(seconds=1)
    assert "未结算" in finance.get("/settlement/2026-05").text
    assert requests(engine) == []


def test_day_1_overdue_from_the_6th_on(april: Land, as_: As) -> None:
    for at, overdue in ((local("23:59:59", "2026-05-05"), False), (local("00:00", "2026-05-06"), True)):
        april.clock.at = at
        finance = as_("finance")
        assert ("已逾期" in finance.get("/settlement").text) is overdue
        assert ("已逾期" in finance.get(APRIL).text) is overdue


def test_one_settlement_waits_at_a_time(april: Land, as_: As, engine: Engine) -> None:
    first, second = as_("finance"), as_("finance2")
    form = {"digest": shown_digest(first), "key": "3" * 32}
    propose(first)
    assert "第一签字" not in second.get(APRIL).text, "the form is not offered"
    again: Any = second.post(f"{APRIL}/propose", {"reason": "又", **form}, page="/settlement", headers=JSON)
    assert (again.status_code, again.json["code"]) == (409, "already_asked")
    assert first.post("/approvals/1/withdraw", {}, page="/approvals").status_code == 303
    assert second.post(f"{APRIL}/propose", {"reason": "又", **form}, page="/settlement").status_code == 303
    assert [row.state for row in requests(engine)] == ["withdrawn", "open"]


def test_ledger_1_a_month_is_closed_by_two_after_it_was_settled(april: Land, as_: As, engine: Engine) -> None:
    first, second = as_("finance"), as_("finance2")
    answer = close(first, headers=JSON)
    assert (answer.status_code, answer.json["code"]) == (409, "month_not_settled")
    propose(first)
    decide(second, 1)
    assert close(first).status_code == 303
    assert decide(first, 2, headers=JSON).json["code"] == "four_eyes"
    assert decide(second, 2).status_code == 303
    with reading(engine) as conn:
        assert [tuple(row) for row in conn.execute(select(closed_months.c.month, closed_months.c.request_id))] == [
            ("2026-04", 2)
        ]
    assert close(first, headers=JSON).json["code"] == "closed_already"
    assert "已关账" in first.get("/settlement").text and "已关账" in first.get(APRIL).text
    refused = ask(first, month="2026-04", headers=JSON)
    assert refused.json["errors"][0]["code"] == "month_closed" and "变更单" in refused.json["detail"]
    with reading(engine) as conn:
        key = conn.scalars(select(postings.c.key).where(postings.c.station == "HZ01")).one()
    shown = first.get("/money", query_string={"kind": "change", "station": "HZ01", "month": "2026-04", "about": key})
    assert "REWARD-1" in shown.text and "已关账" in shown.text
    assert ask(first, "change", month="2026-04", about=key, amount="5").status_code == 303
    assert "相关分录" in second.get("/approvals/3").text and "REWARD-1" in second.get("/approvals/3").text
    assert decide(second, 3).status_code == 303
    with reading(engine) as conn:
        row = conn.execute(select(postings).where(postings.c.key == "request:3")).one()
    assert (row.month, row.station, row.request_id) == ("2026-05", "HZ01", 3)
    review(april, CONFIRM, "10:10")
    page = first.get(APRIL).text
    assert "差额记入当月" in page
    assert propose(first).status_code == 303 and decide(second, 4).status_code == 303
    with reading(engine) as conn:
        late = conn.execute(select(postings.c.month).where(postings.c.request_id == 4)).scalars().all()
    assert late == ["2026-05"]
