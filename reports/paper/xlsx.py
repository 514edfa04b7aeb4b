"""A report as a workbook: a sheet a section, each a real table; numbers are numbers, and no text ever is a formula."""

import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from basics.days import shanghai
from reports.paper.document import Cell, Column, Document, Hidden, Points, Section, Share, defined
from reports.paper.shown import NUMBERS, as_number, day_words, difference, headlines, room, shown

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
FORMATS = {
    "text": "@", "count": "#,##0", "fen": "#,##0.00;[Red]-#,##0.00", "minutes": "#,##0", "share": "0.0%",
    "points": "+0.0;-0.0;0.0", "rate": "#,##0.00", "time": "yyyy-mm-dd hh:mm:ss", "day": "yyyy-mm-dd",
}  # fmt: skip
COVER, MEANINGS = "概要", "说明"
ROWS = 1_000_000  # of one sheet; a sheet of Excel ends at 1,048,576
LONGEST = 32_767  # signs in a cell
EXACT = 10**15  # Excel keeps fifteen digits: a larger whole number is written as text
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
# No character of XML, or half of one: a workbook that holds it does not open.
_NO_SIGN = re.compile("[\ud800-\udfff\ufffe\uffff]")


def as_xlsx(document: Document) -> bytes:
    """The same bytes for equal documents. Rows are written as they come, none is held in memory."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, OPTIONS | {"constant_memory": True}) as book:
        book.set_properties({"title": clean(document.title_zh), "created": naive(document.made_at)})
        formats = {kind: book.add_format({"num_format": shape, "valign": "top"}) for kind, shape in FORMATS.items()}
        names = _Names()
        _cover(book, names, document)
        for section in document.sections:
            for number, rows in enumerate(_parts(section.rows), 1):
                title = section.zh or section.key
                sheet = book.add_worksheet(names.sheet(title if number == 1 else f"{title} {number}"))
                _section(sheet, book, section, rows, f"table_{len(names.taken)}", formats)
        _meanings(book, names, document)
    return file.getvalue()


def write(sheet: Any, row: int, column: int, kind: str, value: object, shape: Any) -> None:
    """One cell by its kind; nothing for no figure."""
    if isinstance(value, Share):
        value = as_number(value)
    elif isinstance(value, Points):
        over = difference(value)
        value = over and (100 * over[0], over[1])
    if isinstance(value, Hidden):
        sheet.write_string(row, column, shown("count", value), shape)
    elif isinstance(value, tuple):
        sheet.write_number(row, column, value[0] / value[1], shape)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, naive(value), shape)
    elif isinstance(value, int) and abs(value) < EXACT:
        sheet.write_number(row, column, value / 100 if kind == "fen" else value, shape)
    elif value is not None:
        day = day_words(str(value)) if kind == "day" else None
        if day is not None:
            sheet.write_datetime(row, column, day, shape)
        else:
            sheet.write_string(row, column, clean(str(value)), shape)


def naive(at: datetime) -> datetime:
    """A Shanghai clock's time without its offset, cut to the second: what a spreadsheet calls a time."""
    return shanghai(at).replace(tzinfo=None, microsecond=0)


def clean(text: str) -> str:
    """What fits a cell: without signs that no XML holds, and cut (with …) at Excel's limit, counted as Excel counts."""
    text = _NO_SIGN.sub("\ufffd", text)
    if text.startswith("<r>") and text.endswith("</r>"):
        text += " "  # xlsxwriter would copy it into the file as markup
    if 2 * len(text) <= LONGEST or len(text.encode("utf-16-le")) // 2 <= LONGEST:
        return text
    return text.encode("utf-16-le")[: 2 * (LONGEST - 1)].decode("utf-16-le", "ignore") + "…"


