"""A report before it takes a form: sections of cells, each with its definition and the way to the rows behind it.

All forms are made from one Document, so they cannot differ. Money is integer fen, minutes are whole, a share is two
counts; a form may round, the document never does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

# `fen` is shown in yuan, `minutes` as whole minutes, `share` as per cent with one decimal, `points` as a difference of
# two shares in percentage points, `rate` a quotient of two integers with two decimals.
Kind = Literal["text", "count", "fen", "minutes", "share", "points", "rate", "time", "day"]


class Share(NamedTuple):
    """`part` of `of`, both counts (or fen): for `share` and `rate` columns. Of nothing it is no figure: shown —."""

    part: int
    of: int


class Points(NamedTuple):
    """How much the first share is above the second; none when one of them is of nothing."""

    now: Share
    before: Share


Value = str | int | datetime | Share | Points | None


class Hidden(NamedTuple):
    """Why a cell shows nothing although there is a figure: too few cases behind it."""

    least: int


@dataclass(frozen=True, slots=True)
class Cell:
    """`opens`: which rows stand behind it, as `reports/cube.py` names them; "" none. `warns`: it stands for something
    bad (shown with a sign, never by colour alone)."""

    value: Value | Hidden
    opens: str = ""
    warns: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is its stable code in CSV and JSON; `says` its definition, `中文 / English`."""

    name: str
    zh: str
    en: str
    kind: Kind
    says: str = ""
    width: int = 12


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one set of bars. `code` is the measure's."""

    code: str
    zh: str
    en: str
    values: tuple[int | float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Drawn beside its section, whose table holds the same figures. `unit` as of a column."""

    shape: Literal["line", "bar"]
    unit: Kind
    labels: tuple[str, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A table. `key` is stable; `sums`: whether the last row is the sum of those above. `note`: how to read it."""

    key: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sums: bool = False
    note: str = ""
    chart: Chart | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """`kind` weekly, monthly, year, fairness, honesty, operations, ask; `scope` as `network`, `province:浙江省`,
    `station:HZ01`, `channel:crm`. `number`: 0 the first frozen one, 1.. its supplements, None as things stand now
    (not frozen). `facts` are (label, value) beneath the title; `method` how it was made, a paragraph each; `line`
    what a chat group is told."""

    kind: str
    title_zh: str
    title_en: str
    period: str
    scope: str
    number: int | None
    edition: str
    made_at: datetime
    sections: tuple[Section, ...]
    facts: tuple[tuple[str, str], ...] = ()
    method: tuple[str, ...] = ()
    line: str = ""
    definitions: tuple[tuple[str, str], ...] = field(default=())

    @property
    def name(self) -> str:
        """Its number: `2026-W19-0`, `2026-W19-now`."""
        return f"{self.period}-{'now' if self.number is None else self.number}"


def defined(sections: Sequence[Section]) -> tuple[tuple[str, str], ...]:
    """(Chinese and English name, definition) of every column that has one, each once, in order."""
    found = {f"{column.zh} {column.en}": column.says for one in sections for column in one.columns if column.says}
    return tuple(found.items())
