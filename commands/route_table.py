"""`lanshou route FILE -o OUT`: a table row by row, in memory of a fixed size, with what became of each row."""

import codecs
import csv
import os
import re
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import IO, Any, BinaryIO

from basics.refusal import Refusal
from basics.words import DATA_CENTRE
from channels.json_gate import Unreadable
from channels.order_rows import read_heading
from commands.route_rows import KEYS, Ground, content_of
from commands.sheets import Unusable
from commands.workbooks import MOST_COLUMNS, OLD_EXCEL, ZIP
from dispatch.routing import Place, Route
from reports.export import harmless

ADDED = ("station", "cause", "candidates", "district", "ignored", "metres_to_border", "error")
BATCH = 10_000
_CHUNK = 1024 * 1024
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)
_ESCAPED = re.compile("[\udc80-\udcff]")  # how surrogateescape marks a byte
_WIDTH = Refusal("columns_wrong", "列数与表头不符 / not as many cells as the header has")


@dataclass(slots=True)
class Counts:
    """Rows by what became of them."""

    stations: int = 0
    data_centre: int = 0
    errors: int = 0


def target_of(out: Path, source: Path) -> Path:
    """Where the results go, links followed: a plain file or none yet. Unusable; OSError."""
    try:
        target = out.resolve()
        mode = target.stat().st_mode
    except FileNotFoundError:
        return target
    except RuntimeError:  # so says `resolve` of links in a circle
        raise Unusable("-o 的符号链接成环 / -o is a link that leads in a circle") from None
    if not stat.S_ISREG(mode):
        raise Unusable("-o 已存在且不是普通文件,未写入 / -o is there and no plain file: nothing was written")
    if target.samefile(source):
        raise Unusable("-o 不能是读入的文件 / -o must not be the file itself")
    return target


def route_table(source: Path, target: Path, ground: Ground, datum: str | None) -> Counts:
    """Write `target` whole or not at all. Unusable with line and cause; OSError."""
    with source.open("rb") as file, _whole(target) as out:
        text = _text(file)
        reader = csv.reader(text, strict=True)
        rows = _lines(reader)
        _, header = next(rows, (1, []))
        keys = _keys(header)
        writer = csv.writer(out)
        writer.writerow([_safe(cell) for cell in header] + _names(header))
        counts = Counts()
        while batch := [cells for _, cells in islice(rows, BATCH)]:
            _batch(batch, keys, ground, datum, writer, counts)
        return counts


def _batch(
    rows: Sequence[list[str]],
    keys: Sequence[str | None],
    ground: Ground,
    datum: str | None,
    out: Any,
    counts: Counts,
) -> None:
    said = [_content(cells, keys, datum) for cells in rows]
    contents = [one for one in said if isinstance(one, dict)]
    places = ground.places(contents)
    answers = iter(zip(places, ground.routes(places), strict=True))
    for cells, one in zip(rows, said, strict=True):
        kept = [_safe(cell) for cell in cells[: len(keys)]] + [""] * (len(keys) - len(cells))
        if isinstance(one, Refusal):
            counts.errors += 1
            where = f"{one.field}: " if one.field else ""
            out.writerow([*kept, *[""] * (len(ADDED) - 1), f"{where}{one.message}"])
            continue
        place, route = next(answers)
        if route.station == DATA_CENTRE:
            counts.data_centre += 1
        else:
            counts.stations += 1
        out.writerow([*kept, *(_safe(cell) for cell in _answer(place, route, ground)), ""])


def _content(cells: list[str], keys: Sequence[str | None], datum: str | None) -> dict[str, Any] | Refusal:
    if len(cells) != len(keys):
        return _WIDTH
    try:
        return content_of({key: cell for key, cell in zip(keys, cells, strict=True) if key}, datum)
    except Unreadable as error:
        return error.refusal


def _answer(place: Place, route: Route, ground: Ground) -> list[str]:
    metres = ""
    if route.cause == "area" and place.lng is not None and place.lat is not None:
        found = ground.network.areas.found(place.lng, place.lat, ground.at)
        _, border = min((one.size, one.metres) for one in found if one.station == route.station)
        metres = f"{border:.1f}"
    district = place.adcode or " ".join(place.candidates)
    return [route.station, route.cause, " ".join(route.candidates), district, place.ignored, metres]


