"""The network folder: four files in, one checked Network out. Works on text; who calls reads the files.

A file is refused whole, with line and cause. Item i of a CSV file stands on line i + 2, because empty lines
and line breaks inside a field are refused.
"""

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import cast

from basics.days import parse_instant
from basics.text import TextError, clean
from basics.words import DATA_CENTRE, OWN_ACCOUNTS
from geo.areas import Area
from geo.errors import NetworkError, decoded
from geo.geojson import AREAS_FILE, parse_areas
from geo.network import Network
from geo.stations import (
    ADDRESS_LIMIT,
    CODE_LIMIT,
    CONTACT_LIMIT,
    DUTIES,
    NAME_LIMIT,
    PHONE_LIMIT,
    PROVINCE_LIMIT,
    Closure,
    Duty,
    Station,
)

__all__ = [
    "AREAS_FILE", "CLOSURES_FILE", "DISTRICTS_FILE", "STATIONS_FILE", "NetworkError", "build", "check_areas",
    "check_closures", "check_districts", "check_stations", "parse_areas", "parse_closures", "parse_districts",
    "parse_stations",
]  # fmt: skip

STATIONS_FILE = "stations.csv"
DISTRICTS_FILE = "districts.csv"
CLOSURES_FILE = "closures.csv"
FIELD_LIMIT = 1_000

STATIONS_HEADER = ("code", "name", "level", "parent", "province", "duty", "accepts")
STATIONS_MORE = {"contact": CONTACT_LIMIT, "phone": PHONE_LIMIT, "address": ADDRESS_LIMIT}  # all of them or none

_CODE = re.compile(rf"[\w.-]{{1,{CODE_LIMIT}}}")


def parse_stations(data: str | bytes) -> list[Station]:
    """`code,name,level,parent,province,duty,accepts`, and maybe `,contact,phone,address`; one station a line.
    NetworkError."""
    result = []
    for line, row in _rows(data, STATIONS_FILE, STATIONS_HEADER, tuple(STATIONS_MORE)):
        code, name, level, parent, province, duty, accepts, *more = row
        _check_code(STATIONS_FILE, line, "code", code)
        if parent:
            _check_code(STATIONS_FILE, line, "parent", parent)
        _check_word(line, "level", level, ("1", "2"))
        _check_word(line, "duty", duty, DUTIES)
        _check_word(line, "accepts", accepts, ("0", "1"))
        for field, value, limit in (("name", name, NAME_LIMIT), ("province", province, PROVINCE_LIMIT)):
            if not value.strip() or len(value) > limit:
                raise NetworkError(STATIONS_FILE, line, f"{field} 为空或过长 ({field} is empty or too long)")
        for (field, limit), value in zip(STATIONS_MORE.items(), more, strict=False):
            if len(value) > limit:
                raise NetworkError(STATIONS_FILE, line, f"{field} 过长 ({field} is too long)")
        level_no, above, accepting = int(level), parent or None, accepts == "1"
        result.append(Station(code, name, level_no, above, province, cast(Duty, duty), accepting, *more))
    return result


def parse_districts(data: str | bytes) -> list[tuple[str, str]]:
    """`adcode,station`: (adcode, station code), one pair a line. NetworkError."""
    result = []
    for line, row in _rows(data, DISTRICTS_FILE, ("adcode", "station")):
        adcode, station = row
        _check_code(DISTRICTS_FILE, line, "adcode", adcode)
        _check_code(DISTRICTS_FILE, line, "station", station)
        result.append((adcode, station))
    return result


def parse_closures(data: str | bytes) -> list[Closure]:
    """`station,from,until`, instants in ISO 8601 with an offset. NetworkError."""
    result = []
    for line, (station, start, end) in _rows(data, CLOSURES_FILE, ("station", "from", "until")):
        _check_code(CLOSURES_FILE, line, "station", station)
        try:
            closure = Closure(station, parse_instant(start), parse_instant(end))
        except (ValueError, OverflowError):
            cause = "时间无效或缺少时区 (no ISO 8601 time with an offset)"
            raise NetworkError(CLOSURES_FILE, line, cause) from None
        if closure.end <= closure.start:
            raise NetworkError(CLOSURES_FILE, line, "until 不晚于 from (until is not later than from)")
        result.append(closure)
    return result


def build(
    stations: Sequence[Station],
    areas: Sequence[Area],
    districts: Sequence[tuple[str, str]],
    closures: Sequence[Closure] = (),
) -> Network:
    """A network of what the parsers gave, after the checks between the files. NetworkError."""
    check_stations(stations)
    codes = {station.code for station in stations}
    check_areas(areas, codes)
    check_districts(districts, codes)
    check_closures(closures, codes)
    return Network(stations, areas, districts, closures)


