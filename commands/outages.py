"""`lanshou outages list|add`: when this system or a channel was away (VIO-3)."""

import csv
from datetime import datetime
from io import StringIO

import click
from sqlalchemy import Connection

from basics.days import iso
from basics.refusal import Refusal
from basics.text import TextError, clean
from channels.registry import CHANNELS
from commands.output import fail, refuse
from commands.replay import Instant
from dispatch.outage_news.actions import look_again
from jobs.environment import of_this_process
from reports.export import harmless
from sla.availability.actions import enter
from sla.availability.queries import listed
from sla.outages import NOTE_LIMIT, OURS, Outage
from storage.session import reading, run

MOST = 1_000
BY = "命令行 / command line"


@click.group("outages")
def outages_group() -> None:
    """故障 / Outages: minutes in which no station could act, or a channel could not be reached."""


@outages_group.command("list")
def list_command() -> None:
    """最近的故障 / The last ones as CSV, newest first; without an end: it goes on."""
    with reading(of_this_process().engine) as conn:
        found = listed(conn, MOST)
    heads = ("source", "from", "until", "noticed_at", "by", "note")
    rows = [
        (
            row.source,
            iso(row.started_at),
            iso(row.ended_at) if row.ended_at else "",
            iso(row.noticed_at),
            row.by,
            row.note,
        )
        for row in found
    ]
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows([[harmless(cell) for cell in row] for row in (heads, *rows)])
    click.echo(out.getvalue(), nl=False)


@outages_group.command("add")
@click.argument("source", type=click.Choice([OURS, *CHANNELS]))
@click.option("--from", "since", type=Instant(), required=True, help="开始 / it began")
@click.option("--until", type=Instant(), required=True, help="结束 / it ended")
@click.option("--note", required=True, help="说明 / where this is known from")
def add(source: str, since: datetime, until: datetime, note: str) -> None:
    """登记故障 / Enter an outage that is over; open suspicions it concerns are checked again within minutes."""
    try:
        note = clean(note, NOTE_LIMIT).strip()
    except TextError as error:
        fail(f"--note: {error.code}")
    env = of_this_process()

    def work(conn: Connection) -> Refusal | None:
        said = enter(conn, source, [source], (since, until), BY, note, env.clock())
        if said is None:
            look_again(conn, [Outage(source, since, until)], env.clock())
        return said

    refusal = run(env.engine, work)
    if refusal is not None:
        refuse(refusal)
    click.echo(f"已登记 / entered: {source} {iso(since)} – {iso(until)}")
