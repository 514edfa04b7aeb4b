"""What the pages about money by hand tell, and to whom (ROLE-1, ROLE-2, ROLE-3)."""

from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from penalties.lifecycle import CONFIRM
from storage.session import reading, writing
from storage.tables.dispatch import orders
from storage.tables.penalties import postings
from storage.tables.people import audit, users
from tests.web.console.calls import As
from tests.web.console.conftest import Land
from tests.web.console.money import JSON, ask, decide
from tests.web.console.test_settlement_page import APRIL, april, close, propose, review

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

__all__ = ["april"]


def closed(as_: As) -> tuple[Any, Any]:
    first, second = as_("finance"), as_("finance2")
    propose(first)
    decide(second, 1)
    close(first)
    assert decide(second, 2).status_code == 303
    return first, second


def test_role_1_what_is_only_asked_for_is_no_news_for_a_station(april: Land, as_: As, engine: Engine) -> None:
    first, second = closed(as_)
    with reading(engine) as conn:
        row = conn.execute(select(postings.c.key, postings.c.seq).where(postings.c.station == "HZ01")).one()
    assert ask(first, "change", month="2026-04", about=row.key, amount="5").status_code == 303
    station = as_("hz01")
    words = "针对本分录的申请"
    assert words not in station.get(f"/ledger/{row.seq}").text and words in first.get(f"/ledger/{row.seq}").text
    assert decide(second, 3).status_code == 303
    assert words in station.get(f"/ledger/{row.seq}").text


def test_role_2_names_in_reasons(april: Land, as_: As, engine: Engine) -> None:
    review(april, CONFIRM, "09:59")
    first, second = closed(as_)
    with writing(engine) as conn:
        for number, content in conn.execute(select(orders.c.id, orders.c.content)).all():
            sender = {"name": "欧阳明月", "phone": "13800000000"}
            conn.execute(update(orders).where(orders.c.id == number).values(content={**content, "sender": sender}))
        about = conn.scalars(select(postings.c.key).where(postings.c.rule == "V-ACCEPT")).one()
    reason = "客户欧阳明月 13812345678 证明已揽收"
    ask(first, "change", station="HZ03", month="2026-04", about=about, amount="5", reason=reason)
    assert decide(second, 3, reason="欧阳明月属实").status_code == 303
    with reading(engine) as conn:
        seq = conn.scalars(select(postings.c.seq).where(postings.c.key == "request:3")).one()
        logged = conn.scalars(select(audit.c.reason).where(audit.c.what == "money")).all()
    paths = ("/approvals/3", "/approvals?tab=decided", f"/ledger/{seq}")
    for who in ("finance", "hq"):
        for path in paths:
            assert "客户欧***" in (page := as_(who).get(path).text) and "欧阳明月" not in page, (who, path)
    assert not any("13812345678" in (one or "") for one in logged)


def test_a_form_sent_again_after_its_decision_says_so(april: Land, as_: As) -> None:
    first, second = as_("finance"), as_("finance2")
    ask(first, key="0" * 32)
    decide(second, 1, "decline", reason="不行")
    again = ask(first, key="0" * 32)
    assert again.status_code == 303
    page = first.get("/approvals/1").text
    assert "早已提交,且已驳回" in page and "须由另一人审批 / asked" not in page


def test_role_3_a_disabled_maker_is_marked(april: Land, as_: As, engine: Engine) -> None:
    ask(as_("finance"))
    second = as_("finance2")
    assert "已停用" not in second.get("/approvals/1").text + second.get("/approvals").text
    with writing(engine) as conn:
        conn.execute(update(users).where(users.c.login == "finance").values(disabled=True))
    assert "已停用" in second.get("/approvals/1").text and "已停用" in second.get("/approvals").text


@pytest.mark.parametrize("month", ["1900-01", "1900-02", "2016-12"])
def test_a_month_before_the_first_edition(april: Land, as_: As, month: str) -> None:
    finance = as_("finance")
    assert finance.get(f"/settlement/{month}").status_code == 404
    given = {"reason": "结算", "key": "2" * 32, "digest": "0" * 64}
    assert finance.post(f"/settlement/{month}/propose", given, page="/settlement", headers=JSON).status_code == 404
    assert ask(finance, month=month, headers=JSON).json["errors"] == [{"code": "month_invalid", "field": "month"}]
    assert finance.get("/settlement/2017-01").status_code == 200


def test_b_103_the_month_page_warns_of_a_closing_that_is_outdated(april: Land, as_: As) -> None:
    first, second = as_("finance"), as_("finance2")
    propose(first)
    decide(second, 1)
    close(first)
    review(april, CONFIRM, "10:10")
    assert "不能再按此批准" in second.get(APRIL).text
    answer = decide(second, 2, headers=JSON)
    assert (answer.status_code, answer.json["code"]) == (409, "version_conflict")