def _safe(cell: str) -> object:
    """Numbers keep their sign; any other text that a spreadsheet would run is disarmed."""
    return cell if _NUMBER.fullmatch(cell) else harmless(cell)


def _keys(header: Sequence[str]) -> list[str | None]:
    """Which of ours stands in each column. Unusable."""
    if len(header) > MOST_COLUMNS:
        raise Unusable(f"第 1 行:超过 {MOST_COLUMNS} 列 / line 1: more than {MOST_COLUMNS} columns")
    keys = [key if key in KEYS else None for key in read_heading(header).keys]
    found = [key for key in keys if key]
    if repeated := sorted({key for key in found if found.count(key) > 1}):
        raise Unusable(f"第 1 行:列重复 / line 1: a column stands twice: {', '.join(repeated)}")
    if not ({"adcode", "address"} & set(found) or {"lng", "lat"} <= set(found)):
        raise Unusable(
            f"第 1 行:表头须有 lng 与 lat、adcode 或 address / line 1: the header needs some of {', '.join(KEYS)}"
        )
    return keys


def _names(header: Sequence[str]) -> list[str]:
    """Names of the added columns, none of which is there already."""
    taken = {cell.strip().casefold() for cell in header}
    names = []
    for name in ADDED:
        while name in taken:
            name = f"route_{name}"
        names.append(name)
    return names


def _lines(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of the rows that are not empty. Unusable."""
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        if "field limit" not in str(error):
            raise Unusable(f"第 {line} 行起读不了(引号?)/ from line {line} on it cannot be read: {error}") from None
        # Over many lines it is the rest of the file behind a quote that nobody closed.
        zh, en = (",或引号未闭合", ", or a quote that never ends") if reader.line_num > line else ("", "")
        most = csv.field_size_limit()
        said = f"第 {line} 行:单元格过长(超过 {most} 个字符){zh}"
        raise Unusable(f"{said} / line {line}: a cell of more than {most} characters{en}") from None


def _text(file: BinaryIO) -> IO[str]:
    """The file as text: UTF-8, or GB18030 when all of it is and little of it looks like UTF-8. Unusable."""
    first = file.read(8)
    if first.startswith((ZIP, OLD_EXCEL)):
        raise Unusable("是 Excel 工作簿,请另存为 CSV UTF-8 / an Excel workbook: save it as CSV UTF-8")
    if first.startswith(_UTF16):
        raise Unusable("是 UTF-16 文件,请另存为 CSV UTF-8 / UTF-16: save it as CSV UTF-8")
    encoding = "utf-8-sig"
    if not _is(file, "utf-8"):
        line, mostly = _slip(file)
        if mostly or not _is(file, "gb18030"):
            raise Unusable(f"第 {line} 行不是 UTF-8 也不是 GBK / line {line} is neither UTF-8 nor GBK")
        encoding = "gb18030"
    file.seek(0)
    return TextIOWrapper(file, encoding, newline="")


def _is(file: BinaryIO, encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _slip(file: BinaryIO) -> tuple[int, bool]:
    """Of what is no UTF-8: the line of the first slip, and whether most of it is UTF-8 all the same.

    Each byte that is none becomes a lone surrogate, so that a U+FFFD which the file does hold counts as good.
    """
    file.seek(0)
    line, good, bad = 1, 0, 0
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    while chunk := file.read(_CHUNK):
        text = decoder.decode(chunk)
        whole = text.encode("utf-8", "ignore").decode("utf-8")
        wrong = len(text) - len(whole)
        if not bad:
            first = _ESCAPED.search(text)
            line += text.count("\n", 0, first.start() if first else len(text))
        bad += wrong
        good += len(whole) - len(whole.encode("ascii", "ignore"))
    return line, good > bad + len(decoder.decode(b"", final=True))


@contextmanager
def _whole(target: Path) -> Iterator[IO[str]]:
    """A file of the owner's alone that takes its name when all of it is written. OSError."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # with mode 0600
    try:
        # Excel reads UTF-8 only behind a byte order mark.
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            yield file
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
