"""`lanshou notify contact add|list|remove`, `lanshou notify list`: who is reached outside the console, and how."""

from getpass import getuser

import click
from sqlalchemy import Connection

from basics.days import iso
from channels.wecom import WECOM
from channels.wire import check_target
from commands.output import fail, from_input, refuse
from jobs.environment import of_this_process
from notify.actions import add_contact, remove_contact
from notify.messages import KINDS, PROVINCE, STATION, TO_KINDS, WAYS, Addressee, is_address, shown_address
from notify.queries import contact_list, letters
from storage.session import reading, run

STATES = ("waiting", "sent", "parked")
_who = click.argument("to_kind", type=click.Choice(TO_KINDS)), click.argument("to_code")
_how = click.option("--way", required=True, type=click.Choice(WAYS)), click.option("--address", required=True)


@click.group("notify")
def notify_group() -> None:
    """通知 / Messages to stations, province desks and HQ."""


@notify_group.group("contact")
def contact_group() -> None:
    """联系方式 / Where they are reached by e-mail, SMS or WeCom. TO_CODE: a station's code, a province, or - for HQ
    and finance. --address - reads standard input: the webhook of a group's robot is a secret."""


@contact_group.command("add")
@_who[0]
@_who[1]
@_how[0]
@_how[1]
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(tuple(KINDS)), help="只收这些 / only these; default all"
)
def add(to_kind: str, to_code: str, way: str, address: str, kinds: tuple[str, ...]) -> None:
    """新增联系方式 / Tell this address too, from now on."""
    env, address = of_this_process(), from_input(address)
    if not is_address(way, address):
        fail("不是邮箱地址、手机号或群机器人地址 / no e-mail address, mobile number or webhook of a robot")
    forbidden = check_target(address, private_targets=env.settings.private_targets) if way == WECOM else None
    if forbidden is not None:
        refuse(forbidden)
    whose = _addressee(to_kind, to_code)
    now = env.clock()
    if not run(env.engine, lambda conn: add_contact(conn, whose, way, address, sorted(set(kinds)), _by(), now)):
        fail("已有该联系方式,如需修改请先删除 / known already; remove it first to change it")
    click.echo("已新增 / added")


@contact_group.command("remove")
@_who[0]
@_who[1]
@_how[0]
@_how[1]
def remove(to_kind: str, to_code: str, way: str, address: str) -> None:
    """删除联系方式 / Tell this address no more. A robot's may be given as the list shows it."""
    whose = (to_kind, to_code if to_kind in (STATION, PROVINCE) else "")
    given = from_input(address)

    def work(conn: Connection) -> bool:
        known = [row.address for row in contact_list(conn, whose) if row.way == way]
        meant = [one for one in known if given in (one, shown_address(way, one))]
        return len(meant) == 1 and remove_contact(conn, whose, way, meant[0])

    if not run(of_this_process().engine, work):
        fail("没有该联系方式 / no such contact")
    click.echo("已删除 / removed")


@contact_group.command("list")
def list_contacts() -> None:
    """所有联系方式 / All contacts."""
    with reading(of_this_process().engine) as conn:
        rows = contact_list(conn)
    for row in rows:
        kinds = "、".join(KINDS[kind][0] if kind in KINDS else kind for kind in row.kinds) or "全部 all"
        click.echo(
            f"{row.to_kind} {row.to_code or '-'}  {row.way}  {shown_address(row.way, row.address)}  {kinds}"
            f"  {row.by} {iso(row.added_at)}"
        )


@notify_group.command("list")
@click.option("--state", type=click.Choice(STATES), help="状态 / state")
@click.option("--limit", default=50, type=click.IntRange(1, 10_000), show_default=True)
def list_letters(state: str | None, limit: int) -> None:
    """邮件、短信和企业微信的送达情况 / What went out by e-mail, SMS and WeCom, newest first, with the raw answers."""
    with reading(of_this_process().engine) as conn:
        rows = letters(conn, state or "", limit)
    for row in rows:
        when = iso(row.sent_at) or iso(row.next_at)
        tries = f"{row.attempts} 次" if row.attempts else "未发送"
        to = f"{row.to_kind} {row.to_code or '-'}"
        click.echo(
            f"#{row.id}  {iso(row.created_at)}  {to}  {row.way} {shown_address(row.way, row.address)}"
            f"  {_plain(row.subject)}"
        )
        click.echo(f"    {row.state} {tries} {when}  {_plain(row.last_answer or '')[:200]}")


def _plain(text: str) -> str:
    """In one line, and nothing that steers a terminal."""
    return "".join(one if one.isprintable() else "?" for one in " ".join(text.split()))


def _addressee(to_kind: str, to_code: str) -> Addressee:
    """One of the network. Ends the command when there is none."""
    env = of_this_process()
    with reading(env.engine) as conn:
        network = env.networks.get(conn)
    if to_kind == STATION and to_code not in network.stations:
        fail(f"没有网点 {to_code} / no station {to_code}")
    if to_kind == PROVINCE and to_code not in {one.province for one in network.stations.values()}:
        fail(f"网络中没有省份 {to_code} / no station of the network is in {to_code}")
    return (to_kind, to_code if to_kind in (STATION, PROVINCE) else "")


def _by() -> str:
    try:
        return f"cli:{getuser()}"[:80]
    except (KeyError, OSError):  # a user without a name
        return "cli"
