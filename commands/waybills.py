"""`lanshou waybills import|withdraw|list`: the blocks of waybill numbers that were issued to stations (WAYBILL-1)."""

import csv
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import Connection

from basics.days import iso
from basics.refusal import Refusal
from basics.text import TextError, clean
from commands.output import fail
from commands.row_report import RowReport
from commands.sheets import Sheet, Unusable, open_sheet
from dispatch.stock.actions import issue, withdraw
from dispatch.stock.blocks import Block, read_block
from dispatch.stock.queries import listed
from jobs.environment import of_this_process
from reports.export import harmless
from rulebook.book import Edition
from storage.session import reading, run

HEADER = ("station", "from", "until")
MOST_ROWS = 100_000
BY = "import"
MOST_BY = 80  # characters

Rows = Sequence[tuple[int, Block]]
Act = Callable[[Connection, Rows, str, datetime, bool], tuple[int, dict[int, Refusal]]]


@click.group("waybills")
def waybills_group() -> None:
    """运单号段 / Stock of waybill numbers."""


@waybills_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_command(file: Path) -> None:
    """导入号段 / Import station,from,until (CSV or XLSX, both ends included); it is taken whole or not at all."""
    new, rows = _whole_file(file, issue, BY)
    click.echo(f"新增 {new} 个号段,{rows - new} 个已有 / {new} new, {rows - new} known")


@waybills_group.command("withdraw")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", required=True, help="何人撤回 / who withdraws them")
def withdraw_command(file: Path, by: str) -> None:
    """撤回误导入的号段 / Take back blocks imported by mistake: the same file, each row one whole block."""
    try:
        name = clean(by.strip(), MOST_BY)
    except TextError as error:
        fail(f"--by: {error}", 2)
    if not name:
        fail("请说明何人撤回 / --by is empty", 2)
    gone, _ = _whole_file(file, withdraw, name)
    click.echo(f"撤回 {gone} 个号段 / {gone} withdrawn")


def _whole_file(file: Path, act: Act, by: str) -> tuple[int, int]:
    """How many blocks the act was for, and the file's rows; ends the command when a row is wrong."""
    env = of_this_process()
    now = env.clock()
    edition = env.book.at(now)

    def work(conn: Connection) -> tuple[int, dict[int, Sequence[Refusal]]]:
        rows, bad = _read(sheet, env.networks.get(conn).stations, edition)
        done, refused = act(conn, rows, by, now, bool(bad))
        return done, bad | {line: (refusal,) for line, refusal in refused.items()}

    try:
        with open_sheet(file, MOST_ROWS) as sheet:
            if sorted(sheet.header) != sorted(HEADER):
                fail(f"{file}:1: 表头应为 / expected header {','.join(HEADER)}", 2)
            done, bad = run(env.engine, work)
            rows = sheet.rows
    except (Unusable, OSError) as error:
        fail(f"{file}: {error}", 2)
    report = RowReport(str(file), None)
    for line, refusals in sorted(bad.items()):
        for one in refusals:
            report.add(line, "", "bad", one.field or "", one.code, one.message)
    if bad:
        fail(f"{len(bad)} 行有误,未做任何改动 / {len(bad)} rows are wrong, nothing was changed")
    return done, rows


def _read(
    sheet: Sheet, stations: Mapping[str, object], edition: Edition
) -> tuple[list[tuple[int, Block]], dict[int, Sequence[Refusal]]]:
    """(line, block) of the rows, and by line what is wrong with the others."""
    rows: list[tuple[int, Block]] = []
    bad: dict[int, Sequence[Refusal]] = {}
    places = [sheet.header.index(name) for name in HEADER]
    for line, cells in sheet.lines():
        if len(cells) != len(sheet.header):
            bad[line] = [Refusal("columns", "列数不对 / wrong number of columns")]
            continue
        station, first, last = (cells[place].strip() for place in places)
        block = read_block(station, first, last, stations.keys(), edition)
        if isinstance(block, Block):
            rows.append((line, block))
        else:
            bad[line] = block
    return rows, bad


@waybills_group.command("list")
@click.option("--station", default="", help="仅该网点 / only this station")
@click.option("--withdrawn", is_flag=True, help="已撤回的号段 / those that were withdrawn")
def list_command(station: str, withdrawn: bool) -> None:
    """号段 / Blocks as CSV."""
    with reading(of_this_process().engine) as conn:
        rows = listed(conn, station, withdrawn)
    out = csv.writer(sys.stdout)
    out.writerow((*HEADER, "imported_at", "by", *(("withdrawn_at", "withdrawn_by") if withdrawn else ())))
    for row in rows:
        gone = (iso(row.withdrawn_at), harmless(row.withdrawn_by)) if withdrawn else ()
        out.writerow((harmless(row.station), row.first, row.last, iso(row.imported_at), harmless(row.by), *gone))
