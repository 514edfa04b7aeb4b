"""STATEMENT-1, LEDGER-1, ROLE-1: the account's page, statements as files, the ledger, and a posting that explains
itself; who sees what (B-109, B-116)."""

import csv
import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from penalties.actions import Change, change
from penalties.booking.actions import post
from penalties.booking.queries import head
from penalties.ledger import ADJUSTMENTS, Posting
from penalties.lifecycle import CONFIRM, OVERTURN
from penalties.noticing.actions import publish_notice
from penalties.settling.actions import settle
from penalties.standings.actions import refresh
from penalties.standings.queries import counted
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables.penalties import appeals, money_requests, postings
from storage.tables.people import audit
from tests.pdf import words_of
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from tests.web.console.packs_scenes import CANARIES, CONTENT, NAME
from web.console import ledger_page

As = Callable[[str], Visitor]


def booked(land: Land) -> list[int]:
    """Two late acceptances, of HZ01 and of its contracted HZ01A, both confirmed; ids of the violations."""
    land.order("KD1", local("09:00"), **CONTENT)
    land.order("KD2", local("09:00"), "HZ01A", **CONTENT)
    land.sweep(local("09:31"))
    cases = [case for case, _, _ in land.cases()]
    decide(land, CONFIRM, local("10:00"), cases, f"{NAME}投诉,查实")
    assert len(cases) == 2
    return cases


def decide(land: Land, act: str, at: Any, cases: list[int], reason: str) -> None:
    land.clock.at = max(land.clock.at, at)
    with writing(land.engine) as conn:
        assert change(conn, [Change(one, act, at, "总部赵敏", reason) for one in cases], at) == [None] * len(cases)


def picked_up(land: Land, number: str, day: str, waybill: str) -> None:
    """An order of HZ01's, in time."""
    land.order(number, local("09:00", day))
    land.accept(number, "HZ01", local("09:05", day))
    land.confirm(number, "HZ01", local("09:30", day), waybill)
    land.scan(waybill, "HZ01", local("09:40", day))


def seq_of(land: Land, key: str) -> int:
    with reading(land.engine) as conn:
        return conn.execute(select(postings.c.seq).where(postings.c.key.like(key))).scalar_one()


def test_a_house_reads_its_balance_and_its_statement(land: Land, as_: As) -> None:
    """STATEMENT-1: page, CSV, XLSX and PDF say the same."""
    booked(land)
    hz01 = as_("hz01")
    assert "欠款 200.00 元" in hz01.get("/statements").text
    page = hz01.get("/statements/HZ01/2026-05").text
    assert page.count('class="badge bg-red-lt" title="fine"') == 2 and "总部赵敏 确认" in page
    answer = hz01.get("/statements/HZ01/2026-05.csv")
    assert answer.headers["Content-Disposition"] == "attachment; filename=statement-HZ01-2026-05.csv"
    assert answer.headers["Cache-Control"] == "no-store"
    rows = list(csv.DictReader(StringIO(answer.data.decode("utf-8-sig"))))
    assert [(row["logistics_no"], row["amount"], row["balance"]) for row in rows] == [
        ("", "", "0.00"), ("KD1", "100.00", "100.00"), ("KD2", "100.00", "200.00"), ("", "", "200.00"),
    ]  # fmt: skip
    book: Any = load_workbook(BytesIO(hz01.get("/statements/HZ01/2026-05.xlsx").data))
    assert [row[8].value for row in book["对账单"].iter_rows(min_row=3, max_row=4)] == [100, 100]
    paper = "".join(words_of(hz01.get("/statements/HZ01/2026-05.pdf").data))
    assert "100.00200.00fine:kuaidi100/KD2:1:V-ACCEPT" in paper
    digest = re.search(r'id="digest">([0-9a-f]{64})<', page)
    assert digest and digest[1] in paper
    everything = page + answer.text + paper + str(list(book["对账单"].values))
    assert not [canary for canary in CANARIES if canary in everything], "ROLE-2"


