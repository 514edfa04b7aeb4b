"""`lanshou stations|districts|closures …`: the network, from the files of REPLAY.md. Areas: see areas.py."""

import gzip
import io
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import polars as pl
from sqlalchemy import Connection

from commands.output import fail
from dispatch import actions as dispatch
from geo import actions, district_files, folder
from geo.addresses import packaged as gazetteer
from geo.errors import NetworkError
from geo.stations import Closure
from jobs.environment import of_this_process
from storage.session import run

LARGEST = 10 * 1024 * 1024  # bytes, packed or not (RELIABILITY B-83)


def _import(path: Path, parse: Callable[[bytes], Any], store: Callable[..., None], name: str, largest: int) -> None:
    env = of_this_process()
    try:
        rows = parse(_read(path, largest))
        run(env.engine, lambda conn: store(conn, rows, env.clock()))
    except (NetworkError, OSError, EOFError, zlib.error) as error:
        fail(f"{path}: {error}", 2)
    click.echo(f"已导入 {len(rows)} 条 / imported {len(rows)} {name}")


def _read(path: Path, largest: int) -> bytes:
    with path.open("rb") as raw:
        file = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
        data = file.read(largest + 1)
    if len(data) > largest:
        fail(f"{path}: 文件超过 {largest >> 20} MiB / larger than {largest >> 20} MiB", 2)
    return data


def _close(conn: Connection, closures: Sequence[Closure], now: datetime) -> None:
    """ROUTE-6: a closure moves deadlines that run already, so the next sweep judges their orders again."""
    actions.import_closures(conn, closures, now)
    dispatch.look_again(conn, [(closure.station, closure.start) for closure in closures], now)


def _todays_districts(data: bytes) -> list[tuple[str, str]]:
    """Orders are brought to today's district codes, so a row under a former one would never be found."""
    rows = folder.parse_districts(data)
    for line, (adcode, _) in enumerate(rows, start=2):
        today = gazetteer().today(adcode)
        if today and today != (adcode,):
            cause = f"{adcode} 是旧区划代码,现为 {'、'.join(today)} (a former code, today {', '.join(today)})"
            raise NetworkError(folder.DISTRICTS_FILE, line, cause)
    return rows


FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


def _group(name: str, words: str, parse: Callable[[bytes], Any], store: Callable[..., None]) -> click.Group:
    group = click.Group(name, help=words)

    @group.command("import")
    @FILE
    def import_(file: Path) -> None:
        """导入文件 / Import a file; it is taken whole or not at all."""
        _import(file, parse, store, name, LARGEST)

    return group


stations = _group("stations", "网点 / stations", folder.parse_stations, actions.import_stations)
districts = _group("districts", "区县与网点 / districts", _todays_districts, actions.import_districts)
closures = _group("closures", "停业 / closures", folder.parse_closures, _close)


@stations.command("remove")
@click.argument("code")
def remove(code: str) -> None:
    """删除误录的网点 / Remove a station on which nothing hangs; for all others: `accepts` 0."""
    env = of_this_process()
    try:
        run(env.engine, lambda conn: actions.remove_station(conn, code, env.clock()))
    except NetworkError as error:
        fail(f"{error} [{error.code}]")
    click.echo(f"已删除 / removed: {code}")


@districts.command("shapes")
@FILE
def shapes(file: Path) -> None:
    """导入区县边界 / Import district polygons (GCJ-02): .parquet of adcode, name, wkb, or GeoJSON of adcode, name."""

    def parse(data: bytes) -> district_files.Rows:
        if file.suffix == ".parquet":
            return _parquet(data, file.name)
        return district_files.read_district_shapes(data, file.name)

    _import(file, parse, actions.import_district_shapes, "district shapes", district_files.LARGEST)


def _parquet(data: bytes, name: str) -> district_files.Rows:
    try:
        frame = pl.read_parquet(io.BytesIO(data), columns=["adcode", "name", "wkb"])
        frame = frame.cast({"adcode": pl.String, "name": pl.String, "wkb": pl.Binary})
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        cause = f"不是 adcode、name、wkb 的 Parquet (no Parquet with adcode, name, wkb: {error})"[:300]
        raise NetworkError(name, None, cause) from None
    shapes = district_files.from_wkb(frame["wkb"].to_list(), name)
    return district_files.check_district_shapes(frame["adcode"].to_list(), frame["name"].to_list(), shapes, name)
