"""`lanshou outages list|add|withdraw`: when this system or a channel was away (VIO-3)."""

import csv
from collections.abc import Callable
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
from jobs.environment import of_this_process
from people.access import Action, may
from people.actions import AuditEntry, record
from people.queries import find_account
from reports.export import harmless
from sla.availability.actions import enter, withdraw
from sla.availability.queries import listed
from sla.outages import NOTE_LIMIT, OURS
from storage.session import reading, run

MOST = 1_000
_BY = click.option("--by", "login", required=True, help="总部登录名 / login of someone of headquarters")
_NOTE = click.option("--note", required=True, help="说明 / where this is known from")


@click.group("outages")
def outages_group() -> None:
    """故障 / Outages: minutes in which no station could act, or a channel could not be reached."""


@outages_group.command("list")
def list_command() -> None:
    """最近的故障 / The last ones as CSV, newest first; without an end: it goes on."""
    with reading(of_this_process().engine) as conn:
        found = listed(conn, MOST)
    heads = ("source", "from", "until", "noticed_at", "by", "note", "id", "withdrawn_at", "withdrawn_by")
    rows = [
        (
            row.source,
            iso(row.started_at),
            iso(row.ended_at) if row.ended_at else "",
            iso(row.noticed_at),
            row.by,
            row.note,
            row.id,
            iso(row.withdrawn_at) if row.withdrawn_at else "",
            row.withdrawn_by or "",
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
@_BY
@_NOTE
def add(source: str, since: datetime, until: datetime, login: str, note: str) -> None:
    """登记故障 / Enter an outage that is over; open suspicions it concerns are checked again within minutes."""

    def act(conn: Connection, by: str, now: datetime) -> Refusal | None:
        return enter(conn, source, [source], (since, until), by, cleaned, now)

    cleaned = _clean(note)
    _do(login, source, cleaned, act)
    click.echo(f"已登记 / entered: {source} {iso(since)} – {iso(until)}")


@outages_group.command("withdraw")
@click.argument("outage", type=click.IntRange(1))
@_BY
@_NOTE
def withdraw_command(outage: int, login: str, note: str) -> None:
    """撤回故障 / Take back an outage, by its id in the list; suspicions it excused are checked again within minutes."""
    _do(login, f"withdrawn {outage}", _clean(note), lambda conn, by, now: withdraw(conn, outage, by, now))
    click.echo(f"已撤回 / taken back: {outage}")


def _clean(note: str) -> str:
    try:
        return clean(note, NOTE_LIMIT).strip()
    except TextError as error:
        fail(f"--note: {error.code}")


def _do(login: str, subject: str, note: str, act: Callable[[Connection, str, datetime], Refusal | None]) -> None:
    env = of_this_process()
    with reading(env.engine) as conn:
        account = find_account(conn, login)
    if account is None or account.disabled or not may(account.actor, Action.ENTER_OUTAGE):
        fail(f"{login} 不能登记故障 / may not enter outages")
    actor, now = account.actor, env.clock()

    def work(conn: Connection) -> Refusal | None:
        said = act(conn, actor.name, now)
        if said is None:
            record(conn, [AuditEntry(actor.user_id, "outage", subject, "", reason=note)], now)
        return said

    refusal = run(env.engine, work)
    if refusal is not None:
        refuse(refusal)
