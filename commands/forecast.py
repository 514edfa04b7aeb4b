"""`lanshou forecast`: which waiting orders are likely to miss their accept clock (DO-8)."""

import csv
from io import StringIO

import click

from basics.days import iso
from commands.output import fail
from jobs.environment import of_this_process
from reports.export import harmless
from sla.pace.queries import counted, paces_of, waiting
from sla.pace.waiting import forecasts
from storage.session import reading

HEADS = ("logistics_no", "station", "due_at", "minutes_left", "ahead", "risk", "outside")


@click.command("forecast")
@click.option("--station", default="", help="网点代码 / only this station")
def forecast_command(station: str) -> None:
    """超时预测 / Waiting orders with the risk of missing their accept clock as CSV, the likeliest first. An empty risk:
    too little is known yet. How it is found: docs/forecast.md."""
    env = of_this_process()
    now = env.clock()
    with reading(env.engine) as conn:
        world = env.world(conn)
        if station and station not in world.network.stations:
            fail(f"没有网点 {station} / no such station")
        orders, until = waiting(conn, station), counted(conn).until
        paces = paces_of(conn, {order.station for order in orders})
    edition = world.book.at(now)
    rows = [
        (one.order.logistics_no, one.order.station, iso(one.order.due_at), f"{one.left.total_seconds() / 60:.1f}",
         one.ahead, "" if one.risk is None else f"{one.risk:.2f}", "yes" if one.order.outside else "")
        for one in forecasts(orders, paces, lambda code: world.calendar(code, edition), now)
    ]  # fmt: skip
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows([[harmless(cell) for cell in row] for row in (HEADS, *rows)])
    click.echo(out.getvalue(), nl=False)
    if until is None:
        click.echo("尚无节奏统计 / no pace was counted yet", err=True)
    else:
        click.echo(f"节奏统计至 {until} / paces counted to the end of that day", err=True)
