"""How a report is asked for, whatever its kind; who makes which stands in reports/making/."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from reports.paper.document import Document
from rulebook.book import Book


@dataclass(frozen=True, slots=True)
class Asked:
    """`period` as the kind wants it: `2026-W19`, `2026-05`, `2026`, or `2026-05-01/2026-05-31` (both days included).
    `scope` as of Document. `number`: which frozen one; None the newest frozen, else as things stand now; "now" never a
    frozen one. `archive`: where closed months lie as Parquet, None: everything is read from the database."""

    kind: str
    period: str
    now: datetime
    book: Book
    scope: str = "network"
    number: int | str | None = None
    archive: Path | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


class NoReport(ValueError):
    """What was asked cannot be made; the message is for the person who asked, `中文 / English`. `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


Say = Callable[[int, int, str], None]  # done, of how many steps, what is done now: `中文 / English`
Maker = Callable[[Any, Asked, Say], Document]  # on a Connection, which a pure file does not know


def silent(done: int, steps: int, step: str) -> None:
    """Nobody watches."""
