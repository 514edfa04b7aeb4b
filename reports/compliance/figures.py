"""Figures of one week read by their names, and the cells that tables are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import polars as pl

from reports.cube import Key
from reports.measures import RATIOS, Measure, Ratio, weekly_measures
from reports.paper.document import Cell, Column, Kind, Points, Section, Share

# Minutes that were gone before an order lay with the station, of one assignment.
REACH_EACH = Ratio(
    "reach_each", "每次到手前", "before it reached you, each", "reach_minutes", "holdings",
    "到手前分钟 ÷ 经手 / minutes before it reached you ÷ assignments",
)  # fmt: skip
GOOD = ("accept_rate", "pickup_rate", "promise_rate")  # the higher the better; of other ratios the lower


@cache
def measures() -> Mapping[str, Measure]:
    """By code."""
    return {one.code: one for one in weekly_measures()}


@cache
def ratios() -> Mapping[str, Ratio]:
    """By code."""
    return {one.code: one for one in (*RATIOS, REACH_EACH)}


@dataclass(frozen=True, slots=True)
class Week:
    """The figures of a week. `name`: which report they are of, as Document.name; "" of the document's own, so that its
    cells open `measure@level:code`, those of another one `2026-W18-0/measure@level:code`."""

    name: str = ""
    by: Mapping[tuple[str, str, str], int] = field(default_factory=dict)

    def codes(self, level: str) -> set[str]:
        """Who has a figure."""
        return {code for at, code, _ in self.by if at == level}

    def value(self, measure: str, level: str, code: str) -> int | None:
        """Counts and sums of nothing are 0, percentiles of nothing none."""
        return self.by.get((level, code, measure), None if measures()[measure].how.startswith("p") else 0)

    def share(self, ratio: str, level: str, code: str) -> Share:
        """Both counts of it."""
        found = ratios()[ratio]
        return Share(self.value(found.part, level, code) or 0, self.value(found.of, level, code) or 0)

    def cell(self, measure: str, level: str, code: str) -> Cell:
        """A measure, or a ratio, which opens the rows of its denominator."""
        if measure in ratios():
            return Cell(self.share(measure, level, code), self.opens(ratios()[measure].of, level, code))
        return Cell(self.value(measure, level, code), self.opens(measure, level, code))

    def opens(self, measure: str, level: str, code: str) -> str:
        """Rows of no station or no channel have no name."""
        if not code and level in ("station", "channel"):
            return ""
        key = str(Key(measure, level, code))
        return f"{self.name}/{key}" if self.name else key


def week_of(table: pl.DataFrame, name: str = "") -> Week:
    """Of a frame of cube.FIGURES."""
    columns = (table[one].to_list() for one in ("level", "code", "measure", "value"))
    return Week(name, {(level, code, measure): value for level, code, measure, value in zip(*columns, strict=True)})


def both(zh: str, en: str) -> str:
    """`中文 / English`."""
    return f"{zh} / {en}"


def column(code: str) -> Column:
    """A measure's or a ratio's."""
    if code in ratios():
        ratio = ratios()[code]
        return Column(code, ratio.zh, ratio.en, "rate" if ratio is REACH_EACH else "share", ratio.says)
    found = measures()[code]
    return Column(code, found.zh, found.en, found.unit, found.says)


def name_of(code: str) -> str:
    """What a measure or ratio is called."""
    found = ratios()[code] if code in ratios() else measures()[code]
    return both(found.zh, found.en)


def row(week: Week, codes: Sequence[str], level: str, code: str) -> tuple[Cell, ...]:
    """Measures and ratios of one member."""
    return tuple(week.cell(one, level, code) for one in codes)


def compared(
    key: str, names: tuple[str, str], codes: Sequence[str], now: Week, before: Week | None, of: tuple[str, str]
) -> Section:
    """A row a measure of `of` (level and code), all of one unit: this week, last week and the difference."""
    unit: Kind = column(codes[0]).kind
    change: Kind = "points" if unit == "share" else unit
    columns = (
        Column("item", "指标", "measure", "text", both("这一行是什么", "what the row is"), 30),
        Column("this_week", "本周", "this week", unit, both("本报表的周", "the week of this report")),
        Column("last_week", "上周", "last week", unit, both("前一周", "the week before")),
        Column("difference", "增减", "difference", change, both("本周减上周", "this week less last week")),
    )
    rows = []
    for code in codes:
        new = now.cell(code, *of)
        old = Cell(None) if before is None else before.cell(code, *of)
        rows.append((Cell(name_of(code)), new, old, _difference(code, new, old)))
    return Section(key, *names, columns, tuple(rows))


def _difference(code: str, new: Cell, old: Cell) -> Cell:
    """Without rows of its own: both figures stand beside it. A share that got worse is marked."""
    if isinstance(new.value, Share) and isinstance(old.value, Share):
        gained = new.value.part * old.value.of - old.value.part * new.value.of
        known = new.value.of > 0 and old.value.of > 0
        worse = known and (gained < 0 if code in GOOD else gained > 0)
        return Cell(Points(new.value, old.value), warns=worse)
    if isinstance(new.value, int) and isinstance(old.value, int):
        return Cell(new.value - old.value)
    return Cell(None)
