"""`lanshou verify`: a second opinion on a live or restored database (RELIABILITY section 5)."""

import sys
from collections import Counter
from itertools import chain
from pathlib import Path

import click
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError

from commands.database import DATABASE, settings_for, sqlite_file
from commands.output import fail
from jobs.ledger import heads_file
from rulebook.book import Book, EditionError, read_edition
from storage.session import connect, snapshot
from verify.books.chain import Remembered, parse_head, read_heads
from verify.finding import INVARIANTS, Finding
from verify.queries import book_of, findings


@click.command("verify")
@DATABASE
@click.option("--rulebook", type=click.Path(path_type=Path), help="规则版本 / an edition instead of the database's own")
@click.option("--head", metavar="SEQ:HASH", multiple=True, help="日报中的链头 / a head that a daily report printed")
@click.option(
    "--heads", type=click.Path(path_type=Path, dir_okay=False),
    help="链头文件 / file of heads; default: this installation's, for its own database",
)  # fmt: skip
def verify_command(database: str | None, rulebook: Path | None, head: tuple[str, ...], heads: Path | None) -> None:
    """核对数据库 / Check that what is stored is true; ends with 1 when anything is not, with 2 when it cannot look."""
    url = settings_for(database).database_url
    file = sqlite_file(url)
    if file is not None and not file.is_file():
        fail(f"没有这个数据库文件 / no such database file: {file}", 2)
    try:
        book = None if rulebook is None else Book([read_edition(rulebook.read_text(encoding="utf-8"))])
        remembered, unreadable = _remembered(url, head, heads)
        first, count = _look(url, book, remembered, unreadable)
    except (EditionError, OSError) as error:
        fail(str(error), 2)
    except DBAPIError as error:
        fail(f"数据库无法核对 / the database cannot be checked: {error.orig}", 2)
    except ValueError as error:  # SQLite stores what is no instant and no JSON
        fail(f"数据库中有无法读取的值 / the database cannot be checked, a value cannot be read: {error}", 2)
    for invariant, promise in INVARIANTS.items():
        if invariant not in first:
            click.echo(f"{invariant} {promise}: 正常 OK")
            continue
        found = first[invariant]
        click.echo(f"{invariant} {promise}: {count[invariant]} 处不符 / findings; 首例 first:")
        click.echo(f"     {found.table} {found.key}: {found.message}")
    sys.exit(1 if first else 0)


def _remembered(url: str, head: tuple[str, ...], heads: Path | None) -> tuple[list[Remembered], list[Finding]]:
    """Heads of the ledger that are kept outside the database, and what of their file cannot be read."""
    try:
        given = [parse_head(text) for text in head]
    except ValueError as error:
        fail(f"--head: {error}", 2)
    own = settings_for(None)
    if heads is None and own.database_url == url and heads_file(own).exists():
        heads = heads_file(own)  # another database, such as a replay's, has other heads
    if heads is None:
        return given, []
    kept, unreadable = read_heads(heads.read_text(encoding="ascii", errors="replace"), heads.name)
    return [*kept, *given], unreadable


def _look(
    url: str, book: Book | None, remembered: list[Remembered], unreadable: list[Finding]
) -> tuple[dict[str, Finding], Counter[str]]:
    """The first finding of each invariant, and how many there are."""
    first: dict[str, Finding] = {}
    count: Counter[str] = Counter()
    engine = connect(url)
    try:
        with snapshot(engine) as conn:
            if not inspect(conn).has_table("orders"):
                fail("这不是揽收的数据库 / this is no database of lanshou", 2)
            for found in chain(unreadable, findings(conn, book or book_of(conn), remembered)):
                first.setdefault(found.invariant, found)
                count[found.invariant] += 1
    finally:
        engine.dispose()
    return first, count