def test_role_1_who_sees_which_account(land: Land, as_: As) -> None:
    """B-109: another's account is answered like one that does not exist."""
    booked(land)
    fine, others = seq_of(land, "fine:%KD1%"), seq_of(land, "fine:%KD2%")
    sees = {
        "hz01": ({"HZ01", "HZ01A"}, {fine, others}),
        "hz01a": ({"HZ01A"}, {others}),
        "hz02": ({"HZ02"}, set()),
        "zhejiang": ({"HZ01", "HZ01A", "HZ02"}, {fine, others}),
        "xinjiang": ({"XJ01"}, set()),
        "finance": ({"HZ01", "HZ01A", "HZ02", "XJ01"}, {fine, others}),
        "hq": ({"HZ01", "HZ01A", "HZ02", "XJ01"}, {fine, others}),
    }
    for login, (accounts, seqs) in sees.items():
        visitor = as_(login)
        for station in ("HZ01", "HZ01A", "HZ02", "XJ01", "NO"):
            for path in ("", "/2026-05", "/2026-05.csv", "/2026-05.xlsx", "/2026-05.pdf"):
                wanted = 200 if station in accounts else 404
                assert visitor.get(f"/statements/{station}{path}").status_code == wanted, (login, station, path)
        for seq in (fine, others, 99):
            wanted = 200 if seq in seqs else 404
            assert visitor.get(f"/ledger/{seq}").status_code == wanted, (login, seq)
        assert visitor.get("/statements").status_code == 200
    listed = as_("zhejiang").get("/statements").text
    assert "/statements/HZ02" in listed and "/statements/XJ01" not in listed and "/statements/HZ01A" not in listed
    assert as_("finance").get("/statements?q=XJ").text.count("/statements/XJ01") == 2


def test_role_1_a_contracted_area_sees_no_balance_of_its_house(land: Land, as_: As) -> None:
    booked(land)
    hz01a = as_("hz01a")
    own, part = hz01a.get("/statements").text, hz01a.get("/statements/HZ01A/2026-05").text
    assert "KD2" in part and "KD1" not in part and "200.00" not in own + part and "不是余额" in own
    assert "/statements/HZ01/" not in hz01a.get(f"/ledger/{seq_of(land, 'fine:%KD2%')}").text


def test_b_116_the_ledger_is_finances_and_hqs(land: Land, as_: As) -> None:
    booked(land)
    for login in ("hz01", "hz01a", "zhejiang"):
        visitor = as_(login)
        for path in ("/ledger", "/ledger.csv", "/ledger/balances"):
            assert visitor.get(path).status_code == 403, (login, path)
    with reading(land.engine) as conn:
        query = select(func.count()).select_from(audit).where(audit.c.what == "forbidden")
        assert conn.execute(query).scalar_one() == 9
    admin = as_("admin")
    assert {admin.get(path).status_code for path in ("/ledger", "/ledger/1", "/statements", "/statements/HZ01")} == {
        403
    }


def test_the_ledgers_filters_stay_in_the_address(land: Land, as_: As) -> None:
    cases = booked(land)
    decide(land, OVERTURN, local("11:00", "2026-06-02"), cases[:1], "申诉成立")
    finance = as_("finance")
    for query, shown in (
        ("", 3), ("account=HZ01", 3), ("account=XJ01", 0), ("month=2026-05", 3), ("month=2026-06", 0), ("kind=fine", 2),
        ("kind=reversal", 1), ("kind=payout", 0), ("kind=other", 0), ("rule=V-ACCEPT", 3), ("rule=V-PICKUP", 0),
        ("number=KD2", 1), ("number=KD", 0), ("kind=fine&account=fines&number=KD1", 1),
    ):  # fmt: skip
        text = finance.get(f"/ledger?{query}").text
        assert len(re.findall(r'class="no" href="/ledger/\d+"', text)) == shown, query
        assert f'href="/ledger.csv?{query}"'.replace('?"', '"').replace("&", "&amp;") in text or "&" in query
        lines = finance.get(f"/ledger.csv?{query}").text.splitlines()
        assert len(lines) == 1 + 2 * shown
    for wrong in ("month=2026-13", "kind=x", "rule=V-X", "after=x", "after=9" + "9" * 18):
        assert finance.get(f"/ledger?{wrong}").status_code == 422, wrong
    assert "1" in finance.get("/ledger?after=3").text and 'href="/ledger/3"' not in finance.get("/ledger?after=3").text
    with reading(land.engine) as conn:
        assert head(conn).chain in finance.get("/ledger").text
    trial = finance.get("/ledger/balances").text
    assert "平衡" in trial and "不平" not in trial and "100.00 元" in trial


