"""`lanshou report weekly|silent 2026-W47`: compliance figures, and silent stations (DUTY-3), as CSV."""

from datetime import datetime
from pathlib import Path

import click
import polars as pl

from basics.days import week_bounds
from commands.output import fail
from jobs.environment import of_this_process
from reports.export import as_csv
from reports.queries import frames
from reports.silent import silent
from reports.weekly import weekly
from sla.presence.queries import silent_minutes
from storage.session import reading


@click.group("report")
def report_group() -> None:
    """报表 / Reports."""


_Week = click.argument("week")
_Out = click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="文件 / file; default: standard output"
)


@report_group.command("weekly")
@_Week
@_Out
def weekly_command(week: str, out: Path | None) -> None:
    """周报 / The week's figures by province and station, as things stand now."""
    start, end = _bounds(week)
    with reading(of_this_process().engine) as conn:
        table = weekly(frames(conn, start, end))
    _put(table, out)


@report_group.command("silent")
@_Week
@_Out
def silent_command(week: str, out: Path | None) -> None:
    """静默网点 / Stations that did not look at their desk for more than 20 minutes on duty; never fined."""
    start, end = _bounds(week)
    env = of_this_process()
    with reading(env.engine) as conn:
        rows = silent_minutes(conn, start, min(end, env.clock()))
        provinces = {code: station.province for code, station in env.networks.get(conn).stations.items()}
    _put(silent(rows, provinces), out)


def _bounds(week: str) -> tuple[datetime, datetime]:
    try:
        return week_bounds(week)
    except ValueError:
        fail(f"不是 ISO 周 / not an ISO week: {week!r} (2026-W47)", 2)


def _put(table: pl.DataFrame, out: Path | None) -> None:
    text = as_csv(table)
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        click.echo(f"{table.height} 行 / rows -> {out}", err=True)
