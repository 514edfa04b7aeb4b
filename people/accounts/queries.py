"""Reads of accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from people.access import Actor
from people.queries import Account, fold_login
from storage.tables.people import second_factors, sessions, users

PAGE = 50
_SHOWN: tuple[Any, ...] = (
    users.c.id, users.c.login, users.c.display_name, users.c.role, users.c.station, users.c.province, users.c.disabled,
    users.c.created_at, users.c.single_sign_on, users.c.password_hash, second_factors.c.confirmed_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filters of the list; empty: any. `text` is a part of login or name."""

    text: str = ""
    role: str = ""
    station: str = ""
    province: str = ""
    state: str = ""  # active, disabled, no_second_factor


def listed(conn: Connection, wanted: Wanted, after: str = "") -> tuple[Sequence[Row[Any]], str]:
    """Accounts by login, from the one after `after` on; the login from which the next page goes on, "" at the end."""
    query = select(*_SHOWN).join_from(users, second_factors, isouter=True).where(users.c.login > after)
    if wanted.text:
        part = fold_login(wanted.text)
        in_name = func.lower(users.c.display_name).contains(part, autoescape=True)
        query = query.where(or_(users.c.login.contains(part, autoescape=True), in_name))
    for column, value in ((users.c.role, wanted.role), (users.c.station, wanted.station)):
        query = query.where(column == value) if value else query
    if wanted.province:
        query = query.where(users.c.province == wanted.province)
    if wanted.state == "no_second_factor":
        query = query.where(second_factors.c.confirmed_at.is_(None))
    elif wanted.state:
        query = query.where(users.c.disabled.is_(wanted.state == "disabled"))
    rows = conn.execute(query.order_by(users.c.login).limit(PAGE + 1)).all()
    return rows[:PAGE], rows[PAGE - 1].login if len(rows) > PAGE else ""


def one(conn: Connection, user_id: int) -> Row[Any] | None:
    """One account; `last_seen_at` of its latest session."""
    seen = select(func.max(sessions.c.last_seen_at)).where(sessions.c.user_id == user_id).scalar_subquery()
    query: Select[Any] = select(*_SHOWN, seen.label("last_seen_at")).join_from(users, second_factors, isouter=True)
    return conn.execute(query.where(users.c.id == user_id)).one_or_none()


def login_of(conn: Connection, user_id: int) -> str:
    """The login of an account."""
    login: str = conn.execute(select(users.c.login).where(users.c.id == user_id)).scalar_one()
    return login


def account_of(conn: Connection, user_id: int) -> Account:
    """What checking a password needs, by id."""
    actor = (users.c.id, users.c.display_name, users.c.role, users.c.station, users.c.province)
    row = conn.execute(select(*actor, users.c.password_hash, users.c.disabled).where(users.c.id == user_id)).one()
    return Account(Actor(*row[:5]), row.password_hash, row.disabled)


def is_unchanged(conn: Connection, account: Account) -> bool:
    """Whether it is still enabled and has this password; who changes that waits for the end of this transaction, and
    then ends the session that it has made."""
    query = select(users.c.password_hash, users.c.disabled).where(users.c.id == account.actor.user_id)
    row = conn.execute(query.with_for_update(key_share=True)).one()
    return not row.disabled and row.password_hash == account.password_hash


def account_linked(conn: Connection, identity: str) -> Account | None:
    """The account linked to this identity of single sign-on, disabled ones too."""
    found = conn.scalar(select(users.c.id).where(users.c.single_sign_on == identity))
    return None if found is None else account_of(conn, found)
