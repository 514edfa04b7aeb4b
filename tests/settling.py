"""Settling months over and over, interrupted: by an exception, or by kill -9 of the process that settles.

`python -m tests.settling URL EDITION STATEMENT...`: one child after another settles and is killed at that statement.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, text

from penalties.settling.actions import settle
from rulebook.book import Book, read_edition
from storage.session import connect, run

MONTHS = ("2026-04", "2026-05", "2026-06")
NOW = datetime.fromisoformat("2026-08-20T10:00:00+08:00")
ROUNDS = 3


def book_of(edition: Path) -> Book:
    return Book([read_edition(edition.read_text(encoding="utf-8"))])


def settle_all(engine: Engine, book: Book) -> int:
    """Settle each month three times, each in a transaction of its own; how many postings that made."""
    made = 0
    for month in MONTHS * ROUNDS:
        items = run(engine, lambda conn, month=month: settle(conn, month, book, NOW))  # type: ignore[misc]
        assert isinstance(items, list), items
        made += len(items)
    return made


@contextmanager
def watched(engine: Engine, number: int = 0, deed: Callable[[], None] = lambda: None) -> Iterator[list[int]]:
    """Do it before the statement of that number is sent; yields the numbers of the statements sent."""
    sent: list[int] = []

    def watch(*_: Any) -> None:
        sent.append(len(sent) + 1)
        if len(sent) == number:
            deed()

    event.listen(engine, "before_cursor_execute", watch)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", watch)


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


def killed(url: str, edition: Path, number: int) -> None:
    """In a child: settle, and be killed before that statement."""
    engine = connect(url, throw_away=True)
    with watched(engine, number, lambda: os.kill(os.getpid(), signal.SIGKILL)):
        settle_all(engine, book_of(edition))


def main() -> None:
    """Each child dies by SIGKILL, or its number was beyond the last statement."""
    url, edition = sys.argv[1], Path(sys.argv[2])
    for number in map(int, sys.argv[3:]):
        child = os.fork()
        if child == 0:
            killed(url, edition, number)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL else f"ended {status}")


if __name__ == "__main__":
    main()
