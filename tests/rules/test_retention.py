"""Personal data goes when its time is over; ledger, verdicts and their evidence stay (RELIABILITY 11.3, I-24)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, update

from basics.days import SHANGHAI
from basics.retention import PSEUDONYM
from channels.messages import Withdrawal
from channels.retention.actions import forget_bodies
from channels.retention.queries import count_bodies
from dispatch.facts import Fail, Target
from dispatch.retention.actions import forget_waiting, pseudonymise
from dispatch.retention.queries import count_orders, count_waiting
from penalties.appeals import HQ, OVERTURN, UPHOLD
from penalties.retention.actions import forget_files
from penalties.retention.queries import count_files
from storage.session import reading, writing
from storage.tables.base import metadata
from storage.tables.channels import inbox, outbox
from storage.tables.dispatch import events, orders
from storage.tables.penalties import appeal_files, appeals, case_log, cases, ledger_heads, lines, postings
from storage.tables.sla import violations
from tests.rules.appeal_scene import AppealScene, scene_of
from tests.rules.courses import BOOK, t
from tests.rules.scene import accepts, pushed
from verify.queries import check

NAME, PHONE, OTHER, DOOR, RECEIVER = "金丝雀", "13771234567", "021-55512345", "8幢1203室", "莺莺燕"
CANARIES = (NAME, PHONE, "55512345", "1203", RECEIVER, "13971234567", "120.0512", "wren@example.com")
LATER = datetime(2027, 7, 1, 3, tzinfo=SHANGHAI)  # 13 months after all that ended in May 2026
BEFORE = datetime(2026, 6, 1, tzinfo=SHANGHAI)


def canary(no: str, created: str, **more: Any) -> Any:
    person = {
        "sender": {"name": NAME, "phone": PHONE, "other_phone": OTHER, "email": "wren@example.com"},
        "receiver": {"name": RECEIVER, "phone": "13971234567", "address": f"长江路 7 号 {DOOR}"},
        "address": f"杭州市西湖区文三路 9 号 {DOOR}", "remark": f"找{NAME} {PHONE}", "goods": f"{NAME}的衣服",
        "echo": {"buyer": NAME},
    }  # fmt: skip
    return pushed(no, created, where=(120.05123, 30.10987), **(person | more))


def history(conn: Connection) -> AppealScene:
    """LP1 fined, appealed with a letter, upheld; LP2 failed; LP3 withdrawn; LP4 fined, its appeal still open."""
    scene = scene_of(conn)
    for no in ("LP1", "LP4"):
        scene.tell("2 10:00", canary(no, "2 10:00"), accepts(no))
    scene.sweep("4 07:00")
    assert scene.review("4 08:00", "confirm", sorted(scene.suspicions().values())) == [None, None]
    scene.publish("4 09:00")
    scene.tell(
        "4 09:30",
        Fail(Target("LP1"), "A", "pickup", "customer_cancelled"),
        Fail(Target("LP4"), "A", "pickup", "customer_cancelled"),
    )
    assert scene.appeal("4 10:00", "LP1", "LP4", mail="4 09:50") == ["entered", "entered"]
    conn.execute(update(appeals).values(text=f"{NAME}改期,电话 {PHONE}"))
    assert scene.decide("4 11:00", "LP1", UPHOLD) == "done"
    scene.tell("5 10:00", canary("LP2", "5 10:00"), canary("LP3", "5 10:00"))
    scene.tell("5 10:05", accepts("LP2"))
    scene.tell("5 10:10", Fail(Target("LP2"), "A", "pickup", "customer_cancelled"))
    scene.tell("5 10:20", Withdrawal("cainiao", "LP3", "sender", f"{NAME}不寄了", t("5 10:20")))
    scene.sweep("9 10:00")
    conn.execute(update(outbox).values(state="sent", next_at=None, put_off=None, last_answer=f"ok {NAME}"))
    return scene


def decide_the_rest(conn: Connection) -> None:
    """Suspicions of VIO-2 that the failures brought, dismissed, so that nothing is open but LP4's appeal."""
    scene = AppealScene(conn)
    scene.review("9 11:00", "dismiss", sorted(scene.suspicions().values()))


@pytest.fixture
def told(engine: Engine) -> Iterator[Engine]:
    with writing(engine) as conn:
        history(conn)
        decide_the_rest(conn)
    yield engine


def dump(conn: Connection, skip: tuple[str, ...] = ()) -> str:
    """Every row of every table as text."""
    found = []
    for table in metadata.sorted_tables:
        if table.name not in skip:
            found += [f"{table.name} {tuple(row)}" for row in conn.execute(select(table))]
    return "\n".join(found)


def all_orders(engine: Engine, limit: int = 500) -> int:
    """Until nothing is left; how many batches it took."""
    batches, after = 0, 0
    while True:
        with writing(engine) as conn:
            last = pseudonymise(conn, BEFORE, LATER, limit, after)
        if last is None:
            return batches
        batches, after = batches + 1, last


