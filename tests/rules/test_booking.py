"""The one door of the ledger: numbers without a gap, a chain, months that close (LEDGER-1, I-13; decision 13)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import IntegrityError

from basics.days import month_bounds
from basics.refusal import Refusal
from penalties import actions as penalties
from penalties.booking.actions import post
from penalties.booking.queries import balances, head
from penalties.byhand import digest_of
from penalties.closing.actions import close
from penalties.ledger import FINES, NO_CHAIN, Posting, link
from penalties.lifecycle import CONFIRM, DISPROVE
from penalties.settling.actions import settle
from penalties.settling.queries import plan
from storage.session import reading, run, snapshot, writing
from storage.tables import penalties as p
from tests.rules.courses import BOOK, t
from tests.rules.scene import Scene, pushed
from tests.rules.stage import IN_A1
from tests.rules.together import together
from verify.queries import check

AT = t("5 10:30")
FINE = Posting("fine:cainiao/LP1:1:V-ACCEPT", AT, "A1", "LP1", "V-ACCEPT", "2017-01-01", (("A", 100), (FINES, -100)))
JULY, AUGUST = t("5 12:00").replace(month=7), t("5 12:00").replace(month=8)


def month_before(at: datetime) -> str:
    return f"{at.replace(day=1) - timedelta(days=1):%Y-%m}"


def settled(conn: Connection, month: str, at: datetime) -> int:
    """A month that was settled, and the approved request to close it: its id."""
    assert settle(conn, month, BOOK, max(at, month_bounds(month)[1])) == []
    content = {"dry_run": shown(conn, month)}
    asked = {
        "key": f"close {month}", "kind": "close_month", "state": "approved", "month": month, "about": "",
        "reason": "关账", "content": content, "maker": "甲#1", "made_at": at, "checker": "乙#2",
        "digest": digest_of("close_month", None, None, month, "", "关账", content, "甲#1"),
        "decided_at": at, "decision": "核对无误",
    }  # fmt: skip
    return int(conn.execute(insert(p.money_requests).values(asked).returning(p.money_requests.c.id)).scalar_one())


def shown(conn: Connection, month: str) -> str:
    """The digest of its dry run."""
    return plan(conn, month, BOOK)[0].digest


def shut(conn: Connection, month: str, request: int, now: datetime) -> Refusal | None:
    """Closed over what its dry run says now."""
    return close(conn, month, request, shown(conn, month), BOOK, now)


def booked(conn: Connection) -> list[tuple[str, str, datetime, datetime]]:
    c = p.postings.c
    query = select(c.key, c.month, c.happened_at, c.recorded_at).order_by(c.seq)
    return [tuple(row) for row in conn.execute(query)]


def test_i_13_each_posting_is_linked_to_the_one_before(engine: Engine) -> None:
    many = [replace(FINE, key=f"fine:cainiao/LP{n}:1:V-ACCEPT", why='理由 "="\n', violation_id=None) for n in range(5)]
    with writing(engine) as conn:
        assert post(conn, many[:2], AT) == 2 and post(conn, many, AT + timedelta(hours=1)) == 3
        rows = conn.execute(select(p.postings).order_by(p.postings.c.seq)).all()
        last = head(conn)
    chain = NO_CHAIN
    for number, row in enumerate(rows, 1):
        assert row.seq == number
        chain = link(chain, number, row.key, row.content_hash, row.recorded_at, row.month, row.why, None, None)
        assert row.chain == chain
    assert (last.seq, last.chain) == (5, chain)


def test_a_rollback_leaves_no_gap(engine: Engine) -> None:
    with writing(engine) as conn:
        post(conn, [FINE], AT)
    with pytest.raises(RuntimeError), writing(engine) as conn:
        post(conn, [replace(FINE, key="lost")], AT)
        raise RuntimeError
    with writing(engine) as conn:
        post(conn, [replace(FINE, key="kept")], AT)
        assert [row.seq for row in conn.execute(select(p.postings.c.seq).order_by(p.postings.c.seq))] == [1, 2]


def test_a_naive_instant_is_refused(engine: Engine) -> None:
    """Law 5: a server would read it as its own local time."""
    with pytest.raises(Exception, match=r"offset|compare"), writing(engine) as conn:
        post(conn, [replace(FINE, happened_at=AT.replace(tzinfo=None))], AT)


def test_recorded_never_goes_back_along_the_chain(engine: Engine) -> None:
    """Whoever waited for the ledger read his time before he waited."""
    with writing(engine) as conn:
        post(conn, [FINE], AT)
        post(conn, [replace(FINE, key="waited")], AT - timedelta(seconds=3))
        assert [row[3] for row in booked(conn)] == [AT, AT]


@pytest.mark.parametrize(
    ("now", "code"), [(t("31 23:59:59.999999"), "month_not_over"), (t("31 23:59") + timedelta(minutes=1), None)]
)
def test_only_a_month_that_is_over_is_closed(engine: Engine, now: datetime, code: str | None) -> None:
    """The exact edge: 2026-05 ends with its last microsecond."""
    with writing(engine) as conn:
        request = settled(conn, f"{t('1 00:00'):%Y-%m}", AT)
        refused = shut(conn, f"{t('1 00:00'):%Y-%m}", request, now)
        assert (refused.code if refused else None) == code


def test_only_a_settled_month_is_closed_and_only_once(engine: Engine) -> None:
    with writing(engine) as conn:
        month = month_before(JULY)
        request = settled(conn, month, JULY)
        unsettled = shut(conn, "2018-01", request, JULY)
        assert unsettled is not None and unsettled.code == "month_not_settled"
        assert shut(conn, month, request, JULY) is None
        again = shut(conn, month, request, JULY)
        assert again is not None and again.code == "closed_already"
        with pytest.raises(ValueError, match="month"):
            shut(conn, "2026-13", request, JULY)


def late(scene: Scene, no: str) -> int:
    """An order of A1 that nobody accepted: the id of its V-ACCEPT."""
    scene.tell("5 10:00", pushed(no, where=IN_A1))
    scene.sweep("5 11:00")
    return scene.suspicions()[f"{no}:1:V-ACCEPT"]


def decided(conn: Connection, act: str, violation: int, at: datetime) -> None:
    assert penalties.change(conn, [penalties.Change(violation, act, at, "HQ", "查实")], at) == [None]


def test_settle_2_after_the_close_a_late_fine_and_a_reversal_book_into_the_month_that_runs(engine: Engine) -> None:
    """LEDGER-1, APPEAL-3: with both dates, when it happened and when it was recorded. While its month is open a
    reversal books into it."""
    month = f"{t('5 10:00'):%Y-%m}"
    with writing(engine) as conn:
        scene = Scene(conn).stations()
        early, open_one, falls = (late(scene, no) for no in ("LP1", "LP2", "LP3"))
        for one in (early, open_one):
            decided(conn, CONFIRM, one, t("6 12:00"))
        decided(conn, DISPROVE, open_one, JULY)
        assert shut(conn, month, settled(conn, month, JULY), JULY) is None
        decided(conn, CONFIRM, falls, JULY + timedelta(hours=1))
        decided(conn, DISPROVE, early, AUGUST)
        decided(conn, DISPROVE, falls, AUGUST)
        found = booked(conn)
    assert [(key[13:16], key.endswith("reversed"), month_) for key, month_, _, _ in found] == [
        ("LP1", False, month), ("LP2", False, month), ("LP2", True, month),
        ("LP3", False, f"{JULY:%Y-%m}"), ("LP1", True, f"{AUGUST:%Y-%m}"), ("LP3", True, f"{JULY:%Y-%m}"),
    ]  # fmt: skip
    assert found[3][2:] == (t("5 10:30"), JULY + timedelta(hours=1)), "happened then, booked now"
    assert found[4][2:] == (AUGUST, AUGUST)
    with snapshot(engine) as conn:
        assert [one for one in check(conn, BOOK) if one.table != "settlements"] == []


def test_booking_and_closing_at_once(engine: Engine) -> None:
    """Who closes waits for who books, and closes after it: nothing is in a closed month that was recorded later."""
    month = f"{AT:%Y-%m}"
    with writing(engine) as conn:
        request = settled(conn, month, JULY)
    mine, other = together(
        engine,
        lambda conn: post(conn, [FINE], JULY + timedelta(seconds=1)),
        lambda conn: shut(conn, month, request, JULY),
    )
    assert (mine, other) == (1, None)
    with reading(engine) as conn:
        ((_, its_month, _, recorded),), closed_at = booked(conn), conn.scalar(select(p.closed_months.c.closed_at))
    assert (its_month, recorded, closed_at) == (month, JULY + timedelta(seconds=1), JULY + timedelta(seconds=1))


def test_closing_and_booking_at_once(engine: Engine) -> None:
    """Who books waits for who closes, and then books into the month that runs."""
    month = f"{AT:%Y-%m}"
    with writing(engine) as conn:
        request = settled(conn, month, JULY)
    answers = together(engine, lambda conn: shut(conn, month, request, JULY), lambda conn: post(conn, [FINE], JULY))
    assert answers == (None, 1)
    with reading(engine) as conn:
        assert [row[1] for row in booked(conn)] == [f"{JULY:%Y-%m}"]


@pytest.mark.parametrize("overlap", [0, 4, 8])
def test_vio_4_eight_at_once_post_each_fine_once_and_the_chain_is_whole(engine: Engine, overlap: int) -> None:
    """8 threads confirm 12 violations each, `overlap` of them the same for all."""
    numbers = [f"LP{n:03}" for n in range(overlap + 8 * (12 - overlap))]
    with writing(engine) as conn:
        scene = Scene(conn).stations()
        for no in numbers:
            scene.tell("5 10:00", pushed(no, where=IN_A1))
        scene.sweep("5 11:00")
        ids = sorted(scene.suspicions().values())
    same, own, start = ids[:overlap], ids[overlap:], Barrier(8)

    def confirm(thread: int) -> int:
        mine = [*same, *own[thread * (12 - overlap) :][: 12 - overlap]]
        changes = [
            penalties.Change(one, CONFIRM, t("5 12:00"), f"HQ{thread}", "查实") for one in mine[:: 1 - 2 * (thread % 2)]
        ]
        start.wait(10)
        return sum(answer is None for answer in run(engine, lambda conn: penalties.change(conn, changes, t("5 12:00"))))

    with ThreadPoolExecutor(8) as pool:
        done = sum(pool.map(confirm, range(8)))
    assert done == len(ids)
    with snapshot(engine) as conn:
        assert check(conn, BOOK) == []
        assert balances(conn) == {"A": 10_000 * len(ids), FINES: -10_000 * len(ids)}
        assert head(conn).seq == len(ids)


def test_d_5_the_unique_key_stands_behind_the_look(engine: Engine) -> None:
    """Keys are looked up under the lock; whoever came past it would meet the constraint."""
    with writing(engine) as conn:
        post(conn, [FINE], AT)
        row = conn.execute(select(p.postings)).one()
    for twice in ({"seq": 2, "id": 2}, {"key": "other", "id": 2}):
        with pytest.raises(IntegrityError), writing(engine) as conn:
            conn.execute(insert(p.postings).values({**row._mapping, **twice}))
