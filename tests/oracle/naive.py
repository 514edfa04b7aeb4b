"""Replay an events file the slow and obvious way.

`run(events, network folder)` gives the rows of every result file of REPLAY.md (no header, sorted);
of rejected.csv only line, do and code.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.oracle.acts import handle
from tests.oracle.book import Book
from tests.oracle.dispute import silence
from tests.oracle.edition import SHIPPED, read
from tests.oracle.network import load, read_text
from tests.oracle.results import Rows, rows_of
from tests.oracle.words import KINDS, Bad, drop_nulls, moment

LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+08:00")


class Unusable(ValueError):
    """The events file cannot be replayed (fine print 10): exit 2."""


class Replay:
    """A replay that can be fed line by line; `now` is the virtual clock."""

    def __init__(
        self, network_dir: Path, kinds: Iterable[str] = KINDS, detectors: bool = True, edition: Path = SHIPPED,
        memory: bool = True,
    ) -> None:  # fmt: skip
        self.book = Book(load(network_dir), read(edition), tuple(kinds), detectors, memory)
        self.now: datetime | None = None
        self.rejected: list[tuple[int, str, str]] = []
        self.line = 0

    def feed(self, told: Any) -> str | None:
        """Handle one line; the code it was refused with, None when it was taken."""
        self.line += 1
        if not isinstance(told, dict) or "at" not in told or "do" not in told:
            raise Unusable(f"line {self.line}: no object with at and do")
        try:
            at = moment(told["at"])
        except Bad as trouble:
            raise Unusable(f"line {self.line}: {trouble}") from trouble
        if self.now is not None and at < self.now:
            raise Unusable(f"line {self.line}: goes back in time")
        self.now = at
        code = handle(self.book, drop_nulls(told), at)
        if code is None:
            named, scanned = told.get("logistics_no", ""), told["waybill_no"] if told["do"] == "scan" else ""
            self.book.hear_the_news(self.book.concerned(named, scanned), at)
        else:
            self.rejected.append((self.line, str(told["do"]), code))
        return code

    def rows(self, until: datetime | None = None) -> Rows:
        """The result files as they stand when the clock stops."""
        now = until or self.now or LONG_AGO
        self.book.at_end = True
        self.book.resting.clear()
        silence(self.book, now)
        try:
            return rows_of(self.book, now, self.rejected)
        finally:
            self.book.at_end = False


def _at(told: Any) -> datetime:
    try:
        return moment(told["at"])
    except (Bad, KeyError, TypeError):
        return LONG_AGO  # let `feed` say what is wrong


def run(
    events_path: Path | str,
    network_dir: Path | str,
    until: datetime | str | None = None,
    kinds: Iterable[str] = KINDS,
    detectors: bool = True,
    edition: Path = SHIPPED,
    memory: bool = True,
) -> Rows:
    """The rows of every result file, by file name. Raises Unusable for what exits with 2.

    `detectors=False` leaves out what only VIO-2 finds (a V-TRANSFER to a wrong station among it)."""
    stop = datetime.fromisoformat(until) if isinstance(until, str) else until
    replay = Replay(Path(network_dir), kinds, detectors, edition, memory)
    lines = read_text(Path(events_path)).split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    for line in lines:
        try:
            told = json.loads(line)
        except ValueError as trouble:
            raise Unusable(f"line {replay.line + 1}: {trouble}") from trouble
        if stop is not None and _at(told) > stop:
            break
        replay.feed(told)
    return replay.rows(stop)
