"""`lanshou explain`: whose minutes an order used, and how each clock came by its verdict (issue 5)."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NoReturn

import click

from basics.text import visible
from basics.words import DATA_CENTRE
from channels.registry import SOURCES
from commands.output import fail
from commands.replay import Instant
from dispatch.clock_story.queries import named, story
from dispatch.clock_story.story import Unknown
from dispatch.clock_story.telling import as_json, lines
from jobs.environment import of_this_process
from sla.explain_words import moment
from storage.session import reading

SHOWN = 10  # of the orders that have one name


@click.command("explain")
@click.argument("logistics_no")
@click.option("--channel", type=click.Choice(SOURCES), help="渠道 / channel, where several have this number")
@click.option("--at", type=Instant(), help="何时所知 / as known at a past instant; default: now")
@click.option("--json", "as_data", is_flag=True, help="输出 JSON / print JSON")
def explain_command(logistics_no: str, channel: str | None, at: datetime | None, as_data: bool) -> None:
    """这一单的时间去了哪里、各时钟为何如此判定 / Say whose minutes an order used and why each clock ended as it did,
    as of any past minute. Exit code 1: no such order, or several."""
    env = of_this_process()
    now = env.clock()
    instant = at or now
    if instant > now:
        fail("--at 在将来 / lies in the future", 2)
    with reading(env.engine) as conn:
        found = named(conn, logistics_no, channel)
        if not found:
            fail(f"没有这个订单 / no such order: {visible(logistics_no)}")
        if len(found) > 1:
            _several(found)
        world = env.world(conn)
        told = story(conn, world, found[0][0], instant, latest=at is None)
    if told is None:
        fail(f"没有这个订单 / no such order: {visible(logistics_no)}")
    if isinstance(told, Unknown):
        fail(f"当时尚未收到此单,{moment(told.since)} 才收到 / not known by then, told at {moment(told.since)}")
    if as_data:
        click.echo(json.dumps(as_json(told), ensure_ascii=False, allow_nan=False, indent=2))
        return
    names = world.network.stations

    def station(code: str) -> str:
        if code == DATA_CENTRE:
            return "数据中心 data centre"
        return f"{names[code].name}({code})" if code in names else code

    for line in lines(told, station):
        click.echo(visible(line))


def _several(found: Sequence[tuple[int, str, str]]) -> NoReturn:
    channels = [channel for _, channel, _ in found]
    if len(set(channels)) == len(channels):
        fail(f"多个渠道有这个物流号,请用 --channel 指定 / name one with --channel: {', '.join(channels)}")
    numbers = ", ".join(f"{visible(number)} ({channel})" for _, channel, number in found[:SHOWN])
    more = f" … {len(found)}" if len(found) > SHOWN else ""
    fail(f"别名不唯一,请用物流号 / ambiguous name, say the logistics number: {numbers}{more}")
