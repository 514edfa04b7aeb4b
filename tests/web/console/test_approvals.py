"""资金 by hand: finance fills in forms, another one approves, a station asks for its credit (ROLE-1, ROLE-3)."""

from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from storage.session import reading, writing
from storage.tables.notify import messages
from storage.tables.penalties import closed_months, money_requests
from storage.tables.people import audit, users
from tests.web.conftest import Visitor
from tests.web.console.calls import As
from tests.web.console.conftest import Land, local
from tests.web.console.money import JSON, ask, credit, decide, hidden, ledger, requests, second_finance


@pytest.fixture
def first(as_: As, engine: Engine) -> Visitor:
    second_finance(engine)
    return as_("finance")


@pytest.fixture
def second(first: Visitor, as_: As) -> Visitor:
    return as_("finance2")


def code(answer: Any) -> tuple[int, str]:
    """Status, and the code of the field or of the whole."""
    errors = answer.json["errors"]
    return answer.status_code, errors[0]["code"] if errors else answer.json["code"]


def test_role_3_one_asks_another_approves(first: Visitor, second: Visitor, engine: Engine) -> None:
    credit(engine, "HZ01", 30_000)
    answer = ask(first)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/approvals/1")
    mine = first.get("/approvals/1").text
    assert "这是您自己的申请" in mine and "批准并执行" not in mine and "撤回申请" in mine
    assert "没有待审批的申请" in first.get("/approvals").text and "#1 调整" in first.get("/approvals?tab=mine").text
    assert "#1 调整" in second.get("/approvals").text
    shown = second.get("/approvals/1").text
    for words in (
        "对账差错",
        "−120.00 元",
        "余额 300.00 元",
        "余额 420.00 元",
        "审批当月",
        "财务钱进 #4",
        "批准并执行",
    ):
        assert words in shown, words
    assert decide(second, 1).status_code == 303
    assert ledger(engine) == {"HZ01": -42_000, "adjustments": 12_000, "rewards": 30_000}
    listed = second.get("/approvals?tab=decided").text
    assert "已批准" in listed and "核对无误" in listed
    assert "批准并执行" not in second.get("/approvals/1").text
    with reading(engine) as conn:
        kept = conn.execute(select(audit.c.subject, audit.c.reason).where(audit.c.what == "money").order_by(audit.c.id))
        assert [tuple(row) for row in kept] == [("asked 1 adjustment", "对账差错"), ("approved 1", "核对无误")]
        told = conn.execute(select(messages.c.to_kind, messages.c.to_code, messages.c.subject)).all()
    assert [row[:2] for row in told] == [("finance", ""), ("station", "HZ01")]
    assert not any("对账差错" in row.subject for row in told)


def test_b_103_checked_by_its_maker_or_changed_after_submission(
    first: Visitor, second: Visitor, engine: Engine
) -> None:
    ask(first)
    answer = decide(first, 1, headers=JSON, digest=requests(engine)[0].digest)
    assert (answer.status_code, answer.json["code"]) == (403, "four_eyes")
    assert decide(first, 1).status_code == 403 and "须由另一人审批" in decide(first, 1).text
    for digest in ("", "0" * 64):
        assert code(decide(second, 1, headers=JSON, digest=digest)) == (409, "version_conflict")
    shown = hidden(second.get("/approvals/1").text, "digest")
    with writing(engine) as conn:
        conn.execute(update(money_requests).values(amount_fen=-99_999))
    assert code(decide(second, 1, headers=JSON, digest=shown)) == (409, "version_conflict")
    assert code(decide(second, 1, headers=JSON)) == (409, "version_conflict")
    assert ledger(engine) == {} and requests(engine)[0].state == "open"


def test_approved_twice_posts_once(first: Visitor, second: Visitor, engine: Engine) -> None:
    ask(first)
    shown = requests(engine)[0].digest
    assert decide(second, 1).status_code == 303
    assert code(decide(second, 1, headers=JSON, digest=shown)) == (409, "request_decided")
    again = decide(second, 1, digest=shown)
    assert again.status_code == 409 and "已有结论" in again.text
    assert ledger(engine) == {"HZ01": -12_000, "adjustments": 12_000}


