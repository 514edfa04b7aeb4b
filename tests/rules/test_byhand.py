"""ROLE-3: money moved by hand needs a maker, and a checker who is not the maker (B-103, B-104)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from basics.days import SHANGHAI
from penalties.booking.actions import post
from penalties.byhand import Asked
from penalties.ledger import ADJUSTMENTS, CLEARING, REWARDS
from penalties.requests import queries
from penalties.requests.actions import approve, ask, decline, withdraw
from storage.session import reading, writing
from storage.tables.notify import messages
from storage.tables.penalties import closed_months, lines, money_requests, postings
from tests.rules.byhand_scene import (
    CHECKER,
    FINE,
    LATER,
    MAKER,
    NOW,
    STAFF,
    approved,
    asked,
    code,
    credit,
    form,
    ledger,
    network,
    seen,
)
from tests.rules.courses import BOOK


def posted(engine: Engine) -> list[tuple[Any, ...]]:
    p, line = postings.c, lines.c
    query = select(
        p.key,
        p.station,
        p.month,
        p.rule,
        func.substr(p.why, 1, 7),
        p.request_id,
        p.happened_at,
        line.account,
        line.amount_fen,
    )
    query = query.join(lines, line.posting_id == p.id).where(p.rule == "ROLE-3").order_by(p.seq, line.account)
    with reading(engine) as conn:
        return [tuple(row) for row in conn.execute(query)]


def states(engine: Engine) -> list[tuple[Any, ...]]:
    m = money_requests.c
    with reading(engine) as conn:
        return [tuple(row) for row in conn.execute(select(m.state, m.maker, m.checker, m.decision).order_by(m.id))]


@pytest.fixture
def books(engine: Engine) -> Engine:
    network(engine)
    return engine


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (form("adjustment", 12_000), ADJUSTMENTS),
        (form("adjustment", -12_000, "A1"), ADJUSTMENTS),
        (form("goodwill", -12_000), ADJUSTMENTS),
        (form("payout", 12_000), CLEARING),
    ],
)
def test_role_3_one_asks_another_approves_and_one_posting_stands(books: Engine, one: Asked, other: str) -> None:
    with writing(books) as conn:
        credit(conn, "A", 70_000)
        number = asked(conn, one)
    before = ledger(books)
    assert before["A"] == -70_000, "while it waits it moves nothing"
    with writing(books) as conn:
        assert approved(conn, number, MAKER) == "four_eyes"
        assert code(decline(conn, number, MAKER, "算了", NOW)) == "four_eyes"
        assert approved(conn, number) is None
    with writing(books) as conn:
        assert approved(conn, number) == "request_decided"
        assert code(decline(conn, number, CHECKER, "不行", NOW)) == "request_decided"
        assert code(withdraw(conn, number, MAKER, NOW)) == "request_decided"
    line = (f"request:{number}", one.station, "2026-05", "ROLE-3", "sha256:", number, LATER)
    assert posted(books) == [(*line, "A", one.amount_fen), (*line, other, -one.amount_fen)]
    assert ledger(books)["A"] == one.amount_fen - 70_000 and sum(ledger(books).values()) == 0
    assert states(books) == [("approved", "财务钱进 #1", "财务孙立 #2", "核对无误")]


def test_role_3_a_renamed_maker_is_still_the_maker(books: Engine) -> None:
    with writing(books) as conn:
        number = asked(conn, form())
        assert approved(conn, number, replace(MAKER, name="财务钱多多")) == "four_eyes"
        assert [row.id for row in queries.open_for(conn, replace(MAKER, name="财务钱多多")).rows] == []
        assert [row.id for row in queries.open_for(conn, replace(MAKER, user_id=11)).rows] == [number]


def test_role_3_the_database_itself_refuses_one_pair_of_eyes(books: Engine) -> None:
    with writing(books) as conn:
        number = asked(conn, form())
    itself = {"state": "approved", "checker": "财务钱进 #1", "decided_at": NOW}
    for change in (itself, itself | {"checker": None}):
        with pytest.raises(DBAPIError, match=r"(?i)check"), writing(books) as conn:
            conn.execute(update(money_requests).where(money_requests.c.id == number).values(change))


@pytest.mark.parametrize("own", ["A", "A1"])
def test_appeal_2_nobody_decides_about_his_own_station(books: Engine, own: str) -> None:
    """His house's, and where his is a contracted area of it, too."""
    with writing(books) as conn:
        credit(conn, "A", 70_000)
        checker = replace(CHECKER, station=own)
        for one in (form(), form("payout", 100)):
            assert approved(conn, asked(conn, one), checker) == "own_station"
        assert code(decline(conn, 1, checker, "不行", NOW)) == "own_station"
        assert code(ask(conn, form(fen=-5), replace(MAKER, station=own), BOOK, NOW)) == "own_station"
        assert approved(conn, asked(conn, form(station="A1")), checker) == "own_station", "its account is the house's"
        assert approved(conn, asked(conn, form(station="B")), checker) is None


