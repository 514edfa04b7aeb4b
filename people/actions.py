"""Writes of accounts, sessions, login attempts and the audit. Transactions are opened at the edge."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, insert, select, update

from basics.refusal import Refusal
from people.access import Actor, Role
from people.audit.trace import TRACE, Trace
from people.masking import mask_text
from people.queries import fold_login, looks_since, wait_before_attempt
from people.sittings import ASKED, LONGEST, MOST_LOOKS_AN_HOUR, NOT_NEEDED, network_of
from people.tokens import hash_token
from storage.sql import insert_ignore
from storage.tables.people import audit, login_attempts, sessions, users

UNMASK = "unmask"
NAME_LIMIT = 64  # of a login and of the name that stands in every log
_LOGIN_LOCK = 7_301_001  # any number of our own


@dataclass(frozen=True, slots=True)
class NewUser:
    """`password_hash` comes from `passwords.hash_password`, outside the transaction: it takes its time."""

    login: str
    display_name: str
    role: str
    password_hash: str
    station: str | None = None
    province: str | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did or looked at what. `what` is a short word, `subject` names the thing."""

    user_id: int
    what: str
    subject: str
    address: str
    order_id: int | None = None
    reason: str = ""
    before: str | None = None  # digests of what was acted on (I-22); `after` None: of what the request submitted
    after: str | None = None


def add_users(conn: Connection, new: Sequence[NewUser], now: datetime) -> list[int | Refusal]:
    """One result an item: the user's id, or why not (`login_taken`, `role_unknown`, `station_required` …)."""
    refusals = [refuse_user(user) for user in new]
    first: dict[str, NewUser] = {}
    for user, refusal in zip(new, refusals, strict=True):
        if refusal is None:
            first.setdefault(fold_login(user.login), user)
    rows = [
        {
            "login": login,
            "display_name": user.display_name,
            "role": user.role,
            "station": user.station,
            "province": user.province,
            "password_hash": user.password_hash,
            "disabled": False,
            "created_at": now,
        }
        for login, user in first.items()
    ]
    ids = {row.login: row.id for row in insert_ignore(conn, users, rows, ["login"], ["login", "id"])}
    taken = Refusal("login_taken", "登录名已被使用 / Login is taken", "login")
    results: list[int | Refusal] = []
    for user, refusal in zip(new, refusals, strict=True):
        login = fold_login(user.login)
        results.append(refusal or (ids.get(login, taken) if first[login] is user else taken))
    return results


def refuse_user(user: NewUser) -> Refusal | None:
    """None for an account that may be as it is asked for."""
    if not 0 < len(fold_login(user.login)) <= NAME_LIMIT:
        return Refusal("login_invalid", "登录名须为 1–64 个字符 / Login: 1 to 64 characters", "login")
    if not 0 < len(user.display_name) <= NAME_LIMIT:
        return Refusal("name_invalid", "姓名须为 1–64 个字符 / Name: 1 to 64 characters", "display_name")
    if user.role not in list(Role):
        return Refusal("role_unknown", "没有这个角色 / No such role", "role")
    if user.role == Role.STATION and not user.station:
        return Refusal("station_required", "请指定网点 / A station account needs its station", "station")
    if user.role == Role.PROVINCE and not user.province:
        return Refusal("province_required", "请指定省份 / A province account needs its province", "province")
    return None


def set_passwords(conn: Connection, hashes: Mapping[int, str], now: datetime) -> None:
    """New password hashes by user id; whoever holds a session of the old password is put out."""
    if not hashes:
        return
    change = update(users).where(users.c.id == bindparam("user_id")).values(password_hash=bindparam("hash"))
    conn.execute(change, [{"user_id": user_id, "hash": value} for user_id, value in hashes.items()])
    end_sessions_of(conn, list(hashes), now)


def rehash_password(conn: Connection, user_id: int, password_hash: str) -> None:
    """The same password under today's numbers; sessions stay."""
    conn.execute(update(users).where(users.c.id == user_id).values(password_hash=password_hash))


def disable_users(conn: Connection, user_ids: Sequence[int], now: datetime) -> None:
    """They can no longer log in, and are logged out at once (RELIABILITY B-130)."""
    conn.execute(update(users).where(users.c.id.in_(user_ids)).values(disabled=True))
    end_sessions_of(conn, user_ids, now)


