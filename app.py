"""Builds everything: the command line and the web application. Imported by nobody."""

import click
from flask import Flask
from sqlalchemy.exc import OperationalError

from basics.settings import SettingsError
from commands.archive import archive_command
from commands.areas import areas
from commands.audit import audit_group
from commands.channels import channels_group
from commands.channels_try import try_command
from commands.clock import clock_group
from commands.demo import demo_command
from commands.explain import explain_command
from commands.forecast import forecast_command
from commands.init import init_command
from commands.ledger import ledger_group
from commands.memory import memory_group
from commands.network import closures, districts, stations
from commands.notices import notice_group
from commands.notify import notify_group
from commands.orders import orders_group
from commands.outages import outages_group
from commands.outbox import outbox_group
from commands.output import fail
from commands.people import users_group
from commands.reconcile import reconcile_command
from commands.rehearse import rehearse_command
from commands.replay import replay_command
from commands.report import report_group
from commands.retention import retention_command
from commands.route import route_command
from commands.rulebook import rulebook_group
from commands.scans import scans_group
from commands.serve import cron, serve_command, worker
from commands.settle import settle_command
from commands.statement import statement_command
from commands.verify import verify_command
from commands.waybills import waybills_group
from editions.queries import EditionAltered
from jobs.environment import Environment, NotReady
from web import api, console, push
from web.build import build_web
from web.services import Services, WebSettings


def build(env: Environment, hosts: tuple[str, ...]) -> Flask:
    """The web application of a process, served under these names (none: any)."""
    ours = env.settings
    settings = WebSettings(
        hosts=hosts,
        secure_cookies=ours.secure_cookies,
        trusted_proxies=ours.trusted_proxies,
        second_factor_required=ours.second_factor_required,
        single_sign_on=ours.single_sign_on,
        tile_url=ours.tile_url,
        day_sheet_name=ours.day_sheet_name,
        demo=(ours.data / "demo.json").exists(),
    )
    services = Services(env.engine, env.clock, env.networks, env.shipped, settings, env.master(), watch=env.watch)
    return build_web(services, (push.pages, *api.ADDRESSES, *console.SCREENS))


class Lanshou(click.Group):
    """Says what an installation lacks in one line instead of a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (NotReady, SettingsError, EditionAltered) as error:
            fail(str(error))
        except OperationalError as error:
            fail(f"数据库不可用 / the database cannot be used: {error.orig}")


@click.group(cls=Lanshou, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Lanshou 揽收: pickup dispatch and SLA compliance for a courier network."""


for command in (
    init_command,
    replay_command,
    serve_command(build),
    worker,
    cron,
    stations,
    areas,
    districts,
    closures,
    scans_group,
    waybills_group,
    orders_group,
    reconcile_command,
    route_command,
    explain_command,
    forecast_command,
    memory_group,
    channels_group,
    outbox_group,
    notify_group,
    notice_group,
    outages_group,
    clock_group,
    users_group,
    report_group,
    statement_command,
    rulebook_group,
    settle_command,
    ledger_group,
    verify_command,
    retention_command,
    audit_group,
    archive_command,
    demo_command,
):
    cli.add_command(command)

channels_group.add_command(try_command(build))
rulebook_group.add_command(rehearse_command)

if __name__ == "__main__":
    cli()