def numbers(conn: Connection, done: bool) -> list[str]:
    o = orders.c
    gone = o.pseudonymised_at.is_not(None) if done else o.pseudonymised_at.is_(None)
    return list(conn.scalars(select(o.logistics_no).where(gone).order_by(o.logistics_no)))


def test_people_go_and_books_stay(told: Engine) -> None:
    kept = (postings, lines, ledger_heads, violations, case_log)
    with reading(told) as conn:
        books = [conn.execute(select(table)).all() for table in kept]
        number, oldest = count_orders(conn, BEFORE, LATER)
        assert (number, oldest) == (3, t("4 09:30"))
    assert all_orders(told) == 1
    with reading(told) as conn:
        assert numbers(conn, done=True) == ["LP1", "LP2", "LP3"]
        assert numbers(conn, done=False) == ["LP4"], "its appeal is open"
        assert [conn.execute(select(table)).all() for table in kept] == books
        assert count_orders(conn, BEFORE, LATER) == (0, None)
        assert list(check(conn, BOOK)) == []


def test_nothing_of_them_is_left_anywhere(told: Engine) -> None:
    """The canary search: after LP4's appeal is decided too, no table holds any of it."""
    with writing(told) as conn:
        assert AppealScene(conn).decide("4 18:00", "LP4", OVERTURN) == "done"
        before = dump(conn)
        assert all(one in before for one in CANARIES), "the search would find them"
    all_orders(told)
    with reading(told) as conn:
        assert numbers(conn, done=False) == []
        after = dump(conn)
        assert [one for one in CANARIES if one in after] == []
        assert PSEUDONYM in after
        assert list(check(conn, BOOK)) == []


