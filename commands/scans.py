"""`lanshou scans import`: pickup scans in bulk (DO-4), with a word for each row that was not taken."""

import csv
import io
from datetime import datetime
from pathlib import Path

import click

from basics.days import parse_instant
from basics.text import TextError, clean
from channels.messages import AHEAD, Scan
from commands.output import fail
from dispatch.actions import conduct
from dispatch.facts import Item
from jobs.environment import of_this_process
from storage.session import run

HEADER = ["waybill_no", "station", "scanned_at", "operator"]
MOST_ROWS, LARGEST = 5_000, 2 * 1024 * 1024  # rows, bytes (RELIABILITY B-80)


@click.group("scans")
def scans_group() -> None:
    """揽收扫描 / Pickup scans."""


@scans_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_command(file: Path) -> None:
    """导入扫描 / Import waybill_no,station,scanned_at,operator. Good rows are stored, bad ones named by line."""
    env = of_this_process()
    now = env.clock()
    good: list[tuple[int, Item]] = []
    bad: dict[int, str] = {}
    for line, row in _rows(file):
        try:
            good.append((line, Item(now, _scan(row, now), "scans")))
        except (TextError, ValueError) as error:
            bad[line] = str(error)
    answers = run(env.engine, lambda conn: conduct(conn, [item for _, item in good], env.world(conn)))
    for (line, _), answer in zip(good, answers, strict=True):
        if answer is not None:
            bad[line] = f"{answer.message} [{answer.code}]"
    for line, why in sorted(bad.items()):
        click.echo(f"{file}:{line}: {why}", err=True)
    taken = len(good) - sum(answer is not None for answer in answers)
    click.echo(f"{taken} 行已收 / rows taken, {len(bad)} 行未收 / not taken")
    if bad:
        raise SystemExit(1)


def _rows(file: Path) -> list[tuple[int, list[str]]]:
    """Rows with their lines; an unusable file ends the command."""
    if file.stat().st_size > LARGEST:
        fail(f"{file}: 文件超过 2 MiB / larger than 2 MiB", 2)
    try:
        rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        fail(f"{file}: 读不了 / cannot be read: {error}", 2)
    if not rows or rows[0] not in (HEADER, HEADER[:3]):
        fail(f"{file}:1: 表头应为 / expected header {','.join(HEADER)}", 2)
    if len(rows) - 1 > MOST_ROWS:
        fail(f"{file}: 超过 {MOST_ROWS} 行 / more than {MOST_ROWS} rows", 2)
    return [(line, row) for line, row in enumerate(rows[1:], start=2) if row]


def _scan(row: list[str], now: datetime) -> Scan:
    """ValueError with what is wrong."""
    if len(row) not in (3, 4):
        raise ValueError("列数不对 / wrong number of columns")
    number, station, at, operator = (clean(cell.strip(), 64) for cell in [*row, ""][:4])
    if not number or not station:
        raise ValueError("缺少运单号或网点 / waybill number or station is missing")
    try:
        scanned = parse_instant(at)
    except ValueError:
        raise ValueError(f"不是带时区的时间 / no instant with offset: {at!r}") from None
    if scanned > now + AHEAD:
        raise ValueError("扫描时间在未来 / scanned in the future")
    return Scan(number, station, scanned, operator)
