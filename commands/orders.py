"""`lanshou orders import`: orders from a table, with a word for each row that was not taken (issue 3, B-80, B-111)."""

import csv
import io
import sys
from pathlib import Path

import click
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from channels.order_rows import COLUMNS
from channels.registry import CHANNELS, STAFF
from commands.order_import import MOST_ROWS, Importing, heading_of, progress
from commands.output import fail
from commands.row_report import RowReport, own_file
from commands.sheets import Unusable, open_sheet
from jobs.environment import of_this_process

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("orders")
def orders_group() -> None:
    """订单 / Orders."""


@orders_group.command("import")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--channel", type=click.Choice(CHANNELS), help="渠道订单 / orders of this channel; default: typed in, offline"
)
@click.option("--report", type=FILE, help="写入逐行结果 / write what became of the rows (CSV)")
@click.option("--template", type=click.Choice(["csv", "xlsx"]), help="输出模板 / print an empty file with all columns")
def import_command(file: Path | None, channel: str | None, report: Path | None, template: str | None) -> None:
    """导入订单 / Import orders from CSV or XLSX. Good rows are stored, bad ones named by line; the same file again
    makes nothing new. Exit code 1: some rows were not taken; 2: the file is unusable and nothing was done."""
    if template is not None:
        _print_template(template)
        return
    if file is None:
        fail("请给出文件 / name a file, or --template csv|xlsx", 2)
    if report is not None and report.exists() and report.samefile(file):
        fail("--report 不能是导入的文件 / must not be the file itself", 2)
    env, owner = of_this_process(), channel or STAFF
    try:
        with open_sheet(file, MOST_ROWS) as sheet, own_file(report, RowReport.HEADER) as writer:
            heading = heading_of(sheet, owner)
            importing = Importing(env, owner, RowReport(str(file), writer))
            with progress("导入 / importing", sheet.rows) as bar:
                for line, cells in sheet.lines():
                    importing.read(sheet, heading, line, cells)
                    bar.update(1)
                importing.finish()
    except (Unusable, OSError) as error:
        fail(f"{file}: {error}", 2)
    counts = importing.counts
    click.echo(
        f"新建 {counts.new} 单 / {counts.new} new; 更新 {counts.changed} / changed; "
        f"已有 {counts.same} / there already; 待核实 {counts.held} / held; 未收 {counts.bad} 行 / rows not taken"
    )
    if counts.bad and owner == STAFF and "logistics_no" not in heading.keys:
        click.echo(
            "更正后请只导入未收的行 / put the corrected rows alone into a new file: in it, these would be made again",
            err=True,
        )
    if counts.bad or counts.noted:
        raise SystemExit(1)


def _print_template(kind: str) -> None:
    """All columns under their Chinese names, without any row."""
    names = [chinese[0] for chinese in COLUMNS.values()]
    out = sys.stdout.buffer
    if kind == "csv":
        text = io.StringIO()
        csv.writer(text).writerow(names)
        out.write(text.getvalue().encode("utf-8-sig"))
        return
    if out.isatty():
        fail("请重定向到文件 / send it to a file: lanshou orders import --template xlsx > orders.xlsx", 2)
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "订单"
    sheet.append(names)
    sheet.freeze_panes = "A2"
    for place in range(1, len(names) + 1):
        column = sheet.column_dimensions[get_column_letter(place)]
        column.number_format = "@"  # as text, or Excel cuts long numbers and drops leading zeros
        column.width = 16
    file = io.BytesIO()
    book.save(file)
    out.write(file.getvalue())
