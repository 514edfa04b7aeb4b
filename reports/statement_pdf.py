"""A statement on paper: a typeset PDF with page numbers and the digest of its entries at each foot (STATEMENT-1)."""

import json
from datetime import UTC, datetime
from pathlib import Path

import typst

from basics.money import yuan
from reports.statement import COLUMNS, Cell, Column, Table, local

ROOT = Path(__file__).parent
TEMPLATE = ROOT / "templates" / "statement.typ"


def as_pdf(made: Table) -> bytes:
    """The same bytes for the same entries on the same machine: it is dated by the last of them."""
    paper = {
        "title": made.title,
        "facts": made.facts,
        "heads": [[column.zh, column.name] for column in COLUMNS],
        "rows": [[_text(column, cell) for column, cell in zip(COLUMNS, row, strict=True)] for row in made.rows],
        "digest": made.digest,
    }
    compiler = typst.Compiler(str(TEMPLATE), root=str(ROOT), font_paths=[str(ROOT / "fonts")])
    at = int(made.made_at.astimezone(UTC).timestamp()) if made.made_at else 0
    given = {"statement": json.dumps(paper, ensure_ascii=False)}
    file = compiler.compile(sys_inputs=given, format="pdf", timestamp=at)
    assert isinstance(file, bytes)
    return file


def _text(column: Column, cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return local(cell).strftime("%Y-%m-%d %H:%M:%S")
    return yuan(cell).removesuffix(" 元") if column.kind == "fen" and isinstance(cell, int) else str(cell)