def test_b_104_amounts(first: Visitor, engine: Engine) -> None:
    for amount in ("-0", "−0", "0", "0.00", "0.001", "1e9", "一百", "", "１２３", "-5", "1,000", "10000000"):
        assert code(ask(first, amount=amount, headers=JSON)) == (422, "amount_invalid"), amount
    assert code(ask(first, amount="1000000.01", headers=JSON)) == (422, "amount_too_large")
    page = ask(first, amount="1e9")
    assert page.status_code == 422 and 'value="对账差错"' in page.text, "what was typed stays"
    assert requests(engine) == []


REFUSED: list[tuple[str, dict[str, str], tuple[int, str]]] = [
    ("adjustment", {"station": "NOWHERE"}, (422, "station_unknown")),
    ("adjustment", {"station": "' or 1=1 --"}, (422, "station_unknown")),
    ("adjustment", {"direction": "both"}, (422, "unknown")),
    ("adjustment", {"direction": ""}, (422, "unknown")),
    ("adjustment", {"reason": ""}, (422, "reason_required")),
    ("adjustment", {"reason": "\u200b"}, (422, "reason_required")),
    ("adjustment", {"reason": "长" * 501}, (422, "text_too_long")),
    ("adjustment", {"reason": "a\x00"}, (422, "text_invalid")),
    ("adjustment", {"month": "2026-06"}, (422, "month_ahead")),
    ("adjustment", {"month": "２０２６-05"}, (422, "month_invalid")),
    ("adjustment", {"month": "2026-03"}, (422, "month_closed")),
    ("adjustment", {"key": "x"}, (422, "key_invalid")),
    ("change", {"month": "2026-03", "about": "fine:%"}, (422, "posting_unknown")),
    ("change", {"month": "2026-04", "about": "reward:1"}, (422, "month_not_closed")),
    ("change", {"month": "2026-03", "about": "reward:1"}, (422, "posting_elsewhere")),
    ("payout", {}, (422, "not_payable")),
    ("payout", {"station": "HZ01A"}, (422, "not_a_house")),
    ("settlement", {}, (422, "kind_unknown")),
    ("gift", {}, (422, "kind_unknown")),
]


def test_what_cannot_be_asked(first: Visitor, engine: Engine) -> None:
    credit(engine, "HZ01", 50_000)
    ask(first)
    with writing(engine) as conn:
        conn.execute(insert(closed_months).values(month="2026-03", closed_at=local("08:00"), request_id=1))
    for kind, form, expected in REFUSED:
        assert code(ask(first, kind, headers=JSON, **form)) == expected, (kind, form)
    assert len(requests(engine)) == 1


def test_the_same_form_twice(first: Visitor, engine: Engine) -> None:
    key = "0" * 32
    assert [ask(first, key=key).headers["Location"] for _ in range(2)] == ["/approvals/1"] * 2
    assert code(ask(first, key=key, amount="5", headers=JSON)) == (409, "version_conflict")
    assert len(requests(engine)) == 1


def test_declined_withdrawn_and_the_unknown(first: Visitor, second: Visitor, engine: Engine) -> None:
    ask(first)
    ask(first)
    assert code(decide(second, 1, "decline", headers=JSON, reason=" ")) == (422, "reason_required")
    assert decide(second, 1, "decline", reason="依据不足").status_code == 303
    answer = second.post("/approvals/2/withdraw", {}, page="/approvals", headers=JSON)
    assert code(answer) == (403, "not_maker")
    assert first.post("/approvals/2/withdraw", {}, page="/approvals").status_code == 303
    assert [row.state for row in requests(engine)] == ["declined", "withdrawn"]
    assert code(first.post("/approvals/2/withdraw", {}, page="/approvals", headers=JSON)) == (409, "request_decided")
    for number in ("3", "0", "9223372036854775807", "9223372036854775808", "-1", "x"):
        assert second.get(f"/approvals/{number}").status_code == 404
        answer = second.post(f"/approvals/{number}/decide", {"decision": "approve", "reason": "好"}, page="/approvals")
        assert answer.status_code in (404, 405)
    assert decide(second, 1, "maybe").status_code == 422
    for query in ("?tab=all", "?after=x", "?after=2026~9", "?tab=decided&after=2026-05-04T00:00:00~1"):
        assert second.get(f"/approvals{query}").status_code == 422, query


