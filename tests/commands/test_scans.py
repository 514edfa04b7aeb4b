"""`lanshou scans import` (DO-4): good rows stored once, bad rows named by line (RELIABILITY B-75 to B-80)."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, func, select

from app import cli
from basics.days import parse_instant
from basics.settings import from_environ
from channels.messages import OrderPush
from commands import scans
from dispatch.actions import conduct
from dispatch.batch import World
from dispatch.facts import Accept, Item, Target
from geo.queries import load_network
from jobs.environment import Environment
from replay.network import load_folder
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables import dispatch as t
from tests.paths import REPO

START = parse_instant("2026-05-04T10:00:00+08:00")
HEADER = "waybill_no,station,scanned_at,operator\n"
NUMBER = "55000000000001"
CONTENT = {
    "business_type": "online_order", "online": True, "datum": "GCJ-02", "adcode": "330106", "waybill_no": NUMBER,
    "sender": {"phone": "13800000000"},
}  # fmt: skip


@pytest.fixture
def run(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Result]:
    """Imports a file of this content an hour after an order with its number was accepted by HZ01."""
    with writing(engine) as conn:
        load_folder(conn, REPO / "tests" / "stories" / "_networks" / "plain", START)
        world = World(load_network(conn), packaged())
        push = OrderPush("cainiao", "LP1", START, CONTENT)
        accept = Accept(Target("LP1"), "HZ01")
        assert conduct(conn, [Item(START, push), Item(START, accept)], world) == [None, None]
    monkeypatch.setenv("DATABASE_URL", database_url)
    env = Environment(from_environ(os.environ), engine, packaged(), lambda: START + timedelta(hours=1))
    monkeypatch.setattr(scans, "of_this_process", lambda: env)

    def take(content: str) -> Result:
        file = tmp_path / "scans.csv"
        file.write_text(content, encoding="utf-8")
        return CliRunner().invoke(cli, ["scans", "import", str(file)])

    return take


def test_a_scan_completes_its_order_once(run: Callable[[str], Result], engine: Engine) -> None:
    row = f"{NUMBER},HZ01,2026-05-04T10:30:00+08:00,王五\n"
    assert run(HEADER + row + row).exit_code == 0
    assert run(HEADER + row).exit_code == 0  # the file again
    with reading(engine) as conn:
        order = conn.execute(select(t.orders)).one()
        assert (order.state, order.picked_up_at) == ("picked_up", parse_instant("2026-05-04T10:30:00+08:00"))
        assert conn.execute(select(func.count()).select_from(t.scans)).scalar_one() == 1


BAD = [
    ("55000000000009,NOWHERE,2026-05-04T10:30:00+08:00,", "station_unknown"),
    ("55000000000009,HZ01,2026-05-04T10:30:00,", "no instant with offset"),
    ("55000000000009,HZ01,2026-05-04T11:05:01+08:00,", "scanned in the future"),
    (",HZ01,2026-05-04T10:30:00+08:00,", "is missing"),
    ("55000000000009,HZ01", "wrong number of columns"),
    ("5500\x00,HZ01,2026-05-04T10:30:00+08:00,", "text_invalid"),
]


@pytest.mark.parametrize(("row", "why"), BAD, ids=[why for _, why in BAD])
def test_a_bad_row_is_named_and_the_others_are_stored(
    run: Callable[[str], Result], engine: Engine, row: str, why: str
) -> None:
    good = "55000000000008,HZ01,2026-05-04T11:05:00+08:00,\n"  # unknown number, exactly five minutes ahead: kept
    result = run(HEADER + good + row + "\n")
    assert result.exit_code == 1
    assert "scans.csv:3: " in result.stderr and why in result.stderr
    with reading(engine) as conn:
        assert conn.execute(select(t.scans.c.waybill_no)).scalars().all() == ["55000000000008"]


@pytest.mark.parametrize("content", ["", "a,b,c\n", HEADER + "x,y,z,\n" * 5_001])
def test_an_unusable_file_ends_the_command(run: Callable[[str], Result], content: str) -> None:
    assert run(content).exit_code == 2
