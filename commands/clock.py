"""`lanshou clock status|accept`: processes whose clocks are off, and an admin's word that one may go on (D9, F-38)."""

import click
from sqlalchemy import Connection

from basics.days import iso
from basics.refusal import Refusal
from basics.text import TextError, clean
from commands.output import fail, refuse
from jobs.clock_watch import ClockWatch
from jobs.environment import of_this_process
from people.access import Action, may
from people.actions import AuditEntry, record
from people.queries import find_account
from sla.clock_safety import actions
from sla.clock_safety.queries import alarms
from sla.outages import NOTE_LIMIT
from storage.session import reading, run

MOST = 50


@click.group("clock")
def clock_group() -> None:
    """时钟 / Clocks of this installation's processes."""


@clock_group.command("status")
def status() -> None:
    """时钟告警 / This host's clock against the database's, and the last alarms. Exit code 1 when one is open."""
    env = of_this_process()
    with reading(env.engine) as conn:
        off, found = ClockWatch(env.clock).difference(conn), alarms(conn, MOST)
    click.echo(
        "本机与数据库同一时钟 / the database goes by this host's clock"
        if off is None
        else f"本机与数据库相差 / this host is off the database by: {off.total_seconds():+.3f} s"
    )
    for row in found:
        state = f"ended {iso(row.ended_at)}" if row.ended_at else "OPEN"
        accepted = f", accepted by {row.accepted_by} {iso(row.accepted_at)}" if row.accepted_at else ""
        click.echo(
            f"{row.process}  {row.seconds:+.1f} s  {iso(row.noticed_at)} – {iso(row.last_at)}  {state}{accepted}"
        )
    if any(row.ended_at is None for row in found):
        raise SystemExit(1)


@clock_group.command("accept")
@click.argument("process")
@click.option("--by", "login", required=True, help="管理员登录名 / login of an admin")
@click.option("--note", required=True, help="理由 / why")
def accept(process: str, login: str, note: str) -> None:
    """确认 / The process goes on by its clock as it is, from its next look on."""
    try:
        note = clean(note, NOTE_LIMIT).strip()
    except TextError as error:
        fail(f"--note: {error.code}")
    env = of_this_process()
    with reading(env.engine) as conn:
        account = find_account(conn, login)
    if account is None or account.disabled or not may(account.actor, Action.ACCEPT_CLOCK):
        fail(f"{login} 不是管理员 / is no admin")
    actor, now = account.actor, env.clock()

    def work(conn: Connection) -> Refusal | None:
        said = actions.accept(conn, process, actor.name, note, now)
        if said is None:
            record(conn, [AuditEntry(actor.user_id, "clock", process[:64], "", reason=note)], now)
        return said

    refusal = run(env.engine, work)
    if refusal is not None:
        refuse(refusal)
    click.echo(f"已确认,几秒内恢复 / accepted, it goes on in a few seconds: {process}")
