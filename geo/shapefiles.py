"""Service areas from a zipped shapefile: polygons, and in the table beside them the station and maybe the datum."""

import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapefile  # type: ignore[import-untyped]
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon, STRtree

from geo.area_limits import check_features
from geo.area_shapes import area_of, check_parts, check_vertices, polygon_of
from geo.areas import Area
from geo.datum import Floats
from geo.errors import BadArea, NetworkError

UNPACKED = 50 * 1024 * 1024  # bytes of all members together
RATIO = 100  # more than that unpacked from one byte is a bomb
MEMBERS = 20
NEEDED = (".shp", ".shx", ".dbf")
POLYGONS = (5, 15, 25)  # plain, with heights, with measures: those are left out
HEADER = 100  # bytes before the first record, in .shp and .shx


def parse_shapefile(data: bytes, file: str, field: str = "station", datum: str = "") -> list[Area]:
    """The areas, in order; `field` names the station's column, `datum` holds where none is said ("": see `_said`).

    NetworkError with the number of the record, from 1.
    """
    members = _unpacked(data, file)
    datum = datum or _said(members.get(".prj", b""), file)
    try:
        rows, shapes = _read(members, field)
    except BadArea as bad:
        raise NetworkError(file, None, str(bad), bad.code) from None
    except NetworkError as error:
        raise NetworkError(file, error.line, error.cause, error.code) from None
    except Exception as error:  # a broken file makes the library stumble in many ways
        cause = f"shapefile 已损坏 (the shapefile is broken): {type(error).__name__}"
        raise NetworkError(file, None, cause, "unusable_file") from None
    areas = []
    for number, ((station, own), shape) in enumerate(zip(rows, shapes, strict=True), start=1):
        try:
            if not (own or datum):
                cause = ".prj 是地理坐标但未说明坐标系,请加 datum 列 (say the datum: GCJ-02, WGS-84 or BD-09)"
                raise BadArea("datum_unknown", cause)
            areas.append(area_of(station, _geometry(shape), own or datum))
        except BadArea as bad:
            raise bad.within(file, number) from None
    return areas


