"""A quarter lived through part by part, and months settled in between, interrupted: by an exception, or by kill -9.

`python -m tests.settling URL EDITION` reads lines `NOW MONTH STATEMENT`: for each a child settles that month and is
killed at that statement, and a line says so.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, text

from basics.days import month_bounds
from basics.refusal import Refusal
from channels.sender_texts import NOBODY
from dispatch.batch import World
from geo.queries import load_network
from penalties.settlement import Item
from penalties.settling.actions import settle
from replay.driver import Driver
from replay.network import load_folder
from rulebook.book import Book, read_edition
from storage import migrate
from storage.session import connect, reading, run, writing

MONTHS = ("2026-04", "2026-05", "2026-06")
# Settled after each part: April and May; what came late; June and what came later still; the same of June, twice.
DAYS = ("2026-06-01", "2026-06-20", "2026-07-04", "2026-07-20", "2026-08-20")
ENDS = tuple(datetime.fromisoformat(f"{day}T10:00:00+08:00") for day in DAYS)


@dataclass(frozen=True)
class Run:
    """One settlement of a month: which part went before, how many statements it took, what it posted."""

    part: int
    month: str
    statements: int
    items: tuple[Item, ...]


def book_of(edition: Path) -> Book:
    return Book([read_edition(edition.read_text(encoding="utf-8"))])


def parts_of(folder: Path) -> None:
    """Cut the quarter's events at ENDS into part-0.jsonl and so on, without its own settlements."""
    lines = (folder / "events.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    told = [(json.loads(line), line) for line in lines]
    since = None
    for number, end in enumerate(ENDS):
        mine = [
            line
            for what, line in told
            if what["do"] != "settle"
            and (since is None or datetime.fromisoformat(what["at"]) > since)
            and datetime.fromisoformat(what["at"]) <= end
        ]
        (folder / f"part-{number}.jsonl").write_text("".join(mine), encoding="utf-8")
        since = end


def lived(engine: Engine, folder: Path, book: Book) -> Iterator[tuple[int, datetime]]:
    """Into an empty database: after each part its number and the instant."""
    migrate.upgrade(engine)
    with writing(engine) as conn:
        load_folder(conn, folder, ENDS[0])
    with reading(engine) as conn:
        driver = Driver(engine, World(load_network(conn), book, NOBODY))
    for number, end in enumerate(ENDS):
        driver.run(folder / f"part-{number}.jsonl", end)
        yield number, end


def settle_month(engine: Engine, month: str, book: Book, now: datetime) -> list[Item]:
    """In a transaction of its own; what it posted."""
    items = run(engine, lambda conn: settle(conn, month, book, now))
    assert not isinstance(items, Refusal), items
    return items


def settle_all(engine: Engine, book: Book, now: datetime, part: int) -> list[Run]:
    """Settle each month that is over."""
    made = []
    for month in MONTHS:
        if month_bounds(month)[1] <= now:
            with watched(engine) as sent:
                items = settle_month(engine, month, book, now)
            made.append(Run(part, month, len(sent), tuple(items)))
    return made


@contextmanager
def watched(engine: Engine, number: int = 0, deed: Callable[[], None] = lambda: None) -> Iterator[list[int]]:
    """Do it before the statement of that number is sent, the commit being one; yields the numbers sent."""
    sent: list[int] = []

    def watch(*_: Any) -> None:
        sent.append(len(sent) + 1)
        if len(sent) == number:
            deed()

    for what in ("before_cursor_execute", "commit"):
        event.listen(engine, what, watch)
    try:
        yield sent
    finally:
        for what in ("before_cursor_execute", "commit"):
            event.remove(engine, what, watch)


def books(engine: Engine) -> list[tuple[Any, ...]]:
    """The whole ledger and what settlements say of it, but for row ids."""
    with engine.connect() as conn:
        ledger = conn.execute(
            text(
                "SELECT p.seq, p.key, p.content_hash, p.chain, p.month, p.station, p.rule, p.why, l.account,"
                " l.amount_fen FROM postings p JOIN ledger_lines l ON l.posting_id = p.id ORDER BY p.seq, l.account"
            )
        )
        settled = conn.execute(
            text(
                "SELECT s.month, s.number, i.station, i.kind, i.amount_fen, i.why FROM settlements s"
                " LEFT JOIN settlement_items i ON i.settlement_id = s.id ORDER BY s.month, s.number, i.station, i.kind"
            )
        )
        return [*map(tuple, ledger), *map(tuple, settled)]


def killed(url: str, edition: Path, now: datetime, month: str, number: int) -> None:
    """In a child: settle, and be killed before that statement."""
    engine = connect(url, throw_away=True)
    with watched(engine, number, lambda: os.kill(os.getpid(), signal.SIGKILL)):
        settle_month(engine, month, book_of(edition), now)


def main() -> None:
    """Each child dies by SIGKILL, or its number was beyond the last statement."""
    url, edition = sys.argv[1], Path(sys.argv[2])
    for line in sys.stdin:
        now, month, number = line.split()
        child = os.fork()
        if child == 0:
            killed(url, edition, datetime.fromisoformat(now), month, int(number))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        dead = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        print("killed" if dead else f"ended {status}", flush=True)


if __name__ == "__main__":
    main()
