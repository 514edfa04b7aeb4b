"""`lanshou waybills import|list`: the blocks of waybill numbers that were issued to stations (WAYBILL-1)."""

import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from sqlalchemy import Connection

from basics.days import iso
from basics.refusal import Refusal
from commands.output import fail
from commands.row_report import RowReport
from commands.sheets import Sheet, Unusable, open_sheet
from dispatch.stock.actions import issue
from dispatch.stock.blocks import Block, read_block
from dispatch.stock.queries import listed
from jobs.environment import of_this_process
from reports.export import harmless
from rulebook.book import Edition
from storage.session import reading, run

HEADER = ("station", "from", "until")
MOST_ROWS = 100_000
BY = "import"


@click.group("waybills")
def waybills_group() -> None:
    """运单号段 / Stock of waybill numbers."""


@waybills_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_command(file: Path) -> None:
    """导入号段 / Import station,from,until (CSV or XLSX, both ends included); it is taken whole or not at all."""
    env = of_this_process()
    now = env.clock()
    edition = env.book.at(now)

    def work(conn: Connection) -> tuple[int, dict[int, Sequence[Refusal]]]:
        rows, bad = _read(sheet, env.networks.get(conn).stations, edition)
        new, refused = issue(conn, rows, BY, now, only_check=bool(bad))
        return new, bad | {line: (refusal,) for line, refusal in refused.items()}

    try:
        with open_sheet(file, MOST_ROWS) as sheet:
            if sorted(sheet.header) != sorted(HEADER):
                fail(f"{file}:1: 表头应为 / expected header {','.join(HEADER)}", 2)
            new, bad = run(env.engine, work)
            rows = sheet.rows
    except (Unusable, OSError) as error:
        fail(f"{file}: {error}", 2)
    report = RowReport(str(file), None)
    for line, refusals in sorted(bad.items()):
        for one in refusals:
            report.add(line, "", "bad", one.field or "", one.code, one.message)
    if bad:
        fail(f"{len(bad)} 行有误,未导入任何号段 / {len(bad)} rows are wrong, nothing was imported")
    click.echo(f"新增 {new} 个号段,{rows - new} 个已有 / {new} new, {rows - new} known")


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
def list_command(station: str) -> None:
    """号段 / Blocks as CSV."""
    with reading(of_this_process().engine) as conn:
        rows = listed(conn, station)
    out = csv.writer(sys.stdout)
    out.writerow((*HEADER, "imported_at", "by"))
    out.writerows((harmless(row.station), row.first, row.last, iso(row.imported_at), harmless(row.by)) for row in rows)
