"""`lanshou verify`: a second opinion on a live or restored database (RELIABILITY section 5)."""

import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from pathlib import Path

import click
from sqlalchemy import inspect, make_url
from sqlalchemy.exc import DBAPIError

from basics.now import now
from commands.database import DATABASE, settings_for, sqlite_file
from commands.output import fail
from jobs.ledger import heads_file
from rulebook.book import Book, EditionError, read_edition
from storage.session import connect, snapshot
from verify.books.chain import Kept, Remembered, parse_head, read_heads
from verify.finding import INVARIANTS, Finding
from verify.queries import book_of, findings, heads_in

SHOWN = 20  # findings of an invariant
ON_ITS_WAY = timedelta(hours=1)  # from the database into the file of heads, also over a restart


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
        outside = _outside(url, head, heads)
        found = _look(url, book, outside)
    except (EditionError, OSError) as error:
        fail(str(error), 2)
    except DBAPIError as error:
        fail(f"数据库无法核对 / the database cannot be checked: {error.orig}", 2)
    except ValueError as error:  # an approved edition that is no JSON: there is nothing to look by
        fail(f"数据库中有无法读取的值 / the database cannot be checked, a value cannot be read: {error}", 2)
    for invariant, promise in INVARIANTS.items():
        if not found.count[invariant]:
            click.echo(f"{invariant} {promise}: 正常 OK")
            continue
        click.echo(f"{invariant} {promise}: {found.count[invariant]} 处不符 / findings:")
        for one in found.first[invariant]:
            click.echo(f"     {one.table} {one.key}: {one.message}")
        if found.count[invariant] > SHOWN:
            click.echo(f"     … 另有 {found.count[invariant] - SHOWN} 处 / more")
    click.echo(f"已核对的链头 / heads compared: {found.heads} + {len(outside.heads)} ({outside.where})", err=True)
    sys.exit(1 if found.count else 0)


@dataclass(frozen=True, slots=True)
class Outside:
    """Heads of the ledger that are kept outside the database; what of their file cannot be read; the file that should
    hold all of the database's own; where they come from, for people."""

    heads: list[Remembered]
    unreadable: list[Finding]
    kept: Kept | None
    where: str


@dataclass(slots=True)
class Found:
    """The first findings of each invariant, and how many there are. `heads`: of the database's own."""

    heads: int = 0
    first: dict[str, list[Finding]] = field(default_factory=lambda: defaultdict(list))
    count: Counter[str] = field(default_factory=Counter)


def _outside(url: str, head: tuple[str, ...], heads: Path | None) -> Outside:
    try:
        given = [parse_head(text) for text in head]
    except ValueError as error:
        fail(f"--head: {error}", 2)
    own = settings_for(None)
    file = heads_file(own) if heads is None else heads
    is_own = _place(own.database_url) == _place(url)
    if heads is None and not is_own:  # another database, such as a replay's, has other heads
        return Outside(given, [], None, "--head")
    text = "" if heads is None and not file.exists() else file.read_text(encoding="ascii", errors="replace")
    kept, unreadable = read_heads(text, file.name)
    owed = Kept(file.name, now() - ON_ITS_WAY) if is_own else None
    return Outside([*kept, *given], unreadable, owed, f"{file.name}, --head")


def _place(url: str) -> object:
    """Where a database is, however it was written."""
    file = sqlite_file(url)
    if file is not None:
        return file.resolve()
    parsed = make_url(url)
    return parsed.host, parsed.port or 5432, parsed.database


def _look(url: str, book: Book | None, outside: Outside) -> Found:
    found = Found()
    engine = connect(url)
    try:
        with snapshot(engine) as conn:
            if not inspect(conn).has_table("orders"):
                fail("这不是揽收的数据库 / this is no database of lanshou", 2)
            found.heads = heads_in(conn)
            rules = book or book_of(conn)
            for one in chain(outside.unreadable, findings(conn, rules, outside.heads, outside.kept)):
                if found.count[one.invariant] < SHOWN:
                    found.first[one.invariant].append(one)
                found.count[one.invariant] += 1
    finally:
        engine.dispose()
    return found
