"""A statement on paper: a typeset PDF with page numbers and the digest of its entries at each foot (STATEMENT-1)."""

from datetime import UTC, datetime

from basics.money import yuan
from reports.paper.pdf import compiled
from reports.paper.shown import shown
from reports.statement import COLUMNS, Cell, Column, Table


def as_pdf(made: Table) -> bytes:
    """The same bytes for the same entries on the same machine: it is dated by the last of them."""
    paper = {
        "title": made.title,
        "facts": made.facts,
        "heads": [[column.zh, column.name] for column in COLUMNS],
        "rows": [[_text(column, cell) for column, cell in zip(COLUMNS, row, strict=True)] for row in made.rows],
        "digest": made.digest,
    }
    at = int(made.made_at.astimezone(UTC).timestamp()) if made.made_at else 0
    return compiled("statement.typ", "statement", paper, at)


def _text(column: Column, cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return shown("time", cell)
    return yuan(cell).removesuffix(" 元") if column.kind == "fen" and isinstance(cell, int) else str(cell)
