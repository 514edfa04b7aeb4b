"""Every cell of a report, read back out of every form that it is written in."""

import csv
from functools import cache
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Connection

from basics.days import week_bounds
from reports.cube import over, parse, rows
from reports.facts.queries import load
from reports.kinds import Asked
from reports.making.queries import make
from reports.measures import weekly_measures
from reports.paper.document import Cell, Column, Document, Points, Section, Share
from reports.paper.pdf import as_pdf
from reports.paper.shown import cell_words
from reports.paper.text import as_csv, as_json, from_json
from reports.paper.xlsx import as_xlsx
from rulebook.book import packaged
from tests.pdf import words_of


def number(column: Column, cell: Cell) -> float | None:
    """What a reader of a number is to find; None: no figure."""
    value = cell.value
    if isinstance(value, Share):
        return value.part / value.of if value.of else None
    if isinstance(value, Points):
        new, old = value
        return 100 * (new.part / new.of - old.part / old.of) if new.of and old.of else None
    assert isinstance(value, int | None)
    return value / 100 if value is not None and column.kind == "fen" else value


def same_in_every_form(made: Document) -> int:
    """How many figures were compared, each in JSON, CSV, XLSX; and all of them on the paper."""
    assert from_json(as_json(made)) == made
    long = list(csv.DictReader(StringIO(as_csv(made))))
    lines = {(one["section"], int(one["row"]), one["column"]): one for one in long}
    book: Any = load_workbook(BytesIO(as_xlsx(made)))
    assert len(book.worksheets) == len(made.sections) + 2
    paper = _squeezed("".join(words_of(as_pdf(made))))
    compared = 0
    for section, sheet in zip(made.sections, book.worksheets[1:], strict=False):
        grid = list(sheet.iter_rows(values_only=True))
        for at, row in enumerate(section.rows, 1):
            for place, (column, cell) in enumerate(zip(section.columns, row, strict=True)):
                if column.kind == "text":
                    continue
                where = f"{section.key} {at} {column.name} {cell}"
                told, figure = lines[section.key, at, column.name], number(column, cell)
                assert told["rows"] == cell.opens, where
                assert (figure is None) == (told["value"] == ""), where
                written = grid[at + _gap(section)][place]
                assert (figure is None) == (written is None), where
                if isinstance(cell.value, Share):
                    assert (int(told["part"]), int(told["of"])) == cell.value, where
                if figure is not None:
                    exactly = figure if isinstance(cell.value, int) else pytest.approx(figure, abs=2e-6)
                    assert float(told["value"]) == exactly and written == exactly, where
                    compared += 1
            words = [
                _squeezed(cell_words(column.kind, cell)) for column, cell in zip(section.columns, row, strict=True)
            ]
            for place, word in enumerate(words):
                beside = {words[0] + word, word + "".join(words[place + 1 : place + 2])}  # a wide table is split
                beside.add("".join(words[max(0, place - 1) : place + 1]))
                assert any(one in paper for one in beside), (section.key, at, word)
    return compared


def week_walked(conn: Connection, week: str) -> int:
    """Every cell of the week's report from its rows, and then in every form."""
    bounds = week_bounds(week)
    made = make(conn, Asked("weekly", week, bounds[1], packaged(), number="now"))
    facts = {name: frame.collect().lazy() for name, frame in load(conn, *bounds).items()}
    measures = {one.code: one for one in weekly_measures()}

    @cache
    def of_rows(name: str) -> int | None:
        key = parse(name)
        found = rows(facts, measures[key.measure], key).select(over(measures[key.measure])).collect().item()
        return None if found is None else int(found)

    for cell in (cell for section in made.sections for row in section.rows for cell in row):
        if cell.opens and "/" not in cell.opens.partition("@")[0]:
            assert of_rows(cell.opens) == (cell.value.of if isinstance(cell.value, Share) else cell.value), cell
    assert of_rows.cache_info().currsize > 100
    return same_in_every_form(made)


def _squeezed(text: str) -> str:
    """Paper breaks lines where it must."""
    return "".join(text.split()).replace("\u200b", "")


def _gap(section: Section) -> int:
    """A sum stands below a table of at least one row."""
    return 1 if section.sums and len(section.rows) == 1 else 0
