"""Frames as files. Text that a spreadsheet would run as a formula is disarmed (RELIABILITY 11.1)."""

import csv
import io

import polars as pl

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(table: pl.DataFrame) -> str:
    """Header and rows with `\\n` line ends, without a byte order mark."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([harmless(cell) for cell in row] for row in table.iter_rows())
    return file.getvalue()


def harmless(cell: object) -> object:
    """Numbers as they are; text that begins like a formula with an apostrophe before it. A carriage return becomes a
    line feed: the writer leaves a bare one unquoted, and what follows it would begin a line, perhaps as a formula."""
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if cell.startswith(FORMULA) else text
