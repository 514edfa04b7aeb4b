"""Reads of the API's keys."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from people.access import Actor
from people.keys.rules import PREFIX, is_living
from people.tokens import hash_token
from storage.tables.people import api_keys, users

PAGE = 100


@dataclass(frozen=True, slots=True)
class KeyInUse:
    """A living key and for whom it acts; the actor is limited to its actions."""

    key_id: int
    actor: Actor
    last_used_at: datetime | None


def find_key(conn: Connection, token: str, now: datetime) -> KeyInUse | None:
    """The key of a token, if it lives and its user is not disabled."""
    if not token.startswith(PREFIX):
        return None
    who = (users.c.id, users.c.display_name, users.c.role, users.c.station, users.c.province)
    at = api_keys.c
    query = (
        select(*who, at.id.label("key_id"), at.actions, at.expires_at, at.revoked_at, at.last_used_at)
        .join_from(api_keys, users, at.user_id == users.c.id)
        .where(at.key_hash == hash_token(token), users.c.disabled.is_(False))
    )
    row = conn.execute(query).one_or_none()
    if row is None or not is_living(row.expires_at, row.revoked_at, now):
        return None
    return KeyInUse(row.key_id, replace(Actor(*row[:5]), only=frozenset(row.actions)), row.last_used_at)


def listed(conn: Connection, user_id: int | None, after: int | None = None) -> tuple[Sequence[Row[Any]], int | None]:
    """Keys of a user, or everybody's, newest first; the id from which the next page goes on."""
    query = select(api_keys, users.c.login, users.c.display_name, users.c.disabled).join_from(
        api_keys, users, api_keys.c.user_id == users.c.id
    )
    if user_id is not None:
        query = query.where(api_keys.c.user_id == user_id)
    if after is not None:
        query = query.where(api_keys.c.id < after)
    rows = conn.execute(query.order_by(api_keys.c.id.desc()).limit(PAGE + 1)).all()
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def owner_of(conn: Connection, key_id: int) -> int | None:
    """Whose key this is; None when there is none."""
    return conn.scalar(select(api_keys.c.user_id).where(api_keys.c.id == key_id))


def living_of(conn: Connection, user_id: int, now: datetime) -> int:
    """How many keys of this user open something."""
    at = api_keys.c
    lives = at.revoked_at.is_(None) & or_(at.expires_at.is_(None), at.expires_at > now)
    return conn.execute(select(func.count()).where(at.user_id == user_id, lives)).scalar_one()
