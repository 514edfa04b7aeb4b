"""`lanshou channels set|list`: credentials and addresses of channels."""

import click

from channels import actions
from channels.queries import load_channels, outbox_counts
from channels.wire import check_target, has_address
from commands.output import fail, from_input, refuse
from jobs.environment import of_this_process
from storage.session import reading, writing


@click.group("channels")
def channels_group() -> None:
    """渠道 / Channels."""


@channels_group.command("set")
@click.argument("name")
@click.argument("values", nargs=-1, required=True, metavar="KEY=VALUE…")
def set_(name: str, values: tuple[str, ...]) -> None:
    """设置渠道 / Set what the channel needs, feedback_url=…, enabled=true|false, sources=… . KEY=- reads the value from
    standard input. An old secret stays valid for 24 h."""
    given = dict(_pair(value) for value in values)
    env = of_this_process()
    url = given.get("feedback_url", "")
    if url.startswith(("http://", "https://")):
        forbidden = check_target(url, private_targets=env.settings.private_targets)
        if forbidden is not None:
            refuse(forbidden)
        if not has_address(url):
            click.echo("警告: 主机名现在解析不到,发送时再查 / warning: the host has no address now", err=True)
    given = {key: from_input(value) for key, value in given.items()}
    with writing(env.engine) as conn:
        refusal = actions.set_channel(conn, env.master(), name, given, env.clock())
    if refusal is not None:
        refuse(refusal)
    click.echo(f"渠道 {name} 已保存 / channel {name} saved")


def _pair(text: str) -> tuple[str, str]:
    key, sep, value = text.partition("=")
    if not sep:
        fail(f"应为 KEY=VALUE / expected KEY=VALUE: {key}")
    return key, value


@channels_group.command("list")
def list_() -> None:
    """渠道一览 / Channels, and what they still have to hear."""
    env = of_this_process()
    with reading(env.engine) as conn:
        known, counts = load_channels(conn, env.master(), env.clock()), outbox_counts(conn)
    for name, one in sorted(known.items()):
        states = ", ".join(f"{state} {n}" for (owner, state), n in sorted(counts.items()) if owner == name)
        secrets = sum(map(len, one.credential.secrets.values()))
        click.echo(f"{name}\t{'启用/on' if one.enabled else '停用/off'}\t密钥/secrets {secrets}\t{states or '-'}")
