"""`lanshou archive 2026-05`: a closed month as Parquet, by which long reports are read (decision 18)."""

from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy import Connection, Engine

from basics.days import iso, month_bounds
from basics.refusal import Refusal
from commands.output import fail, refuse
from jobs.environment import Environment, of_this_process
from reports.archive import actions
from reports.archive.layout import Part
from reports.archive.queries import Month, parts, standing
from storage.session import reading, run, snapshot

FOLDER = "archive"
MEBIBYTE = 1 << 20


@click.command("archive")
@click.argument("month", required=False)
@click.option("--list", "listed", is_flag=True, help="列出已归档的月份 / which months are archived, and as they stand")
@click.option("--verify", is_flag=True, help="逐个核对归档文件 / read every file and compare it with what was written")
def archive_command(month: str | None, listed: bool, verify: bool) -> None:
    """已关账月份归档为 Parquet / Copy a closed month (2026-05) into Parquet files by frame, month and province, from
    which long reports are made. The database keeps every row."""
    env = of_this_process()
    folder = env.settings.data / FOLDER
    if listed or verify:
        _show(env.engine, folder, [month] if month else None, verify)
        return
    if month is None:
        fail("请给出月份 / say which month (2026-05), or --list", 2)
    try:
        month_bounds(month)
    except ValueError:
        fail(f"不是月份 / not a month: {month!r} (2026-05)", 2)
    try:
        with actions.alone(folder):
            _archive(env, folder, month)
    except actions.Busy:
        fail("另一个归档正在运行 / another archiving is running")
    except OSError as error:
        fail(f"归档未完成,没有任何改变 / not archived, nothing has changed: {error.strerror}")


def _archive(env: Environment, folder: Path, month: str) -> None:
    try:
        found = _written(env.engine, folder, month)
        if isinstance(found, Refusal):
            refuse(found)
        made, now = found, env.clock()
        run(env.engine, lambda conn: actions.record(conn, month, made, now))
    finally:  # whatever happened, what the rows name stays and nothing else does
        with reading(env.engine) as conn:
            counts = parts(conn, [month])
        actions.let_go(folder, month, counts)
    rows, size = sum(part.rows for part in made), sum(part.size for part in made)
    click.echo(f"{month}: {rows:,} 行 / rows, {len(made)} 个文件 / files, {size / MEBIBYTE:,.1f} MiB, {folder}")


def _written(engine: Engine, folder: Path, month: str) -> list[Part] | Refusal:
    with snapshot(engine) as conn:
        _patient(conn)
        return actions.write(conn, folder, month)


def _patient(conn: Connection) -> None:
    """A month of millions takes longer to read than a person at a screen would wait."""
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql("SET LOCAL statement_timeout = 0")
        conn.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def _show(engine: Engine, folder: Path, months: Sequence[str] | None, verify: bool) -> None:
    with reading(engine) as conn:
        _patient(conn)
        found = standing(conn, folder, months, files=verify)
    if not found:
        click.echo("没有已归档的月份 / nothing is archived")
    for one in found:
        click.echo(_line(one))
    if any(one.damaged for one in found):
        fail("有归档文件损坏,请重新归档 / files are damaged: archive those months again")


def _line(one: Month) -> str:
    state = "数据库已有变化 / changed since: read from the database" if one.changed else "有效 / in use"
    lines = [f"{one.month}: {one.rows:,} 行 / rows, {one.size / MEBIBYTE:,.1f} MiB, {iso(one.archived_at)}, {state}"]
    lines += [f"  损坏或缺失 / missing or altered: {path}" for path in one.damaged]
    lines += [f"  多余 / nobody's: {path}" for path in one.stray]
    return "\n".join(lines)
