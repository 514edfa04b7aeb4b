"""Laws 5, 8 and 10 in the schema: instants, unique keys, integer fen."""

import re
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    Numeric,
    Table,
    Time,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

from storage.tables.base import Instant, metadata
from tests.databases import import_tables
from tests.house.source import report

# Looking and trying leave a line each time: two of the same instant are two.
PLAIN_LOGS = {"audit", "desk_changes", "login_attempts", "push_errors", "second_factor_attempts"}
MONEY_WORDS = re.compile(r"fen|yuan|money|amount|fine|price|balance|reward|refund", re.I)


def columns() -> list[tuple[str, Column[Any]]]:
    import_tables()
    return [(f"{table.name}.{column.name}", column) for table in metadata.sorted_tables for column in table.columns]


def plain(column: Column[Any]) -> Any:
    """The column's type without its wrapper."""
    return column.type.impl if isinstance(column.type, TypeDecorator) else column.type


def test_every_instant_is_an_instant() -> None:
    """Law 5: aware, stored UTC."""
    report(
        [
            f"{name}: {column.type!r} must be Instant"
            for name, column in columns()
            if not isinstance(column.type, Instant)
            and (isinstance(plain(column), DateTime | Time) or name.endswith("_at"))
        ]
    )


def test_no_column_defaults_to_now() -> None:
    """Law 5: time is an argument, so no column finds it by itself."""
    report(
        [
            f"{name} has a default"
            for name, column in columns()
            if isinstance(plain(column), DateTime | Date)
            and any((column.default, column.server_default, column.onupdate, column.server_onupdate))
        ]
    )


def test_money_is_integer_fen() -> None:
    """Law 10. A number with a fraction is no money, whatever it is called."""
    findings = []
    for name, column in columns():
        if column.name.endswith("_fen") and not isinstance(plain(column), Integer | BigInteger):
            findings.append(f"{name}: {column.type!r} must be a whole number of fen")
        if isinstance(plain(column), Float | Numeric) and MONEY_WORDS.search(column.name):
            findings.append(f"{name}: money must not be {column.type!r}")
    report(findings)


def has_key(table: Table) -> bool:
    """A unique key made from the cause: a unique constraint or index, or a primary key that is no counter."""
    counter = table.autoincrement_column
    unique = any(isinstance(constraint, UniqueConstraint) for constraint in table.constraints)
    return unique or any(index.unique for index in table.indexes) or (bool(table.primary_key) and counter is None)


def test_every_table_has_a_key_from_its_cause() -> None:
    """Law 8: the unique constraint is the second net under every lock."""
    import_tables()
    report(
        [
            f"{table.name} has no unique key but its counter"
            for table in metadata.sorted_tables
            if table.name not in PLAIN_LOGS and not has_key(table)
        ]
    )
