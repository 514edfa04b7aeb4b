"""A report as CSV, as JSON (and back), and as text for a terminal."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from basics.days import iso
from reports.export import harmless
from reports.paper.document import (
    Cell,
    Chart,
    Column,
    Document,
    Hidden,
    Points,
    Section,
    Series,
    Share,
    Value,
)
from reports.paper.shown import NUMBERS, as_number, cell_words, decimal, difference, headlines, room

LONG = ("section", "row", "column", "kind", "value", "part", "of", "before_part", "before_of", "rows")
_PLACES = 6
_WIDEST = 40  # of a column in a terminal, in Latin letters
FORM = 1  # of the JSON; a reader of another refuses it


class NotADocument(ValueError):
    """Not the JSON of a report, or of another form of it."""


def as_csv(document: Document) -> str:
    """All sections below each other, a line a cell: section and column by their codes, the row counted from 1, the
    value as in `section_csv`; `part`, `of` the counts of a share (`before_…` those of the share that points compare
    with), `rows` the name of the rows behind it. First, as section `document` and row 0, what the report is."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(LONG)
    writer.writerows([harmless(cell) for cell in line] for line in _lines(document))
    return file.getvalue()


def _lines(document: Document) -> Iterator[tuple[object, ...]]:
    told = (("title", document.title_zh), ("title_en", document.title_en), ("kind", document.kind),
            ("period", document.period), ("scope", document.scope), ("number", document.name),
            ("edition", document.edition), ("made_at", iso(document.made_at)), *document.facts)  # fmt: skip
    for label, value in told:
        yield ("document", 0, label, "text", value, "", "", "", "", "")
    for section in document.sections:
        for number, row in enumerate(section.rows, 1):
            for column, cell in zip(section.columns, row, strict=True):
                counts = _counts(cell.value)
                yield (section.key, number, column.name, column.kind, _plain(column, cell.value), *counts, cell.opens)


def section_csv(document: Document, key: str) -> str:
    """One section as a plain table: yuan with two decimals, times as ISO 8601 at +08:00, a share as a fraction of six
    decimals with its two counts beside it, points in percentage points; KeyError when there is no such section."""
    section = next((one for one in document.sections if one.key == key), None)
    if section is None:
        raise KeyError(key)
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([harmless(head) for column in section.columns for head in _heads(column)])
    for row in section.rows:
        cells = zip(section.columns, row, strict=True)
        writer.writerow([harmless(value) for column, cell in cells for value in _with_counts(column, cell.value)])
    return file.getvalue()


def _heads(column: Column) -> tuple[str, ...]:
    name = column.name
    if column.kind == "points":
        return (name, f"{name}.part", f"{name}.of", f"{name}.before_part", f"{name}.before_of")
    return (name, f"{name}.part", f"{name}.of") if column.kind in ("share", "rate") else (name,)


def _with_counts(column: Column, value: Value | Hidden) -> tuple[object, ...]:
    return (_plain(column, value), *_counts(value))[: len(_heads(column))]


def _counts(value: Value | Hidden) -> tuple[object, ...]:
    if isinstance(value, Share):
        return (*value, "", "")
    return (*value.now, *value.before) if isinstance(value, Points) else ("", "", "", "")


def _plain(column: Column, value: Value | Hidden) -> object:
    if isinstance(value, Hidden):
        return f"<{value.least}"
    if isinstance(value, Share):
        return _fraction(as_number(value))
    if isinstance(value, Points):
        over = difference(value)
        return _fraction(over and (100 * over[0], over[1]))
    if isinstance(value, datetime):
        return iso(value)[:10] if column.kind == "day" else iso(value)
    if value is None:
        return ""
    return Decimal(value).scaleb(-2) if column.kind == "fen" and isinstance(value, int) else value


def _fraction(quotient: tuple[int, int] | None) -> object:
    return "" if quotient is None else Decimal(decimal(*quotient, _PLACES).replace(",", ""))


