"""`lanshou outbox list|retry|give-up`: what could not be told, the raw answers, a person's decision (CHAN-4)."""

import csv
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from getpass import getuser
from typing import Any

import click
from sqlalchemy import ColumnElement, Row

from basics.days import iso
from channels.feedback import GIVEN_UP, PARKED, SENT, WAITING
from channels.outbox.actions import give_up, send_again
from channels.outbox.queries import all_stuck, batches, by_ids, held_up, left_out, listed, of_channel, these
from channels.registry import OUTBOUND
from commands.output import fail
from jobs.environment import of_this_process
from people.masking import HIDDEN, mask_answer
from storage.session import reading, run

STATES = (PARKED, WAITING, GIVEN_UP, SENT)
COLUMNS = (
    "id", "channel", "logistics_no", "seq", "kind", "state", "attempts", "created_at", "next_at", "put_off",
    "handled_by", "handled_at", "last_status", "last_answer",
)  # fmt: skip
CHUNK = 1_000
RESUME = "恢复 / to resume: lanshou channels set {} feedback_url=…, 控制台「渠道」/ or the page 渠道"
SHOWN = 300  # characters of an answer on the screen; a CSV has all of it
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Meant = Callable[[str], ColumnElement[bool]]
Channel = click.option("--channel", type=click.Choice(sorted(OUTBOUND)), help="渠道 / only this channel")


@click.group("outbox")
def outbox_group() -> None:
    """回传 / What channels and senders still have to hear."""


@outbox_group.command("list")
@Channel
@click.option("--state", type=click.Choice(STATES), default=PARKED, show_default=True, help="状态 / state")
@click.option("--format", "form", type=click.Choice(("text", "csv")), default="text", show_default=True)
def list_(channel: str | None, state: str, form: str) -> None:
    """列出 / Messages in a state, oldest first, each with the raw answer."""
    rows = _rows(channel or "", state)
    if form == "csv":
        out = csv.writer(sys.stdout, lineterminator="\n")
        out.writerow(COLUMNS)
        out.writerows([_cell(value) for value in _values(row)] for row in rows)
        return
    count = 0
    for row in rows:
        count += 1
        number = row.payload.get("logistics_no") or "-"
        more = f" 下次/next {iso(row.next_at)}" if row.next_at else ""
        more += f" {row.handled_by} {iso(row.handled_at)}" if row.handled_by else ""
        click.echo(f"{row.id}\t{row.channel}\t{number}\t{row.kind}\t{row.state}\t{row.attempts}{more}")
        answer = _answer_of(row)
        if answer is not None:
            click.echo(f"\t{row.last_status or '-'} {printable(answer)[:SHOWN]}")
    click.echo(f"{count} 条 / messages", err=True)


def _rows(channel: str, state: str) -> Iterator[Row[Any]]:
    """Page by page: there may be very many."""
    after: int | None = 0
    env = of_this_process()
    while after is not None:
        with reading(env.engine) as conn:
            page = listed(conn, channel, state, after, CHUNK)
        yield from page.rows
        after = page.following


def _values(row: Row[Any]) -> list[Any]:
    told = {"last_answer": _answer_of(row)}
    at = {"created_at": iso(row.created_at), "next_at": iso(row.next_at), "handled_at": iso(row.handled_at)}
    known = row._asdict() | at | told | {"logistics_no": row.payload.get("logistics_no")}
    return [known[column] for column in COLUMNS]


def _answer_of(row: Row[Any]) -> str | None:
    """As anybody may see it (ROLE-2): of a message to a sender without his number or address too."""
    if row.last_answer is None:
        return None
    keep = [str(row.payload.get(one) or "") for one in ("logistics_no", "waybill_no")]
    to = str(row.payload.get("to") or "")
    return mask_answer(row.last_answer.replace(to, HIDDEN) if to else row.last_answer, keep)


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula stays a text."""
    if not isinstance(value, str):
        return value
    text = "".join(one if one in "\n\t" else printable(one) for one in value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def printable(text: str) -> str:
    """On one line, without anything that steers a terminal: an answer is a stranger's text."""
    return "".join(
        one.encode("unicode_escape").decode() if unicodedata.category(one)[0] == "C" else one for one in text
    )


@outbox_group.command("retry")
@click.argument("ids", nargs=-1, type=click.IntRange(1, 2**63 - 1))
@Channel
@click.option("--all", "everything", is_flag=True, help="全部 / whatever is stuck")
def retry(ids: tuple[int, ...], channel: str | None, everything: bool) -> None:
    """重发 / Send again: parked messages from the start, put-off ones now. Those that a channel asked to wait, and
    those to senders that are older than 24 h, only by their number."""
    env = of_this_process()
    at = env.clock()
    which = _which(ids, channel, everything, partial(all_stuck, at))
    count = run(env.engine, lambda conn: sum(send_again(conn, some, _who(), at) for some in which))
    with reading(env.engine) as conn:
        old = 0 if ids else left_out(conn, at, channel or "")
        blocked = {name: why for some in which for name, why in held_up(conn, some, at).items()} if count else {}
    if old:
        click.echo(
            f"{old} 条短信/邮件超过 24 小时,未重发,可按编号重发 / older than 24 h left out: by number only", err=True
        )
    for name, why in blocked.items():
        click.echo(f"{name}: {why}; {RESUME.format(name)}", err=True)
    _answer(ids, count, "已安排重发 / to be sent again")


@outbox_group.command("give-up")
@click.argument("ids", nargs=-1, type=click.IntRange(1, 2**63 - 1))
@Channel
def give_up_command(ids: tuple[int, ...], channel: str | None) -> None:
    """放弃 / Parked messages need not be sent any more; later ones of their orders go on."""
    which = _which(ids, channel, False, of_channel)
    env = of_this_process()
    count = run(env.engine, lambda conn: sum(give_up(conn, some, _who(), env.clock()) for some in which))
    _answer(ids, count, "已放弃 / given up")


def _which(ids: Sequence[int], channel: str | None, everything: bool, meant: Meant) -> list[ColumnElement[bool]]:
    """The messages meant, by exactly one of the three ways; in parts, all for one transaction."""
    if (bool(ids), bool(channel), everything).count(True) != 1:
        fail("请给出编号、--channel 或 --all 之一 / give numbers, --channel or --all, one of them", 2)
    return [these(some) for some in batches(ids)] if ids else [meant(channel or "")]


def _who() -> str:
    try:
        return f"cli:{getuser()}"[:64]
    except (KeyError, OSError):  # a user without a name
        return "cli"


def _answer(ids: Sequence[int], count: int, done: str) -> None:
    """How many; of numbers those that were not, with what they are, and then exit code 1."""
    click.echo(f"{count} 条{done}")
    if count >= len(set(ids)):
        return
    with reading(of_this_process().engine) as conn:
        states = {row.id: row.state for row in by_ids(conn, ids)}
    unknown = [str(one) for one in ids if one not in states]
    if unknown:
        fail(f"没有这些编号 / no such numbers: {', '.join(unknown)}")
    fail(f"{len(set(ids)) - count} 条不能这样处理 / could not: not parked or put off")
