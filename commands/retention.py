"""`lanshou retention`: what personal data is old enough to go, and letting it go (RELIABILITY 11.3)."""

import click

from basics.days import iso
from commands.output import fail
from jobs.environment import of_this_process
from jobs.retention import due, let_go

WHAT = {
    "orders": "订单个人信息 / personal fields of orders",
    "messages": "渠道原始报文 / raw messages of channels",
    "evidence": "申诉材料 / files of appeals",
    "waiting": "未到订单的消息 / messages for orders that never came",
}


@click.command("retention")
@click.option("--dry-run", is_flag=True, help="只列出数量和最早一条 / only say how many, and the oldest")
@click.option("--now", "at_once", is_flag=True, help="立即执行 / let it go now, instead of at night")
def retention_command(dry_run: bool, at_once: bool) -> None:
    """个人信息到期去标识 / Pseudonymise orders and let go messages and files whose time is over (docs/privacy.md)."""
    if dry_run == at_once:
        fail("请指定 --dry-run 或 --now / say --dry-run or --now")
    env = of_this_process()
    found = due(env)
    if at_once:
        let_go(env)
    done = "已处理 / done" if at_once else "到期 / due"
    for one in found:
        oldest = f",最早 / oldest {iso(one.oldest)}" if one.oldest else ""
        click.echo(f"{WHAT[one.what]}:{done} {one.count}{oldest}(早于 / before {iso(one.before)})")
