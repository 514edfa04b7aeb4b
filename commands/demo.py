"""`lanshou demo`: the product on a drawn network, with days of traffic behind it and more coming in, until Ctrl-C."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click
import requests
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from basics.now import now
from basics.settings import from_environ
from commands.demo_accounts import Account
from commands.demo_children import ChildGone, Children, Stopped, StopSignal, free_port, look_again
from commands.demo_data import CHANNEL, Folder, Kept, NotADemo, Plan, build, open_channel
from commands.demo_visit import NotAsExpected, is_up, visit
from commands.output import fail
from demo.live import SECRET

# Its passwords stand on the screen: whoever tries the product needs no telephone.
EASY = {"LANSHOU_SECOND_FACTOR": "optional"}
ROOT = Path(__file__).resolve().parents[1]
PER_MINUTE = 6  # live orders
START_SECONDS = 60
Check = Callable[[], None]


@click.command("demo")
@click.option("--port", default=8000, show_default=True, help="被占用时另选 / another one when it is taken")
@click.option("--days", default=10, show_default=True, type=click.IntRange(0, 60), help="历史天数 / days of history")
@click.option("--per-day", default=1000, show_default=True, type=click.IntRange(1, 100_000), help="单量 / orders a day")
@click.option("--seed", default=1, show_default=True, help="随机种子 / seed of network and traffic")
@click.option("--fresh", is_flag=True, help="重新建立 / set up anew, though the last data would do")
@click.option("--no-live", is_flag=True, help="不来新订单 / no new orders come in")
@click.option("--once", is_flag=True, help="自检后退出 / look at two pages, then stop")
def demo_command(port: int, days: int, per_day: int, seed: int, fresh: bool, no_live: bool, once: bool) -> None:
    """演示 / The product on lifelike traffic, in data/demo (or LANSHOU_DATA). Ctrl-C stops it."""
    began, signals = time.perf_counter(), StopSignal()
    signals.listen()
    env = demo_environ(os.environ)
    folder = Folder(from_environ(env))
    try:
        with folder.alone():
            kept = _set_up(folder, Plan(seed, days, per_day), fresh, signals.check)
            children = Children(folder.log)
            try:
                url, listener = _start(children, folder, kept, env, port, 0 if no_live else PER_MINUTE, signals.check)
                _say_where(url, kept.accounts, time.perf_counter() - began)
                if once:
                    click.echo(visit(url, kept.accounts[0], listener))
                while not once:
                    _look(children, signals.check)
            finally:
                children.stop()
    except Stopped:
        pass
    except (NotADemo, ChildGone, NotAsExpected, requests.RequestException, OSError) as error:
        fail(str(error))
    click.echo("已停止 / stopped")


def demo_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of the demo's own installation: never somebody's database or Redis, feedback to loopback."""
    others = ("DATABASE_URL", "REDIS_URL", "LANSHOU_SECRET_FILE")
    env = {name: value for name, value in environ.items() if name not in others}
    path = os.pathsep.join(filter(None, (str(ROOT), environ.get("PYTHONPATH"))))
    data = Path(environ.get("LANSHOU_DATA") or "data/demo").resolve()
    return env | {"LANSHOU_DATA": str(data), "LANSHOU_PRIVATE_TARGETS": "1", **EASY, "PYTHONPATH": path}


def _set_up(folder: Folder, plan: Plan, fresh: bool, check: Check) -> Kept:
    kept = folder.load()
    if kept is not None and not fresh and folder.is_usable(kept, plan, now()):
        click.echo("沿用上次的数据 (--fresh 重建) / the last data, --fresh makes it anew")
        return kept
    return build(folder, plan, now(), check)


def _start(
    children: Children, folder: Folder, kept: Kept, env: Mapping[str, str], port: int, per_minute: int, check: Check
) -> tuple[str, str]:
    """Addresses of the product and of the CRM. The CRM first: feedback that nobody takes would wait or be parked."""
    listener, url = (f"http://127.0.0.1:{free_port(wanted)}" for wanted in (0, port))
    live = ["--url", f"{url}/push/{CHANNEL}", "--network", str(folder.network), "--per-minute", str(per_minute)]
    live += ["--often", kept.accounts[0].station or "", "--listen", _port_of(listener), "--follow-parent"]
    children.start("实时订单 / live traffic", "demo.live", live, {**env, SECRET: kept.secret})
    _wait_for(listener, children, check)
    open_channel(folder, kept.secret, f"{listener}/feedback", now())
    children.start("服务 / the server", "app", ["serve", "--port", _port_of(url)], env)
    _wait_for(f"{url}/healthz", children, check)
    return url, listener


def _port_of(url: str) -> str:
    return url.rpartition(":")[2]


def _wait_for(url: str, children: Children, check: Check) -> None:
    until = time.monotonic() + START_SECONDS
    while not is_up(url):
        _look(children, check)
        if time.monotonic() > until:
            raise NotAsExpected(f"{url}: {START_SECONDS} 秒内没有应答 / no answer")


def _look(children: Children, check: Check) -> None:
    """Stopped when somebody asked for it, ChildGone when a child has ended; then a short rest."""
    check()
    children.check()
    look_again()


def _say_where(url: str, accounts: Sequence[Account], seconds: float) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("登录名 login", "密码 password", "谁 who"):
        table.add_column(heading, no_wrap=True)
    for account in accounts:
        table.add_row(account.login, account.password, f"{account.name} {account.station or ''}")
    title = f"揽收演示 Lanshou demo  [bold]{url}[/bold]"
    foot = f"{seconds:.1f} s · Ctrl-C 停止 stops it"
    Console().print(Panel(table, title=title, subtitle=foot, expand=False, padding=(1, 2)))
