"""`lanshou users add|unlock`: accounts."""

from datetime import datetime

import click
from sqlalchemy import Connection

from basics.refusal import Refusal
from commands.output import fail, from_input, refuse
from jobs.environment import of_this_process
from people.access import Role
from people.actions import AuditEntry, NewUser, add_users, record, set_passwords
from people.factors.actions import forget
from people.passwords import hash_password, new_password, once, refuse_password
from people.queries import find_account
from storage.session import reading, writing


@click.group("users")
def users_group() -> None:
    """用户 / Users."""


@users_group.command("add")
@click.argument("login")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]), help="角色 / role")
@click.option("--name", help="姓名 / display name")
@click.option("--station", help="网点代码 / station code")
@click.option("--province", help="省 / province")
@click.password_option("--password", help="密码 / password; - reads it from standard input")
def add(login: str, role: str, name: str | None, station: str | None, province: str | None, password: str) -> None:
    """新增用户 / Add one account."""
    env = of_this_process()
    with reading(env.engine) as conn:
        network = env.networks.get(conn)
    if station is not None and station not in network.stations:
        fail(f"没有网点 {station} / no station {station}")
    if province is not None and province not in {one.province for one in network.stations.values()}:
        fail(f"网络中没有省份 {province} / no station of the network is in {province}")
    password = from_input(password)
    own_words = [login, name or "", network.stations[station].name if station else ""]
    refused = refuse_password(password, own_words)
    if refused is not None:
        refuse(refused)
    user = NewUser(login, name or login, Role(role), hash_password(password), station=station, province=province)
    with writing(env.engine) as conn:
        answer = add_users(conn, [user], env.clock())[0]
        if not isinstance(answer, Refusal):
            _audit(conn, answer, f"added {answer} {role}", env.clock())
    if isinstance(answer, Refusal):
        refuse(answer)
    click.echo(f"用户 {login} 已建立 / user {login} added")


@users_group.command("unlock")
@click.argument("login")
def unlock(login: str) -> None:
    """重置密码与第二验证 / For whoever can no longer get in, above all the last admin: a password to be used once."""
    env, password = of_this_process(), new_password()
    stored = once(hash_password(password), env.clock())
    with writing(env.engine) as conn:
        account = find_account(conn, login)
        if account is not None and not account.disabled:
            set_passwords(conn, {account.actor.user_id: stored}, env.clock())
            forget(conn, [account.actor.user_id])
            _audit(conn, account.actor.user_id, f"unlocked {account.actor.user_id}", env.clock())
    if account is None or account.disabled:
        fail(f"没有可登录的用户 {login} / no user {login} who can log in")
    click.echo(f"一次性密码 (3 天) / password to be used once, for 3 days: {password}")


def _audit(conn: Connection, user_id: int, subject: str, now: datetime) -> None:
    """Nobody is logged in on the server: the row stands under the account itself, with `server` for an address."""
    record(conn, [AuditEntry(user_id, "user", subject, "server")], now)