def test_the_ledgers_file_is_of_one_ledger(land: Land, as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written in pieces; what is booked meanwhile is in none of them, and no posting is there twice."""
    cases = booked(land)
    land.order("KD3", local("10:05"))
    land.sweep(local("10:40"))
    [third] = [case for case, _, _ in land.cases() if case not in cases]
    monkeypatch.setattr(ledger_page, "AT_ONCE", 1)
    answer = as_("finance").get("/ledger.csv", buffered=False)
    pieces: Any = iter(answer.response)
    text = next(pieces) + next(pieces)
    decide(land, CONFIRM, local("10:41"), [third], "查实")
    lines = (text + b"".join(pieces)).decode()
    assert [line.split(",")[0] for line in lines.splitlines()[1:]] == ["1", "1", "2", "2"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(as_("finance").get("/ledger.csv").text.splitlines()) == 1 + 6


def test_money_explains_itself(land: Land, as_: As) -> None:
    """From a fine to its violation, decision, notice, appeal and reversal, both dates told; and back."""
    first, _ = booked(land)
    at = local("11:00", "2026-05-11")
    with writing(land.engine) as conn:
        assert publish_notice(conn, "2026-W19", at) == 0
        row = {
            "violation_id": first, "stage": "province", "state": "overturned", "station": "HZ01", "province": "浙江省",
            "opened_at": at, "recorded_at": at, "text": f"{NAME}可以作证", "by": "西湖王芳", "by_mail": False,
            "closed_at": at + timedelta(days=1), "closed_by": "浙江陈平", "reason": "证据充分",
        }  # fmt: skip
        conn.execute(appeals.insert().values(row))
    decide(land, OVERTURN, local("11:00", "2026-06-02"), [first], "申诉成立")
    fine, back = seq_of(land, "fine:%KD1:1:V-ACCEPT"), seq_of(land, "fine:%KD1%:reversed")
    for login in ("hz01", "zhejiang", "finance", "hq"):
        text = as_(login).get(f"/ledger/{fine}").text
        for wanted in (
            f"/violations/{first}/pack", f'href="/ledger/{back}"', "/notices/2026-W19", "省平台", "证据充分",
            "申诉成立", "接单", "2026-05-04 10:00:00", "规则原文", "2017-01-01", "/statements/HZ01/2026-05",
        ):  # fmt: skip
            assert wanted in text, (login, wanted)
        assert not [canary for canary in CANARIES if canary in text], "ROLE-2"
        assert ("/orders/" in text) == (login != "finance"), "finance sees no order"
        assert as_(login).get(f"/violations/{first}/pack").status_code == 200
    reversal = as_("hz01").get(f"/ledger/{back}").text
    assert "2026-06-02 11:00:00" in reversal and "发生在 2026-06" in reversal and f'href="/ledger/{fine}"' in reversal
    hz01 = as_("hz01")
    for path in ("/violations", f"/orders/{land.id('KD1')}", "/notices/2026-W19/items?number=0"):
        text = hz01.get(path).text
        assert f'href="/ledger/{fine}"' in text and f'href="/ledger/{back}"' in text
    assert f'href="/ledger/{back}"' in as_("hq").get(f"/review/{first}").text


def test_role_3_money_by_hand_names_its_maker_and_checker(land: Land, as_: As) -> None:
    at = local("10:00")
    row = {
        "key": "form", "kind": "goodwill", "state": "approved", "station": "HZ01", "amount_fen": -500, "about": "",
        "reason": "电话 13877665544 补偿", "content": {"house": "HZ01"}, "digest": "", "made_at": at,
        "maker": "财务钱进 #4", "checker": "财务孙丽 #5", "decided_at": at, "decision": "同意",
    }  # fmt: skip
    with writing(land.engine) as conn:
        number = conn.execute(money_requests.insert().values(row).returning(money_requests.c.id)).scalar_one()
        lines = (("HZ01", -500), (ADJUSTMENTS, 500))
        key = f"request:{number}"
        assert post(conn, [Posting(key, at, "HZ01", "", "ROLE-3", "2017-01-01", lines, request_id=number)], at) == 1
    finance, hz01 = as_("finance"), as_("hz01")
    for visitor in (finance, hz01):
        text = visitor.get("/ledger/1").text
        assert "财务钱进 #4" in text and "财务孙丽 #5" in text and "补偿" in text and "13877665544" not in text
        assert (f"/approvals/{number}" in text) == (visitor is finance)
    assert 'href="/ledger/1"' in finance.get(f"/approvals/{number}").text
    assert "贷方余额 5.00 元" in hz01.get("/statements").text
    assert as_("hz02").get("/ledger/1").status_code == 404


def test_a_settlement_shows_the_fines_whose_refund_it_is(land: Land, as_: As) -> None:
    """REFUND-1: May's fines, 60 % with June; from each to the other. And the standing before."""
    booked(land)
    picked_up(land, "KD9", "2026-06-03", "55000000000017")
    now = local("12:00", "2026-06-20")
    land.clock.at = now
    with writing(land.engine) as conn:
        assert refresh(conn, "2026-06", counted(conn, "2026-06", packaged(), now), now)
    account = as_("hz01").get("/statements").text
    assert "现在再有一次违规将损失" in account and "第 <strong" in account
    # the reward of 200 yuan, 60 % of May's 200 yuan, the other 40 % with July; and the fine of 100 yuan itself
    assert "其中罚款以外 400.00 元:奖励 200.00 元,上月罚款返还 120.00 元" in account and "500.00 元" in account
    land.clock.at = settled = local("12:00", "2026-07-02")
    with writing(land.engine) as conn:
        assert settle(conn, "2026-06", packaged(), settled)
    refund, fine = seq_of(land, "settle:2026-06:HZ01:refund_1:1"), seq_of(land, "fine:%KD1%")
    hz01 = as_("hz01")
    text = hz01.get(f"/ledger/{refund}").text
    assert f'href="/ledger/{fine}"' in text and "返还的是这些罚款" in text and "60%" in text and "REFUND-1" in text
    assert f'href="/ledger/{refund}"' in hz01.get(f"/ledger/{fine}").text
    reward = hz01.get(f"/ledger/{seq_of(land, 'settle:2026-06:HZ01:reward:1')}").text
    assert "本省名额" in reward and "全网名额" not in reward and "第 1 名" in reward
    assert "全网名额" in as_("finance").get(f"/ledger/{seq_of(land, 'settle:2026-06:HZ01:reward:1')}").text
    account = hz01.get("/statements").text
    assert "贷方余额 120.00 元" in account and f'href="/ledger/{refund}"' in account
    picked_up(land, "KD10", "2026-07-03", "55000000000025")
    land.clock.at = settled = local("12:00", "2026-08-02")
    with writing(land.engine) as conn:
        assert settle(conn, "2026-07", packaged(), settled)
    rest, hz01 = seq_of(land, "settle:2026-07:HZ01:refund_2:1"), as_("hz01")
    assert f'href="/ledger/{fine}"' in hz01.get(f"/ledger/{rest}").text
    assert f'href="/ledger/{rest}"' in hz01.get(f"/ledger/{fine}").text


@pytest.mark.parametrize("month", ["2026-13", "2026-5", "x", "0000-01"])
def test_no_such_month(land: Land, as_: As, month: str) -> None:
    for form in ("", ".csv", ".xlsx", ".pdf"):
        assert as_("hz01").get(f"/statements/HZ01/{month}{form}").status_code == 422
