"""`lanshou route`: where an order would go and why, for one place or for a table of them (issue 4)."""

import gzip
import json
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import polars as pl

from basics.now import now
from basics.text import visible
from channels.json_gate import Unreadable
from commands.output import fail
from commands.replay import Instant
from commands.route_rows import Ground, content_of
from commands.route_table import route_table, target_of
from commands.sheets import Unusable
from dispatch.explain import as_json, facts
from dispatch.explain_words import steps
from geo import district_files, folder
from geo.addresses import packaged as gazetteer
from geo.datum import DATUMS
from geo.districts import DistrictShapes
from geo.errors import NetworkError
from geo.network import Network
from jobs.environment import of_this_process
from rulebook.book import packaged
from storage.session import reading

LARGEST = 500 * 1024 * 1024  # bytes of a network file, unpacked
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("route")
@click.argument("file", required=False, type=EXISTING)
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="结果 CSV / the table with results")
@click.option("--point", help="经度,纬度 / lng,lat")
@click.option("--datum", type=click.Choice(DATUMS), help="坐标系 / datum of points that do not say; one point: GCJ-02")
@click.option("--adcode", help="区县代码 / district code")
@click.option("--address", help="取件地址 / pickup address")
@click.option("--at", type=Instant(), help="何时 / at which instant; default: now")
@click.option("--json", "as_data", is_flag=True, help="输出 JSON / print JSON")
@click.option(
    "--network", type=click.Path(exists=True, file_okay=False, path_type=Path), help="网络目录 / a network folder"
)
@click.option("--districts", type=EXISTING, help="区县边界 Parquet / district polygons: adcode, name, wkb")
def route_command(
    file: Path | None, out: Path | None, point: str | None, datum: str | None, adcode: str | None, address: str | None,
    at: datetime | None, as_data: bool, network: Path | None, districts: Path | None,
) -> None:  # fmt: skip
    """为什么派到这里 / Say where an order would go, and why: for --point, --adcode, --address, or each row of a CSV
    FILE with columns lng, lat, datum, adcode, address (any of them; others are kept). Nothing is stored."""
    one = {"point": point, "adcode": adcode, "address": address}
    if file is None:
        content = _content({key: value for key, value in one.items() if value is not None}, datum)
        _explain(content, _ground(network, districts, at), as_data)
        return
    if as_data or any(value is not None for value in one.values()):
        fail("文件与单个地点不能同时给出 / a file, or one place, not both", 2)
    if out is None:
        fail("请用 -o 给出结果文件 / name the file for the results with -o", 2)
    try:
        target = target_of(out, file)
    except (Unusable, OSError) as error:
        fail(f"{out}: {error}", 2)
    ground = _ground(network, districts, at)
    try:
        counts = route_table(file, target, ground, datum)
    except (Unusable, OSError) as error:
        fail(f"{file}: {error}", 2)
    click.echo(
        f"派到网点 {counts.stations} 行 / to stations; 数据中心 {counts.data_centre} / to the data centre; "
        f"有误 {counts.errors} / with an error"
    )


def _content(said: dict[str, str], datum: str | None) -> dict[str, Any]:
    values = dict(said)
    if "point" in values:
        lng, comma, lat = values.pop("point").partition(",")
        if not comma:
            fail("--point 应为 经度,纬度 / --point is lng,lat, for example 106.47,29.49", 2)
        if not lng.strip() or not lat.strip():
            fail("--point 缺少经度或纬度 / --point lacks a longitude or a latitude", 2)
        values |= {"lng": lng, "lat": lat}
    elif datum:
        fail("--datum 须与 --point 一起给出 / --datum says something of --point only", 2)
    try:
        return content_of(values, datum or "GCJ-02")
    except Unreadable as error:
        field = error.refusal.field
        where = f"--{'point' if field in ('lng', 'lat') else field}: " if field else ""
        fail(f"{where}{error.refusal.message}", 2)


def _explain(content: dict[str, Any], ground: Ground, as_data: bool) -> None:
    [place] = ground.places([content])
    known = facts(content, place, ground.network, ground.at, ground.edition, ground.gazetteer)
    told = steps(known)
    if as_data:
        click.echo(json.dumps(as_json(known, told), ensure_ascii=False, allow_nan=False, indent=2))
        return
    for number, step in enumerate(told, start=1):
        click.echo(visible(f"{number}. {step.zh} [{step.rule}]\n   {step.en}"))


def _ground(path: Path | None, districts: Path | None, at: datetime | None) -> Ground:
    """From a folder without any database, else from this installation."""
    if path is not None:
        network = _folder(path, _shapes(districts) if districts is not None else None)
        instant, book = at or now(), packaged()
    elif districts is not None:
        fail("--districts 须与 --network 一起给出 / --districts goes with --network only", 2)
    else:
        env = of_this_process()
        instant, book = at or env.clock(), env.book
        with reading(env.engine) as conn:
            network = env.networks.get(conn)
    return Ground(network, gazetteer(), book.at(instant), instant)


def _folder(path: Path, shapes: DistrictShapes | None) -> Network:
    try:
        stations = folder.parse_stations(_read(path, folder.STATIONS_FILE))
        areas = folder.parse_areas(_read(path, folder.AREAS_FILE))
        districts = folder.parse_districts(_read(path, folder.DISTRICTS_FILE))
        there = any((path / f"{folder.CLOSURES_FILE}{end}").exists() for end in ("", ".gz"))
        closures = folder.parse_closures(_read(path, folder.CLOSURES_FILE)) if there else []
        index = folder.build(stations, areas, districts, closures).areas  # which checks them, too
        return Network(stations, index, districts, closures, shapes=shapes)
    except NetworkError as error:
        fail(f"{path}: {error}", 2)


def _read(path: Path, name: str) -> bytes:
    plain, packed = path / name, path / f"{name}.gz"
    try:
        with plain.open("rb") if plain.exists() else gzip.open(packed) as file:
            data = file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise NetworkError(name, None, f"读不了 (cannot be read): {error}") from None
    if len(data) > LARGEST:
        raise NetworkError(name, None, "文件过大 (too large)")
    return data


def _shapes(path: Path) -> DistrictShapes:
    try:
        frame = pl.read_parquet(path, columns=["adcode", "name", "wkb"])
        codes, names = (frame[column].cast(pl.String).to_list() for column in ("adcode", "name"))
        polygons = district_files.from_wkb(frame["wkb"].to_list(), path.name)
        district_files.check_district_shapes(codes, names, polygons, path.name)
    except (OSError, pl.exceptions.PolarsError, ValueError) as error:
        first = str(error).partition("\n")[0][:300]
        fail(f"{path}: 不是 adcode、name、wkb 的 Parquet / no Parquet with adcode, name, wkb: {first}", 2)
    return DistrictShapes(dict(zip(codes, names, strict=True)), dict(zip(codes, polygons, strict=True)))
