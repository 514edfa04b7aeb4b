"""A statement as a workbook: numbers are numbers, text is never a formula, every column is defined (STATEMENT-1)."""

import io
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from reports.paper.xlsx import OPTIONS, clean, for_print, labelled, naive, write
from reports.statement import COLUMNS, Table

SHEET, DEFINITIONS = "对账单", "说明"
_FORMATS = {"fen": "#,##0.00;[Red]-#,##0.00", "time": "yyyy-mm-dd hh:mm:ss", "number": "0", "text": "@"}


def as_xlsx(made: Table) -> bytes:
    """Two sheets: the entries under a header that stays in sight, and what the columns mean."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, OPTIONS | {"in_memory": True}) as book:
        properties: dict[str, Any] = {"title": clean(made.title)}
        if made.made_at is not None:
            properties["created"] = naive(made.made_at)  # not the time of writing: the same bytes for the same entries
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
            write(sheet, at, number, column.kind, cell, formats[column.kind])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(made.rows), len(COLUMNS) - 1)
    for_print(sheet)


def _definitions(book: Any, made: Table) -> None:
    sheet = book.add_worksheet(DEFINITIONS)
    lines = [(made.title, ""), *made.facts, ("SHA-256 (CSV)", made.digest), ("", "")]
    lines += [(f"{column.zh} {column.name}", column.says) for column in COLUMNS]
    labelled(book, sheet, lines, (26, 90))
