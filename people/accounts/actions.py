"""Writes of accounts by admins and by their owners."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from basics.refusal import Refusal
from people.access import Role
from people.actions import NewUser, disable_users, end_sessions_of, refuse_user
from people.passwords import is_stale
from storage.locks import lock_names
from storage.tables.people import users

UNKNOWN = Refusal("user_unknown", "没有这个用户 / No such user")
LAST_ADMIN = Refusal("last_admin", "这是最后一名可登录的管理员 / The last admin who can log in stays", "role")
_ADMINS = "admins"  # a lock: two admins who disable each other at the same moment


@dataclass(frozen=True, slots=True)
class Changed:
    """What an account is to be; its login stays."""

    display_name: str
    role: str
    station: str | None
    province: str | None


def edit_user(conn: Connection, user_id: int, to: Changed, now: datetime) -> Refusal | None:
    """Whose role or place changes is logged out: the next log-in has the new one (RELIABILITY 11.2)."""
    lock_names(conn, [_ADMINS])
    at = users.c
    row = conn.execute(select(at.login, at.role, at.station, at.province).where(at.id == user_id)).one_or_none()
    if row is None:
        return UNKNOWN
    refusal = refuse_user(NewUser(row.login, to.display_name, to.role, "", to.station, to.province))
    if refusal is None and row.role == Role.ADMIN != to.role and _is_last_admin(conn, user_id, now):
        refusal = LAST_ADMIN
    if refusal is not None:
        return refusal
    values = {"display_name": to.display_name, "role": to.role, "station": to.station, "province": to.province}
    conn.execute(update(users).where(at.id == user_id).values(values))
    if (row.role, row.station, row.province) != (to.role, to.station, to.province):
        end_sessions_of(conn, [user_id], now)
    return None


def shut_out(conn: Connection, user_id: int, now: datetime) -> Refusal | None:
    """Disable an account; its sessions end and its keys are dead at once (B-130)."""
    lock_names(conn, [_ADMINS])
    if _is_last_admin(conn, user_id, now):
        return LAST_ADMIN
    disable_users(conn, [user_id], now)
    return None


def let_in_again(conn: Connection, user_ids: Sequence[int]) -> None:
    """Enable accounts; each logs in anew."""
    conn.execute(update(users).where(users.c.id.in_(user_ids)).values(disabled=False))


def link(conn: Connection, user_id: int, identity: str | None) -> Refusal | None:
    """Tie an account to an identity of single sign-on, or untie it with None. One identity opens one account."""
    lock_names(conn, [f"single sign-on {identity}"])
    other = select(users.c.id).where(users.c.single_sign_on == identity, users.c.id != user_id)
    if identity is not None and conn.scalar(other) is not None:
        return Refusal("identity_taken", "该单点登录身份已关联其他用户 / Linked to another user already", "subject")
    conn.execute(update(users).where(users.c.id == user_id).values(single_sign_on=identity))
    return None


def _is_last_admin(conn: Connection, user_id: int, now: datetime) -> bool:
    """An admin whose given-out password was not used in time cannot log in."""
    admins = (users.c.role == Role.ADMIN) & users.c.disabled.is_(False)
    rows = conn.execute(select(users.c.id, users.c.password_hash).where(admins))
    hashes = {row.id: row.password_hash for row in rows}
    return user_id in hashes and all(is_stale(one, now) for other, one in hashes.items() if other != user_id)
