"""people/actions.py and queries.py against both databases: ROLE-1, ROLE-2."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select

from basics.refusal import Refusal
from people.access import Actor
from people.actions import NewUser, add_users, end_session, look_behind_mask, record_attempt, start_session
from people.queries import actors, find_account, find_sitting
from storage.session import reading, writing
from storage.tables.people import audit

NOON = datetime(2026, 5, 4, 4, tzinfo=UTC)


def test_add_users(engine: Engine) -> None:
    """ROLE-1: many at once, each with its own result."""
    wanted = [
        NewUser("Anna", "安娜", "station", "hash", station="S1"),
        NewUser("anna ", "又一个", "hq", "hash"),
        NewUser("", "无名", "hq", "hash"),
        NewUser("boss", "老板", "emperor", "hash"),
        NewUser("lost", "丢失", "station", "hash"),
        NewUser("prov", "省", "province", "hash"),
    ]
    with writing(engine) as conn:
        results = add_users(conn, wanted, NOON)
        again = add_users(conn, wanted[:1], NOON)
        first = find_account(conn, "ANNA")
        assert first and results[0] == first.actor.user_id and first.actor.station == "S1"
        assert actors(conn, [first.actor.user_id]) == {first.actor.user_id: first.actor}
        assert find_account(conn, "boss") is None
    codes = [result.code if isinstance(result, Refusal) else "" for result in results + again]
    assert codes == [
        "", "login_taken", "login_invalid", "role_unknown", "station_required", "province_required",
        "login_taken",
    ]  # fmt: skip


def test_sessions(engine: Engine) -> None:
    with writing(engine) as conn:
        [user_id] = add_users(conn, [NewUser("hq", "总部", "hq", "hash")], NOON)
        assert isinstance(user_id, int)
        one, two = (start_session(conn, user_id, "10.0.0.1", NOON) for _ in range(2))
        assert one != two
        end_session(conn, one, NOON)
    with reading(engine) as conn:
        assert find_sitting(conn, one, NOON) is None
        assert find_sitting(conn, "made up", NOON) is None
        found = find_sitting(conn, two, NOON + timedelta(minutes=29))
        assert found and found.actor == Actor(user_id, "总部", "hq", None, None)


def test_hundred_looks_an_hour(engine: Engine) -> None:
    """ROLE-2, B-121: each look is one row, the 101st is refused."""
    with writing(engine) as conn:
        [user_id] = add_users(conn, [NewUser("hq", "总部", "hq", "hash")], NOON)
        assert isinstance(user_id, int)
        actor = Actor(user_id, "总部", "hq", None, None)
        many = {number: f"KD{number}" for number in range(100)}
        assert look_behind_mask(conn, actor, many, "查件", "10.0.0.1", NOON) is None
        later = NOON + timedelta(minutes=59)
        refusal = look_behind_mask(conn, actor, {100: "KD100"}, "查件", "10.0.0.1", later)
        assert refusal and refusal.code == "too_many_looks"
        assert look_behind_mask(conn, actor, {100: "KD100"}, "查件", "10.0.0.1", NOON + timedelta(minutes=61)) is None
        rows = conn.execute(select(audit.c.order_id, audit.c.subject, audit.c.what, audit.c.reason)).all()
    assert len(rows) == 101 and tuple(rows[0]) == (0, "KD0", "unmask", "查件")


def test_attempts_count_per_account_network_and_address(engine: Engine) -> None:
    """B-126"""
    with writing(engine) as conn:
        for host in range(10):
            assert isinstance(record_attempt(conn, "hq", f"10.0.0.{host}", NOON), int)
        assert record_attempt(conn, "HQ", "10.0.0.99", NOON + timedelta(minutes=1)) == timedelta(minutes=4)
        assert isinstance(record_attempt(conn, "hq", "10.0.1.1", NOON), int)
        assert isinstance(record_attempt(conn, "other", "10.0.0.99", NOON), int)
        assert isinstance(record_attempt(conn, "hq", "10.0.0.99", NOON + timedelta(minutes=5)), int)