def for_print(sheet: Any) -> None:
    """A4, across, as wide as the page, the head on each."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def labelled(book: Any, sheet: Any, lines: Sequence[tuple[str, str]], widths: tuple[int, int]) -> None:
    """Two columns: what it is, and what is said of it."""
    bold = book.add_format({"bold": True, "valign": "top", "text_wrap": True})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    for number, width in enumerate(widths):
        sheet.set_column(number, number, width)
    for at, (label, value) in enumerate(lines):
        sheet.write_string(at, 0, clean(label), bold)
        sheet.write_string(at, 1, clean(value), wrap)


class _Names:
    """Names of sheets: at most 31 signs, none forbidden, each once whatever its case."""

    def __init__(self) -> None:
        self.taken = {"history"}  # Excel keeps it for itself

    def sheet(self, title: str) -> str:
        plain = _FORBIDDEN.sub(" ", clean(title)).strip("' ") or "表"
        name, number = _short(plain, 31).rstrip("' ") or "表", 1
        while name.casefold() in self.taken:
            number += 1
            name = f"{_short(plain, 31 - len(str(number)) - 3)} ({number})"
        self.taken.add(name.casefold())
        return name


def _short(text: str, most: int) -> str:
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")


def _parts(rows: Sequence[tuple[Cell, ...]]) -> Iterator[Sequence[tuple[Cell, ...]]]:
    for at in range(0, max(1, len(rows)), ROWS):
        yield rows[at : at + ROWS]


def _cover(book: Any, names: _Names, document: Document) -> None:
    sheet = book.add_worksheet(names.sheet(COVER))
    lines = [("报表 report", document.title_zh), ("", document.title_en), *headlines(document)]
    if document.line:
        lines.append(("一句话 in one line", document.line))
    labelled(book, sheet, lines, (26, 90))
    sheet.set_paper(9)


def _section(
    sheet: Any, book: Any, section: Section, rows: Sequence[tuple[Cell, ...]], name: str, formats: dict[str, Any]
) -> None:
    """The sum stands below the table: inside it would be sorted and filtered as one more row."""
    heads = _heads(section.columns)
    wrap = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#EEF2F7"})
    summed = section.sums and len(rows) > 0 and rows[-1] is section.rows[-1]
    listed = len(rows) - summed
    for number, column in enumerate(section.columns):
        width = max(column.width, min(12, room(column.zh) + 3))
        sheet.set_column(number, number, min(60, width))
    if heads:
        _table(sheet, name, heads, max(1, listed), wrap)
    shapes = {kind: _shape(book, kind) for kind in FORMATS} if summed else {}
    for at, row in enumerate(rows, 1):
        using = shapes if summed and at == len(rows) else formats
        gap = 1 if using is shapes and listed == 0 else 0
        for number, (column, cell) in enumerate(zip(section.columns, row, strict=True)):
            write(sheet, at + gap, number, column.kind, cell.value, using[column.kind])
    sheet.freeze_panes(1, 1 if section.columns and section.columns[0].kind not in NUMBERS else 0)
    for_print(sheet)


def _shape(book: Any, kind: str) -> Any:
    return book.add_format({"num_format": FORMATS[kind], "bold": True, "top": 1, "valign": "top"})


def _table(sheet: Any, name: str, heads: list[str], rows: int, wrap: Any) -> None:
    """xlsxwriter refuses a table while it streams, for it would write the data itself; it writes the head only, which
    is the first row, and the table is stretched afterwards over the rows that follow."""
    columns = [{"header": head, "header_format": wrap} for head in heads]
    sheet.constant_memory = False
    made = sheet.add_table(0, 0, 1, len(heads) - 1, {"name": name, "columns": columns, "style": "Table Style Light 1"})
    sheet.constant_memory = True
    assert made == 0
    for number, head in enumerate(heads):
        sheet.write_string(0, number, head, wrap)  # once more: as the stream wants it
    table = sheet.tables[-1]
    last = table["range"].partition(":")[2].rstrip("0123456789")
    table["range"] = table["a_range"] = table["autofilter"] = f"A1:{last}{rows + 1}"


def _heads(columns: Sequence[Column]) -> list[str]:
    """Names of a table's columns, each once whatever its case."""
    found: list[str] = []
    for column in columns:
        plain = re.sub(r"\s+", " ", clean(f"{column.zh} {column.en}")).strip()[:200] or column.name or "列"
        name, number = plain, 1
        while name.casefold() in {one.casefold() for one in found}:
            number += 1
            name = f"{plain} ({number})"
        found.append(name)
    return found


def _meanings(book: Any, names: _Names, document: Document) -> None:
    """What every column means, how each section is read, and how the report was made."""
    sheet = book.add_worksheet(names.sheet(MEANINGS))
    lines = [("定义", "definitions"), *(document.definitions or defined(document.sections)), ("", "")]
    lines += [(f"{one.zh} {one.en}", one.note) for one in document.sections if one.note]
    lines += [("", ""), ("方法", "method"), *(("", paragraph) for paragraph in document.method)]
    labelled(book, sheet, lines, (34, 100))
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
