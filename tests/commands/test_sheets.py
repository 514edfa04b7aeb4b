"""Files with rows: CSV and XLSX read to the last cell, and hostile ones refused whole (B-111)."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from commands.sheets import Unusable, open_sheet
from commands.workbooks import LARGEST

MOST = 50_000
Save = Callable[[bytes, str], Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    def write(content: bytes, name: str = "orders.csv") -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


def table(path: Path, most: int = MOST) -> tuple[list[str], list[tuple[int, list[str]]]]:
    with open_sheet(path, most) as sheet:
        rows = list(sheet.lines())
        assert sheet.rows == len(rows) and rows == list(sheet.lines())
        return sheet.header, rows


def workbook(*rows: list[Any], formats: dict[str, str] | None = None) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    for cell, form in (formats or {}).items():
        sheet[cell].number_format = form
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def repacked(content: bytes, **changed: bytes | None) -> bytes:
    """The package with parts added or replaced; `__` stands for `/`."""
    out = io.BytesIO()
    parts = {name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"): v for name, v in changed.items()}
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, value in parts.items():
            if value is not None:
                new.writestr(name, value)
    return out.getvalue()


def refused(path: Path, most: int = MOST) -> str:
    with pytest.raises(Unusable) as told:
        table(path, most)
    return str(told.value)


TEXT = '物流号,备注\r\nIS1,𠮷 你好\r\n\r\nIS2,"两\n行"\r\nIS3,\r\n'
ROWS = [(2, ["IS1", "𠮷 你好"]), (4, ["IS2", "两\n行"]), (6, ["IS3", ""])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv(save: Save, encoding: str) -> None:
    """Each row has the line on which it begins."""
    assert table(save(TEXT.encode(encoding), "orders.csv")) == (["物流号", "备注"], ROWS)


def test_the_digest_is_that_of_the_content(save: Save) -> None:
    """Saved again by Excel the bytes change, and the orders must not be made again."""

    def digest(content: bytes, name: str) -> str:
        with open_sheet(save(content, name), MOST) as sheet:
            return sheet.sha256

    rows = ["物流号", "备注"], ["IS1", "x"]
    once, again = workbook(*rows), repacked(workbook(*rows), docProps__extra_xml=b"<a/>")
    assert once != again and digest(once, "a.xlsx") == digest(again, "b.xlsx")
    assert digest(once, "a.xlsx") != digest(workbook(rows[0], ["IS1", "y"]), "c.xlsx")


BAD_CSV: list[tuple[bytes, str]] = [
    (b"", "empty"),
    (b" , \r\n\r\n", "empty"),
    ("物流号\n".encode("utf-16"), "UTF-16"),
    ("物流号\n王小二\n王".encode()[:-1] + b"\xff\n", "line 3 is neither UTF-8 nor GBK"),
    ("物流号,备注\n".encode() + "王小二,你好\n".encode() * 3 + b"IS1,\xb0\xa1\n", "line 5"),  # UTF-8 with a slip in it
    (b'a,b\n1,"x"y\n', "from line 2"),
    (b'a,b\n1,2\n3,"never closed\n4,5\n', "from line 3"),
    (b"a\n" + b"x" * 10_000_000 + b"\n", "from line 2"),  # a cell of 10 MB
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "encrypted"),
]


@pytest.mark.parametrize(("content", "why"), BAD_CSV, ids=[f"{n}-{why}" for n, (_, why) in enumerate(BAD_CSV)])
def test_an_unusable_csv(save: Save, content: bytes, why: str) -> None:
    assert why in refused(save(content, "orders.csv"))


def test_a_csv_is_not_larger_than_50_mib(save: Save) -> None:
    line = b"IS1," + b"x" * 1019 + b"\n"
    assert "50 MiB" in refused(save(b"a,b\n" + line * (LARGEST // 1024 + 1), "orders.csv"), 10**6)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_b_111_too_many_rows(save: Save, kind: str) -> None:
    rows = [["IS1"]] * 4
    content = workbook(["物流号"], *rows) if kind == "xlsx" else "物流号\nIS1\nIS1\nIS1\nIS1\n".encode()
    path = save(content, f"orders.{kind}")
    assert "more than 3 rows" in refused(path, 3)
    assert len(table(path, 4)[1]) == 4


def test_cells_as_a_person_would_have_typed_them(save: Save) -> None:
    """Whole numbers keep their digits while Excel has them; a date without a time says no time."""
    at = datetime.fromisoformat  # cells know no offset
    cells = [
        13800138000, 1.38001380000e10, 5.5e13, 123456789012345678, 120.0238, 0.1 + 0.2, True, "007", None,
        at("2026-11-22T09:30"), at("2026-11-22T09:29:59.999600"), date(2026, 11, 22),
        at("2026-11-22"), time(9, 30), "#N/A",
    ]  # fmt: skip
    header = [f"c{place}" for place in range(len(cells))]
    path = save(workbook(header, cells, [], ["x"], formats={"L2": "yyyy/m/d", "M2": "yyyy-mm-dd hh:mm"}), "a.xlsx")
    assert table(path) == (
        header,
        [
            (2, ["13800138000", "13800138000", "55000000000000", "1.23457E+17", "120.0238", "0.3", "TRUE", "007", "",
                 "2026-11-22 09:30:00", "2026-11-22 09:30:00", "2026-11-22", "2026-11-22 00:00:00", "09:30:00",
                 "#N/A"]),
            (4, ["x", *[""] * 14]),
        ],
    )  # fmt: skip


def test_b_111_a_formula_is_named(save: Save) -> None:
    assert "B3" in refused(save(workbook(["a", "b"], [1, 2], [3, "=1+1"]), "a.xlsx"))


BOOK = workbook(["a"], ["x"])
CONTENT_TYPES = zipfile.ZipFile(io.BytesIO(BOOK)).read("[Content_Types].xml")
SHEET = zipfile.ZipFile(io.BytesIO(BOOK)).read("xl/worksheets/sheet1.xml")
DTD = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>'
HOSTILE: list[tuple[str, bytes, str]] = [
    ("no zip", b"PK\x03\x04 and nothing more", "no readable XLSX"),
    ("truncated", BOOK[: len(BOOK) // 2], "no readable XLSX"),
    ("no workbook", repacked(BOOK, xl__workbook_xml=None), "cannot be read"),
    ("ratio", repacked(BOOK, xl__media__a_bin=b"\0" * 2_000_000), "zip bomb"),
    ("size", repacked(BOOK, xl__media__a_bin=b"\0" * (LARGEST + 1)), "50 MiB"),
    ("macros", repacked(BOOK, xl__vbaProject_bin=b"x"), "macros"),
    ("external link", repacked(BOOK, xl__externalLinks__externalLink1_xml=b"<a/>"), "links to other files"),
    ("connections", repacked(BOOK, xl__connections_xml=b"<a/>"), "connections"),
    ("dtd", repacked(BOOK, xl__worksheets__sheet1_xml=DTD + SHEET), "DTD"),
    ("dtd in UTF-16", repacked(BOOK, xl__worksheets__sheet1_xml=(DTD + SHEET).decode().encode("utf-16")), "DTD"),
    ("rows far away", repacked(BOOK, xl__worksheets__sheet1_xml=SHEET.replace(b'r="2"', b'r="9999999999"')), "rows"),
    ("columns far away", repacked(BOOK, xl__worksheets__sheet1_xml=SHEET.replace(b'r="A2"', b'r="XFD2"')), "columns"),
]


@pytest.mark.parametrize(("content", "why"), [(c, w) for _, c, w in HOSTILE], ids=[name for name, _, _ in HOSTILE])
def test_b_111_a_hostile_workbook(save: Save, content: bytes, why: str) -> None:
    assert why in refused(save(content, "orders.xlsx"))


def test_b_111_macro_enabled_whatever_its_name(save: Save) -> None:
    types = CONTENT_TYPES.replace(
        b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    )
    assert types != CONTENT_TYPES
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(BOOK)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, types if name == "[Content_Types].xml" else old.read(name))
    assert "macros" in refused(save(out.getvalue(), "orders.xlsx"))


def test_an_encrypted_part(save: Save) -> None:
    """The directory says so; nothing is unpacked."""
    content = bytearray(BOOK)
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content[at + 8] |= 1
        at = content.find(b"PK\x01\x02", at + 4)
    assert "encrypted" in refused(save(bytes(content), "orders.xlsx"))


def test_a_text_called_xlsx(save: Save) -> None:
    assert "no readable XLSX" in refused(save(b"a,b\n1,2\n", "orders.xlsx"))
