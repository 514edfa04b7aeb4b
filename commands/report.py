"""`lanshou report …`: every report in every form, as frozen or as things stand now, and silent stations (DUTY-3)."""

import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from basics.days import month_bounds, week_bounds
from commands import report_forms as forms
from commands.output import fail
from jobs.environment import of_this_process
from jobs.report_process import work
from jobs.reports import FREEZE
from reports.export import as_csv
from reports.kinds import Asked, NoReport
from reports.making.queries import make
from reports.runs import actions as runs
from reports.runs.queries import run_of
from reports.silent import silent
from reports.snapshots.queries import newest
from sla.presence.queries import silent_minutes
from storage.session import reading, run, snapshot

ARCHIVE = "archive"  # under the data folder, where `lanshou archive` writes


_NUMBER = click.option("--number", help="定稿编号或 now / a frozen number or now; default: the newest frozen, else now")


@click.group("report")
def report_group() -> None:
    """报表 / Reports: weekly, monthly, yearly, fairness, honesty, operations, and composed ones."""


def _asked_of(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of reports that have a scope and may be frozen."""
    scopes = "network, province:浙江省, station:HZ01, channel:crm"
    scope = click.option("--scope", default="network", show_default=True, help=f"范围 / one of: {scopes}")
    return forms.options(scope(_NUMBER(command)))


@report_group.command("weekly")
@click.argument("week")
@_asked_of
def weekly_command(week: str, scope: str, number: str | None, **how: Any) -> None:
    """周报 / The week's compliance report (2026-W47)."""
    _report("weekly", week, scope, number, {}, **how)


@report_group.command("station")
@click.argument("code")
@click.argument("week")
@_NUMBER
@forms.options
def station_command(code: str, week: str, number: str | None, **how: Any) -> None:
    """网点周报 / A station's weekly report (HZ01 2026-W47)."""
    _report("weekly", week, f"station:{code}", number, {}, **how)


@report_group.command("monthly")
@click.argument("month")
@_asked_of
def monthly_command(month: str, scope: str, number: str | None, **how: Any) -> None:
    """月报 / The month's settlement overview (2026-05)."""
    _report("monthly", month, scope, number, {}, **how)


@report_group.command("year")
@click.argument("year")
@_asked_of
def year_command(year: str, scope: str, number: str | None, **how: Any) -> None:
    """年报 / Twelve months beside each other (2026)."""
    _report("year", year, scope, number, {}, **how)


@report_group.command("fairness")
@click.argument("period")
@_asked_of
def fairness_command(period: str, scope: str, number: str | None, **how: Any) -> None:
    """公平性 / Whom fines fall on (2026-05, or 2026-05-01/2026-05-31)."""
    _report("fairness", period, scope, number, {}, **how)


@report_group.command("honesty")
@click.argument("period")
@_asked_of
def honesty_command(period: str, scope: str, number: str | None, **how: Any) -> None:
    """原因可信度 / Reasons given for failures against the evidence (2026-05)."""
    _report("honesty", period, scope, number, {}, **how)


@report_group.command("operations")
@click.argument("period")
@_asked_of
def operations_command(period: str, scope: str, number: str | None, **how: Any) -> None:
    """运营 / Pace, forecasts, data centre, feedback, presence (2026-W47, 2026-05)."""
    _report("operations", period, scope, number, {}, **how)


@report_group.command("ask")
@click.argument("question")
@click.argument("period")
@_asked_of
def ask_command(question: str, period: str, scope: str, number: str | None, **how: Any) -> None:
    """自选报表 / A composed table: the name of a saved one, or a JSON file that says what is asked."""
    _report("ask", period, scope, number, _question(question), **how)


@report_group.command("freeze")
@click.argument("period")
def freeze_command(period: str) -> None:
    """定稿 / Freeze a week (2026-W47) or month (2026-05) that is over, or what changed of it since, as a numbered
    report. Monday and the 5th do it by themselves; whatever else waits to be made is made too."""
    kind = "weekly" if "-W" in period else "monthly"
    env = of_this_process()
    try:
        (week_bounds if kind == "weekly" else month_bounds)(period)
    except ValueError:
        fail(f"不是 ISO 周或月份 / neither an ISO week nor a month: {period[:20]!r}", 2)
    now = env.clock()
    key, asked = f"{FREEZE}:{kind}:{period}:{now.isoformat()}", {"kind": kind, "period": period}
    with reading(env.engine) as conn:
        before = newest(conn, kind, period)
    number = run(env.engine, lambda conn: runs.ask(conn, key, FREEZE, asked, "cli", None, now))
    work(env)
    with reading(env.engine) as conn:
        ended, found = run_of(conn, number) if isinstance(number, int) else None, newest(conn, kind, period)
    if ended is None or ended.state != runs.DONE:
        fail(ended.error if ended and ended.error else "另一个进程正在定稿 / another process is freezing it")
    if found is None or (before is not None and before.number == found.number):
        click.echo(f"与上一号相同,没有新的一号 / nothing differs, no new number: {period}")
    else:
        click.echo(f"{period}-{found.number}")


@report_group.command("silent")
@click.argument("week")
@forms.OUT
def silent_command(week: str, out: Path | None) -> None:
    """静默网点 / Stations that did not look at their desk for more than 20 minutes on duty; never fined. CSV."""
    start, end = _bounds(week)
    env = of_this_process()
    if start > env.clock():
        fail(f"这一周还没有开始 / this week has not begun: {week} [period_future]")
    with reading(env.engine) as conn:
        rows = silent_minutes(conn, start, min(end, env.clock()))
        provinces = {code: station.province for code, station in env.networks.get(conn).stations.items()}
    table = silent(rows, provinces)
    text = as_csv(table)
    if out is None:
        click.echo(text, nl=False)
        return
    forms.written(out, text.encode())
    click.echo(f"{table.height} 行 / rows -> {out}", err=True)


def _report(
    kind: str, period: str, scope: str, number: str | None, more: dict[str, Any], form: str | None,
    section: str | None, out: Path | None,
) -> None:  # fmt: skip
    form = forms.form_of(form, section, out)
    env = of_this_process()
    folder = env.settings.data / ARCHIVE
    archive = folder if folder.is_dir() else None
    asked = Asked(kind, period, env.clock(), env.book, scope, _number(number), archive, more)
    try:
        with snapshot(env.engine if env.replica is None else env.replica) as conn:
            document = make(conn, asked, _say)
    except NoReport as error:
        fail(f"{error} [{error.code}]", 2 if error.code.endswith("_invalid") else 1)
    forms.put(document, form, section, out)


def _number(text: str | None) -> int | str | None:
    if text is None or text == "now":
        return text
    if text.isascii() and text.isdigit() and len(text) < 6:
        return int(text)
    fail(f"编号为 0、1、2……或 now / a number is 0, 1, 2 … or now: {text[:20]!r}", 2)


def _question(text: str) -> dict[str, Any]:
    """What is asked, of a file; else the name under which it was saved."""
    file = Path(text)
    if not file.is_file():
        return {"name": text}
    try:
        asks = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        fail(f"不是可读的 JSON / not readable JSON: {file}: {error}", 2)
    return {"asks": asks}


def _say(done: int, steps: int, step: str) -> None:
    """Progress, for somebody who watches."""
    if sys.stderr.isatty():
        click.echo(f"{done}/{steps} {step}", err=True)


def _bounds(week: str) -> tuple[datetime, datetime]:
    try:
        return week_bounds(week)
    except ValueError:
        fail(f"不是 ISO 周 / not an ISO week: {week!r} (2026-W47)", 2)
