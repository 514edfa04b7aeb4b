"""`lanshou channels set|list|show`: credentials and addresses of channels, and how they do."""

import click

from basics.days import iso
from basics.refusal import Refusal
from channels import actions
from channels.errors_seen.queries import HOUR, SetUp, errors, set_up, traffic
from channels.feedback import PARKED, WAITING
from channels.outbox.queries import counts
from channels.queries import load_channels, outbox_counts
from channels.registry import ADAPTERS, OUTBOUND
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
    given = {key: from_input(value) for key, value in map(_pair, values)}
    env = of_this_process()
    url = given.get("feedback_url", "")
    if url.startswith(("http://", "https://", "smtp://", "smtps://")):
        forbidden = check_target(url, private_targets=env.settings.private_targets)
        if forbidden is not None:
            refuse(forbidden)
        if not has_address(url):
            click.echo("警告: 主机名现在解析不到,发送时再查 / warning: the host has no address now", err=True)
    with writing(env.engine) as conn:
        refusal = actions.set_channel(conn, env.master(), name, given, env.clock())
        known = set_up(conn, env.clock()).get(name)
    if refusal is not None or known is None:
        refuse(refusal or Refusal("channel_unknown", "没有这个渠道 / no such channel", "name"))
    click.echo(f"渠道 {name} 已保存 / channel {name} saved")
    for words, lacking in _lacking(known):
        click.echo(f"警告: {words}: {', '.join(lacking)}", err=True)


def _lacking(known: SetUp) -> list[tuple[str, list[str]]]:
    """What a channel still needs before it can push, and before it can be told everything."""
    adapter, out = ADAPTERS.get(known.name), OUTBOUND[known.name]
    inward = (*adapter.needs, *adapter.also_needs(known.settings)) if adapter else ()
    found = [("收单还缺 / no push can be verified without", known.lacks(inward))]
    outward = known.lacks(out.needs) + ([] if known.feedback_url else ["feedback_url"])
    found.append(("回传还缺 / the channel cannot be told in full without", outward))
    return [(words, lacking) for words, lacking in found if lacking]


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


@channels_group.command("show")
@click.argument("name", type=click.Choice(tuple(OUTBOUND)))
def show(name: str) -> None:
    """渠道详情 / One channel: what is set, how old its secrets are (never the secrets), its last push and errors."""
    env = of_this_process()
    now = env.clock()
    with reading(env.engine) as conn:
        known = set_up(conn, now).get(name)
        told = traffic(conn, [name], now)[name]
        waiting = counts(conn, (WAITING, PARKED))
        seen, more = errors(conn, name, now)
    if known is None:
        fail(f"渠道 {name} 尚未设置 / channel {name} is not set up; see docs/channels/{name}.md")
    click.echo(f"{name}\t{'启用/on' if known.enabled else '停用/off'}")
    for words, lacking in _lacking(known):
        click.echo(f"{words}: {', '.join(lacking)}")
    for secret in known.secrets:
        until = f", 有效至 / until {iso(secret.valid_until)}" if secret.valid_until else ""
        click.echo(f"密钥 / secret {secret.part}: {iso(secret.added_at)}{until}")
    for part, text in sorted(known.settings.items()):
        click.echo(f"设置 / setting {part}: {text}")
    address = (known.feedback_url or "-").partition("?")[0]
    paused = f", 暂停至 / paused until {iso(known.paused_until)}" if (known.paused_until or now) > now else ""
    click.echo(f"回传 / feedback {'启用/on' if known.feedback_on else '停用/off'}: {address}{paused}")
    states = ", ".join(f"{state} {n}" for (owner, state), n in sorted(waiting.items()) if owner == name)
    click.echo(f"待回传 / to tell: {states or 0}")
    click.echo(f"最近推送 / last push: {iso(told.last_push) or '-'}")
    click.echo(f"24 小时 / hours: {told.pushes} 推送 / pushes, {told.refusals} 被拒 / refused")
    recent = [one for one in seen if one.at >= now - HOUR]
    note = "+" if more is not None and len(recent) == len(seen) else ""
    click.echo(f"最近 1 小时错误 / errors of the last hour: {len(recent)}{note}")
    for one in recent[:20]:
        click.echo(f"  {iso(one.at)} {one.code} {one.field or '-'} {one.number or '-'} {one.source or '-'}")
