"""A statement as a workbook: numbers are numbers, text is never a formula, every column is defined (STATEMENT-1)."""

import io
from datetime import datetime
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from reports.statement import COLUMNS, Cell, Column, Table, local

SHEET, DEFINITIONS = "对账单", "说明"
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_FORMATS = {"fen": "#,##0.00;[Red]-#,##0.00", "time": "yyyy-mm-dd hh:mm:ss", "number": "0", "text": "@"}


def as_xlsx(made: Table) -> bytes:
    """Two sheets: the entries under a header that stays in sight, and what the columns mean."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        properties: dict[str, Any] = {"title": made.title}
        if made.made_at is not None:
            properties["created"] = local(made.made_at)  # not the time of writing: the same bytes for the same entries
        book.set_properties(properties)
        _entries(book, made)
        _definitions(book, made)
    return file.getvalue()


def _entries(book: Any, made: Table) -> None:
    sheet = book.add_worksheet(SHEET)
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#EEF2F7"})
    formats = {
        kind: book.add_format({"num_format": shape, "valign": "top", "text_wrap": kind == "text"})
        for kind, shape in _FORMATS.items()
    }
    for number, column in enumerate(COLUMNS):
        sheet.set_column(number, number, column.width)
        sheet.write_string(0, number, f"{column.zh}\n{column.name}", head)
    for at, row in enumerate(made.rows, 1):
        for number, (column, cell) in enumerate(zip(COLUMNS, row, strict=True)):
            _write(sheet, at, number, column, cell, formats[column.kind])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(made.rows), len(COLUMNS) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _write(sheet: Any, row: int, column: int, of: Column, cell: Cell, shape: Any) -> None:
    if cell is None:
        return
    if isinstance(cell, datetime):
        sheet.write_datetime(row, column, local(cell), shape)
    elif isinstance(cell, int):
        sheet.write_number(row, column, cell / 100 if of.kind == "fen" else cell, shape)
    else:
        sheet.write_string(row, column, cell, shape)


def _definitions(book: Any, made: Table) -> None:
    sheet = book.add_worksheet(DEFINITIONS)
    bold = book.add_format({"bold": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 90)
    lines = [(made.title, ""), *made.facts, ("SHA-256 (CSV)", made.digest), ("", "")]
    lines += [(f"{column.zh} {column.name}", column.says) for column in COLUMNS]
    for at, (label, value) in enumerate(lines):
        sheet.write_string(at, 0, label, bold)
        sheet.write_string(at, 1, value, wrap)