def test_role_3_a_station_asks_for_its_own_credit(books: Engine) -> None:
    with writing(books) as conn:
        credit(conn, "A", 50_001)
        number = asked(conn, form("payout", 50_001), STAFF)
        assert approved(conn, number) is None
    assert ledger(books) == {"A": 0, CLEARING: -50_001, REWARDS: 50_001}
    with reading(books) as conn:
        m = messages.c
        told = conn.execute(select(m.to_kind, m.to_code, m.kind, m.link, m.text).order_by(m.id)).all()
    assert [row[:4] for row in told] == [
        ("finance", "", "money", f"/approvals/{number}"), ("station", "A", "money", "/payout"),
    ]  # fmt: skip
    assert not any("对账差错" in row.text for row in told), "a reason is free text"


def test_role_3_declined_with_a_reason_withdrawn_by_the_maker_alone(books: Engine) -> None:
    with writing(books) as conn:
        first, second = asked(conn, form()), asked(conn, form(fen=7))
        assert code(decline(conn, first, CHECKER, " ", NOW)) == "reason_required"
        assert code(approve(conn, first, CHECKER, "", seen(conn, first), BOOK, NOW)) == "reason_required"
        assert decline(conn, first, CHECKER, "依据不足", NOW) is None
        assert code(withdraw(conn, second, CHECKER, NOW)) == "not_maker"
        assert withdraw(conn, second, MAKER, NOW) is None
        assert approved(conn, second) == "request_decided"
        assert [code(one) for one in (decline(conn, 99, CHECKER, "x", NOW), withdraw(conn, 99, MAKER, NOW))] == [
            "request_unknown", "request_unknown",
        ]  # fmt: skip
        assert code(approve(conn, 99, CHECKER, "x", "", BOOK, NOW)) == "request_unknown"
    assert [row[0] for row in states(books)] == ["declined", "withdrawn"] and posted(books) == []


def test_role_3_a_form_sent_twice_asks_once(books: Engine) -> None:
    one = form()
    with writing(books) as conn:
        assert asked(conn, one) == asked(conn, one)
        assert code(ask(conn, replace(one, amount_fen=-13_000), MAKER, BOOK, NOW)) == "version_conflict"
        assert asked(conn, one, CHECKER) != 1, "another person's form is another form"
        assert approved(conn, 1) is None
        assert asked(conn, one) == 1, "the answer to it may have been lost: it still asks for nothing new"
    assert len(posted(books)) == 2


def test_b_103_changed_after_submission(books: Engine) -> None:
    """What the checker saw is what he signs; what was changed past our gate is never carried out."""
    with writing(books) as conn:
        number = asked(conn, form())
        for digest in ("", "0" * 64, seen(conn, number)[:32], seen(conn, number).upper()):
            assert code(approve(conn, number, CHECKER, "好", digest, BOOK, LATER)) == "version_conflict"
    for change in (
        {"amount_fen": -999_999}, {"station": "B"}, {"content": {"house": "B"}}, {"reason": "别的"},
        {"kind": "goodwill"}, {"month": "2026-04"}, {"about": "x"}, {"maker": "张三 #9"}, {"digest": "0" * 64},
    ):  # fmt: skip
        with writing(books) as conn:
            digest = seen(conn, number)
            undo = conn.begin_nested()
            conn.execute(update(money_requests).where(money_requests.c.id == number).values(change))
            for shown in (digest, seen(conn, number)):
                refused = approve(conn, number, CHECKER, "好", shown, BOOK, LATER)
                assert code(refused) == "version_conflict", change
            undo.rollback()
    assert posted(books) == []