def check_stations(stations: Sequence[Station], present: Mapping[str, Station] | None = None) -> None:
    """Codes, levels and parents agree; `present` are stations already there (new rows replace them)."""
    every, own = dict(present or {}), set[str]()
    for line, station in enumerate(stations, start=2):
        if station.code == DATA_CENTRE:
            raise NetworkError(STATIONS_FILE, line, f"编号保留给数据中心 (reserved code): {DATA_CENTRE}")
        if station.code in OWN_ACCOUNTS:
            raise NetworkError(STATIONS_FILE, line, f"编号保留给账本账户 (reserved code, an account): {station.code}")
        if station.code in own:
            raise NetworkError(STATIONS_FILE, line, f"网点编号重复 (duplicate station): {station.code}")
        own.add(station.code)
        every[station.code] = station
    parents = {station.parent for station in every.values()}
    for line, station in enumerate(stations, start=2):
        if cause := _misplaced(station, every, parents):
            raise NetworkError(STATIONS_FILE, line, cause)


def _misplaced(station: Station, every: Mapping[str, Station], parents: Collection[str | None]) -> str | None:
    """What is wrong with the level and the parent of a station, if anything."""
    code, parent = station.code, station.parent
    if station.level == 1:
        return None if parent is None else "一级网点不能有上级 (a level-1 station has no parent)"
    if parent is None:
        return "承包区缺少上级网点 (a level-2 station needs a parent)"
    if parent not in every:
        return f"上级网点不存在 (unknown parent): {parent}"
    if every[parent].level != 1:
        return f"上级不是一级网点 (the parent is not level 1): {parent}"
    if code in parents:
        return f"承包区不能有下级 (a level-2 station cannot be a parent): {code}"
    return None


def check_areas(areas: Sequence[Area], codes: Collection[str]) -> None:
    """Each area's station is one of `codes`."""
    _check_known(AREAS_FILE, 1, [area.station for area in areas], codes)


def check_districts(districts: Sequence[tuple[str, str]], codes: Collection[str]) -> None:
    """Each district's station is one of `codes`, and no pair stands twice."""
    _check_known(DISTRICTS_FILE, 2, [station for _, station in districts], codes)
    seen: set[tuple[str, str]] = set()
    for line, pair in enumerate(districts, start=2):
        if pair in seen:
            raise NetworkError(DISTRICTS_FILE, line, f"区县与网点重复 (duplicate pair): {','.join(pair)}")
        seen.add(pair)


def check_closures(closures: Sequence[Closure], codes: Collection[str]) -> None:
    """Each closure's station is one of `codes`."""
    _check_known(CLOSURES_FILE, 2, [closure.station for closure in closures], codes)


def _check_known(file: str, first: int, stations: Iterable[str], codes: Collection[str]) -> None:
    for line, station in enumerate(stations, start=first):
        if station not in codes:
            raise NetworkError(file, line, f"网点不存在 (unknown station): {station!r}", "station_unknown")


def _check_code(file: str, line: int, field: str, code: str) -> None:
    if not _CODE.fullmatch(code):
        what = f"{field} 无效,应为 1 至 {CODE_LIMIT} 个字符 (not a code of 1 to {CODE_LIMIT} characters)"
        raise NetworkError(file, line, f"{what}: {code[:40]!r}")


def _check_word(line: int, field: str, word: str, known: Sequence[str]) -> None:
    if word not in known:
        what = f"{field} 只能是 {' 或 '.join(known)} (unknown {field})"
        raise NetworkError(STATIONS_FILE, line, f"{what}: {word[:40]!r}")


def _rows(
    data: str | bytes, file: str, header: tuple[str, ...], more: tuple[str, ...] = ()
) -> list[tuple[int, list[str]]]:
    """Line number and fields of each line after the header, with as many fields as the header has: `header`, or that
    and `more`."""
    reader = csv.reader(io.StringIO(decoded(data, file), newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for line, row in enumerate(reader, start=1):
            if line == 1 and tuple(row) == (*header, *more):
                header = (*header, *more)
            if cause := _broken(line, row, reader.line_num, header):
                raise NetworkError(file, line, cause)
            rows.append((line, row))
    except csv.Error as error:
        raise NetworkError(file, reader.line_num, f"不是 CSV (not CSV: {error})") from None
    if not rows:
        raise NetworkError(file, 1, f"文件为空,表头应为 (empty, the header must be): {','.join(header)}")
    return rows[1:]


def _broken(line: int, row: Sequence[str], lines_read: int, header: tuple[str, ...]) -> str | None:
    if lines_read != line:
        return "字段内有换行 (a line break inside a field)"
    if line == 1 and tuple(row) != header:
        return f"表头应为 (the header must be): {','.join(header)}"
    if len(row) != len(header):
        return f"应有 {len(header)} 列,实有 {len(row)} 列 (wrong number of fields)"
    try:
        for field in row:
            clean(field, FIELD_LIMIT)
    except TextError:
        return "字段过长或含控制字符 (a field is too long or has control characters)"
    return None
