"""Which database a command works on, and how it looks at one without touching it."""

import os
from pathlib import Path

import click
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
