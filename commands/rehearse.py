"""`lanshou rulebook rehearse DRAFT.toml --from 2026-10-01 --to 2026-10-31`: a draft on a period that is over."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from basics.money import yuan
from basics.refusal import Refusal
from commands.output import fail
from dispatch.rehearsal.actions import refuse_period
from dispatch.rehearsal.queries import count, plan_of, rehearse
from editions.rules import MOST_BYTES, read_text
from jobs.environment import of_this_process
from rulebook.book import Edition
from storage.session import snapshot

_Day = click.DateTime(formats=["%Y-%m-%d"])
COLUMNS = (
    ("罚款 fines", "fines"), ("奖励 rewards", "rewards"), ("返款 refunds", "refunds"),
)  # fmt: skip


@click.command("rehearse")
@click.argument("file", metavar="DRAFT.toml", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--from", "first", required=True, type=_Day, help="首日 / first day")
@click.option("--to", "last", required=True, type=_Day, help="末日(含) / last day, included")
@click.option("--json", "as_json", is_flag=True, help="全部数字 / every figure as JSON")
def rehearse_command(file: Path, first: datetime, last: datetime, as_json: bool) -> None:
    """预演 / What a draft of the rulebook would have cost and paid in a period that is over. Changes nothing."""
    env, draft = of_this_process(), _draft(file)
    refused = refuse_period(first.date(), last.date(), env.clock())
    if refused is not None:
        fail(refused.message, 2)
    found = _rehearse(draft, first.date(), last.date())
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2, sort_keys=True))
    else:
        _print(found, draft, f"{first.date()} – {last.date()}")


def _draft(file: Path) -> Edition:
    with file.open("rb") as opened:
        draft = read_text(opened.read(MOST_BYTES + 1))
    if isinstance(draft, Refusal):
        fail(f"{file}: {draft.message}", 2)
    return draft.edition


def _rehearse(draft: Edition, first: date, last: date) -> dict[str, Any]:
    env = of_this_process()
    with snapshot(env.engine) as conn, Progress(console=Console(stderr=True), transient=True) as bar:
        plan = plan_of(env.world(conn), draft, first, last)
        task = bar.add_task("预演 rehearsing", total=count(conn, plan))
        return rehearse(conn, plan, env.clock(), lambda done: bar.update(task, completed=done))


def _print(found: dict[str, Any], draft: Edition, period: str) -> None:
    console = Console(width=max(Console().width, 120))
    console.print(f"{draft.name} · {period} · {found['orders']} 单 / orders", highlight=False)
    if found["unreadable"]:
        console.print(f"{found['unreadable']} 单无法预演,按现状计入 / could not be rehearsed, left as they are")
    for month, told in found["months"].items():
        state = f"已结算 {told['settled']} 次 / settled" if told["settled"] else "未结算 / not settled"
        odd = f",{told['unlike_ledger']} 处与账本不同 / unlike the ledger" if told["unlike_ledger"] else ""
        console.print(f"{month}: {state}{odd}", highlight=False)
    kinds = Table("违规 violation", "现行 now", "草案 draft", "不再成立 falls", "新增待核 new", "新增可免 new, excused")
    for kind, counts in found["kinds"].items():
        kinds.add_row(kind, *(str(counts.get(name, 0)) for name in ("before", "draft", "fell", "new", "new_excused")))
    console.print(kinds)
    table = Table(
        "省 / 网点",
        *(f"{title} {word}" for title, _ in COLUMNS for word in ("现行", "草案")),
        "变化 change",
        "若新增全部确认 if all new",
    )
    table.add_row("合计 total", *_row(found["total"]))
    for name, row in found["provinces"].items():
        table.add_row(name, *_row(row))
    by_code = {row["station"]: row for row in found["stations"]}
    for title, codes in (("受益 winners", found["winners"]), ("受损 losers", found["losers"])):
        if codes:
            table.add_section()
            table.add_row(title)
        for code in codes:
            table.add_row(f"  {code} {by_code[code]['name']}", *_row(by_code[code]))
    console.print(table)


def _row(row: dict[str, Any]) -> list[str]:
    money = [row[f"{part}_{which}"] for _, part in COLUMNS for which in ("before", "draft")]
    return [yuan(fen) for fen in (*money, row["change"], row["change_worst"])]
