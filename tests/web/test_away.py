"""Which errors of a database mean "try again" (F-23 to F-28, F-35), and for whom."""

import sqlite3

import pytest
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from web.errors import is_away, is_busy


class Postgres(Exception):
    """As the driver raises it."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.sqlstate = state


STATES = [
    ("53300", True, True), ("53100", True, True), ("53200", True, True), ("57P01", True, True), ("57P02", True, True),
    ("57P03", True, True), ("58030", True, True), ("25006", True, True),
    ("55P03", False, True), ("40P01", False, True), ("40001", False, True), ("57014", False, True),
    ("23505", False, False), ("42703", False, False),
]  # fmt: skip


@pytest.mark.parametrize(("state", "away", "busy"), STATES)
def test_f_27_f_28_what_postgresql_says(state: str, away: bool, busy: bool) -> None:
    for kind in (OperationalError, InternalError):  # a read-only transaction is an InternalError
        error = kind("SELECT 1", {}, Postgres(state))
        assert (is_away(error), is_busy(error)) == (away, busy)


SQLITE = [
    ("database is locked", True), ("database or disk is full", True), ("attempt to write a readonly database", True),
    ("disk I/O error", True), ("unable to open database file", True), ("no such column: x", False),
]  # fmt: skip


@pytest.mark.parametrize(("text", "away"), SQLITE)
def test_f_34_f_35_what_sqlite_says(text: str, away: bool) -> None:
    error = OperationalError("SELECT 1", {}, sqlite3.OperationalError(text))
    assert (is_away(error), is_busy(error)) == (away, away)


def test_f_26_a_dry_pool_and_a_lost_connection() -> None:
    assert is_away(PoolTimeout())
    assert is_away(DBAPIError("SELECT 1", {}, Exception("gone"), connection_invalidated=True))
    assert not is_away(ValueError())