def test_hq_reads_and_the_checker_sees_what_else_was_asked(first: Visitor, second: Visitor, as_: As) -> None:
    """The same sum asked for twice, by two people or by one who forgot: nobody but the checker can tell."""
    ask(first)
    ask(second, station="HZ01A", amount="77")
    ask(second, station="HZ02", amount="88")
    hq = as_("hq")
    for page in (hq.get("/approvals/1").text, hq.get("/approvals").text):
        assert "批准并执行" not in page and "撤回申请" not in page and "我申请的" not in page and "#1" in page
    shown = second.get("/approvals/1").text
    assert "#2 调整" in shown and "77.00 元" in shown, "of the same account"
    assert "#3 调整" not in shown


def test_appeal_2_not_his_own_station(as_: As, engine: Engine) -> None:
    """A finance person whose own station is a contracted area of the house."""
    second_finance(engine, "HZ01A")
    with writing(engine) as conn:
        conn.execute(update(users).where(users.c.login == "finance2").values(station="HZ01A"))
    first, second = as_("finance"), as_("finance2")
    ask(first)
    shown = second.get("/approvals/1").text
    assert "您自己网点的款项" in shown and "批准并执行" not in shown
    answer = decide(second, 1, headers=JSON, digest=requests(engine)[0].digest)
    assert code(answer) == (403, "own_station")
    assert code(ask(second, headers=JSON)) == (403, "own_station")


@pytest.mark.parametrize("login", ["hz01", "zhejiang", "admin", "hq"])
def test_b_116_others_are_refused_and_audited(land: Land, as_: As, engine: Engine, login: str) -> None:
    """HQ reads; nobody but finance acts."""
    visitor, reads = as_(login), login == "hq"
    pages = ["/approvals", "/settlement", "/settlement/2026-04"]
    assert [visitor.get(path).status_code for path in pages] == [200 if reads else 403] * 3
    acts = ("/money/ask", "/approvals/1/decide", "/approvals/1/withdraw", "/settlement/2026-04/propose",
            "/settlement/2026-04/close")  # fmt: skip
    home = "/rulebook"
    assert [visitor.post(path, {}, page=home).status_code for path in acts] == [403] * len(acts)
    assert visitor.get("/money").status_code == 403
    with reading(engine) as conn:
        refused = set(conn.scalars(select(audit.c.subject).where(audit.c.what == "forbidden")))
    assert {f"POST {path}" for path in acts} <= refused
    if not reads:
        assert "/settlement" not in visitor.get(home).text


def test_b_89_without_a_token_nothing_happens(first: Visitor, second: Visitor, engine: Engine) -> None:
    ask(first)
    digest = requests(engine)[0].digest
    for path, form in (
        ("/approvals/1/decide", {"decision": "approve", "reason": "好", "digest": digest}),
        ("/money/ask", {"kind": "adjustment"}), ("/settlement/2026-04/propose", {"reason": "好"}),
    ):  # fmt: skip
        assert second.client.post(path, data=form).status_code == 403
    assert [row.state for row in requests(engine)] == ["open"]


def test_b_109_markup_is_shown_as_text(first: Visitor, second: Visitor) -> None:
    ask(first, reason="<script>alert(1)</script>电话13812345678")
    for page in (second.get("/approvals").text, second.get("/approvals/1").text):
        assert "<script>alert" not in page and "&lt;script&gt;" in page
        assert "13812345678" not in page, "ROLE-2: what somebody typed all the same"


