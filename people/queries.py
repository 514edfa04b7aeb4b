"""Reads of accounts and sessions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, case, func, or_, select

from people.access import Actor
from people.passwords import is_once
from people.sittings import THROTTLE_WINDOW, is_alive, is_throttled, network_of
from people.tokens import hash_token
from storage.tables.people import audit, login_attempts, sessions, users


@dataclass(frozen=True, slots=True)
class Account:
    """What a log-in needs to know of a user."""

    actor: Actor
    password_hash: str
    disabled: bool


@dataclass(frozen=True, slots=True)
class Sitting:
    """A living session and whose it is. `must_change`: its password was given out by an admin, to be used once."""

    session_id: int
    actor: Actor
    last_seen_at: datetime
    second_factor: str
    stepped_up_at: datetime | None
    must_change: bool


_ACTOR = (users.c.id, users.c.display_name, users.c.role, users.c.station, users.c.province)


def fold_login(login: str) -> str:
    """Logins are compared without regard to case and to blanks around them."""
    return login.strip().casefold()


def find_account(conn: Connection, login: str) -> Account | None:
    """The account with this login, disabled ones too."""
    query = select(*_ACTOR, users.c.password_hash, users.c.disabled).where(users.c.login == fold_login(login))
    row = conn.execute(query).one_or_none()
    return row and Account(Actor(*row[:5]), row.password_hash, row.disabled)


def find_sitting(conn: Connection, token: str, now: datetime) -> Sitting | None:
    """The session of a cookie's token, if it is alive and its user not disabled."""
    at = sessions.c
    seat = (at.id.label("session_id"), at.last_seen_at, at.expires_at, at.second_factor, at.stepped_up_at)
    query = (
        select(*_ACTOR, *seat, users.c.password_hash)
        .join_from(sessions, users)
        .where(sessions.c.token_hash == hash_token(token))
        .where(sessions.c.ended_at.is_(None), users.c.disabled.is_(False))
    )
    row = conn.execute(query).one_or_none()
    if row is None or not is_alive(row.role, row.last_seen_at, row.expires_at, now):
        return None
    actor, once = Actor(*row[:5]), is_once(row.password_hash)
    return Sitting(row.session_id, actor, row.last_seen_at, row.second_factor, row.stepped_up_at, once)


def wait_before_attempt(conn: Connection, login: str, address: str, now: datetime) -> timedelta | None:
    """How long this address must wait before it may try this login again; None when it may now."""
    tries = login_attempts.c
    same_account = and_(tries.login == fold_login(login)[:64], tries.network == network_of(address))
    same_address = tries.address == address
    recent = and_(tries.attempted_at > now - THROTTLE_WINDOW, tries.succeeded.is_(False))
    concerned = case((or_(same_account, same_address), tries.attempted_at))
    row = conn.execute(
        select(
            func.count(case((same_account, 1))),
            func.count(case((same_address, 1))),
            func.count(),
            func.min(concerned),
            func.min(tries.attempted_at),
        ).where(recent)
    ).one()
    if not is_throttled(row[0], row[1], row[2]):
        return None
    oldest: datetime = row[3] or row[4]
    return oldest + THROTTLE_WINDOW - now


def actors(conn: Connection, user_ids: Collection[int]) -> dict[int, Actor]:
    """Who these users are; for showing names beside what they did."""
    rows = conn.execute(select(*_ACTOR).where(users.c.id.in_(user_ids)))
    return {row.id: Actor(*row) for row in rows}


def disabled_of(conn: Connection, user_ids: Collection[int]) -> set[int]:
    """Those of these users whose account is disabled."""
    return set(conn.scalars(select(users.c.id).where(users.c.id.in_(user_ids), users.c.disabled)))


def looks_since(conn: Connection, user_id: int, what: str, since: datetime) -> int:
    """How many audit rows of this kind the user has left from `since` on."""
    his = (audit.c.user_id == user_id) & (audit.c.what == what) & (audit.c.happened_at >= since)
    return conn.execute(select(func.count()).where(his)).scalar_one()
