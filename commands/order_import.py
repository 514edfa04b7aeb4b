"""Rows of a file become orders, in batches of one transaction each: what was killed half-way is completed by running
it again, and nothing is there twice (CHAN-3)."""

import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import click
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as Busy

from basics.refusal import Refusal
from basics.words import State
from channels.messages import OrderPush
from channels.order_rows import WORDS, Heading, read_heading, read_row, values_of
from channels.registry import STAFF, STAFF_PREFIX
from commands.output import fail
from commands.row_report import RowReport
from commands.sheets import Sheet
from dispatch.actions import conduct
from dispatch.facts import Item
from dispatch.intake import FIRST_KEYS
from dispatch.matching.queries import Standing, standing_of, told_before
from jobs.environment import Environment
from storage.session import run

MOST_ROWS, BATCH = 50_000, 500  # rows (B-111); rows in one transaction
BY = "import"
PLACES = ("address", "district", "adcode", "lng")  # a file without any of them holds all its orders
MISSING_COLUMNS = {"sender.phone": "sender_phone", "place": "address", "pieces": "pieces", "weight_g": "weight_kg"}
_HELD = "已收,资料不全待核实 / taken and held: incomplete"
log = logging.getLogger("lanshou.import")


@dataclass(slots=True)
class Counts:
    """How many rows came to what; `held` are among the new and changed ones."""

    new: int = 0
    changed: int = 0
    same: int = 0
    held: int = 0
    bad: int = 0
    noted: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be read."""

    line: int
    push: OrderPush


def heading_of(sheet: Sheet, owner: str) -> Heading:
    """The header of a file to import; ends the command when rows under it could not be understood.

    A column that nobody knows is an error: were it only misspelt, its content would be lost without a word.
    """
    heading = read_heading(sheet.header)
    if not any(heading.keys):
        fail("没有表头,或没有认识的列 / no header with known columns; see: lanshou orders import --template csv", 2)
    if heading.unknown:
        fail(f"不认识的列(第几列) / unknown columns, by position: {', '.join(heading.unknown)}", 2)
    refuse_columns(heading, owner)
    return heading


def refuse_columns(heading: Heading, owner: str) -> None:
    """Ends the command over columns that are there twice, or that no order can do without."""
    if heading.repeated:
        fail(f"重复的列 / columns that are there twice: {', '.join(heading.repeated)}", 2)
    lacking = [
        key for key in ("sender_phone", *(() if owner == STAFF else ("logistics_no",))) if key not in heading.keys
    ]
    if not any(key in heading.keys for key in PLACES):
        lacking.append("address")
    if lacking:
        fail(f"缺少列 / columns that are missing: {', '.join(lacking)}", 2)


def made_number(sheet: Sheet, line: int) -> str:
    """The number of an order of staff that has none: the same for the same row of the same file."""
    return f"{STAFF_PREFIX}{sheet.sha256[:20]}-{line}"


def digest_of(values: Mapping[str, str]) -> bytes:
    """Tells rows apart that say something else under our columns."""
    return sha256(repr(sorted(values.items())).encode(errors="replace")).digest()


@contextmanager
def progress(label: str, rows: int) -> Iterator[Any]:
    """A bar on stderr; nothing where that is no terminal."""
    with click.progressbar(length=rows, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        yield bar


class Importing:
    """Takes rows of one owner: a channel, whose orders that are known already stay as they are, or staff, whose file
    is the source itself: the same number with other content is an update (CHAN-3)."""

    def __init__(self, env: Environment, owner: str, report: RowReport) -> None:
        self._env, self._owner, self._report = env, owner, report
        self._seen: dict[str, bytes] = {}  # number -> digest of its first row
        self._waiting: list[Row] = []
        self.counts = Counts()

    def read(self, sheet: Sheet, heading: Heading, line: int, cells: Sequence[str]) -> None:
        """One row of a file; stored with its batch. `finish` stores what is left."""
        values = values_of(heading, cells)
        if isinstance(values, Refusal):
            self.bad(line, "", values)
            return
        said = read_row(values, self._owner, made_number(sheet, line), self._env.clock())
        if isinstance(said, tuple):
            for problem in said:
                self._report.add(line, "", "bad", problem.field or "", problem.code, problem.message)
            self.counts.bad += 1
            return
        self.add(Row(line, said), values)

    def add(self, row: Row, values: Mapping[str, str]) -> None:
        """A row that was read; the same number again counts once, and with other content it is an error."""
        number, digest = row.push.logistics_no, digest_of(values)
        first = self._seen.get(number)
        if first == digest:
            self.counts.same += 1
            return
        if first is not None:
            self.bad(row.line, number, Refusal("number_repeated", WORDS["number_repeated"], "logistics_no"))
            return
        self._seen[number] = digest
        self._waiting.append(row)
        if len(self._waiting) >= BATCH:
            self.finish()

    def finish(self) -> None:
        """Store what waits."""
        rows, self._waiting = self._waiting, []
        if rows:
            self._store(rows)

    def bad(self, line: int, number: str, refusal: Refusal) -> None:
        """Name a row that is not taken."""
        self._report.add(line, number, "bad", refusal.field or "", refusal.code, refusal.message)
        self.counts.bad += 1

    def _store(self, rows: Sequence[Row]) -> None:
        """One transaction. Where one order spoils it for all, each gets its own; a database that is away ends it."""
        at = self._env.clock()
        try:
            answers, before, after, fixed = run(self._env.engine, lambda conn: self._conduct(conn, rows, at))
        except (OperationalError, Busy):
            raise
        except Exception:
            if len(rows) > 1:
                for row in rows:
                    self._store([row])
                return
            log.exception("a row that cannot be taken", extra={"line": rows[0].line})
            problem = Refusal("internal_error", WORDS["internal_error"])
            self.bad(rows[0].line, rows[0].push.logistics_no, problem)
            return
        for row, answer in zip(rows, answers, strict=True):
            number = row.push.logistics_no
            self._count(row, answer, before.get(number), after.get(number))
            if answer is None and number in fixed:
                self.counts.noted += 1
                self._report.add(row.line, number, "note", "business_type", "type_fixed", WORDS["type_fixed"])

    def _conduct(
        self, conn: Connection, rows: Sequence[Row], at: datetime
    ) -> tuple[list[Refusal | None], dict[str, Standing], dict[str, Standing], set[str]]:
        numbers = [row.push.logistics_no for row in rows]
        before = standing_of(conn, self._owner, numbers)
        told_once = told_before(conn, self._owner, before) if self._owner == STAFF else {}
        taken = [row for row in rows if self._is_news(row.push, before, told_once)]
        told = iter(conduct(conn, [Item(at, row.push, BY) for row in taken], self._env.world(conn)))
        ids = {id(row) for row in taken}
        answers = [next(told) if id(row) in ids else None for row in rows]
        fixed = {row.push.logistics_no for row in rows if _is_other_type(row.push, told_once)}
        return answers, before, standing_of(conn, self._owner, numbers), fixed

    def _is_news(
        self, push: OrderPush, before: Mapping[str, Standing], told: Mapping[str, list[dict[str, Any]]]
    ) -> bool:
        """Whether the row is to be taken: one that was taken before must not undo what came after it."""
        if push.logistics_no not in before:
            return True
        if self._owner != STAFF:
            return False
        return _changeable(push.content) not in map(_changeable, told.get(push.logistics_no, ()))

    def _count(self, row: Row, answer: Refusal | None, before: Standing | None, after: Standing | None) -> None:
        number = row.push.logistics_no
        if answer is not None or after is None:
            self.bad(row.line, number, answer or Refusal("internal_error", WORDS["internal_error"]))
            return
        if before is not None and before.version == after.version:
            self.counts.same += 1
            return
        if before is None:
            self.counts.new += 1
        else:
            self.counts.changed += 1
        if after.state == State.HELD:
            self.counts.held += 1
            lacking = ", ".join(MISSING_COLUMNS.get(field, field) for field in after.missing)
            self._report.add(row.line, number, "held", lacking, "held", _HELD)
        told = row.push.content.get("waybill_no")
        if told and after.waybill_no != told:
            self.counts.noted += 1
            self._report.add(row.line, number, "note", "waybill_no", "waybill_not_taken", WORDS["waybill_not_taken"])


def _changeable(content: Mapping[str, Any]) -> dict[str, Any]:
    """What of a content an update can change: the rest stays that of the first push, and is no news."""
    return {key: value for key, value in content.items() if key not in FIRST_KEYS}


def _is_other_type(push: OrderPush, told: Mapping[str, list[dict[str, Any]]]) -> bool:
    """Whether the row has another business type than the order got at first, which every content since has."""
    return any(one.get("business_type") != push.content["business_type"] for one in told.get(push.logistics_no, [])[:1])