def new_token() -> str:
    """256 random bits, for a cookie."""
    return secrets.token_urlsafe(32)


def start_session(
    conn: Connection, user_id: int, address: str, now: datetime, agent: str = "", second_factor: str = NOT_NEEDED,
    proved: bool = True,
) -> str:  # fmt: skip
    """A new session's token, for the cookie; the database keeps its hash only. `proved`: what was just given at the
    log-in proves for a while who sits there (step-up)."""
    token = new_token()
    conn.execute(
        insert(sessions).values(
            token_hash=hash_token(token),
            user_id=user_id,
            address=address[:64],
            created_at=now,
            last_seen_at=now,
            expires_at=now + LONGEST,
            agent=agent[:200],
            second_factor=second_factor,
            stepped_up_at=now if proved and second_factor != ASKED else None,
        )
    )
    return token


def end_session(conn: Connection, token: str, now: datetime) -> None:
    """Log-out: the token is worth nothing from now on."""
    this_one = (sessions.c.token_hash == hash_token(token)) & sessions.c.ended_at.is_(None)
    conn.execute(update(sessions).where(this_one).values(ended_at=now))


def end_sessions_of(conn: Connection, user_ids: Sequence[int], now: datetime) -> None:
    """All sessions of these users end."""
    theirs = sessions.c.user_id.in_(user_ids) & sessions.c.ended_at.is_(None)
    conn.execute(update(sessions).where(theirs).values(ended_at=now))


def touch_session(conn: Connection, session_id: int, now: datetime) -> None:
    """The session was used by a person just now."""
    conn.execute(update(sessions).where(sessions.c.id == session_id).values(last_seen_at=now))


def record_attempt(conn: Connection, login: str, address: str, now: datetime) -> int | timedelta:
    """The attempt's id, counted as failed until `mark_success`; or how long to wait, uncounted.

    Counted before the password is looked at, so that a hundred guesses at once are a hundred and not one.
    """
    if conn.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        conn.execute(select(func.pg_advisory_xact_lock(_LOGIN_LOCK)))
    wait = wait_before_attempt(conn, login, address, now)
    if wait is not None:
        return wait
    row = {
        "login": fold_login(login)[:64],
        "network": network_of(address)[:64],
        "address": address[:64],
        "attempted_at": now,
        "succeeded": False,
    }
    attempt_id: int = conn.execute(insert(login_attempts).values(row).returning(login_attempts.c.id)).scalar_one()
    return attempt_id


def mark_success(conn: Connection, attempt_id: int) -> None:
    """The password was right: the attempt counts against nobody."""
    conn.execute(update(login_attempts).where(login_attempts.c.id == attempt_id).values(succeeded=True))


def record(conn: Connection, entries: Sequence[AuditEntry], now: datetime) -> None:
    """Append to the audit; what the request of this transaction is known by stands in each row (I-22)."""
    if not entries:
        return
    trace: Trace = conn.get_execution_options().get(TRACE) or Trace()
    trace.written += len(entries)
    conn.execute(
        insert(audit),
        [
            {
                "happened_at": now,
                "user_id": entry.user_id,
                "what": entry.what[:32],
                "order_id": entry.order_id,
                "subject": entry.subject[:200],
                "reason": mask_text(entry.reason)[:200],  # kept for years, and never changed (ROLE-2)
                "address": entry.address[:64],
                "before": entry.before,
                "after": entry.after or trace.submitted,
                "request_id": trace.request_id,
                "api_key_id": trace.api_key_id,
            }
            for entry in entries
        ],
    )


def look_behind_mask(
    conn: Connection, actor: Actor, orders: Mapping[int, str], reason: str, address: str, now: datetime
) -> Refusal | None:
    """Logs a look at what is masked of these orders (id: logistics number); None when granted.

    ROLE-2: each look is one row; beyond a hundred in an hour `too_many_looks` (RELIABILITY B-121).
    """
    if looks_since(conn, actor.user_id, UNMASK, now - timedelta(hours=1)) + len(orders) > MOST_LOOKS_AN_HOUR:
        return Refusal("too_many_looks", "查看完整信息次数过多,请稍后再试 / Too many looks in an hour")
    looks = [AuditEntry(actor.user_id, UNMASK, number, address, key, reason) for key, number in orders.items()]
    record(conn, looks, now)
    return None