def _unpacked(data: bytes, file: str) -> dict[str, bytes]:
    """The files of the archive by ending. What it says of its sizes is checked first, and not believed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if refused := _suspicious(infos, len(data)):
                raise NetworkError(file, None, *refused)
            found: dict[str, bytes] = {}
            for info in infos:
                ending = "." + info.filename.rpartition(".")[2].lower()
                if ending not in (*NEEDED, ".prj", ".cpg"):
                    continue
                if ending in found:
                    raise NetworkError(file, None, f"有多个 {ending} (more than one {ending})", "unusable_file")
                found[ending] = archive.read(info)  # never more than it said
    except NetworkError:
        raise
    except Exception as error:  # a broken archive makes the library stumble in many ways
        cause = f"压缩包已损坏 (the archive is broken): {type(error).__name__}"
        raise NetworkError(file, None, cause, "unusable_file") from None
    if missing := [ending for ending in NEEDED if ending not in found]:
        raise NetworkError(file, None, f"压缩包中缺少 (missing in the archive): {' '.join(missing)}", "unusable_file")
    return found


def _suspicious(infos: list[zipfile.ZipInfo], packed: int) -> tuple[str, str] | None:
    unpacked = sum(info.file_size for info in infos)
    if len(infos) > MEMBERS:
        return f"压缩包中多于 {MEMBERS} 个文件 (more than {MEMBERS} files)", "too_large"
    if unpacked > UNPACKED or unpacked > RATIO * packed:
        return "解压后过大 (too large when unpacked)", "too_large"
    if any("/" in info.filename or "\\" in info.filename for info in infos):
        return "压缩包中不能有文件夹 (no folders in the archive)", "unusable_file"
    # What reading a member promises never to exceed holds for these two only: others are unpacked whole, then cut.
    if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in infos):
        return "压缩方式只接受 deflate (only deflated archives)", "unusable_file"
    if any(info.flag_bits & 1 for info in infos):
        return "压缩包已加密 (the archive is encrypted)", "unusable_file"
    return None


def _said(prj: bytes, file: str) -> str:
    """The datum of records that say none: GCJ-02 without a .prj, "" with one.

    No .prj can say GCJ-02, and tools write WGS-84 beside whatever they hold: nothing is guessed from it.
    """
    text = prj.decode("latin-1").strip().upper()
    if text and not re.match(r"GEOG(CS|CRS|RAPHICCRS)\s*[\[(]", text):
        cause = "只接受经纬度,不接受投影坐标 (degrees only, not a projection); .prj"
        raise NetworkError(file, None, cause, "crs_not_supported")
    return "" if text else "GCJ-02"


def _read(members: Mapping[str, bytes], field: str) -> tuple[list[tuple[str, str]], list[Any]]:
    """(station, datum) and the shape of each record. Limits are checked on the bytes, before anything is unpacked."""
    shp, shx, dbf = (members[ending] for ending in NEEDED)
    places = _places(shp, shx)
    encoding = members.get(".cpg", b"utf-8").decode("ascii").strip() or "utf-8"
    encoding = f"cp{encoding}" if encoding.isdigit() else encoding
    reader = shapefile.Reader(shp=io.BytesIO(shp), shx=io.BytesIO(shx), dbf=io.BytesIO(dbf), encoding=encoding)
    if reader.numRecords != len(places):
        raise BadArea("unusable_file", "记录数与图形数不同 (as many records as shapes are needed)")
    named = {one.name.lower(): one.name for one in reader.fields[1:]}
    if field.lower() not in named:
        raise BadArea("station_missing", f"没有 {field} 列 (no column {field})")
    wanted = [named[name] for name in (field.lower(), "datum") if name in named]
    rows = []
    for record in reader.iterRecords(fields=wanted):
        if record is None:
            raise BadArea("unusable_file", "有已删除的记录 (a record is marked as deleted)")
        values = [str(record[name] or "").strip() for name in wanted]
        rows.append((values[0], values[1] if len(values) > 1 else ""))
    if len(rows) != len(places):
        raise BadArea("unusable_file", "表被截断 (the table is cut off)")
    return rows, [reader.shape(number) for number in range(len(places))]


def _places(shp: bytes, shx: bytes) -> NDArray[np.int64]:
    """Where the records stand, n x 2 (offset, bytes): all within the file, of polygons, within the limits."""
    places = np.frombuffer(shx[HEADER : HEADER + (len(shx) - HEADER) // 8 * 8], dtype=">i4").reshape(-1, 2)
    places = places.astype(np.int64) * 2
    if not len(places):
        raise BadArea("no_coordinates", "没有图形 (no shapes)")
    check_features(len(places), "")
    starts, sizes = places[:, 0] + 8, places[:, 1]
    if (starts < HEADER + 8).any() or (sizes < 4).any() or (starts + sizes > len(shp)).any():
        raise BadArea("unusable_file", "索引与图形不符 (the index does not fit the shapes)")
    for number, (start, size) in enumerate(zip(starts.tolist(), sizes.tolist(), strict=True), start=1):
        kind = int.from_bytes(shp[start : start + 4], "little")
        try:
            if kind not in POLYGONS:
                raise BadArea("unsupported_geometry", f"只接受面 (only polygons): {kind}")
            if size < 44:
                raise BadArea("no_coordinates", "没有坐标 (no coordinates)")
            check_parts(int.from_bytes(shp[start + 36 : start + 40], "little"))
            check_vertices(int.from_bytes(shp[start + 40 : start + 44], "little"))
        except BadArea as bad:
            raise bad.within("", number) from None
    return places


def _geometry(shape: Any) -> Polygon | MultiPolygon:
    """The polygons of a shape's rings: outer ones run clockwise, each hole belongs to the smallest one around it."""
    points: Floats = np.array([point[:2] for point in shape.points], dtype=np.float64).reshape(-1, 2)
    starts = list(shape.parts)
    if not len(points) or not starts or starts[0] != 0 or starts != sorted(set(starts)) or starts[-1] >= len(points):
        raise BadArea("no_coordinates", "没有坐标 (no coordinates)")
    rings = [np.ascontiguousarray(ring) for ring in np.split(points, starts[1:])]
    for ring in rings:
        polygon_of([ring])  # its checks
    outer = [ring for ring in rings if _clockwise(ring)]
    inner = [ring for ring in rings if not _clockwise(ring)]
    if not outer:  # many a tool turns a lone ring the other way
        outer, inner = inner, []
    polygons = [polygon_of([ring, *holes]) for ring, holes in zip(outer, _holes(outer, inner), strict=True)]
    return polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)


def _clockwise(ring: Floats) -> bool:
    x, y = ring[:, 0] - ring[0, 0], ring[:, 1] - ring[0, 1]
    return bool((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() < 0)


def _holes(outer: list[Floats], inner: list[Floats]) -> list[list[Floats]]:
    """For each outer ring its holes. Rings that do not cross are told apart by their vertices and sizes alone; of
    those that cross no relation is asked, which can take minutes: their shape is refused later."""
    holes: list[list[Floats]] = [[] for _ in outer]
    if not inner:
        return holes
    around = np.array([Polygon(ring) for ring in outer], dtype=object)
    sizes, least = shapely.area(around), shapely.area([Polygon(ring) for ring in inner])
    shapely.prepare(around)
    of_ring, of_outer = STRtree(around).query(shapely.points([ring[0] for ring in inner]), predicate="intersects")
    owner: dict[int, int] = {}
    for at in np.lexsort((sizes[of_outer], of_ring)).tolist():
        ring, one = int(of_ring[at]), int(of_outer[at])
        if ring in owner or sizes[one] < least[ring]:  # an island may touch the hole around it, even at every vertex
            continue
        if shapely.intersects_xy(around[one], inner[ring]).all():
            owner[ring] = one
    for number, ring_of in enumerate(inner):
        if number not in owner:
            place = (float(ring_of[0, 0]), float(ring_of[0, 1]))
            raise BadArea("invalid_geometry", "洞在面之外 (a hole lies outside)", place)
        holes[owner[number]].append(ring_of)
    return holes
