"""`lanshou areas …`: service areas in and out of files, their versions, and what is doubtful in them."""

import gzip
import json
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

import click
import shapely

from basics.days import iso
from basics.text import TextError, clean, visible
from commands.output import fail
from commands.reconcile import When
from geo import actions, checks
from geo.area_files import LARGEST, read_areas
from geo.datum import DATUMS
from geo.errors import NetworkError
from geo.findings.queries import findings
from geo.queries import stations_by_code
from geo.service_areas.queries import AreaRow, Version, areas_at, present_areas, versions_of
from jobs import tasks
from jobs.environment import Environment, of_this_process
from storage.session import reading, run

BY = "lanshou areas import"
NOTE_LIMIT = 500
MOST = 1_000_000  # areas or findings shown
WARNED = 20  # overlaps shown after an import
MANY = 2_000  # stations: of more, overlaps are left to `areas check`


@click.group("areas", help="服务范围 / service areas")
def areas() -> None:
    """Nothing of its own."""


@areas.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--from", "start", type=When(0), help="生效时间,默认现在 / from when they hold; default: now")
@click.option("--note", default="", help="说明 / why, shown with the version")
@click.option("--datum", type=click.Choice(DATUMS), help="文件未说明时的坐标系 / datum of areas that do not say theirs")
@click.option("--station-field", help="网点编号的列 / property or column of the station's code; default: station")
def import_(file: Path, start: datetime | None, note: str, datum: str | None, station_field: str | None) -> None:
    """导入 GeoJSON、CSV(WKT)或 shapefile(.zip)/ Replace the areas of every station in FILE; whole or not at all.

    Other stations keep theirs; what held before stays on record, and past verdicts with it."""
    env = of_this_process()
    with file.open("rb") as opened:
        data = opened.read(LARGEST + 1)
    try:
        note = clean(note, NOTE_LIMIT)
    except TextError:
        fail("说明过长或含控制字符 / the note is too long or has control characters", 2)
    try:
        given = read_areas(file.name, data, station_field, datum)
        now = env.clock()
        changed = run(env.engine, lambda conn: actions.import_areas(conn, given, now, start, BY, note))
    except NetworkError as error:
        place = f" @ {error.place[0]:.6f},{error.place[1]:.6f}" if error.place else ""
        fail(f"{error}{place} [{error.code}]", 2)
    count = len({one.station for one in given})
    click.echo(f"已导入 {len(given)} 个区域 / imported {len(given)} areas")
    click.echo(f"{len(changed)} 个网点有变化,共 {count} 个 / {len(changed)} of {count} stations changed")
    _warn(env, changed, max(start or now, now))


def _warn(env: Environment, changed: Collection[str], at: datetime) -> None:
    """B-87: overlaps are stored, and said."""
    if not changed:
        return
    if len(changed) > MANY:
        click.echo("重叠请用 lanshou areas check 查看 / for overlaps run `lanshou areas check`")
        return
    with reading(env.engine) as conn:
        found = checks.overlaps(stations_by_code(conn), present_areas(conn, at), changed)
    for one in found[:WARNED]:
        click.echo(f"  {one.cause} ({_size(one.square_metres)})")
    if len(found) > WARNED:
        click.echo(f"  … 共 {len(found)} 处重叠 / {len(found)} overlaps in all")


@areas.command("list")
@click.argument("station")
def list_(station: str) -> None:
    """网点的服务范围及版本 / The areas of STATION, and their versions."""
    env = of_this_process()
    with reading(env.engine) as conn:
        known = stations_by_code(conn).get(station)
        if known is None:
            fail(f"网点不存在 / unknown station: {visible(station)}")
        rows = areas_at(conn, env.clock(), None, {station}, MOST)
        versions = versions_of(conn, station)
    click.echo(f"{known.code} {known.name}")
    for row in rows:
        click.echo(_line(row))
    click.echo(f"版本 / versions: {len(versions)}")
    for version in versions:
        click.echo(_version(version))


def _line(row: AreaRow) -> str:
    west, south, east, north = row.geometry.bounds
    size = _size(checks.square_metres(row.geometry))
    count = shapely.get_num_coordinates(row.geometry)
    return f"  {row.part}: {size}, {count} 点 / vertices, {row.datum}, {west:.5f},{south:.5f} – {east:.5f},{north:.5f}"


def _version(version: Version) -> str:
    start = iso(version.valid_from) if version.valid_from else "始终 / ever"
    end = iso(version.valid_until) if version.valid_until else "至今 / still"
    change = version.change
    who = f" #{change.id} {change.by} {visible(change.note)}".rstrip() if change else ""
    return f"  {start} – {end}: {version.areas}{who}"


def _size(square_metres: float | None) -> str:
    return "–" if square_metres is None else f"{square_metres / 1e6:.4f} km²"


@areas.command("check")
@click.option("--kind", type=click.Choice(checks.KINDS), help="只看一种 / one kind only")
@click.option("--station", help="只看一个网点 / one station only")
def check(kind: str | None, station: str | None) -> None:
    """查找重叠、空隙等问题 / Look for overlaps, gaps and the like. Exit code 1 when a stored shape is invalid."""
    env = of_this_process()
    tasks.areas(env)
    with reading(env.engine) as conn:
        found = findings(conn, kind, station, 0, MOST)
    for one in found:
        named = " ".join(word for word in (one.station, one.other, one.adcode) if word)
        where = ""
        if one.geometry is not None:
            point = shapely.centroid(one.geometry)
            where = f" @ {point.x:.6f},{point.y:.6f}"
        click.echo(f"{one.kind} {named} {_size(one.square_metres)}{where} {one.cause}")
    click.echo(f"共 {len(found)} 条 / {len(found)} findings")
    if any(one.kind == "invalid" for one in found):
        raise SystemExit(1)


@areas.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--at", type=When(0), help="何时的范围,默认现在 / as of when; default: now")
def export(file: Path, at: datetime | None) -> None:
    """导出为 GeoJSON / Write the areas valid at an instant to FILE (.geojson or .geojson.gz), GCJ-02."""
    if not file.name.lower().endswith((".geojson", ".geojson.gz", ".json")):
        fail("请写成 .geojson / call it .geojson or .geojson.gz", 2)
    env = of_this_process()
    with reading(env.engine) as conn:
        rows = areas_at(conn, at or env.clock(), None, None, MOST)
    features = ",\n".join(_feature(row) for row in rows)
    data = f'{{"type":"FeatureCollection","features":[\n{features}\n]}}\n'.encode()
    try:
        file.write_bytes(gzip.compress(data) if file.name.lower().endswith(".gz") else data)
    except OSError as error:
        fail(f"{file}: {error.strerror}", 2)
    click.echo(f"已导出 {len(rows)} 个区域 / exported {len(rows)} areas")


def _feature(row: AreaRow) -> str:
    properties = {
        "station": row.station, "part": row.part, "datum": "GCJ-02",
        "valid_from": iso(row.valid_from) or None, "valid_until": iso(row.valid_until) or None,
    }  # fmt: skip
    geometry = shapely.to_geojson(row.geometry)
    return f'{{"type":"Feature","properties":{json.dumps(properties, ensure_ascii=False)},"geometry":{geometry}}}'
