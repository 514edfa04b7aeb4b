"""Writes of second factors. A seed comes and goes sealed: `unseal` is the edge's, which has the master key."""

import base64
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import pyotp
from sqlalchemy import Connection, delete, insert, select, update

from basics.refusal import Refusal
from people.factors.queries import factor_of, wrong_answers
from people.one_time import RECOVERY_CODES, code_hash, in_groups, matching_step
from people.sittings import wait_after_wrong
from storage.locks import lock_names
from storage.sql import upsert
from storage.tables.people import recovery_codes, second_factor_attempts, second_factors

Unseal = Callable[[str], str]
THERE = Refusal("second_factor_there", "已设置过第二验证 / A second factor is set up already")


class Answer(StrEnum):
    """What an answer was worth."""

    NUMBER = "number"
    RECOVERY_CODE = "recovery_code"
    WRONG = "wrong"


def new_seed() -> str:
    """160 random bits in base32."""
    return pyotp.random_base32()


def begin(conn: Connection, user_id: int, sealed_seed: str) -> Refusal | None:
    """A new seed that waits for its first right number; one that waits already is forgotten."""
    _lock(conn, user_id)
    known = factor_of(conn, user_id)
    if known is not None and known.confirmed_at is not None:
        return THERE
    row = {"user_id": user_id, "sealed_seed": sealed_seed, "confirmed_at": None, "last_step": 0}
    upsert(conn, second_factors, [row], ["user_id"])
    return None


def drop_begun(conn: Connection, user_id: int) -> None:
    """At each log-in: whoever saw an unfinished seed earlier must not know the one that is confirmed."""
    begun = (second_factors.c.user_id == user_id) & second_factors.c.confirmed_at.is_(None)
    conn.execute(delete(second_factors).where(begun))


def confirm(conn: Connection, user_id: int, given: str, unseal: Unseal, now: datetime) -> list[str] | timedelta | None:
    """With the first right number the seed counts: the recovery codes, shown this once. None: wrong, or nothing was
    begun; a time: wait that long."""
    _lock(conn, user_id)
    wait = wait_after_wrong(wrong_answers(conn, user_id, now), now)
    if wait is not None:
        return wait
    known = factor_of(conn, user_id)
    begun = known is not None and known.confirmed_at is None
    step = matching_step(unseal(known.sealed_seed), given, now, 0) if known and begun else None
    _attempted(conn, user_id, step is not None, now)
    if step is None:
        return None
    mine = second_factors.c.user_id == user_id
    conn.execute(update(second_factors).where(mine).values(confirmed_at=now, last_step=step))
    return new_codes(conn, user_id)


def answer(conn: Connection, user_id: int, given: str, unseal: Unseal, now: datetime) -> Answer | timedelta:
    """A number, each step once, or a recovery code, each once (B-128). Of two at the same moment one is right.

    A wrong one counts for 5 minutes, an hour and a day; a time is how long to wait, and nothing was looked at.
    """
    _lock(conn, user_id)
    wait = wait_after_wrong(wrong_answers(conn, user_id, now), now)
    if wait is not None:
        return wait
    found = _right_number(conn, user_id, given, unseal, now) or _unused_code(conn, user_id, given, now)
    _attempted(conn, user_id, found is not None, now)
    return found or Answer.WRONG


def new_codes(conn: Connection, user_id: int) -> list[str]:
    """Ten new recovery codes of 80 bits; the old ones are worth nothing from now on."""
    codes = [base64.b32encode(secrets.token_bytes(10)).decode().lower() for _ in range(RECOVERY_CODES)]
    conn.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    conn.execute(insert(recovery_codes), [{"user_id": user_id, "code_hash": code_hash(code)} for code in codes])
    return [in_groups(code) for code in codes]


def forget(conn: Connection, user_ids: Sequence[int]) -> None:
    """No second factor any more, and no codes: it is to be set up anew."""
    for table in (second_factors, recovery_codes):
        conn.execute(delete(table).where(table.c.user_id.in_(user_ids)))


def _lock(conn: Connection, user_id: int) -> None:
    lock_names(conn, [f"second factor of {user_id}"])


def _right_number(conn: Connection, user_id: int, given: str, unseal: Unseal, now: datetime) -> Answer | None:
    factor = second_factors.c
    his = (factor.user_id == user_id) & factor.confirmed_at.is_not(None)
    row = conn.execute(select(factor.sealed_seed, factor.last_step).where(his)).one_or_none()
    step = matching_step(unseal(row.sealed_seed), given, now, row.last_step) if row else None
    if step is None:
        return None
    conn.execute(update(second_factors).where(factor.user_id == user_id).values(last_step=step))
    return Answer.NUMBER


def _unused_code(conn: Connection, user_id: int, given: str, now: datetime) -> Answer | None:
    code = recovery_codes.c
    this = (code.user_id == user_id) & (code.code_hash == code_hash(given)) & code.used_at.is_(None)
    used = conn.execute(update(recovery_codes).where(this).values(used_at=now).returning(code.id)).one_or_none()
    return Answer.RECOVERY_CODE if used else None


def _attempted(conn: Connection, user_id: int, succeeded: bool, now: datetime) -> None:
    row = {"user_id": user_id, "attempted_at": now, "succeeded": succeeded}
    conn.execute(insert(second_factor_attempts).values(row))
