"""ROLE-3 as the second reader sees it: a month settled, closed and changed by two people leaves nothing to find."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, select

from basics.days import SHANGHAI
from penalties.byhand import Asked
from penalties.lifecycle import CONFIRM
from penalties.requests.actions import approve, ask, decline, withdraw
from penalties.settlement import DryRun
from penalties.settling.queries import dry_run
from storage.session import reading, writing
from storage.tables.penalties import postings
from tests.rules.byhand_scene import CHECKER, MAKER, STAFF, credit, seen
from tests.rules.courses import BOOK
from tests.rules.scene import Scene, accepts, pushed
from tests.rules.stage import IN_A1
from verify.queries import check

JUNE = datetime(2026, 6, 3, 10, tzinfo=SHANGHAI)


def by_two(conn: Connection, one: Asked, at: datetime, maker: Any = MAKER) -> None:
    number = ask(conn, one, maker, BOOK, at)
    assert isinstance(number, int), number
    at += timedelta(minutes=5)
    assert approve(conn, number, CHECKER, "核对无误", seen(conn, number), BOOK, at) is None


def settlement(conn: Connection, key: str) -> Asked:
    found = dry_run(conn, "2026-05", BOOK, JUNE)
    assert isinstance(found, DryRun)
    return Asked("settlement", key, "五月结算", month="2026-05", seen=found.digest)


def closing(conn: Connection, key: str, month: str = "2026-05") -> Asked:
    found = dry_run(conn, month, BOOK, JUNE)
    assert isinstance(found, DryRun)
    return Asked("close_month", key, "关账", month=month, seen=found.digest)


def test_role_3_verified(engine: Engine) -> None:
    with writing(engine) as conn:
        scene = Scene(conn).stations()
        assert scene.tell("5 10:00", pushed(business_type="send_express")) == [None]
        assert scene.tell("5 10:05", accepts()) == [None]
        assert scene.tell("5 10:10", pushed("LP2", "5 10:10", where=IN_A1)) == [None]
        scene.sweep("5 12:00")
        assert scene.review("6 12:00", CONFIRM, scene.suspicions().values()) == [None]
        by_two(conn, settlement(conn, "1"), JUNE)
        by_two(conn, Asked("adjustment", "2", "对账", "A1", -9_000, "2026-05"), JUNE)
        by_two(conn, closing(conn, "3"), JUNE + timedelta(hours=1))
        fine = conn.scalars(select(postings.c.key).where(postings.c.rule == "V-ACCEPT")).one()
        later = JUNE + timedelta(hours=2)
        by_two(conn, Asked("change", "4", "错罚", "A1", -1_000, "2026-05", fine), later)
        by_two(conn, Asked("goodwill", "5", "补偿", "A", -90_000), later)
        by_two(conn, Asked("payout", "6", "提取", "A", 60_000), later, STAFF)
        number = ask(conn, Asked("goodwill", "7", "补偿", "B", -100), MAKER, BOOK, later)
        assert isinstance(number, int) and decline(conn, number, CHECKER, "不同意", later) is None
        number = ask(conn, Asked("goodwill", "8", "补偿", "B", -100), MAKER, BOOK, later)
        assert isinstance(number, int) and withdraw(conn, number, MAKER, later) is None
    with reading(engine) as conn:
        rows = conn.execute(select(postings.c.key, postings.c.month).where(postings.c.rule == "ROLE-3"))
        assert {row.key: row.month for row in rows} == {
            "request:2": "2026-05", "request:4": "2026-06", "request:5": "2026-06", "request:6": "2026-06",
        }  # fmt: skip
        assert [str(one) for one in check(conn, BOOK)] == []
    with writing(engine) as conn:
        credit(conn, "B", 5, "reward:none")
        assert len(check(conn, BOOK)) > 0, "what nobody asked for is found"
