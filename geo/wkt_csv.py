"""Service areas from CSV with well-known text: `station,wkt` and maybe `datum`, one area a line."""

import json
import re
from typing import Any, NoReturn

from geo.area_limits import check_features
from geo.area_shapes import area_of, check_vertices, from_coordinates, shown
from geo.areas import Area
from geo.errors import BadArea, NetworkError, decoded

LONGEST = 1_000  # characters of a position, spaces included
MOST_FIELDS = 8  # more is refused with their number
# A field: quoted with doubled quotes in it, or plain. By hand, because a shape is longer than csv.reader takes.
_FIELD = re.compile(r'(?:"([^"]*(?:""[^"]*)*)"|([^",]*))(,|$)')
_WKT = re.compile(r"\s*(POLYGON|MULTIPOLYGON)\s*(\(.*\))\s*", re.IGNORECASE | re.DOTALL)
_POSITION = re.compile(r"[^()\[\],\s][^()\[\],]*")
_SPACE = re.compile(r"(\d)[ \t]+(?=[-\d])")
_NUMBER = re.compile(r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,3})?", re.ASCII)
_KIND = re.compile(r"\s*([A-Za-z]{1,20})")


def parse_wkt_csv(data: bytes, file: str, field: str = "station", datum: str = "GCJ-02") -> list[Area]:
    """The areas, in order. `field` is the column of the station's code, `datum` holds where none is said.

    NetworkError with the line, from 1.
    """
    lines = decoded(data, file).splitlines()
    header = [name.strip().lower() for name in _fields(lines[0], file, 1)] if lines else []
    if sorted(header) not in (sorted((field.lower(), "wkt")), sorted((field.lower(), "wkt", "datum"))):
        cause = f"表头应为 (the header must be): {field},wkt 或 {field},wkt,datum"
        raise NetworkError(file, 1, cause, "unusable_file")
    check_features(len(lines) - 1, file)
    areas = []
    for number, line in enumerate(lines[1:], start=2):
        values = _fields(line, file, number)
        if len(values) != len(header):
            cause = f"应有 {len(header)} 列,实有 {len(values)} 列 (wrong number of fields; is the shape in quotes?)"
            raise NetworkError(file, number, cause, "unusable_file")
        row = dict(zip(header, values, strict=True))
        try:
            areas.append(_area(row[field.lower()].strip(), row["wkt"], row.get("datum", "").strip() or datum))
        except BadArea as bad:
            raise bad.within(file, number) from None
    return areas


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _fields(line: str, file: str, number: int) -> list[str]:
    values: list[str] = []
    at, end = 0, ","
    while end and len(values) <= MOST_FIELDS:
        found = _FIELD.match(line, at)
        if found is None:
            raise NetworkError(file, number, "不是 CSV (not CSV: broken quotes)", "unusable_file")
        quoted, plain, end = found.groups()
        values.append(plain if quoted is None else quoted.replace('""', '"'))
        at = found.end()
    return values


def _area(station: str, wkt: str, datum: str) -> Area:
    found = _WKT.fullmatch(wkt)
    if found is None:
        kind = _KIND.match(wkt)
        what = shown(kind[1].upper() if kind else wkt)
        raise BadArea("unsupported_geometry", f"只接受 POLYGON 或 MULTIPOLYGON (only POLYGON and MULTIPOLYGON): {what}")
    kind_of = "Polygon" if found[1].upper() == "POLYGON" else "MultiPolygon"
    return area_of(station, from_coordinates(kind_of, _coordinates(found[2])), datum)


def _coordinates(text: str) -> Any:
    """The lists that GeoJSON would have for the brackets and positions of a text. BadArea."""
    if "[" in text or "]" in text:
        raise BadArea("unsupported_geometry", "只接受圆括号 (round brackets only)")
    positions = _POSITION.findall(text)
    check_vertices(len(positions))
    if max(map(len, positions), default=0) > LONGEST:  # millions of numbers in one
        raise BadArea("bad_position", "点不是 经度 纬度 (a position is not: lng lat)")
    lists = text.replace("(", "[").replace(")", "]")
    try:  # nearly all numbers are spelt as JSON spells them, which is three times faster
        return json.loads(_SPACE.sub(r"\1,", _POSITION.sub(r"[\g<0>]", lists)), parse_constant=_no_number)
    except (ValueError, RecursionError):
        lists = _POSITION.sub(_position, lists)
    try:
        return json.loads(lists)
    except (ValueError, RecursionError):
        raise BadArea("unsupported_geometry", "括号不成对 (the brackets do not match)") from None


def _position(found: re.Match[str]) -> str:
    numbers = found[0].split()
    # Stricter than float(), which takes nan, 1_000 and the digits of every script.
    if not all(map(_NUMBER.fullmatch, numbers)):
        raise BadArea("bad_number", f"坐标不是数字 (a coordinate is no number): {shown(found[0].strip())}")
    return json.dumps([float(number) for number in numbers])
