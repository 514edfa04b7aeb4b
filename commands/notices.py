"""`lanshou notice publish|show|list`: the weekly notice without the console (NOTICE-1)."""

from getpass import getuser
from typing import Any

import click
import polars as pl
from sqlalchemy import Connection

from basics.days import iso, week_bounds
from basics.refusal import Refusal
from commands.output import fail, refuse
from jobs.environment import of_this_process
from penalties import notice_texts as texts
from penalties.notices import cells, figures, number_of, total
from penalties.noticing.actions import publish_notice
from penalties.noticing.queries import Draft, items_of, newest, notices_of, offered
from reports.export import as_csv
from storage.session import reading, run


def _week(_ctx: click.Context, _parameter: click.Parameter, given: str) -> str:
    try:
        week_bounds(given)
    except ValueError:
        raise click.BadParameter("应为 2026-W18 这样的周 / a week like 2026-W18 expected") from None
    return given


_of_week = click.argument("week", callback=_week)


@click.group("notice")
def notice_group() -> None:
    """周通报 / Weekly notices. WEEK: as 2026-W18."""


@notice_group.command("publish")
@_of_week
@click.option("--dry-run", is_flag=True, help="只预览,不发布 / show it, publish nothing")
def publish(week: str, dry_run: bool) -> None:
    """发布通报或补充 / Publish the notice of a week that is over, or a supplement with what changed since."""
    env = of_this_process()
    now = env.clock()
    with reading(env.engine) as conn:
        found = offered(conn, week, now)
    if isinstance(found, Refusal):
        refuse(found)
    if dry_run:
        some = cells(figures(found.items, found.provinces))
        _print(texts.Notice(week, found.number, now, some, found.items, found.provinces))
        click.echo("未发布 / not published")
        return
    answer = run(env.engine, lambda conn: _publish(conn, week, found))
    if isinstance(answer, Refusal):
        refuse(answer)
    click.echo(f"已发布 / published {number_of(week, answer)}")


def _publish(conn: Connection, week: str, found: Draft) -> Refusal | int:
    env = of_this_process()
    return publish_notice(conn, week, env.clock(), _by(), found.number, env.book)


@notice_group.command("show")
@_of_week
@click.option("--csv", "as_table", is_flag=True, help="全部明细 / a row for each violation, as CSV")
def show(week: str, as_table: bool) -> None:
    """查看通报及其补充 / A notice and its supplements: a page, or the full table."""
    with reading(of_this_process().engine) as conn:
        found = [
            texts.Notice(
                row.week, row.number, row.published_at, cells(row.figures), items_of(conn, row),
                list(row.figures["provinces"]),
            )
            for row in notices_of(conn, week)
        ]  # fmt: skip
    if not found:
        fail(f"{week} 没有通报 / no notice of {week}")
    if as_table:
        rows: list[tuple[Any, ...]] = [line for notice in found for line in texts.table(notice)]
        schema = list(texts.TABLE) if rows else dict.fromkeys(texts.TABLE, pl.String)
        click.echo(as_csv(pl.DataFrame(rows, schema=schema, orient="row")), nl=False)
        return
    for notice in found:
        click.echo(iso(notice.published_at))
        _print(notice)


def _print(notice: texts.Notice) -> None:
    click.echo(f"{texts.line(notice)}\n{texts.page(notice)}\n")


@notice_group.command("list")
@click.option("--before", default="", help="只列出更早的周 / only weeks before this one")
def list_(before: str) -> None:
    """列出通报 / Notices and supplements, newest week first."""
    with reading(of_this_process().engine) as conn:
        rows, following = newest(conn, before)
    for row in rows:
        found = total(cells(row.figures))
        click.echo(
            f"{number_of(row.week, row.number)}  {iso(row.published_at)}  {row.published_by or '-'}"
            f"  确认/confirmed {found.confirmed}  撤销/overturned {found.overturned}"
        )
    if following:
        click.echo(f"更早 / earlier: --before {following}")


def _by() -> str:
    try:
        return f"cli:{getuser()}"[:80]
    except (KeyError, OSError):  # a user without a name
        return "cli"
