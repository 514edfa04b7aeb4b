"""`lanshou ledger balance|head|daily|export`: what is owed, where the chain ends, a day's report, the books as text."""

import csv
import os
import sys
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

import click
from sqlalchemy import Connection

from basics.days import day_of, iso, midnight, month_bounds
from commands.output import fail
from jobs.environment import of_this_process
from jobs.ledger import append_heads, heads_file
from penalties.booking.queries import Period, balances, entries, head, moved, recorded
from penalties.daily.queries import report
from penalties.ledger_text import daily_lines, head_line
from reports.export import harmless
from reports.ledger_export import as_beancount, as_csv
from storage.session import reading, snapshot


class Day(click.ParamType[date]):
    """A Shanghai day, `2026-06-30`."""

    name = "day"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Refuses what is no day, and years that are slips."""
        try:
            day = value if isinstance(value, date) else date.fromisoformat(str(value))
            month_bounds(f"{day:%Y-%m}")
        except ValueError:
            self.fail(f"不是日期 / not a day: {value!r} (2026-06-30)", param, ctx)
        return day


@click.group("ledger")
def ledger_group() -> None:
    """账本 / The ledger."""


@ledger_group.command("balance")
def balance_command() -> None:
    """余额 / Balances by account as CSV, in fen: + it owes the network. Ends with 1 when they do not sum to zero."""
    with reading(of_this_process().engine) as conn:
        found = balances(conn)
    csv.writer(sys.stdout, lineterminator="\n").writerows(
        [("account", "balance_fen"), *((harmless(account), fen) for account, fen in found.items())]
    )
    if sum(found.values()):
        fail(f"账目不平 / the books do not balance: {sum(found.values())}")


@ledger_group.command("head")
@click.option("--write", is_flag=True, help="记入链头文件 / append it to the file of heads beside the secret")
def head_command(write: bool) -> None:
    """链头 / Where the chain of postings ends now, as SEQ:HASH, for `lanshou verify --head`."""
    env = of_this_process()
    with reading(env.engine) as conn:
        last = head(conn)
    click.echo(f"{last.seq}:{last.chain}")
    if write:
        append_heads(env, head_line(iso(env.clock()), last.seq, last.chain))
        click.echo(f"已记入 / written to {heads_file(env.settings)}", err=True)


@ledger_group.command("daily")
@click.argument("day", type=Day())
def daily_command(day: date) -> None:
    """账本日报 / The report of a day that is over: what was booked, the trial balance, the head of the chain."""
    env = of_this_process()
    if midnight(day + timedelta(days=1)) > env.clock():
        fail(f"{day} 尚未结束 / the day is not over", 2)
    with reading(env.engine) as conn:
        found = report(conn, day)
    click.echo("\n".join(daily_lines(found)))


@ledger_group.command("export")
@click.option("--format", "form", type=click.Choice(["csv", "beancount"]), default="csv", help="格式 / as what")
@click.option("--month", help="入账月份 / booked in this month, 2026-06")
@click.option("--from", "since", type=Day(), help="自该日 / recorded on this day or later")
@click.option("--until", type=Day(), help="至该日 / recorded on this day or before")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="文件 / file; default: standard output"
)
def export_command(form: str, month: str | None, since: date | None, until: date | None, out: Path | None) -> None:
    """导出账本 / The postings of a period, oldest first, or of all time; Beancount's own loader balances them."""
    period, title = _period(month, since, until)
    with snapshot(of_this_process().engine) as conn:
        if form == "csv":
            lines: Iterable[str] = as_csv(entries(conn, period))
        else:
            opening = moved(conn, Period(end=period.start)) if period.start else {}
            lines = as_beancount(
                entries(conn, period), opening, _after(conn, period, opening), _days(conn, period), title
            )
        _put(lines, out)


def _period(month: str | None, since: date | None, until: date | None) -> tuple[Period, str]:
    if month and (since or until):
        fail("--month 与 --from、--until 不能同时使用 / --month goes without --from and --until", 2)
    try:
        if month:
            month_bounds(month)
    except ValueError:
        fail(f"不是月份 / not a month: {month!r} (2026-06)", 2)
    start = midnight(since) if since else None
    end = midnight(until + timedelta(days=1)) if until else None
    if start and end and start >= end:
        fail("--until 早于 --from / --until is before --from", 2)
    span = month or f"{since or '…'} – {until or '…'}"
    return Period(month, start, end), f"揽收账本 / Lanshou ledger {span}"


def _after(conn: Connection, period: Period, opening: dict[str, int]) -> dict[str, int]:
    found = moved(conn, period)
    return {name: opening.get(name, 0) + found.get(name, 0) for name in sorted({*opening, *found})}


def _days(conn: Connection, period: Period) -> tuple[date, date]:
    """The first and the last day of the transactions; the balances before stand on the first day."""
    found = recorded(conn, period)
    first = period.start or (found[0] if found else None)
    last = found[1] if found else first
    nothing = datetime.fromisoformat("1970-01-01T00:00:00+08:00")
    return day_of(first or nothing), day_of(last or nothing)


def _put(lines: Iterable[str], out: Path | None) -> None:
    """To standard output, or into a file that is there only once it is whole."""
    if out is None:
        sys.stdout.writelines(lines)
        return
    part = out.with_name(f"{out.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        fail(f"无法写入 / cannot be written: {error}", 2)