def test_killed_at_any_point_ends_alike(told: Engine) -> None:
    """One by one, with a crash inside each transaction, then again: as all at once would have."""

    class Killed(Exception):
        pass

    after = 0
    for _ in range(4):
        with pytest.raises(Killed), writing(told) as conn:
            pseudonymise(conn, BEFORE, LATER, 1, after)
            raise Killed
        with writing(told) as conn:
            after = pseudonymise(conn, BEFORE, LATER, 1, after) or after
    with writing(told) as conn:
        first = dump(conn)
        assert pseudonymise(conn, BEFORE, LATER + timedelta(days=1), 10) is None
        assert dump(conn) == first, "again changes nothing"
        assert numbers(conn, done=True) == ["LP1", "LP2", "LP3"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_edge_of_the_end(told: Engine) -> None:
    """LP3 ended at 5 10:20: it is old for an instant later, not for that one."""
    with reading(told) as conn:
        ended = conn.scalars(select(orders.c.ended_at).where(orders.c.logistics_no == "LP3")).one()
        assert count_orders(conn, ended, LATER)[0] == 2
        assert count_orders(conn, ended + timedelta(microseconds=1), LATER)[0] == 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_open_holds_its_order(told: Engine) -> None:
    with writing(told) as conn:
        first = conn.scalars(select(violations.c.id).join(orders).where(orders.c.logistics_no == "LP1")).first()
        mine = cases.c.violation_id == first
        conn.execute(update(cases).where(mine).values(state="suspected"))
        assert count_orders(conn, BEFORE, LATER)[0] == 2, "a suspicion"
        conn.execute(update(cases).where(mine).values(state="confirmed", changed_at=LATER - timedelta(days=30)))
        assert count_orders(conn, BEFORE, LATER)[0] == 2, "decided a month ago: it can still be appealed"
        conn.execute(update(cases).where(mine).values(changed_at=t("4 08:00")))
        assert count_orders(conn, BEFORE, LATER)[0] == 3
        conn.execute(update(orders).where(orders.c.logistics_no == "LP2").values(next_at=LATER))
        assert count_orders(conn, BEFORE, LATER)[0] == 2, "something falls due"
        lp3 = conn.scalars(select(orders.c.id).where(orders.c.logistics_no == "LP3")).one()
        conn.execute(update(outbox).where(outbox.c.order_id == lp3).values(state="waiting", next_at=LATER))
        assert count_orders(conn, BEFORE, LATER)[0] == 1, "something waits to be sent"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_late_news_finds_an_order_that_still_works(told: Engine) -> None:
    """CHAN-6, 14 months late: the log still folds, and nobody's name comes back with it."""
    all_orders(told)
    with writing(told) as conn:
        scene = AppealScene(conn)
        answers = scene.tell("30 10:00", canary("LP2", "5 10:00"), canary("LP3", "5 10:00"))
        assert answers == ["order_already_accepted", "order_already_accepted"]
        assert list(check(conn, BOOK)) == []
        rows = conn.execute(select(orders.c.content).where(orders.c.pseudonymised_at.is_not(None))).all()
        assert not any(one in str(rows) for one in CANARIES)
        assert not any(one in str(conn.execute(select(events.c.data)).all()) for one in ("不寄了",))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_told_of_it_afterwards_goes_the_next_night(told: Engine) -> None:
    """CHAN-6: an earlier withdrawal, told 14 months late, stands; its reason holds a name again."""
    all_orders(told)
    with writing(told) as conn:
        scene = AppealScene(conn)
        earlier = Withdrawal("cainiao", "LP3", "sender", f"{NAME}还是不寄", t("5 10:10"))
        assert scene.tell("30 10:00", earlier) == [None]
        assert NAME in str(conn.execute(select(orders.c.withdrawal_reason)).all())
        conn.execute(update(outbox).values(state="sent", next_at=None, put_off=None))
        assert count_orders(conn, BEFORE, LATER)[0] == 1
    assert all_orders(told) == 1
    with reading(told) as conn:
        lp3 = select(orders.c.id).where(orders.c.logistics_no == "LP3").scalar_subquery()
        kept = [conn.execute(select(one).where(key == lp3)).all() for one, key in (
            (orders, orders.c.id), (events, events.c.order_id), (outbox, outbox.c.order_id),
        )]  # fmt: skip
        assert NAME not in str(kept)
        assert list(check(conn, BOOK)) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_reasons_are_kept_without_the_customer(engine: Engine) -> None:
    """The log of a case never changes, so a name must not get into it; nor into proposals made from it (ROLE-2)."""
    with writing(engine) as conn:
        scene = scene_of(conn)
        for no, name in (("LP1", NAME), ("LP2", RECEIVER)):
            scene.tell("2 10:00", canary(no, "2 10:00", sender={"name": name, "phone": PHONE}), accepts(no))
        scene.sweep("4 07:00")
        said = f"{NAME}和{RECEIVER}都等了,{PHONE},住{DOOR}"
        scene.review("4 08:00", "confirm", [])
        changes = sorted(scene.suspicions().values())
        from penalties.actions import Change, change

        assert change(conn, [Change(one, "confirm", t("4 08:00"), "HQ", said) for one in changes], t("4 08:00")) == [
            None, None,
        ]  # fmt: skip
        kept = {*conn.scalars(select(case_log.c.reason)), *conn.scalars(select(cases.c.reason))}
        assert kept == {"金**和莺**都等了,****,住****"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_files_go_a_year_after_the_last_decision(told: Engine) -> None:
    with writing(told) as conn:
        closed = conn.scalars(select(appeals.c.closed_at).where(appeals.c.closed_at.is_not(None))).one()
        assert count_files(conn, closed) == (0, None)
        after = closed + timedelta(microseconds=1)
        assert count_files(conn, after) == (1, closed), "LP4's is not decided"
        digest = conn.execute(select(appeal_files.c.sha256, appeal_files.c.size).order_by(appeal_files.c.id)).first()
        assert forget_files(conn, after, 20) == 1
        assert forget_files(conn, after, 20) == 0
        row = conn.execute(select(appeal_files).order_by(appeal_files.c.id)).first()
        assert row is not None
        assert (row.content, row.name) == (b"", PSEUDONYM)
        assert (row.sha256, row.size) == tuple(digest or ())
        assert AppealScene(conn).decide("4 18:00", "LP4", UPHOLD) == "done"
        assert AppealScene(conn).appeal("4 19:00", "LP4", to=HQ) == ["entered"]
        assert count_files(conn, LATER) == (0, None), "another stage is open"


def test_raw_messages_go_after_their_days(engine: Engine) -> None:
    with writing(engine) as conn:
        rows = [
            {"channel": "cainiao", "message_key": f"k{n}", "sha256": f"{n:064}", "body": NAME.encode(),
             "received_at": t("5 10:00") + timedelta(days=n), "answer_status": 200, "answer_body": "ok"}
            for n in range(5)
        ]  # fmt: skip
        conn.execute(inbox.insert(), rows)
    cut = t("5 10:00") + timedelta(days=3)
    with reading(engine) as conn:
        assert count_bodies(conn, cut) == (3, t("5 10:00"))
    after: int | None = 0
    rounds = 0
    while after is not None:
        with writing(engine) as conn:
            after = forget_bodies(conn, cut, 2, after)
        rounds += 1
    assert rounds == 3
    with reading(engine) as conn:
        bodies = list(conn.scalars(select(inbox.c.body).order_by(inbox.c.id)))
        assert bodies == [b"", b"", b"", NAME.encode(), NAME.encode()]
        assert {one.answer_body for one in conn.execute(select(inbox))} == {"ok"}, "the same message, the same answer"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_messages_for_orders_that_never_came(engine: Engine) -> None:
    with writing(engine) as conn:
        scene = scene_of(conn)
        scene.tell("5 10:00", Withdrawal("cainiao", "LP9", "sender", f"{NAME}不寄了", t("5 10:00")))
        assert count_waiting(conn, BEFORE) == (1, t("5 10:00"))
        forget_waiting(conn, t("5 10:00"))
        assert count_waiting(conn, BEFORE)[0] == 1
        forget_waiting(conn, BEFORE)
        assert count_waiting(conn, BEFORE) == (0, None)
