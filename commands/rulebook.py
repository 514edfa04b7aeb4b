"""`lanshou rulebook check|diff|propose|approve|list|show`: editions of the rulebook (DAY-1, ROLE-3)."""

import csv
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import TypeVar

import click
from sqlalchemy import Connection

from basics.days import day_of, iso
from basics.refusal import Refusal
from basics.text import TextError, clean
from commands.output import fail, refuse
from editions import actions
from editions.queries import approved, edition_text, proposal, proposals
from editions.rules import APPROVED, MOST_BYTES, REASON_LIMIT, Draft, last_call, read_text, signed
from jobs.environment import of_this_process
from people.access import Action, Actor, may
from people.actions import AuditEntry, record
from people.queries import find_account
from reports.export import harmless
from rulebook.book import packaged_texts, read_edition
from rulebook.differences import Change, differences
from rulebook.rule_texts import rule_texts
from storage.session import reading, run

Result = TypeVar("Result")
MOST_DIGITS = 18
LEAST_DIGITS = 12  # of a hash: nobody makes two texts that begin alike so far
BY = click.option("--by", "login", required=True, metavar="LOGIN", help="管理员 / an admin's login")
REASON = click.option("--reason", required=True, help="理由 / why")
FILE = click.Path(path_type=Path)


@click.group("rulebook")
def rulebook_group() -> None:
    """规则版本 / Editions of the rulebook: one admin proposes, another approves."""


@rulebook_group.command("check")
@click.argument("file", type=FILE)
def check_command(file: Path) -> None:
    """检查 / Read an edition's text and say what is wrong with it; ends with 1 when anything is. Needs no database."""
    edition = _draft(file).edition
    click.echo(f"规则版本 / edition: {edition.name}")
    click.echo(f"生效日 / effective: {edition.effective}")
    click.echo(f"SHA-256: {edition.text_sha256}")


@rulebook_group.command("diff")
@click.argument("a")
@click.argument("b")
@click.option("--json", "as_json", is_flag=True, help="JSON")
def diff_command(a: str, b: str, as_json: bool) -> None:
    """比较 / What B changes in A, key by key. Each is an edition's name, a proposal's number or a file."""
    found = differences(_text(a), _text(b))
    if as_json:
        click.echo(json.dumps([asdict(change) for change in found], ensure_ascii=False, indent=1))
        return
    for change in found:
        click.echo(_line(change))
    click.echo(f"{len(found)} 处不同 / differences", err=True)


@rulebook_group.command("propose")
@click.argument("file", type=FILE)
@BY
@REASON
def propose_command(file: Path, login: str, reason: str) -> None:
    """提案 / Propose an edition."""
    draft = _draft(file)
    env, why = of_this_process(), _reason(reason)

    def work(conn: Connection, actor: Actor) -> int | Refusal:
        by = signed(actor.name, actor.user_id)
        number = actions.propose(conn, draft, env.shipped, by, why, env.clock())
        if not isinstance(number, Refusal):
            _audit(conn, actor, f"proposed {number} {draft.edition.name}", why)
        return number

    number = _as_admin(login, work)
    calendar = env.book.at(env.clock())
    until = last_call(draft.edition.effective, calendar).date() - timedelta(days=1)
    click.echo(f"提案 {number} / proposal {number}: {draft.edition.name}, SHA-256 {draft.edition.text_sha256}")
    click.echo(f"须由另一名管理员在 {until} 结束前批准 / another admin must approve it by the end of {until}")


@rulebook_group.command("approve")
@click.argument("number", type=click.IntRange(1, 10**MOST_DIGITS))
@click.option("--decline", is_flag=True, help="驳回 / decline it instead")
@click.option("--sha256", default="", help="所审文本的哈希(或其开头) / the hash of the text you read, or its beginning")
@BY
@REASON
def approve_command(number: int, decline: bool, sha256: str, login: str, reason: str) -> None:
    """审批 / Approve a proposal, or decline it. The checker is not the maker (ROLE-3)."""
    if not decline and len(sha256) < LEAST_DIGITS:
        fail(
            f"批准须写明所审文本的哈希,至少 {LEAST_DIGITS} 位: --sha256"
            f" / name the hash of the text you read, at least {LEAST_DIGITS} digits: --sha256",
            2,
        )
    env, why = of_this_process(), _reason(reason)

    def work(conn: Connection, actor: Actor) -> str | Refusal:
        by, at = signed(actor.name, actor.user_id), env.clock()
        if decline:
            refused = actions.decline(conn, number, by, why, at)
            told: str | Refusal = refused or f"提案 {number} 已驳回 / proposal {number} declined"
        else:
            edition = actions.approve(conn, number, env.shipped, by, why, at, sha256.lower())
            told = (
                edition
                if isinstance(edition, Refusal)
                else f"规则版本 {edition.name} 已批准,{edition.effective} 生效 / approved, in force from that day"
            )
        if not isinstance(told, Refusal):
            _audit(conn, actor, f"{'declined' if decline else 'approved'} {number}", why)
        return told

    click.echo(_as_admin(login, work))