def as_json(document: Document) -> str:
    """Everything of it: `from_json` gives an equal one. A cell is {"value"}, with "opens" and "warns" where it has
    them; values other than text and whole numbers are {"at"}, {"part", "of"}, {"now", "before"}, {"hidden"}."""
    told = {name: getattr(document, name) for name in _TOLD}
    sections = [_section(one) for one in document.sections]
    made = {"form": FORM, **told, "made_at": document.made_at.isoformat(), "sections": sections}
    return json.dumps(made, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


_TOLD = (
    "kind", "title_zh", "title_en", "period", "scope", "number", "edition", "facts", "method", "line", "definitions",
)  # fmt: skip
_COLUMN = ("name", "zh", "en", "kind", "says", "width")
_SERIES = ("code", "zh", "en", "values")


def _section(section: Section) -> dict[str, Any]:
    chart = section.chart
    return {
        "key": section.key,
        "zh": section.zh,
        "en": section.en,
        "columns": [{name: getattr(column, name) for name in _COLUMN} for column in section.columns],
        "rows": [[_cell(cell) for cell in row] for row in section.rows],
        "sums": section.sums,
        "note": section.note,
        "chart": chart and {
            "shape": chart.shape,
            "unit": chart.unit,
            "labels": chart.labels,
            "series": [{name: getattr(one, name) for name in _SERIES} for one in chart.series],
        },
    }  # fmt: skip


def _cell(cell: Cell) -> dict[str, Any]:
    made: dict[str, Any] = {"value": _value(cell.value)}
    if cell.opens:
        made["opens"] = cell.opens
    if cell.warns:
        made["warns"] = True
    return made


def _value(value: Value | Hidden) -> Any:
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, Share):
        return {"part": value.part, "of": value.of}
    if isinstance(value, Points):
        return {"now": list(value.now), "before": list(value.before)}
    return {"hidden": value.least} if isinstance(value, Hidden) else value


def from_json(text: str) -> Document:
    """`as_json` back. NotADocument."""
    try:
        made = json.loads(text)
        if made["form"] != FORM:
            raise NotADocument(f"form {made['form']}")
        told = {name: made[name] for name in _TOLD}
        for name in ("facts", "definitions"):
            told[name] = tuple((label, value) for label, value in told[name])
        return Document(
            **told | {"method": tuple(told["method"])},
            made_at=datetime.fromisoformat(made["made_at"]),
            sections=tuple(_read_section(one) for one in made["sections"]),
        )
    except (KeyError, TypeError, IndexError, ValueError) as wrong:
        raise NotADocument(str(wrong)) from wrong


def _read_section(made: dict[str, Any]) -> Section:
    chart = made["chart"]
    return Section(
        made["key"],
        made["zh"],
        made["en"],
        tuple(Column(**one) for one in made["columns"]),
        tuple(tuple(_read_cell(cell) for cell in row) for row in made["rows"]),
        made["sums"],
        made["note"],
        chart and Chart(
            chart["shape"],
            chart["unit"],
            tuple(chart["labels"]),
            tuple(Series(**one | {"values": tuple(one["values"])}) for one in chart["series"]),
        ),
    )  # fmt: skip


def _read_cell(made: dict[str, Any]) -> Cell:
    return Cell(_read_value(made["value"]), made.get("opens", ""), made.get("warns", False))


def _read_value(made: Any) -> Value | Hidden:
    if not isinstance(made, dict):
        return cast(Value, made)
    if "at" in made:
        return datetime.fromisoformat(made["at"])
    if "hidden" in made:
        return Hidden(made["hidden"])
    return Share(made["part"], made["of"]) if "part" in made else Points(Share(*made["now"]), Share(*made["before"]))


def as_text(document: Document) -> str:
    """For a terminal: title and facts, then each section as a table of aligned columns."""
    lines = [f"{document.title_zh} / {document.title_en}"]
    lines += [f"{label}  {_one_line(value)}" for label, value in headlines(document)]
    for section in document.sections:
        lines += ["", f"{section.zh} / {section.en}", *_table(section)]
        lines += [section.note] if section.note else []
    return "\n".join(lines) + "\n"


def _table(section: Section) -> list[str]:
    heads = [_one_line(f"{column.zh} {column.en}".strip()) for column in section.columns]
    kinds = [column.kind for column in section.columns]
    rows = [
        [_cut(_one_line(cell_words(kind, cell))) for kind, cell in zip(kinds, row, strict=True)] for row in section.rows
    ]
    widths = [max(room(line[at]) for line in [heads, *rows]) for at in range(len(heads))]
    right = [kind in NUMBERS for kind in kinds]
    ruled = ["  ".join("-" * width for width in widths)]
    written = ["  ".join(map(_padded, line, widths, right)).rstrip() for line in [heads, *rows]]
    return [written[0], *ruled, *written[1:]]


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - room(text))
    return space + text if right else text + space


def _cut(text: str) -> str:
    if room(text) <= _WIDEST:
        return text
    while room(text) >= _WIDEST:
        text = text[: -max(1, (room(text) - _WIDEST) // 2)]
    return text + "…"


def _one_line(text: str) -> str:
    """Control signs would move the cursor or colour the terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