# ---- a station's own credit -----------------------------------------------------------------------------------------


def payout(visitor: Visitor, amount: str = "500.01", headers: Any = None, **form: str) -> Any:
    given = {"amount": amount, "reason": "提取余额", "key": "1" * 32, **form}
    return visitor.post("/payout", given, page="/payout", headers=headers or {})


def test_a_station_asks_for_its_own_credit(land: Land, second: Visitor, as_: As, engine: Engine) -> None:
    credit(engine, "HZ01", 50_000)
    station = as_("hz01")
    shown = station.get("/payout").text
    assert "500.00 元" in shown and "申请提现" in shown and 'name="amount"' not in shown, "at 500 it is not above it"
    assert code(payout(station, "1", headers=JSON)) == (422, "not_payable")
    credit(engine, "HZ01", 1, "reward:2")
    assert 'name="amount"' in station.get("/payout").text
    assert code(payout(station, "500.02", headers=JSON)) == (422, "credit_too_small")
    typed = payout(station, "500.02")
    assert typed.status_code == 422 and 'value="500.02"' in typed.text
    assert payout(station, station="HZ02").status_code == 303, "no station of the form counts"
    (row,) = requests(engine)
    assert (row.kind, row.station, row.amount_fen) == ("payout", "HZ01", 50_001)
    assert decide(second, 1).status_code == 303
    assert ledger(engine) == {"HZ01": 0, "clearing": -50_001, "rewards": 50_001}
    listed = station.get("/payout").text
    assert "#1 提现" in listed and "已批准" in listed and "核对无误" in listed
    with reading(engine) as conn:
        told = conn.execute(select(messages.c.to_code, messages.c.link).where(messages.c.to_kind == "station")).all()
    assert [tuple(row) for row in told] == [("HZ01", "/payout")]


def test_two_payouts_wait_and_the_first_takes_the_credit(
    land: Land, first: Visitor, second: Visitor, as_: As, engine: Engine
) -> None:
    credit(engine, "HZ01", 60_000)
    assert payout(as_("hz01"), "600").status_code == 303
    assert ask(first, "payout", amount="550").status_code == 303
    assert decide(second, 2).status_code == 303
    assert code(decide(second, 1, headers=JSON)) == (409, "not_payable")
    page = decide(second, 1)
    assert page.status_code == 409 and "应付 550.00 元" in page.text, "what would come of it is shown"
    assert decide(second, 1, "decline", reason="余额不足").status_code == 303
    assert ledger(engine)["HZ01"] == -5_000


def test_role_1_other_stations(land: Land, first: Visitor, as_: As, engine: Engine) -> None:
    credit(engine, "HZ01", 60_000)
    station, below, other = as_("hz01"), as_("hz01a"), as_("hz02")
    assert "账目记在所属一级网点" in below.get("/payout").text
    assert code(payout(below, "1", headers=JSON)) == (422, "not_a_house")
    assert payout(station, "600").status_code == 303
    assert other.post("/payout/1/withdraw", {}, page="/payout").status_code == 404
    assert below.post("/payout/1/withdraw", {}, page="/payout").status_code == 404
    assert "#1" not in other.get("/payout").text and "#1 " in station.get("/payout").text
    for login in ("finance", "hq", "zhejiang"):
        assert as_(login).get("/payout").status_code == 403
    assert station.post("/payout/1/withdraw", {}, page="/payout").status_code == 303
    assert requests(engine)[0].state == "withdrawn"


def test_b_132_looking_changes_nothing(land: Land, first: Visitor, engine: Engine) -> None:
    ask(first)
    before = [tuple(row) for row in requests(engine)], ledger(engine)
    for path in ("/money?kind=change&station=HZ01&month=2026-04&about=x", "/approvals", "/approvals/1", "/settlement",
                 "/settlement/2026-04?tab=posted&kind=reward&province=x"):  # fmt: skip
        assert first.get(path).status_code == 200, path
    assert ([tuple(row) for row in requests(engine)], ledger(engine)) == before
