"""Builds everything: the command line, and for the server the web application. Imported by nobody."""

import click

from commands.replay import replay_command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Lanshou 揽收: pickup dispatch and SLA compliance for a courier network."""


cli.add_command(replay_command)

if __name__ == "__main__":
    cli()
