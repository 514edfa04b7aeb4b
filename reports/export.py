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
    """Numbers as they are; text that begins like a formula with an apostrophe before it."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
