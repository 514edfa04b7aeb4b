"""Months close in order, over the dry run that was signed; what two signed stays (LEDGER-1, ROLE-3, ROLE-2)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, select, update
from sqlalchemy.exc import DatabaseError

from penalties.actions import Change, change
from penalties.byhand import Asked
from penalties.lifecycle import CONFIRM
from penalties.requests.actions import approve, ask
from penalties.requests.queries import month_states, request_of
from penalties.settling.actions import settle
from penalties.settling.queries import plan
from penalties.statements.queries import statement
from penalties.trail.queries import trail
from people.access import EVERYWHERE
from storage.session import reading, writing
from storage.tables.dispatch import orders
from storage.tables.penalties import cases, closed_months, money_requests, postings
from storage.triggers import remove
from tests.rules.byhand_scene import CHECKER, MAKER, code, seen
from tests.rules.courses import BOOK, t
from tests.rules.scene import Scene, accepts, pushed
from tests.rules.stage import IN_A1
from tests.rules.test_byhand_verified import JUNE, by_two, closing, settlement
from verify.queries import check

MAY, MINUTE = "2026-05", timedelta(minutes=1)


@pytest.fixture
def may(engine: Engine) -> Engine:
    """A clean order of A in May, and one whose violation nobody has decided; settled once on the 3rd of June, 10:05."""
    with writing(engine) as conn:
        scene = Scene(conn).stations()
        assert scene.tell("5 10:00", pushed(business_type="send_express")) == [None]
        assert scene.tell("5 10:05", accepts()) == [None]
        assert scene.tell("5 10:10", pushed("LP2", "5 10:10", where=IN_A1)) == [None]
        scene.sweep("5 12:00")
        by_two(conn, settlement(conn, "1"), JUNE)
    return engine


def confirm(conn: Connection, at: Any) -> None:
    (number,) = conn.scalars(select(cases.c.violation_id)).all()
    assert change(conn, [Change(number, CONFIRM, at, "HQ", "查实")], at) == [None]


def clean(conn: Connection) -> bool:
    return [str(one) for one in check(conn, BOOK)] == []


@pytest.mark.parametrize("month", ["2026-04", "2006-05", "1900-01"])
def test_ledger_1_a_closed_month_stays_as_it_was(may: Engine, month: str) -> None:
    """What names a month before a closed one would move its opening balance."""
    with writing(may) as conn:
        one = Asked("goodwill", "2", "补偿", "A", -500, month)
        assert code(ask(conn, one, MAKER, BOOK, JUNE)) == "month_invalid", "before the first order"
        by_two(conn, closing(conn, "3"), JUNE)
        before = statement(conn, "A", MAY)
        assert code(ask(conn, one, MAKER, BOOK, JUNE)) == "month_closed"
        assert code(ask(conn, closing(conn, "4", "2026-04"), MAKER, BOOK, JUNE)) == "closed_already"
        assert settle(conn, "2026-04", BOOK, JUNE + timedelta(hours=1)) == []
        assert statement(conn, "A", MAY) == before and clean(conn)


def test_ledger_1_months_close_in_order(may: Engine) -> None:
    july = JUNE.replace(month=7)
    with writing(may) as conn:
        assert settle(conn, "2026-06", BOOK, july) == []
        refused = ask(conn, _closing_of(conn, "2026-06", july), MAKER, BOOK, july)
        assert code(refused) == "earlier_month_open"
        by_two(conn, closing(conn, "3"), july)
        by_two(conn, _closing_of(conn, "2026-06", july), july)
        assert clean(conn)
        remove(conn)
        conn.execute(delete(closed_months).where(closed_months.c.month == MAY))
        assert ("closed_months", "2026-06") not in [(one.table, one.key) for one in check(conn, BOOK)], "the first one"
        conn.execute(closed_months.insert().values(month="2026-04", closed_at=july, request_id=1))
        assert ("closed_months", "2026-06") in [(one.table, one.key) for one in check(conn, BOOK)], "May is left out"


def _closing_of(conn: Connection, month: str, at: Any) -> Asked:
    return Asked("close_month", f"{month} {at}", "关账", month=month, seen=plan(conn, month, BOOK)[0].digest)


def test_b_103_a_closing_is_signed_over_its_dry_run(may: Engine) -> None:
    """With differences, or over another dry run, it is neither asked for nor approved."""
    with writing(may) as conn:
        stale = closing(conn, "2")
        number = ask(conn, stale, MAKER, BOOK, JUNE)
        assert isinstance(number, int)
        assert code(ask(conn, settlement(conn, "x"), MAKER, BOOK, JUNE)) == "already_asked"
        confirm(conn, JUNE + MINUTE)
        shown = seen(conn, number)
        assert code(approve(conn, number, CHECKER, "好", shown, BOOK, JUNE + 2 * MINUTE)) == "version_conflict"
        settle(conn, MAY, BOOK, JUNE + 3 * MINUTE)
        assert code(approve(conn, number, CHECKER, "好", shown, BOOK, JUNE + 4 * MINUTE)) == "version_conflict"
        assert conn.execute(select(closed_months)).all() == []


def test_b_103_a_month_with_differences_is_not_closed(may: Engine) -> None:
    with writing(may) as conn:
        stale = closing(conn, "2")
        confirm(conn, JUNE + MINUTE)
        assert code(ask(conn, stale, MAKER, BOOK, JUNE)) == "version_conflict"
        assert code(ask(conn, closing(conn, "3"), MAKER, BOOK, JUNE)) == "settle_first"


def test_role_3_a_settlement_signed_for_an_open_month_is_not_booked_elsewhere(may: Engine) -> None:
    with writing(may) as conn:
        confirm(conn, JUNE + 6 * MINUTE)
        at = JUNE + 7 * MINUTE
        number = ask(conn, settlement(conn, "2"), MAKER, BOOK, at)
        assert isinstance(number, int)
        assert code(ask(conn, closing(conn, "3"), MAKER, BOOK, at)) == "already_asked"
        conn.execute(closed_months.insert().values(month=MAY, closed_at=at, request_id=1))  # whichever way it came
        assert code(approve(conn, number, CHECKER, "好", seen(conn, number), BOOK, at)) == "version_conflict"
        assert conn.execute(select(postings).where(postings.c.request_id == number)).all() == []


def test_decided_as_it_was_settled_is_hinted(may: Engine) -> None:
    """A decision may carry an instant from before the settlement, and be committed after it."""
    with writing(may) as conn:
        confirm(conn, JUNE + timedelta(minutes=4, seconds=59))
        (state,) = month_states(conn, [MAY])
        assert state.changed == 1


def test_role_2_a_reason_about_an_orders_posting(may: Engine) -> None:
    """The change names the fine, and another one the posting of that change: neither repeats the customer."""
    sender = {"name": "欧阳明月", "phone": "13800000000", "address": "浙江省杭州市西湖区文三路9876号4幢501室"}
    with writing(may) as conn:
        for number, content in conn.execute(select(orders.c.id, orders.c.content)).all():
            conn.execute(update(orders).where(orders.c.id == number).values(content={**content, "sender": sender}))
        confirm(conn, t("6 12:00"))
        settle(conn, MAY, BOOK, JUNE)
        by_two(conn, closing(conn, "2"), JUNE)
        about = conn.scalars(select(postings.c.key).where(postings.c.rule == "V-ACCEPT")).one()
        at = JUNE + timedelta(hours=1)
        reason = "客户欧阳明月(9876号4幢501室)证明已揽收"
        by_two(conn, Asked("change", "4", reason, "A1", -1_000, MAY, about), at)
        (entry,) = [one for one in statement(conn, "A", "2026-06").entries if one.request]
        assert entry.request is not None
        found = trail(conn, entry.seq, EVERYWHERE)
        assert found is not None and {"欧阳明月", "9876号4幢501室"} <= found.hidden
        for words in ("欧阳明月", "9876号", "501室"):
            assert words not in entry.request.reason
        # June closes, and the posting of the change is changed again.
        july = at.replace(month=7)
        settle(conn, "2026-06", BOOK, july)
        by_two(conn, _closing_of(conn, "2026-06", july), july)
        by_two(conn, Asked("change", "5", reason, "A1", -1, "2026-06", entry.key), july + timedelta(hours=1))
        (again,) = [one for one in statement(conn, "A", "2026-07").entries if one.request]
        assert again.request is not None and "欧阳明月" not in again.request.reason


REWRITTEN: list[dict[str, Any]] = [
    {"maker": "张三 #99"}, {"checker": "张三 #99"}, {"reason": "别的"}, {"decision": "x"}, {"made_at": JUNE},
    {"digest": "0" * 64}, {"state": "open", "decided_at": None},
]  # fmt: skip


def test_role_3_a_decided_request_is_frozen(may: Engine) -> None:
    for values in REWRITTEN:
        with pytest.raises(DatabaseError, match="append-only"), writing(may) as conn:
            conn.execute(update(money_requests).values(values))
    with pytest.raises(DatabaseError, match="append-only"), writing(may) as conn:
        conn.execute(delete(money_requests))
    with reading(may) as conn:
        row = request_of(conn, 1)
        assert row is not None and (row.state, row.maker) == ("approved", "财务钱进 #1")


@pytest.mark.parametrize("values", [{"maker": "张三 #99"}, {"reason": "别的"}, {"digest": "0" * 64}, {"content": {}}])
def test_i_15_what_was_signed_is_read_again(may: Engine, values: dict[str, Any]) -> None:
    """Who takes the guards away is found by the digest."""
    with writing(may) as conn:
        remove(conn)
        conn.execute(update(money_requests).values(values))
        assert ("money_requests", "I-15") in [(one.table, one.invariant) for one in check(conn, BOOK)]
