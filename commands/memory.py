"""`lanshou memory count|list|misrouting`: what transfers say of streets and estates, and how much is routed wrongly."""

import csv
from io import StringIO

import click

from commands.output import fail
from dispatch.memory.misrouted.queries import misrouting
from dispatch.memory.queries import counted_at, decided_proposals, open_proposals
from dispatch.misrouting import last_weeks, of_all, side_by_side
from geo.addresses import packaged as gazetteer
from jobs import tasks
from jobs.environment import of_this_process
from reports.export import harmless
from storage.session import reading

MOST_WEEKS = 52


@click.group("memory")
def memory_group() -> None:
    """地名归属 / Routing memory: votes, proposals, misrouting. Adopting is a person's act, in the console."""


@memory_group.command("count")
def count_command() -> None:
    """计票 / Count the votes of new log lines now, instead of waiting for the timetable."""
    env = of_this_process()
    tasks.memory(env)
    with reading(env.engine) as conn:
        waiting = len(open_proposals(conn))
    click.echo(f"已计票,待决定建议 {waiting} 条 / counted, {waiting} proposals wait")


@memory_group.command("list")
@click.option("--decided", is_flag=True, help="已决定的 / those decided last")
def list_command(decided: bool) -> None:
    """建议 / Proposals as CSV, those that wait by default."""
    with reading(of_this_process().engine) as conn:
        found = decided_proposals(conn) if decided else open_proposals(conn)
        at = counted_at(conn)
    heads = ("id", "adcode", "district", "fragment", "station", "for", "against", "state", "by", "note")
    rows = [
        (one.id, one.adcode, gazetteer().name(one.adcode), one.fragment, one.station, one.votes_for, one.votes_against,
         one.state, one.decided_by or "", one.note)
        for one in found
    ]  # fmt: skip
    _print([heads, *rows])
    if at is None:
        click.echo("尚未计票 / nothing was counted yet", err=True)


@memory_group.command("misrouting")
@click.option("--weeks", type=click.IntRange(1, MOST_WEEKS), default=8, show_default=True, help="周数 / how many weeks")
def misrouting_command(weeks: int) -> None:
    """误派 / Misrouting by district and week as CSV; the first rows, without a district, are all together."""
    env = of_this_process()
    asked = last_weeks(env.clock(), weeks)
    with reading(env.engine) as conn:
        # Week by week: the whole country's takes some ten seconds, and a statement must end within two minutes.
        districts = side_by_side([misrouting(conn, [week]) for week in asked])
    if not districts:
        fail("这些周没有订单 / no orders in these weeks")
    heads = ("adcode", "district", "week", "orders", "misrouted", "share", "unsure")
    rows = [
        (one.adcode, name, week, f.orders, f.misrouted, f"{f.share:.4f}", f.unsure)
        for one, name in [(of_all(districts, weeks), "*"), *((one, gazetteer().name(one.adcode)) for one in districts)]
        for (week, _, _), f in zip(asked, one.weeks, strict=True)
        if f.orders
    ]
    _print([heads, *rows])


def _print(rows: list[tuple[object, ...]]) -> None:
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows([[harmless(cell) for cell in row] for row in rows])
    click.echo(out.getvalue(), nl=False)
