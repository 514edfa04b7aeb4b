"""`lanshou audit head|verify|search`: where the chain over the audit ends, whether it is whole, who did what."""

import csv
import sys
from datetime import date, timedelta

import click
from sqlalchemy.exc import DBAPIError

from basics.days import iso, midnight
from commands.database import DATABASE, settings_for, sqlite_file
from commands.ledger import Day
from commands.output import fail
from dispatch.lists.queries import search as search_orders
from jobs.environment import of_this_process
from people.access import EVERYWHERE
from people.audit.queries import Sought, head_of, search
from people.queries import find_account
from reports.export import harmless
from storage.session import connect, reading, snapshot
from verify.audit.chain import parse_head
from verify.audit.queries import audit_findings

SHOWN = 20
LONGEST = 93  # days of one search (B-107)
MOST = 10_000  # rows of one search


@click.group("audit")
def audit_group() -> None:
    """审计 / The audit: every act and every look, chained."""


@audit_group.command("head")
def head_command() -> None:
    """链头 / Where the chain ends now, as SEQ:HASH, for `lanshou audit verify --head`; keep it elsewhere."""
    with reading(of_this_process().engine) as conn:
        last = head_of(conn)
    click.echo(f"{last.seq}:{last.chain}")


@audit_group.command("verify")
@DATABASE
@click.option("--head", metavar="SEQ:HASH", multiple=True, help="当时的链头 / a head that was kept elsewhere")
def verify_command(database: str | None, head: tuple[str, ...]) -> None:
    """核对 / Whether no row was altered, deleted or put in; ends with 1 when one was, with 2 when it cannot look."""
    url = settings_for(database).database_url
    file = sqlite_file(url)
    if file is not None and not file.is_file():
        fail(f"没有这个数据库文件 / no such database file: {file}", 2)
    engine = connect(url)
    count = 0
    try:
        heads = [parse_head(text) for text in head]
        with snapshot(engine) as conn:
            end = head_of(conn)
            for one in audit_findings(conn, heads):
                count += 1
                if count <= SHOWN:
                    click.echo(f"{one.table} {one.key}: {one.message}")
    except ValueError as error:
        fail(f"--head: {error}", 2)
    except DBAPIError as error:
        fail(f"数据库无法核对 / the database cannot be checked: {error.orig}", 2)
    finally:
        engine.dispose()
    if count:
        fail(f"{count} 处不符 / findings")
    click.echo(f"正常 OK: {end.seq}:{end.chain}")


@audit_group.command("search")
@click.option("--user", "login", help="登录名 / login")
@click.option("--what", default="", help="事项 / what was done, such as unmask or acts.accept")
@click.option("--order", "number", help="物流单号或运单号 / logistics or waybill number")
@click.option("--request", "request_id", default="", help="请求编号 / request id")
@click.option("--from", "since", type=Day(), help="自该日 / on this day or later; without both: the last 93 days")
@click.option("--until", type=Day(), help="至该日 / on this day or before")
def search_command(
    login: str | None, what: str, number: str | None, request_id: str, since: date | None, until: date | None
) -> None:
    """查询 / Who did or looked at what, newest first, as CSV."""
    env = of_this_process()
    start, end = _range(since, until, env.clock().date() + timedelta(days=1))
    with reading(env.engine) as conn:
        account = find_account(conn, login) if login else None
        if login and account is None:
            fail(f"没有用户 {login} / no user {login}", 2)
        orders = [row.id for row in search_orders(conn, EVERYWHERE, [number])] if number else None
        user_id = account.actor.user_id if account else None
        sought = Sought(user_id, what, orders, request_id, midnight(start), midnight(end + timedelta(days=1)))
        rows = search(conn, sought, limit=MOST)
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(
        ("id", "happened_at", "login", "what", "order_id", "subject", "reason", "address", "request_id", "link")
    )
    out.writerows(
        (
            row.id, iso(row.happened_at), harmless(row.login), row.what, row.order_id, harmless(row.subject),
            harmless(row.reason), row.address, row.request_id, row.link,
        )
        for row in rows
    )  # fmt: skip
    if len(rows) == MOST:
        click.echo(f"仅前 {MOST} 行 / the first {MOST} rows only", err=True)


def _range(since: date | None, until: date | None, today: date) -> tuple[date, date]:
    end = until or (since + timedelta(days=LONGEST - 1) if since else today)
    start = since or end - timedelta(days=LONGEST - 1)
    if start > end:
        fail("--until 早于 --from / --until is before --from", 2)
    if (end - start).days >= LONGEST:
        fail(f"最多查询 {LONGEST} 天 / at most {LONGEST} days", 2)
    return start, end
