"""The schema of a database that lives: brought to its present form by alembic, without any file of settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from storage import row_security, triggers
from storage.locks import lock_names
from storage.session import reading

MIGRATIONS = Path(__file__).with_name("migrations")


class ForeignSchema(ValueError):
    """Tables that no migration of ours made: a database of something else, or one of a replay."""


def settings(conn: Connection | None = None) -> Config:
    """Alembic's settings; `conn` is for migrations/env.py."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = conn
    return config


def current(engine: Engine) -> str | None:
    """The revision that the database is at; None before the first."""
    with reading(engine) as conn:
        return MigrationContext.configure(conn).get_current_revision()


def newest() -> str | None:
    """The revision that this program needs."""
    return ScriptDirectory.from_config(settings()).get_current_head()


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to a revision, all of it or nothing; several may try at once.

    ForeignSchema when it holds tables of others; alembic's CommandError when it is at a revision that this
    program does not know, as after going back to an older program.
    """
    with _migrating(engine) as conn:
        if MigrationContext.configure(conn).get_current_revision() is None and _tables(conn):
            raise ForeignSchema("数据库里已有别的表 / the database holds tables that no migration made")
        row_security.remove(conn)
        command.upgrade(settings(conn), revision)
        triggers.install(conn)
        row_security.install(conn)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to a revision, `base` for none. What the revisions after it stored is gone."""
    with _migrating(engine) as conn:
        triggers.remove(conn)
        row_security.remove(conn)
        command.downgrade(settings(conn), revision)
        triggers.install(conn)
        row_security.install(conn)


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    """One transaction, alone. On SQLite foreign keys rest until its end: a table is changed by building it anew."""
    with engine.connect() as conn:
        sqlite = conn.dialect.name == "sqlite"
        if sqlite:  # not inside a transaction, where the switch does nothing
            conn.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        try:
            with conn.begin():
                if not sqlite:  # a migration may take long, and wait for another one
                    conn.exec_driver_sql("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
                lock_names(conn, ["migration"])
                yield conn
                if sqlite and (broken := conn.exec_driver_sql("PRAGMA foreign_key_check").first()):
                    raise ValueError(f"外键不成立 / a foreign key does not hold: {tuple(broken)}")
        finally:
            if sqlite:
                conn.connection.cursor().execute("PRAGMA foreign_keys=ON")


def _tables(conn: Connection) -> set[str]:
    return set(inspect(conn).get_table_names()) - {"alembic_version"}
