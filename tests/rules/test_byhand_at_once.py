"""ROLE-3 with two people at the same moment: one decision, one posting, and no house is paid more than its credit."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from threading import Barrier
from typing import Any, cast

import pytest
from sqlalchemy import Connection, Engine, func, select

from basics.days import SHANGHAI
from channels.messages import Withdrawal
from penalties.booking.actions import post
from penalties.booking.queries import balances
from penalties.byhand import Asked
from penalties.requests.actions import approve, ask, decline, withdraw
from penalties.settlement import DryRun, Item
from penalties.settling.actions import settle
from penalties.settling.queries import dry_run
from storage.session import reading, run, writing
from storage.tables.penalties import money_requests, postings, settlements
from tests.rules.byhand_scene import CHECKER, FINE, LATER, MAKER, NOW, alone, code, credit, form, ledger, network, seen
from tests.rules.courses import BOOK, t
from tests.rules.scene import Scene, accepts, pushed
from tests.rules.together import Step, together

OTHER = replace(CHECKER, user_id=5, name="财务周全")


@pytest.fixture
def books(engine: Engine) -> Engine:
    network(engine)
    return engine


def approving(number: int, digest: str, by: Any = CHECKER) -> Step:
    return lambda conn: code(approve(conn, number, by, "核对无误", digest, BOOK, LATER))


def digest(engine: Engine, number: int) -> str:
    with reading(engine) as conn:
        return seen(conn, number)


def moved(engine: Engine) -> int:
    with reading(engine) as conn:
        return conn.scalar(select(func.count()).select_from(postings).where(postings.c.rule == "ROLE-3")) or 0


def test_two_checkers_at_once_make_one_posting(books: Engine) -> None:
    number = alone(books, form())
    shown = digest(books, number)
    assert together(books, approving(number, shown), approving(number, shown, OTHER)) == (None, "request_decided")
    assert moved(books) == 1 and ledger(books)["A"] == -12_000


def test_approved_by_one_while_another_declines_or_its_maker_withdraws(books: Engine) -> None:
    for n, other in enumerate((
        lambda number: lambda conn: code(decline(conn, number, OTHER, "不行", LATER)),
        lambda number: lambda conn: code(withdraw(conn, number, MAKER, LATER)),
    )):  # fmt: skip
        number = alone(books, form(key=str(n)))
        shown = digest(books, number)
        assert together(books, approving(number, shown), other(number)) == (None, "request_decided")
        number = alone(books, form(key=f"{n} again"))
        shown = digest(books, number)
        assert together(books, other(number), approving(number, shown)) == (None, "request_decided")
    assert moved(books) == 2


def test_two_payouts_at_once_do_not_overdraw(books: Engine) -> None:
    with writing(books) as conn:
        credit(conn, "A", 60_000)
    first, second = alone(books, form("payout", 60_000)), alone(books, form("payout", 55_000))
    steps = [approving(one, digest(books, one)) for one in (first, second)]
    assert together(books, steps[0], steps[1]) == (None, "not_payable")
    assert ledger(books)["A"] == 0 and moved(books) == 1


def test_a_fine_at_the_same_moment_as_a_payout(books: Engine) -> None:
    with writing(books) as conn:
        credit(conn, "A", 60_000)
    number = alone(books, form("payout", 60_000))
    fine = replace(FINE, lines=(("A", 5_000), ("fines", -5_000)))
    step = approving(number, digest(books, number))
    assert together(books, lambda conn: post(conn, [fine], LATER), step) == (1, "credit_too_small")
    assert ledger(books)["A"] == -55_000 and moved(books) == 0


def test_twelve_threads_and_one_credit(books: Engine) -> None:
    """Six pay-outs of 200 yuan of a credit of 1,000, each approved by two: those that fit, once each."""
    with writing(books) as conn:
        credit(conn, "A", 100_000)
    numbers = [alone(books, form("payout", 20_000, key=str(n))) for n in range(6)]
    steps = [approving(one, digest(books, one), by) for one in numbers for by in (CHECKER, OTHER)]
    start = Barrier(len(steps))

    def go(step: Step) -> Any:
        start.wait()
        return run(books, step)

    with ThreadPoolExecutor(len(steps)) as pool:
        answers = list(pool.map(go, steps))
    # 1,000 -> 800 -> 600 -> 400: at 400 the credit is no longer above 500.
    assert answers.count(None) == moved(books) == 3
    assert set(answers) == {None, "request_decided", "not_payable"}
    assert ledger(books)["A"] == -40_000


def test_the_same_form_from_two_windows_at_once(books: Engine) -> None:
    def asking(conn: Connection) -> Any:
        return ask(conn, form(), MAKER, BOOK, NOW)

    mine, other = together(books, asking, asking)
    assert mine == other
    with reading(books) as conn:
        assert conn.scalar(select(func.count()).select_from(money_requests)) == 1


# ---- a settlement's second signature --------------------------------------------------------------------------------

JUNE = datetime(2026, 6, 3, 10, tzinfo=SHANGHAI)


@pytest.fixture
def may(engine: Engine) -> Engine:
    """A month with one order of A, and another one to come in June."""
    with writing(engine) as conn:
        scene = Scene(conn).stations()
        assert scene.tell("5 10:00", pushed(business_type="send_express")) == [None]
        assert scene.tell("5 10:05", accepts()) == [None]
    return engine


def proposing(engine: Engine, by: Any = MAKER) -> Step:
    with reading(engine) as conn:
        run_of = dry_run(conn, "2026-05", BOOK, JUNE)
    assert isinstance(run_of, DryRun)
    one = Asked("settlement", str(by.user_id), "五月结算", month="2026-05", seen=run_of.digest)
    return lambda conn: ask(conn, one, by, BOOK, JUNE)


def signing(number: int, shown: str, by: Any = CHECKER) -> Step:
    return lambda conn: code(approve(conn, number, by, "核对无误", shown, BOOK, JUNE))


def rewards(engine: Engine) -> tuple[int, int]:
    """How many settlements there are, and the fen that A has."""
    with reading(engine) as conn:
        return conn.scalar(select(func.count()).select_from(settlements)) or 0, -balances(conn).get("A", 0)


def test_settle_1_two_sign_a_settlement_at_once(may: Engine) -> None:
    number = run(may, proposing(may))
    shown = digest(may, number)
    assert together(may, signing(number, shown), signing(number, shown, OTHER)) == (None, "request_decided")
    assert rewards(may) == (1, 20_000)


def test_settle_1_two_propose_at_once(may: Engine) -> None:
    number, other = together(may, proposing(may), proposing(may, OTHER))
    assert isinstance(number, int) and code(other) == "already_asked"


def test_settle_1_settled_elsewhere_meanwhile(may: Engine) -> None:
    """Nothing is posted twice, and what was signed is no longer what would be posted."""
    number = run(may, proposing(may))
    step = signing(number, digest(may, number))
    mine, other = together(may, lambda conn: len(cast(list[Item], settle(conn, "2026-05", BOOK, JUNE))), step)
    assert (mine, other) == (1, "version_conflict")
    assert rewards(may) == (1, 20_000)


def test_settle_1_an_order_withdrawn_between_the_signatures(may: Engine) -> None:
    """What would be posted now is not what was signed: it is undone whole, and the request waits."""
    number = run(may, proposing(may))
    shown = digest(may, number)
    with writing(may) as conn:
        news = Withdrawal("", "LP1", "sender", "不寄了", t("6 10:00"))
        assert Scene(conn).tell("6 10:00", news) == [None]
    assert run(may, signing(number, shown)) == "version_conflict"
    assert rewards(may) == (0, 0)
    with writing(may) as conn:
        assert decline(conn, number, CHECKER, "数据有变", JUNE) is None
