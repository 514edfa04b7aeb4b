"""`lanshou report weekly 2026-W47`: compliance figures as CSV."""

import csv
import io
from pathlib import Path

import click

from basics.days import week_bounds
from commands.output import fail
from jobs.environment import of_this_process
from reports.queries import frames
from reports.weekly import COLUMNS, weekly
from storage.session import reading


@click.group("report")
def report_group() -> None:
    """报表 / Reports."""


@report_group.command("weekly")
@click.argument("week")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="文件 / file; default: standard output"
)
def weekly_command(week: str, out: Path | None) -> None:
    """周报 / The week's figures by province and station, as things stand now."""
    try:
        start, end = week_bounds(week)
    except ValueError:
        fail(f"不是 ISO 周 / not an ISO week: {week!r} (2026-W47)", 2)
    with reading(of_this_process().engine) as conn:
        table = weekly(frames(conn, start, end))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(table.iter_rows())
    if out is None:
        click.echo(file.getvalue(), nl=False)
    else:
        out.write_text(file.getvalue(), encoding="utf-8")
        click.echo(f"{table.height} 行 / rows -> {out}", err=True)
