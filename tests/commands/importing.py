"""Commands that take files of orders, over the stories' plain network."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, Row, select

from app import cli
from basics.days import parse_instant
from basics.settings import from_environ
from commands import orders, reconcile
from dispatch.actions import conduct
from dispatch.batch import World
from dispatch.facts import Item
from geo.queries import load_network
from jobs.environment import Environment
from replay.network import load_folder
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables import dispatch as t
from tests.paths import REPO

START = parse_instant("2026-11-22T12:00:00+08:00")


@dataclass
class Desk:
    """A database with a network, and the command line over it."""

    engine: Engine
    folder: Path
    world: World

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(cli, words, catch_exceptions=False)

    def file(self, content: str, name: str = "orders.csv") -> str:
        (self.folder / name).write_text(content, encoding="utf-8")
        return str(self.folder / name)

    def orders(self) -> dict[str, Row[Any]]:
        with reading(self.engine) as conn:
            return {row.logistics_no: row for row in conn.execute(select(t.orders).order_by(t.orders.c.id))}

    def do(self, *what: Any, at: datetime = START) -> None:
        with writing(self.engine) as conn:
            assert conduct(conn, [Item(at, one, "test") for one in what], self.world) == [None] * len(what)


def make_desk(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Desk:
    """Both commands see this database, at noon."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    with writing(engine) as conn:
        load_folder(conn, REPO / "tests" / "stories" / "_networks" / "plain", START)
        world = World(load_network(conn), packaged())
    env = Environment(from_environ(os.environ), engine, packaged(), lambda: START)
    for module in (orders, reconcile):
        monkeypatch.setattr(module, "of_this_process", lambda: env)
    return Desk(engine, folder, world)
