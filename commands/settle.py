"""`lanshou settle 2026-05`: what settling a month would post, and why (SETTLE-1). It posts nothing: that takes two
signatures, which the console asks for (ROLE-3)."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from basics.money import yuan
from basics.refusal import Refusal
from commands.output import fail, refuse
from jobs.environment import of_this_process
from penalties.settlement import DryRun
from penalties.settling.queries import dry_run
from reports.export import as_csv
from storage.session import reading

ITEMS = {
    "month": pl.String, "station": pl.String, "kind": pl.String, "amount_fen": pl.Int64, "difference": pl.String,
    "why": pl.String, "key": pl.String,
}  # fmt: skip
PLACES = {
    "month": pl.String, "province": pl.String, "stations": pl.Int64, "candidates": pl.Int64, "places": pl.Int64,
    "winners": pl.String,
}  # fmt: skip


@click.command("settle")
@click.argument("month")
@click.option("--places", is_flag=True, help="各省名额与获奖网点 / places and winners by province instead of postings")
@click.option("--table", is_flag=True, help="表格 / as a table for people instead of CSV")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="文件 / file; default: standard output"
)
def settle_command(month: str, places: bool, table: bool, out: Path | None) -> None:
    """月结试算 / What settling a month (2026-05) would post, with differences and reasons. It posts nothing: the
    console does, with two signatures."""
    env = of_this_process()
    try:
        with reading(env.engine) as conn:
            run = dry_run(conn, month, env.book, env.clock())
    except ValueError:
        fail(f"不是月份 / not a month: {month!r} (2026-05)", 2)
    if isinstance(run, Refusal):
        refuse(run)
    frame = _places(run) if places else _items(run)
    try:
        _put(frame, table, out)
    except OSError as error:
        fail(f"{out}: {error.strerror}", 2)
    for line in _summary(run):
        click.echo(line, err=True)


def _put(frame: pl.DataFrame, table: bool, out: Path | None) -> None:
    if table:
        _show(frame, out)
    elif out is None:
        click.echo(as_csv(frame), nl=False)
    else:
        out.write_text(as_csv(frame), encoding="utf-8")


def _items(run: DryRun) -> pl.DataFrame:
    rows = [
        (run.month, one.station, one.kind, one.amount_fen, "yes" if one.difference else "", one.why, one.key)
        for one in run.items
    ]
    return pl.DataFrame(rows, ITEMS, orient="row")


def _places(run: DryRun) -> pl.DataFrame:
    rows = [
        (run.month, one.province, one.stations, one.candidates, one.places,
         " ".join(winner.station for winner in one.winners))
        for one in run.provinces
    ]  # fmt: skip
    return pl.DataFrame(rows, PLACES, orient="row")


def _show(frame: pl.DataFrame, out: Path | None) -> None:
    def put(console: Console) -> None:
        table = Table(*frame.columns, box=None)
        for row in frame.iter_rows():
            table.add_row(*(escape(str(cell)) for cell in row))
        console.print(table)

    if out is None:
        put(Console())
        return
    with out.open("w", encoding="utf-8") as file:
        put(Console(file=file, width=240))


def _summary(run: DryRun) -> Iterator[str]:
    before = (
        f"此前已结 {run.number} 次 / settled {run.number} times before" if run.number else "首次月结 / not settled yet"
    )
    yield f"{run.month}: {before}; 规则版本 / edition {run.edition}"
    yield f"名额合计 / places of all provinces: {run.places} (差 / gap {run.gap:+d})"
    yield f"{len(run.items)} 笔 / postings: {_total([one.amount_fen for one in run.items])}"
    if run.also:
        yield f"还应重新月结 / to be settled again too: {', '.join(run.also)}"


def _total(amounts: Sequence[int]) -> str:
    paid, taken = sum(fen for fen in amounts if fen > 0), sum(fen for fen in amounts if fen < 0)
    return f"网点应收 / to stations {yuan(paid)}, 网点应退 / from stations {yuan(taken)}"
