"""`lanshou init`: everything an installation needs before it can serve; again, it only brings the tables up to date."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from basics.now import now
from commands.database import DATABASE, settings_for, sqlite_file
from commands.output import fail
from editions.actions import pin_shipped
from editions.queries import EditionAltered, approved, load_book
from rulebook.book import packaged
from storage import migrate
from storage.session import connect, reading, run

OTHERS = 0o077


@click.command("init")
@DATABASE
def init_command(database: str | None) -> None:
    """初始化 / Make the data folder, the secret key and the tables. What is there already stays."""
    settings = settings_for(database)
    file = sqlite_file(settings.database_url)
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        new_key = make_secret(settings.secret_file)
        if file is not None:
            _refuse_lost(file)
            file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(str(error), 2)
    _say("密钥 / secret key", str(settings.secret_file), new_key)
    if file is not None:
        _warn_of_readers(file, "数据库", "database")
    with _private():
        before, after = _tables(settings.database_url)
        edition, new = _editions(settings.database_url)
    _say("数据表 / tables", f"{before or '∅'} → {after}" if before != after else str(after), before != after)
    _say("规则版本 / rulebook", edition, new)


def make_secret(path: Path) -> bool:
    """A new key of 64 hexadecimal digits that only its owner can read; True when there was none. OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        # Exclusive: of two that start together, one makes it and the other takes it.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        _warn_of_readers(path, "密钥", "key")
        return False
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(handle)
    return True


def _warn_of_readers(path: Path, chinese: str, english: str) -> None:
    if path.is_file() and path.stat().st_mode & OTHERS:
        click.echo(f"警告: 他人可读{chinese} / warning: others can read the {english} {path}: chmod 600", err=True)


@contextmanager
def _private() -> Iterator[None]:
    """Files made meanwhile are their owner's only: the database holds names and addresses. SQLite gives its -wal and
    -shm the mode of the database."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def _refuse_lost(file: Path) -> None:
    """A log without its database: somebody moved or lost it, and a new one would hide that (RELIABILITY F-35)."""
    if Path(f"{file}-wal").exists() and not file.exists():
        fail(f"{file} 不见了，其 -wal 还在 / is gone but its -wal is there: put it back, or move that away too", 2)


def _tables(url: str) -> tuple[str | None, str | None]:
    """Revisions before and after bringing the tables up to date."""
    engine = connect(url)
    try:
        before = migrate.current(engine)
        migrate.upgrade(engine)
        return before, migrate.current(engine)
    except (migrate.ForeignSchema, CommandError) as error:
        fail(str(error), 2)
    except DBAPIError as error:
        fail(f"数据库不可用 / the database cannot be used: {error.orig}", 2)
    finally:
        engine.dispose()


def _editions(url: str) -> tuple[str, bool]:
    """Writes down the editions that came with the product: those a later text must not replace (DESIGN law 12)."""
    engine, shipped = connect(url), packaged()
    try:
        with reading(engine) as conn:
            new = not approved(conn)
        if new:
            run(engine, lambda conn: pin_shipped(conn, shipped, now()))
        with reading(engine) as conn:
            book = load_book(conn, shipped, {})
    except EditionAltered as error:
        fail(str(error), 2)
    except DBAPIError as error:
        fail(f"数据库不可用 / the database cannot be used: {error.orig}", 2)
    finally:
        engine.dispose()
    return ", ".join(f"{edition.name} {edition.text_sha256[:12]}" for edition in book.editions), new


def _say(what: str, value: str, new: bool) -> None:
    click.echo(f"{what}: {value} {'已建立 / made' if new else '已存在 / was there'}")