def test_payout_judged_again_at_the_approval(books: Engine) -> None:
    """Two wait; what the first leaves is not enough for the second. It reserved nothing."""
    with writing(books) as conn:
        credit(conn, "A", 60_000)
        first, second = asked(conn, form("payout", 60_000)), asked(conn, form("payout", 100), STAFF)
        assert approved(conn, first) is None
    with writing(books) as conn:
        assert approved(conn, second) == "not_payable"
        credit(conn, "A", 60_000, "reward:2")
        post(conn, [replace(FINE, lines=(("A", 59_950), ("fines", -59_950)))], LATER)
        assert approved(conn, second) == "not_payable"
        credit(conn, "A", 60_000, "reward:3")
        assert approved(conn, second) is None
    assert ledger(books)["A"] == -59_950
    assert [row[0] for row in states(books)] == ["approved", "approved"]


def test_ledger_1_a_month_that_closed_meanwhile_is_not_touched(books: Engine) -> None:
    with writing(books) as conn:
        begun_in_april(conn)
        number = asked(conn, form(month="2026-04"))
        close_april(conn)
        assert approved(conn, number) == "month_closed"
        assert code(ask(conn, form(month="2026-04", key="2"), MAKER, BOOK, NOW)) == "month_closed"
    assert states(books)[0][0] == "open" and posted(books) == []


def begun_in_april(conn: Any) -> None:
    post(conn, [replace(FINE, happened_at=datetime(2026, 4, 20, 9, 30, tzinfo=SHANGHAI))], NOW)


def close_april(conn: Any) -> None:
    """By hand, without what a settlement would ask."""
    row = {"month": "2026-04", "closed_at": NOW, "request_id": 1}
    conn.execute(insert(closed_months).values(row))


def test_ledger_1_a_change_is_booked_now_with_both_dates(books: Engine) -> None:
    april = datetime(2026, 4, 20, 9, 30, tzinfo=SHANGHAI)
    with writing(books) as conn:
        post(conn, [replace(FINE, happened_at=april)], NOW)
        asked(conn, form())
        close_april(conn)
        about = {"month": "2026-04", "about": FINE.key}
        assert code(ask(conn, form("change", -50, "B", **about), MAKER, BOOK, NOW)) == "posting_elsewhere"
        number = asked(conn, form("change", -50, "A1", **about))
        assert approved(conn, number) is None
    line = (f"request:{number}", "A1", "2026-05", "ROLE-3", "sha256:", number, april)
    assert posted(books) == [(*line, "A", -50), (*line, ADJUSTMENTS, 50)]


def test_an_adjustment_of_an_open_month_is_booked_there(books: Engine) -> None:
    with writing(books) as conn:
        refused = ask(conn, form(month="2026-04"), MAKER, BOOK, NOW)
        assert code(refused) == "month_invalid", "from before the first order or posting"
        begun_in_april(conn)
        assert approved(conn, asked(conn, form(month="2026-04"))) is None
    assert {(row[2], row[6]) for row in posted(books)} == {("2026-04", LATER)}


def test_lists_and_pages(books: Engine) -> None:
    with writing(books) as conn:
        credit(conn, "A", 70_000)
        numbers = [asked(conn, form(fen=-n, key=f"k{n}")) for n in range(1, queries.PAGE + 2)]
        other = asked(conn, form(station="B"), CHECKER)
        payout = asked(conn, form("payout", 5), STAFF)
        approved(conn, numbers[0])
        first = queries.open_for(conn, CHECKER)
        second = queries.open_for(conn, CHECKER, first.following)
        assert [row.id for page in (first, second) for row in page.rows] == [*numbers[1:], payout]
        assert second.following is None
        assert [row.id for row in queries.made_by(conn, CHECKER).rows] == [other]
        assert [row.id for row in queries.decided(conn).rows] == [numbers[0]]
        assert [row.id for row in queries.about_stations(conn, ["A", "A1"]).rows] == [payout, numbers[0]]
        assert queries.about_stations(conn, ["B"]).rows == [], "what is only asked for is nobody's news yet"
