"""A report's sections as the page shows them: formatted cells with their links, long tables folded and paged."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote

from flask import request, url_for

from reports.cube import UnknownCell, parse
from reports.paper.document import Cell, Chart, Column, Document, Section
from reports.paper.shown import NUMBERS, shown
from web.console.fields import argument
from web.console.reports_made import Made, words_of
from web.language import side, t
from web.words_reports import UNITS

LONG = 50  # rows of a table that are shown at once
WIDE = 6  # columns; a table of more takes the whole width
_BIGGEST_PAGE = 6  # digits
_LABEL = re.compile(r"(.*?[\u3400-\u9fff].*?) ([a-zA-Z][^\u3400-\u9fff]*)")


@dataclass(frozen=True, slots=True)
class Head:
    """A column's name, unit and definition in the reader's language."""

    name: str
    english: str
    unit: str
    says: str
    number: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell. `later`: what the newest number says instead; `says`: the definition of what the cell's words name."""

    text: str
    url: str
    number: bool
    warns: bool
    later: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A section. `rows` are those of the page, `total` is on every page. `groups`: provinces by which a long one can be
    folded, `group` the chosen one."""

    key: str
    zh: str
    en: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[Shown]]
    total: Sequence[Shown]
    note: tuple[str, ...]
    chart: Mapping[str, object] | None
    many: int
    page: int
    pages: int
    groups: Sequence[str] = ()
    group: str = ""

    @property
    def wide(self) -> bool:
        """Whether it takes the whole width."""
        return len(self.heads) > WIDE or self.chart is not None


def tables(made: Made, link: str) -> list[Table]:
    """Every section that has rows. `link`: where the rows behind a cell of this report are."""
    definitions = dict(made.document.definitions)
    return [_table(made, section, link, definitions) for section in made.document.sections if section.rows]


def laid_out(found: Sequence[Table]) -> list[tuple[bool, list[Table]]]:
    """Tables in their order: narrow ones that follow each other stand in columns, a wide one takes the whole width."""
    return [(wide, list(those)) for wide, those in groupby(found, lambda one: one.wide)]


def empty_ones(document: Document) -> list[tuple[str, str]]:
    """Names of the sections without rows."""
    return [(section.zh, section.en) for section in document.sections if not section.rows]


def _table(made: Made, section: Section, link: str, definitions: Mapping[str, str]) -> Table:
    body, total = (section.rows[:-1], section.rows[-1]) if section.sums else (section.rows, ())
    groups, group = _groups(section, body), ""
    if groups:
        group = argument(f"{section.key}.group", 100)
        body = tuple(row for row in body if not group or row[0].value == group)
    pages = max(1, -(-len(body) // LONG))
    page = min(_page(section.key), pages)

    def line(row: Sequence[Cell]) -> list[Shown]:
        words = words_of(section, row)
        later = [made.later.get((section.key, words, column.name)) for column in section.columns]
        return [
            _cell(column, cell, new, link, definitions)
            for column, cell, new in zip(section.columns, row, later, strict=True)
        ]

    return Table(
        section.key, section.zh, section.en, [_head(one) for one in section.columns],
        [line(row) for row in body[(page - 1) * LONG : page * LONG]], line(total) if total else (),
        tuple(section.note.partition(" / ")[::2]), _chart(section), len(body), page, pages, groups, group,
    )  # fmt: skip


def _groups(section: Section, body: Sequence[Sequence[Cell]]) -> list[str]:
    """The provinces of a long table of stations."""
    if len(body) <= LONG or not section.columns or section.columns[0].name != "province":
        return []
    found = list(dict.fromkeys(str(row[0].value or "") for row in body))
    return [one for one in found if one] if len(found) < len(body) else []


def _page(key: str) -> int:
    given = request.args.get(f"{key}.page", "1")
    good = given.isascii() and given.isdigit() and len(given) <= _BIGGEST_PAGE
    return max(1, int(given)) if good else 1


def _head(column: Column) -> Head:
    unit = UNITS.get(column.kind)
    return Head(column.zh, column.en, t(*unit) if unit else "", side(column.says), column.kind in NUMBERS)


def _cell(column: Column, cell: Cell, later: Cell | None, link: str, definitions: Mapping[str, str]) -> Shown:
    told = shown(column.kind, cell.value)
    if column.kind == "text":
        says = definitions.get(told, "")
        return Shown(half(told), _opens(cell.opens, link), number=False, warns=cell.warns, says=side(says))
    new = "" if later is None else shown(column.kind, later.value)
    return Shown(told, _opens(cell.opens, link), column.kind in NUMBERS, cell.warns, new)


def half(text: str) -> str:
    """Of `中文 / English` what is read, without the other even where particulars follow it."""
    zh, slash, en = text.partition(" / ")
    return t(zh, en) if slash and not zh.isascii() else text


def label(text: str) -> str:
    """Of `订单 orders` what is read; of several, joined by commas, of each."""
    if " / " in text:
        return half(text)
    found = [_LABEL.fullmatch(one) for one in text.split(", ")]
    if not all(found):
        found = [_LABEL.fullmatch(text)]
    return ", ".join(t(one[1], one[2]) for one in found if one) or text


def _opens(opens: str, link: str) -> str:
    """`measure@level:code` of this report, `2026-W18-0/measure@level:code` of another number or period."""
    if not opens:
        return ""
    name, slash, key = opens.rpartition("/")
    try:
        parse(key)
    except UnknownCell:
        return ""
    if not slash:
        return f"{link}cell={quote(key, safe='@:')}"
    period, _, number = name.rpartition("-")
    kind = (request.view_args or {}).get("kind", "weekly")
    address = url_for("reports_rows.page", kind=kind, period=period.replace("/", "~"))
    return f"{address}?number={quote(number)}&cell={quote(key, safe='@:')}"


def _chart(section: Section) -> Mapping[str, object] | None:
    """Its series as plain numbers, for the drawing and for the table behind it."""
    chart = section.chart
    if chart is None or not any(value is not None for one in chart.series for value in one.values):
        return None
    names = [t(one.zh, one.en) for one in chart.series]
    rows = [
        (label, [_plain(chart, one.values[place]) for one in chart.series]) for place, label in enumerate(chart.labels)
    ]
    return {"shape": chart.shape, "unit": chart.unit, "names": names, "rows": rows}


def _plain(chart: Chart, value: int | float | None) -> str:
    """A number that a script reads; — is a gap."""
    if value is None:
        return "—"
    if chart.unit == "share":
        return f"{100 * value:.1f}"
    return f"{value / 100:.2f}" if chart.unit == "fen" else f"{value:g}"
