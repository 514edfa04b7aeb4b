"""`lanshou reconcile CHANNEL FILE`: the channel's own list against ours (issue 3, point 5).

Three lists: missing (theirs, not ours), different (with the fields) and extra (ours in the period, not theirs). The
list is read in batches, each with one query; ours are read page by page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from basics.days import iso, midnight, parse_instant
from basics.refusal import Refusal
from basics.words import FINAL
from channels.messages import OrderPush
from channels.order_compare import SAME_TIME, Ours, differences, states_of
from channels.order_rows import COLUMNS, WORDS, Heading, exact, instant_of, read_heading, read_row, values_of
from channels.registry import CHANNELS
from commands.order_import import Importing, Row, digest_of, progress, refuse_columns
from commands.output import fail
from commands.reconcile_masks import masked, said
from commands.row_report import RowReport, own_file
from commands.sheets import Sheet, Unusable, open_sheet
from dispatch.matching.queries import InPeriod, created_between, ours_of
from jobs.environment import Environment, of_this_process
from reports.export import harmless
from storage.session import reading

MOST_ROWS, BATCH, PAGE = 200_000, 1_000, 2_000
SHOWN = 20  # of each list on the screen; all of them are in --report
HEADER = ("list", "logistics_no", "line", "field", "theirs", "ours")
FILE = click.Path(dir_okay=False, path_type=Path)
_NUMBER_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-")


class When(click.ParamType[datetime]):
    """A day in China, `2026-11-22`, or an instant with an offset."""

    name = "day"

    def __init__(self, days: int) -> None:
        self._days = timedelta(days=days)  # an end means the whole of its day

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            if len(value) == 10:
                return midnight(date.fromisoformat(value)) + self._days
            return parse_instant(value)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} 不是日期 / is no day: 2026-11-22", param, ctx)


@dataclass(slots=True)
class _Found:
    """One of the three lists: all are counted, the first are shown."""

    count: int = 0
    shown: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.count += 1
        if len(self.shown) < SHOWN:
            self.shown.append(text)


@click.command("reconcile")
@click.argument("channel", type=click.Choice(CHANNELS))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--import", "take", is_flag=True, help="导入缺少的订单 / import what is missing")
@click.option("--from", "start", type=When(0), help="起始日 / first day, for extra; default: the list's own")
@click.option("--until", type=When(1), help="截止日(含) / last day, for extra; default: the list's own")
@click.option("--report", type=FILE, help="写入三个清单 / write the three lists (CSV): numbers and fields only")
@click.option(
    "--full", is_flag=True, help="含双方内容(含个人信息) / both values in --report, personal data too; free text"
)
def reconcile_command(
    channel: str,
    file: Path,
    take: bool,
    start: datetime | None,
    until: datetime | None,
    report: Path | None,
    full: bool,
) -> None:
    """渠道清单对账 / A channel's own list of orders against ours. Exit code 0: they agree; 1: they do not, or some rows
    cannot be read; 2: the file is unusable."""
    env = of_this_process()
    if report is not None and report.exists() and report.samefile(file):
        fail("--report 不能是清单本身 / must not be the list itself", 2)
    try:
        with open_sheet(file, MOST_ROWS) as sheet, own_file(report, HEADER) as writer:
            heading = _heading(sheet, take, channel)
            comparing = _Comparing(env, channel, take, full, writer, RowReport(str(file), None))
            with progress("对账 / comparing", sheet.rows) as bar:
                for line, cells in sheet.lines():
                    comparing.read(heading, line, cells)
                    bar.update(1)
                comparing.finish()
            comparing.look_for_extra(start, until)
    except (Unusable, OSError) as error:
        fail(f"{file}: {error}", 2)
    comparing.say()
    if not comparing.agree():
        raise SystemExit(1)


def _heading(sheet: Sheet, take: bool, channel: str) -> Heading:
    """The list is the channel's: its other columns are named once and passed over."""
    heading = read_heading(sheet.header, with_state=True)
    if "logistics_no" not in heading.keys:
        fail("缺少列 / a column that is missing: logistics_no", 2)
    if heading.unknown:
        others = ", ".join(heading.unknown)
        click.echo(f"未使用的列(第几列) / columns passed over, by position: {others}", err=True)
    if take or heading.repeated:
        refuse_columns(heading, channel)
    return heading


@dataclass(frozen=True, slots=True)
class _Told:
    """A row of the list: its cells, and the order they make or what is wrong with them."""

    line: int
    number: str
    values: dict[str, str]
    said: OrderPush | tuple[Refusal, ...]


