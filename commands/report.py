"""`lanshou report weekly 2026-W47`: compliance figures as CSV."""

from pathlib import Path

import click

from basics.days import week_bounds
from commands.output import fail
from jobs.environment import of_this_process
from reports.export import as_csv
from reports.queries import frames
from reports.weekly import weekly
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
    text = as_csv(table)
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        click.echo(f"{table.height} 行 / rows -> {out}", err=True)
