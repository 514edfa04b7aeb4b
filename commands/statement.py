"""`lanshou statement HZ01 2026-05 --format pdf -o FILE`: a month of a station's account (STATEMENT-1)."""

from pathlib import Path

import click

from basics.days import month_bounds
from commands.output import fail
from jobs.environment import of_this_process
from penalties.statements.queries import statement
from reports.statement import csv_file, table
from reports.statement_pdf import as_pdf
from reports.statement_xlsx import as_xlsx
from storage.session import reading


@click.command("statement")
@click.argument("station")
@click.argument("month")
@click.option("--format", "form", type=click.Choice(("csv", "xlsx", "pdf")), default="csv", show_default=True)
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="文件 / file; CSV: standard output")
def statement_command(station: str, month: str, form: str, out: Path | None) -> None:
    """对账单 / A month of a station's account, entry by entry. Of a level-2 station its part of its house's account."""
    try:
        month_bounds(month)
    except ValueError:
        fail(f"不是月份 / not a month: {month!r} (2026-05)", 2)
    if out is None and form != "csv":
        fail("请用 -o 指定文件 / name a file with -o", 2)
    env = of_this_process()
    with reading(env.engine) as conn:
        network = env.networks.get(conn)
        known = network.stations.get(station)
        if known is None:
            fail(f"没有网点 {station} / no such station")
        found = statement(conn, known.parent or station, month, station)
    made = table(found, {code: one.name for code, one in network.stations.items()})
    if out is None:
        click.echo(csv_file(made), nl=False)
        return
    content = {"csv": lambda: csv_file(made), "xlsx": lambda: as_xlsx(made), "pdf": lambda: as_pdf(made)}[form]()
    try:
        out.write_bytes(content)
    except OSError as error:
        fail(f"无法写入 / cannot be written: {out}: {error.strerror}", 2)
    click.echo(f"{len(found.entries)} 笔 / entries -> {out}", err=True)
