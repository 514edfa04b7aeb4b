"""Reads of second factors."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from people.sittings import LONGEST_WINDOW
from storage.tables.people import recovery_codes, second_factor_attempts, second_factors


@dataclass(frozen=True, slots=True)
class Factor:
    """`confirmed_at` None: shown and not yet answered. `codes_left`: recovery codes that were not used."""

    sealed_seed: str
    confirmed_at: datetime | None
    codes_left: int


def factor_of(conn: Connection, user_id: int) -> Factor | None:
    """The user's second factor, a begun one too."""
    found = second_factors.c
    row = conn.execute(select(found.sealed_seed, found.confirmed_at).where(found.user_id == user_id)).one_or_none()
    if row is None:
        return None
    unused = (recovery_codes.c.user_id == user_id) & recovery_codes.c.used_at.is_(None)
    left = conn.execute(select(func.count()).select_from(recovery_codes).where(unused)).scalar_one()
    return Factor(row.sealed_seed, row.confirmed_at, left)


def has_factor(conn: Connection, user_id: int) -> bool:
    """Whether one is set up and confirmed."""
    his = (second_factors.c.user_id == user_id) & second_factors.c.confirmed_at.is_not(None)
    return conn.execute(select(second_factors.c.user_id).where(his)).one_or_none() is not None


def wrong_answers(conn: Connection, user_id: int, now: datetime) -> list[datetime]:
    """When the user's wrong answers of the longest window were given, oldest first."""
    tries = second_factor_attempts.c
    wrong = (tries.user_id == user_id) & tries.succeeded.is_(False) & (tries.attempted_at > now - LONGEST_WINDOW)
    return list(conn.scalars(select(tries.attempted_at).where(wrong).order_by(tries.attempted_at)))
