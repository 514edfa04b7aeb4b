"""`lanshou replay` through click, and what it wrote."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner, Result

from commands.replay import replay_command
from tests.databases import PostgresServer


def replay(events: Path, network: Path, out: Path, *more: str) -> Result:
    """Run it; what it exits with is the caller's to judge."""
    arguments = [str(events), "--network", str(network), "--out", str(out), *more]
    return CliRunner().invoke(replay_command, arguments, catch_exceptions=False)


def written(out: Path) -> dict[str, bytes]:
    """Every file of a result folder."""
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


@contextmanager
def empty_postgres(server: PostgresServer) -> Iterator[str]:
    """The URL of a database without any table, dropped afterwards."""
    name = f"empty_{uuid.uuid4().hex[:12]}"
    server.run(f"CREATE DATABASE {name}")
    try:
        yield server.url(name)
    finally:
        server.run(f"DROP DATABASE {name} WITH (FORCE)")
