"""I-22: the chain over the audit, made by one writer and read again by a program that shares no code with it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, update

from people.actions import AuditEntry, NewUser, add_users, record
from people.audit.actions import link
from people.audit.queries import FAR, NEAR, Sought, head_of, search, unlinked
from people.audit.trace import TRACE, Trace, derived_key, digest_of
from storage import triggers
from storage.session import reading, writing
from storage.tables.people import audit, audit_links
from verify.audit.queries import audit_findings

NOON = datetime(2026, 5, 4, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LATE = timedelta(hours=1)


@pytest.fixture
def user(engine: Engine) -> int:
    with writing(engine) as conn:
        [user_id] = add_users(conn, [NewUser("hq", "总部", "hq", "hash")], NOON)
    assert isinstance(user_id, int)
    return user_id


def acts(engine: Engine, user: int, many: int = 5, at: datetime = NOON) -> None:
    """So many, a minute apart."""
    for number in range(many):
        with writing(engine) as conn:
            entry = AuditEntry(user, "acts.accept", f"POST /orders/{number}/accept", "10.0.0.1", number, "王芳")
            record(conn, [entry], at + number * MINUTE)


def linked(engine: Engine, now: datetime = NOON + 10 * MINUTE, everywhere: bool = False) -> int:
    with writing(engine) as conn:
        return link(conn, now, everywhere)


def found(engine: Engine, *heads: tuple[int, str]) -> list[str]:
    with reading(engine) as conn:
        return [one.key for one in audit_findings(conn, heads)]


def test_i_22_linked_once_in_order(engine: Engine, user: int) -> None:
    acts(engine, user)
    assert [linked(engine), linked(engine)] == [5, 0]
    acts(engine, user, 2, NOON + 20 * MINUTE)
    assert linked(engine) == 2
    with reading(engine) as conn:
        assert list(conn.scalars(select(audit_links.c.audit_id).order_by(audit_links.c.seq))) == [1, 2, 3, 4, 5, 6, 7]
        head = head_of(conn)
    assert head.seq == 7 and found(engine, (7, head.chain), (0, "")) == []
    assert found(engine, (6, head.chain), (8, head.chain)) == [f"6:{head.chain}", f"8:{head.chain}"]


def altered(conn: Connection) -> None:
    conn.execute(update(audit).where(audit.c.id == 3).values(subject="POST /orders/9/accept"))


def relinked(conn: Connection) -> None:
    """Altered, and its own link made to fit: then the next one does not follow."""
    conn.execute(update(audit_links).where(audit_links.c.seq == 3).values(chain="0" * 64))


def deleted(conn: Connection) -> None:
    conn.execute(delete(audit_links).where(audit_links.c.seq == 3))
    conn.execute(delete(audit).where(audit.c.id == 3))


def inserted(conn: Connection) -> None:
    """Long after, dated as if it had been then; it has not met the linker."""
    conn.execute(insert(audit).values(a_row(conn) | {"id": 50, "happened_at": NOON + MINUTE}))


def a_row(conn: Connection) -> dict[str, object]:
    row = conn.execute(select(audit).where(audit.c.id == 1)).one()
    return dict(row._mapping)


TAMPERED: dict[Callable[[Connection], None], list[str]] = {
    altered: ["3 (#3)"], relinked: ["3 (#3)", "4 (#4)"], deleted: ["4 (#4)"], inserted: ["50"],
}  # fmt: skip


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda one: one.__name__)
def test_i_22_what_was_tampered_with_is_named(engine: Engine, user: int, tamper: Callable[[Connection], None]) -> None:
    acts(engine, user)
    linked(engine)
    acts(engine, user, 1, NOON + 3 * LATE)
    linked(engine, NOON + 3 * LATE)
    assert found(engine) == []
    with writing(engine) as conn:
        triggers.remove(conn)
        tamper(conn)
    assert found(engine) == TAMPERED[tamper]
    if tamper is inserted:  # and once the linker has met it, it stands behind what happened long after it
        linked(engine, NOON + 4 * LATE, everywhere=True)
        assert found(engine) == ["50 (#7)"]


def test_i_22_a_cut_tail_is_told_by_a_head_kept_elsewhere(engine: Engine, user: int) -> None:
    acts(engine, user)
    linked(engine)
    with reading(engine) as conn:
        head = head_of(conn)
    with writing(engine) as conn:
        triggers.remove(conn)
        conn.execute(delete(audit_links).where(audit_links.c.seq > 3))
        conn.execute(delete(audit).where(audit.c.id > 3))
    assert found(engine) == [] and found(engine, (head.seq, head.chain)) == [f"5:{head.chain}"]


def test_i_22_the_guards_refuse_it(engine: Engine, user: int) -> None:
    """D7: an audit row is neither changed nor deleted, nor is a link."""
    acts(engine, user, 1)
    linked(engine)
    for statement in (update(audit).values(reason=""), delete(audit), delete(audit_links)):
        with pytest.raises(Exception, match="append-only"), writing(engine) as conn:
            conn.execute(statement)


@pytest.mark.parametrize(("early", "named"), [(LATE, []), (LATE + timedelta(microseconds=1), ["2 (#3)"])])
def test_i_22_a_late_commit_is_linked_when_it_is_seen(
    engine: Engine, user: int, early: timedelta, named: list[str]
) -> None:
    """A transaction that took its number early and ended late; an hour is the edge between late and put in."""
    acts(engine, user, 1)
    with writing(engine) as conn:
        conn.execute(insert(audit).values(a_row(conn) | {"id": 3, "happened_at": NOON + 2 * LATE}))
    assert linked(engine) == 2
    with writing(engine) as conn:
        conn.execute(insert(audit).values(a_row(conn) | {"id": 2, "happened_at": NOON + 2 * LATE - early}))
    assert linked(engine) == 1 and found(engine) == named


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_i_22_far_below_is_looked_for_twice_an_hour(engine: Engine, user: int) -> None:
    """Every few seconds only the last numbers are read; nothing stays unlinked for ever."""
    acts(engine, user, 1)
    with writing(engine) as conn:
        conn.execute(insert(audit).values(a_row(conn) | {"id": NEAR + 10}))
    linked(engine)
    with writing(engine) as conn:
        conn.execute(insert(audit), [a_row(conn) | {"id": 9}, a_row(conn) | {"id": 11}])
    with reading(engine) as conn:
        assert [row.id for row in unlinked(conn, 10)] == [11]
    assert [linked(engine), linked(engine, everywhere=True)] == [1, 1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_i_22_a_row_of_years_ago_is_never_linked(engine: Engine, user: int) -> None:
    """The search of all is one of a day, however long the audit is; what was put in before it is named."""
    acts(engine, user, 2)
    assert linked(engine, NOON + 2 * LATE, everywhere=True) == 2
    with writing(engine) as conn:
        conn.execute(insert(audit).values(a_row(conn) | {"id": 9, "happened_at": NOON + MINUTE - FAR}))
        conn.execute(insert(audit).values(a_row(conn) | {"id": 10, "happened_at": NOON + 2 * MINUTE - FAR}))
    assert linked(engine, everywhere=True) == 1
    assert found(engine) == ["10 (#3)", "9"]


def test_search(engine: Engine, user: int) -> None:
    """By person, what, order, request and range; the end is exclusive; page after page without a gap."""
    acts(engine, user, 3)
    with writing(engine) as conn:
        conn.execution_options(**{TRACE: Trace("00ff", 7, "d" * 64)})
        record(conn, [AuditEntry(user, "unmask", "KD1", "10.0.0.1", 1, "核实地址")], NOON)
        assert conn.get_execution_options()[TRACE].written == 1
    linked(engine)
    with reading(engine) as conn:
        assert [row.id for row in search(conn, Sought())] == [3, 2, 4, 1]
        first = search(conn, Sought(), limit=2)
        assert [row.id for row in search(conn, Sought(), (first[-1].happened_at, first[-1].id))] == [4, 1]
        [look] = search(conn, Sought(user, "unmask", [1, 2], "00ff", NOON, NOON + MINUTE))
        assert (look.login, look.api_key_id, look.after, look.link) == ("hq", 7, "d" * 64, 4)
        assert search(conn, Sought(until=NOON)) == [] and search(conn, Sought(user + 1)) == []
        assert search(conn, Sought(orders=[])) == []


def test_digests_tell_nothing() -> None:
    """Neither a password nor a token is in it, and without the master key nobody guesses a phone number from it."""
    key, other = derived_key(b"m" * 32), derived_key(b"n" * 32)
    sent = {"phone": ["13812345678"], "csrf_token": ["a"]}
    assert digest_of(key, "POST /entry", sent) == digest_of(key, "POST /entry", sent | {"csrf_token": ["b"]})
    assert digest_of(key, "POST /x", sent | {"password": ["1"]}) == digest_of(key, "POST /x", sent)
    assert digest_of(key, "POST /entry", sent) != digest_of(other, "POST /entry", sent)
    assert digest_of(key, "POST /entry", sent) != digest_of(key, "POST /entry", {"phone": ["13812345679"]})
