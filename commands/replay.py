"""`lanshou replay`: history in, consequences out (REPLAY.md)."""

import gzip
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import ArgumentError, OperationalError

from basics.days import parse_instant
from channels.sender_texts import NOBODY
from dispatch.batch import World
from geo.errors import NetworkError
from geo.queries import load_network
from replay.driver import Driver, UnusableFile
from replay.network import load_folder
from replay.results import write_results
from rulebook.book import Book, EditionError, packaged, read_edition
from storage import migrate
from storage.session import connect, reading, writing

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # imports of a replay carry no wall time: results depend on the inputs only


class Instant(click.ParamType[datetime]):
    """ISO 8601 with an offset."""

    name = "instant"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return parse_instant(value)
        except ValueError:
            self.fail(f"{value!r} 不是带时区的时间 / is no instant with offset", param, ctx)


@click.command("replay")
@click.argument("events", type=click.Path(path_type=Path))
@click.option("--network", required=True, type=click.Path(path_type=Path), help="网络目录 / network folder")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="结果目录 / folder for the result files")
@click.option(
    "--rulebook", type=click.Path(path_type=Path), help="规则草案 / a draft edition instead of the shipped ones"
)
@click.option("--until", type=Instant(), help="时钟停在此刻 / stop the clock here")
@click.option("--database", help="空数据库的 URL / URL of an empty database")
@click.option("--timing", type=click.Path(path_type=Path), help="写入用时 / write wall seconds and orders per second")
@click.option("--batch", default=2000, type=click.IntRange(1, 5000), help="每个事务的行数 / lines in one transaction")
def replay_command(
    events: Path, network: Path, out: Path, rulebook: Path | None, until: datetime | None, database: str | None,
    timing: Path | None, batch: int,
) -> None:  # fmt: skip
    """重放历史 / Drive the real engine through a recorded history on a virtual clock."""
    try:
        book = _book(rulebook)
        if not events.is_file():
            raise UnusableFile(f"{events}:0: 没有这个文件 / no such file")
        with tempfile.TemporaryDirectory(prefix="lanshou-replay-") as scratch:
            url = database or f"sqlite:///{scratch}/replay.db"
            engine = connect(url, throw_away=database is None)
            try:
                _run(engine, events, network, out, book, until, timing, batch)
            finally:
                engine.dispose()
    except (UnusableFile, NetworkError, OSError, ArgumentError, OperationalError) as error:
        click.echo(f"lanshou replay: {error}", err=True)
        sys.exit(2)


def _run(
    engine: Engine, events: Path, network: Path, out: Path, book: Book, until: datetime | None, timing: Path | None,
    batch: int,
) -> None:  # fmt: skip
    if inspect(engine).get_table_names():
        raise UnusableFile("数据库不是空的 / the database is not empty")
    migrate.upgrade(engine)  # so that a database that was asked for can be served and verified afterwards
    with writing(engine) as conn:
        load_folder(conn, network, EPOCH)
    with reading(engine) as conn:
        world = World(load_network(conn), book, NOBODY)
    driver = Driver(engine, world, batch)
    started = time.perf_counter()
    with _progress(events) as progress:
        driver.run(events, until, progress)
    seconds = time.perf_counter() - started
    edition = book.at(driver.now).name if driver.now else book.editions[-1].name
    with reading(engine) as conn:
        summary = write_results(conn, out, driver.rejected, edition)
    told = {"seconds": round(seconds, 3), "orders": summary["orders.csv"], "lines": driver.lines}
    told["orders_per_second"] = round(summary["orders.csv"] / seconds, 1) if seconds else None
    click.echo(
        f"{told['orders']} 单 / orders, {told['lines']} 行 / lines, {seconds:.2f} s, {told['orders_per_second']} 单/秒",
        err=True,
    )
    if timing is not None:
        timing.write_text(json.dumps(told) + "\n", encoding="utf-8")


def _book(draft: Path | None) -> Book:
    if draft is None:
        return packaged()
    try:
        return Book([read_edition(draft.read_text(encoding="utf-8"))])
    except UnicodeDecodeError:
        raise UnusableFile(f"{draft}: 不是 UTF-8 / not UTF-8") from None
    except EditionError as error:
        raise UnusableFile(f"{draft}: {error}") from None


@contextmanager
def _progress(events: Path) -> Iterator[Callable[[int], None]]:
    """A bar on stderr when that is a terminal; it costs one reading of the file, to know its length."""
    if not sys.stderr.isatty():
        yield lambda _line: None
        return
    with gzip.open(events) if events.suffix == ".gz" else events.open("rb") as file:
        total = sum(1 for _ in file)
    with click.progressbar(length=total, label="重放 / replay", file=sys.stderr, update_min_steps=100) as bar:
        yield lambda _line: bar.update(1)
