"""`lanshou stations|areas|districts|closures import`: the network, from the files of REPLAY.md."""

import gzip
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from commands.output import fail
from dispatch import actions as dispatch
from geo import actions, folder
from geo.errors import NetworkError
from geo.stations import Closure
from jobs.environment import of_this_process
from storage.session import run

LARGEST = 10 * 1024 * 1024  # bytes, packed or not (RELIABILITY B-83)


def _import(path: Path, parse: Callable[[bytes], Any], store: Callable[..., None], name: str) -> None:
    env = of_this_process()
    try:
        rows = parse(_read(path))
        run(env.engine, lambda conn: store(conn, rows, env.clock()))
    except (NetworkError, OSError, EOFError, zlib.error) as error:
        fail(f"{path}: {error}", 2)
    click.echo(f"已导入 {len(rows)} 条 / imported {len(rows)} {name}")


def _read(path: Path) -> bytes:
    with path.open("rb") as raw:
        file = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        fail(f"{path}: 文件超过 10 MiB / larger than 10 MiB", 2)
    return data


def _close(conn: Connection, closures: Sequence[Closure], now: datetime) -> None:
    """ROUTE-6: a closure moves deadlines that run already, so the next sweep judges their orders again."""
    actions.import_closures(conn, closures, now)
    dispatch.look_again(conn, [(closure.station, closure.start) for closure in closures], now)


FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


def _group(name: str, words: str, parse: Callable[[bytes], Any], store: Callable[..., None]) -> click.Group:
    group = click.Group(name, help=words)

    @group.command("import")
    @FILE
    def import_(file: Path) -> None:
        """导入文件 / Import a file; it is taken whole or not at all."""
        _import(file, parse, store, name)

    return group


stations = _group("stations", "网点 / stations", folder.parse_stations, actions.import_stations)
areas = _group("areas", "服务范围 / service areas", folder.parse_areas, actions.import_areas)
districts = _group("districts", "区县与网点 / districts", folder.parse_districts, actions.import_districts)
closures = _group("closures", "停业 / closures", folder.parse_closures, _close)