@rulebook_group.command("list")
def list_command() -> None:
    """列表 / Editions and proposals as CSV: those approved by effective day, then proposals, newest first."""
    env = of_this_process()
    now = env.clock()
    with reading(env.engine) as conn:
        editions, asked = approved(conn), proposals(conn)
    now_in_force, today = env.book.at(now).name, day_of(now).isoformat()
    rows: list[tuple[object, ...]] = [
        ("", one.name, one.effective, _state(one.name == now_in_force, one.effective > today), one.maker, one.checker,
         iso(one.approved_at), one.sha256)
        for one in editions
    ] + [
        (one.id, one.name, one.effective, one.state, one.maker, one.checker or "",
         iso(one.decided_at or one.proposed_at), one.sha256)
        for one in asked
        if one.state != APPROVED
    ]  # fmt: skip
    out = StringIO()
    heads = ("proposal", "name", "effective", "state", "maker", "checker", "at", "sha256")
    csv.writer(out, lineterminator="\n").writerows([heads, *([harmless(cell) for cell in row] for row in rows)])
    click.echo(out.getvalue(), nl=False)


@rulebook_group.command("show")
@click.argument("name")
@click.option("--words", is_flag=True, help="规则条文 / the rules in words instead of the text")
def show_command(name: str, words: bool) -> None:
    """查看 / The text of an edition, of a proposal by its number, or of a file; byte for byte."""
    text = _text(name)
    if not words:
        click.echo(text.encode(), nl=False)
        return
    for rule in rule_texts(read_edition(text)).values():
        click.echo(f"{rule.rule}  {rule.zh}\n    {rule.en}")


def _state(in_force: bool, coming: bool) -> str:
    return "in force" if in_force else "coming" if coming else "past"


def _line(change: Change) -> str:
    old, new = ("∅" if value is None else json.dumps(value, ensure_ascii=False) for value in (change.old, change.new))
    unit = f" {change.unit}" if change.unit else ""
    return f"{change.key}: {old} → {new}{unit}{f'  [{change.rule}]' if change.rule else ''}"


def _draft(file: Path) -> Draft:
    """An edition's text from a file. What cannot be used ends the command."""
    try:
        with file.open("rb") as opened:
            draft = read_text(opened.read(MOST_BYTES + 1))
    except OSError as error:
        fail(f"{file}: {error.strerror or error}", 2)
    if isinstance(draft, Refusal):
        refuse(draft)
    return draft


def _text(which: str) -> str:
    """The text that a word of the command line means. None there ends the command."""
    shipped = next((text for text in packaged_texts() if read_edition(text).name == which), None)
    if shipped is not None:
        return shipped
    if which.isascii() and which.isdigit() and len(which) <= MOST_DIGITS:
        with reading(of_this_process().engine) as conn:
            found = proposal(conn, int(which))
        if found is None:
            fail(f"没有提案 {which} / no proposal {which}")
        return str(found.text)
    if Path(which).is_file():
        return _draft(Path(which)).text
    with reading(of_this_process().engine) as conn:
        text = edition_text(conn, which[:64])
    if text is None:
        fail(f"没有这个规则版本、提案或文件 / no such edition, proposal or file: {which}")
    return text


def _reason(given: str) -> str:
    try:
        return clean(given, REASON_LIMIT).strip()
    except TextError as error:
        fail(f"理由无法使用 / the reason cannot be used [{error.code}]")


def _as_admin(login: str, work: Callable[[Connection, Actor], Result | Refusal]) -> Result:
    """`work` in one transaction, by the person with this login. Only admins manage the rulebook (ROLE-1)."""

    def inside(conn: Connection) -> Result | Refusal:
        account = find_account(conn, login)
        if account is None or account.disabled or not may(account.actor, Action.MANAGE_RULEBOOK):
            return Refusal("not_an_admin", f"{login} 不是可用的管理员账号 / is no account of an admin", "by")
        return work(conn, account.actor)

    result = run(of_this_process().engine, inside)
    if isinstance(result, Refusal):
        refuse(result)
    return result


def _audit(conn: Connection, actor: Actor, subject: str, reason: str) -> None:
    record(conn, [AuditEntry(actor.user_id, "rulebook", subject, "", reason=reason)], of_this_process().clock())
