"""Which database a command works on, and how it looks at one without touching it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import make_url

from basics.settings import Settings, SettingsError, from_environ
from commands.output import fail

DATABASE = click.option("--database", metavar="URL", help="数据库，默认 DATABASE_URL / instead of DATABASE_URL")


def settings_for(database: str | None) -> Settings:
    """The settings of this process, with `--database` in place of DATABASE_URL. Unusable ones end the command."""
    env = dict(os.environ)
    if database:
        env["DATABASE_URL"] = database
    try:
        return from_environ(env)
    except SettingsError as error:
        fail(str(error), 2)


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite URL; None for PostgreSQL."""
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """The database as it is at one instant, however long the look takes; nothing can be written through it."""
    options: dict[str, Any] = {"readonly": True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as conn, conn.begin():
        if engine.dialect.name == "sqlite":
            conn.exec_driver_sql("PRAGMA query_only=ON")
        try:
            yield conn
        finally:
            if engine.dialect.name == "sqlite":  # the connection goes back to the pool
                conn.exec_driver_sql("PRAGMA query_only=OFF")
