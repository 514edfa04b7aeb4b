"""Tables from files: CSV (UTF-8 with or without a byte order mark, or GBK) and XLSX, checked whole before any row is
used, so that a file is either usable to its last row or nothing of it was done."""

import codecs
import csv
import hashlib
import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from commands.workbooks import LARGEST, MOST_COLUMNS, OLD_EXCEL, ZIP, Unusable, workbook_rows

__all__ = ["Sheet", "Unusable", "open_sheet"]

Line = tuple[int, list[str]]
GBK = "gb18030"  # holds GBK
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. `rows` counts the ones below the header that are not empty; `sha256` is that of all of it as text, so
    that a workbook saved again without a change is the same."""

    header: list[str]
    rows: int
    sha256: str
    _spool: IO[str]

    def lines(self) -> Iterator[Line]:
        """(line of the file, cells) of each row; can be asked again."""
        self._spool.seek(0)
        for text in self._spool:
            line, cells = json.loads(text)
            yield line, cells


@contextmanager
def open_sheet(path: Path, most_rows: int) -> Iterator[Sheet]:
    """The table in a file. Unusable, with the line where there is one; OSError.

    The rows wait in a nameless temporary file: memory does not grow with their number.
    """
    with path.open("rb") as file, tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as spool:
        first = file.read(8)
        file.seek(0)
        if first.startswith(OLD_EXCEL):
            raise Unusable("是加密的或旧版 Excel 文件,请另存为 .xlsx / encrypted, or an old .xls: save it as .xlsx")
        rows = workbook_rows(file) if first.startswith(ZIP) else _csv_rows(file, path)
        header: list[str] | None = None
        count, digest = 0, hashlib.sha256()
        for line, cells in rows:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _without_empty_end(cells)
                if len(header) > MOST_COLUMNS:
                    raise Unusable(f"超过 {MOST_COLUMNS} 列 / more than {MOST_COLUMNS} columns")
                digest.update(json.dumps(header).encode())
                continue
            count += 1
            if count > most_rows:
                raise Unusable(f"超过 {most_rows} 行 / more than {most_rows} rows")
            if first.startswith(ZIP):  # a workbook keeps no empty cells at the end of a row
                cells = cells + [""] * (len(header) - len(cells))
            text = json.dumps([line, cells]) + "\n"  # ASCII: a lone surrogate passes, and is refused by its row
            digest.update(text.encode())
            spool.write(text)
        if header is None:
            raise Unusable("文件是空的 / the file is empty")
        yield Sheet(header, count, digest.hexdigest(), spool)


def _without_empty_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def _csv_rows(file: IO[bytes], path: Path) -> Iterator[Line]:
    data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Unusable("文件超过 50 MiB / larger than 50 MiB")
    if path.suffix.lower() in (".xlsx", ".xlsm", ".xls"):
        raise Unusable("不是有效的 XLSX 文件 / no readable XLSX package")
    text = io.TextIOWrapper(io.BytesIO(data), encoding=_encoding(data), newline="")
    reader = csv.reader(text, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise Unusable(f"第 {line} 行起读不了(引号?)/ from line {line} on it cannot be read: {error}") from None


def _encoding(data: bytes) -> str:
    """UTF-8 when all of it is; else GBK when all of it is, unless most of it is UTF-8 with a slip in it."""
    if data.startswith(_UTF16):
        raise Unusable("是 UTF-16 文件,请另存为 CSV UTF-8 / UTF-16: save it as CSV UTF-8")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        read = data.decode("utf-8", errors="replace")
        bad = read.count("\ufffd")
        good = sum(not character.isascii() for character in read) - bad
        try:
            data.decode(GBK)
        except UnicodeDecodeError:
            good = bad + 1
        if good > bad:
            raise Unusable(f"第 {line} 行不是 UTF-8 也不是 GBK / line {line} is neither UTF-8 nor GBK") from None
        return GBK
    return "utf-8-sig"
