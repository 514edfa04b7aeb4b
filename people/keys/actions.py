"""Writes of the API's keys."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, update

from basics.refusal import Refusal
from people.access import Actor
from people.keys.queries import living_of
from people.keys.rules import MOST_KEYS, PREFIX, SHOWN, expiry, refuse_key
from people.tokens import hash_token
from storage.locks import lock_names
from storage.tables.people import api_keys


@dataclass(frozen=True, slots=True)
class NewKey:
    """What is asked for. `owner`: as whom it acts; `by`: who makes it, signed."""

    owner: Actor
    name: str
    actions: Collection[str]
    days: int
    by: str


def make_key(conn: Connection, new: NewKey, now: datetime) -> tuple[int, str] | Refusal:
    """The key's id and the key itself, told this once: the database keeps its hash only."""
    refusal = refuse_key(new.owner, new.name, new.actions, new.days)
    if refusal is not None:
        return refusal
    lock_names(conn, [f"keys of {new.owner.user_id}"])
    if living_of(conn, new.owner.user_id, now) >= MOST_KEYS:
        return Refusal("too_many_keys", f"每名用户最多 {MOST_KEYS} 个有效密钥 / At most {MOST_KEYS} a user", "name")
    key = PREFIX + secrets.token_urlsafe(32)
    row = {
        "name": new.name, "key_hash": hash_token(key), "shown": key[:SHOWN], "user_id": new.owner.user_id,
        "actions": sorted(new.actions), "created_at": now, "created_by": new.by[:80],
        "expires_at": expiry(new.days, now),
    }  # fmt: skip
    key_id: int = conn.execute(insert(api_keys).values(row).returning(api_keys.c.id)).scalar_one()
    return key_id, key


def revoke(conn: Connection, key_id: int, now: datetime) -> bool:
    """From now on it opens nothing; False when it did not before."""
    this = (api_keys.c.id == key_id) & api_keys.c.revoked_at.is_(None)
    return bool(conn.execute(update(api_keys).where(this).values(revoked_at=now)).rowcount)


def touch_key(conn: Connection, key_id: int, now: datetime) -> None:
    """It was used just now."""
    conn.execute(update(api_keys).where(api_keys.c.id == key_id).values(last_used_at=now))
