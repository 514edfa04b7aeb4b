"""Service areas from a file, by its name: GeoJSON, CSV with well-known text, a zipped shapefile."""

import zlib
from collections.abc import Callable
from functools import partial

from geo.area_limits import MAX_FEATURES
from geo.areas import Area
from geo.datum import DATUMS
from geo.errors import NetworkError
from geo.geojson import parse_areas
from geo.shapefiles import parse_shapefile
from geo.wkt_csv import parse_wkt_csv

LARGEST = 10 * 1024 * 1024  # bytes, packed or not (B-83); what a shapefile unpacks to has a limit of its own
MEMBERS = 10_000  # of a .gz: each costs some time, even an empty one
STEP = 2**16  # bytes unpacked at a time: what is left of them behind a member is copied
_TEXTS: dict[str, Callable[[bytes, str, str, str], list[Area]]] = {
    **dict.fromkeys((".geojson", ".json"), partial(parse_areas, most=MAX_FEATURES)), ".csv": parse_wkt_csv,
}  # fmt: skip


def read_areas(name: str, data: bytes, station_field: str | None = None, datum: str | None = None) -> list[Area]:
    """The areas in a file called `name`, in order, in GCJ-02.

    `station_field` is the property or column with the station's code ("station"), `datum` holds where a feature says
    none (GCJ-02). NetworkError with file, number and code.
    """
    field, plain = station_field or "station", name.lower()
    if datum is not None and datum not in DATUMS:
        raise NetworkError(name, None, f"未知坐标系 (unknown datum): {datum[:20]!r}", "datum_unknown")
    if plain.endswith(".zip"):
        _check_size(len(data), name)
        return parse_shapefile(data, name, field, datum or "")
    if plain.endswith(".gz"):
        data, plain = unzipped(data, name, LARGEST), plain.removesuffix(".gz")
    _check_size(len(data), name)
    for ending, parse in _TEXTS.items():
        if plain.endswith(ending):
            return parse(data, name, field, datum or "GCJ-02")
    cause = "只接受 .geojson .json .csv(各可加 .gz)和 .zip (these kinds of files only; a shapefile as .zip)"
    raise NetworkError(name, None, cause, "unusable_file")


def unzipped(data: bytes, name: str, largest: int) -> bytes:
    """What a .gz holds, its members one after the other, never unpacking more than `largest` bytes. NetworkError."""
    parts: list[bytes] = []
    at, room, members = 0, largest + 1, 0
    while at < len(data) or not members:
        members += 1
        _check_size(0 if members <= MEMBERS else largest + 1, name, largest)
        unpacker = zlib.decompressobj(wbits=31)
        while not unpacker.eof:
            packed = data[at : at + STEP]
            if not packed:
                raise NetworkError(name, None, "压缩文件不完整 (the .gz is cut off)", "unusable_file")
            try:
                parts.append(unpacker.decompress(packed, room))
            except zlib.error:  # also whatever stands behind the last member
                raise NetworkError(name, None, "压缩文件已损坏 (the .gz is broken)", "unusable_file") from None
            at += len(packed) - len(unpacker.unused_data) - len(unpacker.unconsumed_tail)
            room -= len(parts[-1])
            _check_size(largest + 1 - room, name, largest)
    return b"".join(parts)


def _check_size(size: int, name: str, largest: int = LARGEST) -> None:
    if size > largest:
        raise NetworkError(name, None, f"文件超过 {largest >> 20} MiB (larger than that)", "too_large")
