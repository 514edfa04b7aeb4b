"""A report on paper: typeset, each table under its head on every page, charts, and what it all means at the end."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import typst

from reports.paper.document import Column, Document, Section, defined
from reports.paper.drawing import drawn
from reports.paper.shown import NUMBERS, UNITS, cell_words, headlines, room

ROOT = Path(__file__).parent.parent
LETTER, INSET = 4.2, 5.8  # points: a Latin letter of a table, the space around a cell
UPRIGHT, ACROSS = 533.0, 779.0  # points of a page's width that a table may take
NARROW = 0.5  # of the width: a chart fits beside a table that takes no more
WIDEST, LEAST = 44, 14  # letters of a column of text
TAGGED = 10_000  # cells of a document, see `compiled`
MOST = 50_000  # cells on paper: each takes 15 KB while it is set; the whole table is in the other forms
WORD = 20  # a word this long may break anywhere
_ZERO = "\u200b"


def as_pdf(document: Document) -> bytes:
    """The same bytes for equal documents on the same machine. Text is data: no markup in it is obeyed."""
    upright = all(_wanted(section, LEAST + 6) <= UPRIGHT for section in document.sections)
    paper = {
        "title": document.title_zh,
        "english": document.title_en,
        "name": document.name,
        "facts": [[label, broken(value)] for label, value in headlines(document)],
        "line": document.line,
        "across": not upright,
        "sections": [
            _section(one, UPRIGHT if upright else ACROSS, left) for one, left in _shortened(document.sections)
        ],
        "definitions": document.definitions or defined(document.sections),
        "method": document.method,
    }
    cells = sum(len(section.rows) * len(section.columns) for section in document.sections)
    at = int(document.made_at.astimezone(UTC).timestamp())
    return compiled("report.typ", "report", paper, at, tagged=cells <= TAGGED)


def compiled(template: str, name: str, paper: Any, at: int, tagged: bool = True) -> bytes:
    """A template of ours with its data as one JSON input; `at` stands as its date in the file. `tagged`: a reader for
    the blind finds its way by marks, which of a very long table are most of the file."""
    compiler = typst.Compiler(str(ROOT / "templates" / template), root=str(ROOT), font_paths=[str(ROOT / "fonts")])
    given = {name: json.dumps(paper, ensure_ascii=False)}
    file = compiler.compile(sys_inputs=given, format="pdf", timestamp=at, pdf_tags=tagged)
    assert isinstance(file, bytes)
    return file


def broken(text: str) -> str:
    """With places where a very long word may break, else it would run into its neighbour."""
    if len(text) <= WORD:
        return text
    words = text.split(" ")
    return " ".join(_ZERO.join(word) if len(word) > WORD and word.isascii() else word for word in words)


def _shortened(sections: Sequence[Section]) -> list[tuple[Section, int]]:
    """Each with its first rows, as many as paper bears, and how many are left out; a sum stays."""
    free, found = MOST, []
    for one in sections:
        keeps = min(len(one.rows), max(1, free // max(1, len(one.columns))))
        left = len(one.rows) - keeps
        free -= keeps * len(one.columns)
        rows = one.rows if not left else (*one.rows[: keeps - 1], one.rows[-1]) if one.sums else one.rows[:keeps]
        found.append((replace(one, rows=rows), left))
    return found


def _section(section: Section, width: float, left: int) -> dict[str, Any]:
    needs = [_need(section, at) for at in range(len(section.columns))]
    shrunk = [need if column.kind in NUMBERS else min(need, LEAST) for column, need in zip(section.columns, needs)]  # noqa: B905
    parts = _split(section.columns, shrunk, width)
    tables = [_table(section, part, [needs[at] for at in part], width) for part in parts]
    narrow = len(tables) == 1 and sum(tables[0]["widths"]) <= NARROW * width
    return {
        "zh": section.zh,
        "en": section.en,
        "note": section.note,
        "sums": section.sums,
        "left": f"{left:,}" if left else "",
        "tables": tables,
        "chart": section.chart and drawn(section.chart),
        "beside": bool(section.chart) and narrow and len(section.rows) <= 24,
    }


def _wanted(section: Section, text: int) -> float:
    """Points that it takes with columns of text no wider than so many letters."""
    needs = [(column, _need(section, at)) for at, column in enumerate(section.columns)]
    return sum(_points(need if column.kind in NUMBERS else min(need, text)) for column, need in needs)


def _need(section: Section, at: int) -> int:
    """Letters that a column wants: its longest figure, and its head wrapped."""
    column = section.columns[at]
    head = max([min(room(column.zh), 10), *(len(word) for word in column.en.split())], default=0)
    widest = max((room(cell_words(column.kind, row[at])) for row in section.rows), default=0)
    return max(head, widest if column.kind in NUMBERS else min(widest + 1, WIDEST), 3)


def _points(letters: int) -> float:
    return letters * LETTER + INSET


def _split(columns: Sequence[Column], needs: Sequence[int], width: float) -> list[list[int]]:
    """Columns of one table; of several that repeat the first columns of text when one would be too wide."""
    leading = next((at for at, one in enumerate(columns) if one.kind in NUMBERS), len(columns))
    first = list(range(min(leading, 2)))
    free = width - sum(_points(needs[at]) for at in first)
    rest = range(len(first), len(columns))
    parts = _packed(rest, needs, free)
    if len(parts) > 1:  # as even as they go
        room_each = sum(_points(needs[at]) for at in rest) / len(parts)
        while len(even := _packed(rest, needs, room_each)) > len(parts):
            room_each += INSET
        parts = even
    return [first + part for part in parts]


def _packed(columns: Iterable[int], needs: Sequence[int], free: float) -> list[list[int]]:
    found: list[list[int]] = [[]]
    left = free
    for at in columns:
        if found[-1] and _points(needs[at]) > left:
            found.append([])
            left = free
        found[-1].append(at)
        left -= _points(needs[at])
    return found


def _table(section: Section, part: Sequence[int], needs: Sequence[int], width: float) -> dict[str, Any]:
    columns = [section.columns[at] for at in part]
    rows = [
        [[broken(cell_words(one.kind, row[at])) for one, at in zip(columns, part, strict=True)], _warned(row, part)]
        for row in section.rows
    ]
    return {
        "heads": [[broken(one.zh), broken(one.en), _unit(one)] for one in columns],
        "right": [one.kind in NUMBERS for one in columns],
        "widths": _widths(columns, needs, width),
        "rows": rows,
    }


def _unit(column: Column) -> str:
    unit = UNITS.get(column.kind, ("",))[0]
    return "" if unit in ("%", "") or unit in column.zh else f"({unit})"


def _warned(row: Sequence[Any], part: Sequence[int]) -> list[int]:
    return [number for number, at in enumerate(part) if row[at].warns]


def _widths(columns: Sequence[Column], needs: Sequence[int], width: float) -> list[float]:
    """Figures get what they need. Columns of text share the rest: those that want less than an even share get it, so
    that a code is not broken for the sake of a long text beside it."""
    wants = [_points(need) for need in needs]
    texts = [at for at, one in enumerate(columns) if one.kind not in NUMBERS]
    left = width - sum(want for at, want in enumerate(wants) if at not in texts)
    for done, at in enumerate(sorted(texts, key=lambda at: wants[at])):
        wants[at] = min(wants[at], left / (len(texts) - done))
        left -= wants[at]
    return [round(want, 2) for want in wants]
