"""Rows of an XLSX workbook, after a look at the package itself: a reader of spreadsheets must not meet a bomb (B-111).

Refused: what is no zip, encrypted or macro-enabled, links to elsewhere, unpacks to more than 50 MiB or more than a
hundredfold, holds a DTD, or computes a cell.
"""

import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import PurePosixPath
from typing import IO, Any

from openpyxl import load_workbook
from openpyxl.styles.numbers import is_datetime

LARGEST = 50 * 1024 * 1024  # bytes, unpacked
MOST_RATIO, SMALL = 100, 1024 * 1024  # a small part may well shrink to nothing
MOST_PARTS, MOST_COLUMNS, LAST_ROW = 2_000, 200, 1_048_576
EXACT = 10**15  # Excel keeps 15 digits
OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # an OLE file: .xls, or an encrypted .xlsx
ZIP = b"PK\x03\x04"
_CHUNK = 1024 * 1024
_FORBIDDEN = {
    "vbaproject.bin": "含有宏(另存为 .xlsx)/ it holds macros: save it as plain .xlsx",
    "macrosheets": "含有宏表 / it holds macro sheets",
    "externallinks": "含有指向其他文件的链接 / it links to other files",
    "connections.xml": "含有外部数据连接 / it holds connections to other data",
}
_MACRO_TYPE = b"macroenabled"
_DTD = tuple(
    word.encode(coding) for word in ("<!DOCTYPE", "<!ENTITY") for coding in ("utf-8", "utf-16-le", "utf-16-be")
)


class Unusable(Exception):
    """A file that cannot be taken at all; the message says why, zh-CN with English beside."""


def check_package(file: IO[bytes]) -> None:
    """Look at the zip directory and through the parts, unpacking nothing to memory. Unusable."""
    try:
        with zipfile.ZipFile(file) as package:
            parts = package.infolist()
            _check_directory(parts)
            for part in parts:
                _check_part(package, part)
    except Unusable:
        raise
    except Exception as error:  # a broken package makes the reader fail in many ways
        raise Unusable("不是有效的 XLSX 文件 / no readable XLSX package") from error


def _check_directory(parts: list[zipfile.ZipInfo]) -> None:
    whole, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if len(parts) > MOST_PARTS or whole > LARGEST:
        raise Unusable("解压后超过 50 MiB / more than 50 MiB unpacked")
    swollen = any(part.file_size > SMALL and part.file_size > MOST_RATIO * part.compress_size for part in parts)
    if swollen or (whole > SMALL and whole > MOST_RATIO * packed):
        raise Unusable("压缩比超过 100,可能是压缩炸弹 / it unpacks more than a hundredfold: a zip bomb")
    for part in parts:
        if part.flag_bits & 1:
            raise Unusable("文件已加密 / the file is encrypted")
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unusable("不是有效的 XLSX 文件 / no readable XLSX package")
        for name in PurePosixPath(part.filename.replace("\\", "/").lower()).parts:
            if name in _FORBIDDEN:
                raise Unusable(_FORBIDDEN[name])


def _check_part(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """No DTD in any XML, and no macro-enabled type whatever the file is called."""
    name = part.filename.lower()
    if not name.endswith((".xml", ".rels")):
        return
    with package.open(part) as content:
        before = b""
        while chunk := content.read(_CHUNK):
            seen = before + chunk
            if any(word in seen for word in _DTD):
                raise Unusable("XML 中含有 DTD / a DTD in the workbook")
            if name == "[content_types].xml" and _MACRO_TYPE in seen.lower():
                raise Unusable(_FORBIDDEN["vbaproject.bin"])
            before = seen[-40:]


def workbook_rows(file: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    """(row, cells as text) of the first sheet, its empty rows too. Unusable."""
    check_package(file)
    file.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that do not matter here
        try:
            book = load_workbook(file, read_only=True, keep_links=False)
            sheets = book.worksheets
            if not sheets:
                raise Unusable("没有工作表 / there is no sheet in it")
            sheets[0].reset_dimensions()  # what a file says of its own size need not be true
            for row, cells in enumerate(sheets[0].iter_rows(), start=1):
                if row > LAST_ROW or len(cells) > MOST_COLUMNS:
                    raise Unusable(f"超过 {MOST_COLUMNS} 列或 {LAST_ROW} 行 / more columns or rows than that")
                yield row, [_text(cell) for cell in cells]
        except Unusable:
            raise
        except Exception as error:  # the reader of workbooks fails in many ways, all of them the file's fault
            raise Unusable(f"读不了 / cannot be read: {type(error).__name__}") from error


def _text(cell: Any) -> str:
    """The cell as a person would have typed it. Unusable for a formula."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        raise Unusable(f"单元格 {cell.coordinate} 是公式,请改为数值 / cell {cell.coordinate} is a formula")
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return _time(value, cell.number_format)
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, date | time | timedelta):
        return str(value)
    raise Unusable(f"单元格 {cell.coordinate} 读不了 / cell {cell.coordinate} cannot be read: {type(value).__name__}")


def _time(value: datetime, number_format: str) -> str:
    """To the second: Excel counts in fractions of a day. A cell that shows the day only says no time."""
    at = value.replace(microsecond=0) + timedelta(seconds=round(value.microsecond / 1_000_000))
    if at.time() == time(0) and is_datetime(number_format) == "date":
        return at.strftime("%Y-%m-%d")
    return at.strftime("%Y-%m-%d %H:%M:%S")


def _number(value: int | float) -> str:
    """All digits while Excel has them all; else its own shortened form, which nobody can mistake for a number."""
    if abs(value) >= EXACT:
        return f"{float(value):.5E}"
    if value == int(value):
        return str(int(value))
    return format(Decimal(f"{value:.15g}"), "f")