class _Comparing:
    """Goes through the list in batches."""

    def __init__(self, env: Environment, channel: str, take: bool, full: bool, writer: Any, report: RowReport) -> None:
        self._env, self._channel, self._take, self._full = env, channel, take, full
        self._writer, self._report = writer, report
        self.importing = Importing(env, channel, report)
        self.missing, self.different, self.extra = _Found(), _Found(), _Found()
        self._theirs: dict[str, bytes] = {}  # number -> digest of its first row
        self._batch: list[_Told] = []
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._same = self._strange_states = self._twice = self.closed = self.unknown = 0
        self._period = True

    def read(self, heading: Heading, line: int, cells: Sequence[str]) -> None:
        """One row of the list."""
        values = values_of(heading, cells)
        if isinstance(values, Refusal):
            self.importing.bad(line, "", values)
            return
        number = exact("logistics_no", values.get("logistics_no", ""))
        said = read_row({key: value for key, value in values.items() if key in COLUMNS}, self._channel, "", self._now())
        if isinstance(number, Refusal) or not number or len(number) > 64 or not set(number) <= _NUMBER_CHARACTERS:
            for problem in said if isinstance(said, tuple) else ():
                self.importing.bad(line, "", problem)
            return
        digest = digest_of(values)
        if number in self._theirs:
            self._is_there_twice(line, number, self._theirs[number] == digest)
            return
        self._theirs[number] = digest
        self._strange_states += self._is_strange(values)
        if isinstance(said, OrderPush) and "created_at" in values:
            self._first = min(self._first or said.created_at, said.created_at)
            self._last = max(self._last or said.created_at, said.created_at)
        self._batch.append(_Told(line, number, values, said))
        if len(self._batch) >= BATCH:
            self.finish()

    def finish(self) -> None:
        """Compare what waits, and import what was missing."""
        batch, self._batch = self._batch, []
        if not batch:
            return
        with reading(self._env.engine) as conn:
            known = ours_of(conn, self._channel, [told.number for told in batch])
        for told in batch:
            ours = known.get(told.number)
            if isinstance(told.said, tuple):
                for problem in told.said:
                    self.importing.bad(told.line, told.number, problem)
            if ours is None:
                self._is_missing(told)
            elif isinstance(told.said, OrderPush):
                self._compare(told, told.said, ours)
        self.importing.finish()

    def look_for_extra(self, start: datetime | None, until: datetime | None) -> None:
        """Ours of the period that the list does not have: its own, first to last creation, unless days are given."""
        start = start or self._first
        # A list shows minutes: what was made within its last one could be on it.
        until = until or (self._last + SAME_TIME if self._last else None)
        if start is None or until is None:
            self._period = False
            return
        after = None
        while True:
            with reading(self._env.engine) as conn:
                page, after = created_between(conn, self._channel, start, until, after, PAGE)
            for one in page:
                if one.logistics_no not in self._theirs:
                    self._is_extra(one)
            if after is None:
                return

    def agree(self) -> bool:
        """Whether nothing is left to be seen to."""
        left = self.closed + self.unknown if self._take else self.missing.count
        counts = self.importing.counts
        return not (left or self.different.count or self.extra.count or counts.bad or counts.noted)

    def say(self) -> None:
        """The three lists, personal data masked."""
        for title, found in (
            ("缺少 / missing", self.missing),
            ("不一致 / different", self.different),
            ("多出 / extra", self.extra),
        ):
            click.echo(f"{title}: {found.count}")
            for text in found.shown:
                click.echo(f"  {text}")
            if found.count > len(found.shown):
                click.echo(f"  … 其余 {found.count - len(found.shown)} 条见 --report / the others are in --report")
        counts = self.importing.counts
        click.echo(f"一致 / the same: {self._same}; 读不了的 / unreadable: {counts.bad}")
        if self._take:
            click.echo(f"导入 {counts.new} 单 / {counts.new} new; 待核实 {counts.held} / held")
        if self.closed:
            click.echo(f"{self.closed} 单在渠道已结束,未导入 / over at the channel, not imported", err=True)
        if self.unknown:
            click.echo(f"{self.unknown} 单的状态不认识,未导入 / in states not known, not imported", err=True)
        if self._twice:
            click.echo(f"{self._twice} 行与前面的行相同 / lines that are there twice", err=True)
        if not self._period:
            click.echo(
                "清单没有下单时间,未查多出的订单 / no period (--from, --until): extra was not looked for", err=True
            )
        if self._strange_states:
            click.echo(f"{self._strange_states} 行的状态不是我们的词 / states in no words of ours", err=True)

    def _is_strange(self, values: Mapping[str, str]) -> bool:
        """Whether the row's state is said in words that we do not know."""
        return "state" in values and not states_of(values["state"], self._channel)

    def _is_there_twice(self, line: int, number: str, same: bool) -> None:
        if same:
            self._twice += 1
            return
        self.importing.bad(line, number, Refusal("number_repeated", WORDS["number_repeated"], "logistics_no"))

    def _now(self) -> datetime:
        return self._env.clock()

    def _is_missing(self, told: _Told) -> None:
        self._write("missing", told.number, told.line, "", "", "")
        who = [masked(key, told.values[key]) for key in ("sender_name", "sender_phone") if key in told.values]
        at = told.values.get("created_at", "")
        self.missing.add(" ".join([told.number, at if instant_of(at) else "", *who]).strip())
        if not self._take or not isinstance(told.said, OrderPush):
            return
        # An order that is over there, or may be, must not send a courier here.
        if self._is_strange(told.values):
            self.unknown += 1
            self._report.add(told.line, told.number, "bad", "state", "state_unknown", WORDS["state_unknown"])
            return
        if states_of(told.values.get("state", ""), self._channel) & FINAL:
            self.closed += 1
            return
        self.importing.add(Row(told.line, told.said), told.values)

    def _compare(self, told: _Told, theirs: OrderPush, ours: Ours) -> None:
        found = differences(told.values, theirs, ours)
        if not found:
            self._same += 1
            return
        for one in found:
            self._write("different", told.number, told.line, one.field, one.theirs, one.ours)
        self.different.add(f"{told.number}: " + "; ".join(said(one, self._full) for one in found))

    def _is_extra(self, one: InPeriod) -> None:
        self._write("extra", one.logistics_no, "", "", "", "")
        self.extra.add(f"{one.logistics_no} {iso(one.created_at)} {one.state}")

    def _write(self, kind: str, number: str, line: object, name: str, theirs: str, ours: str) -> None:
        if self._writer is not None:
            values = (theirs, ours) if self._full else ("", "")
            self._writer.writerow([harmless(cell) for cell in (kind, number, line, name, *values)])
