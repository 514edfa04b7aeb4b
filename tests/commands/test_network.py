"""`lanshou closures import` while orders run, and files that cannot be used (ROUTE-6, B-83, B-88)."""

import gzip
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select

from app import cli
from basics.days import parse_instant
from basics.settings import from_environ
from channels.messages import OrderPush
from commands import network
from dispatch.actions import conduct, sweep
from dispatch.batch import World
from dispatch.facts import Accept, Item, Target, Transfer
from geo.queries import load_network
from jobs.environment import Environment
from replay.network import load_folder
from rulebook.book import packaged
from storage.session import reading, snapshot, writing
from storage.tables.sla import clocks
from tests.paths import REPO
from verify.queries import check

START = parse_instant("2026-05-04T10:00:00+08:00")
MINUTE = timedelta(minutes=1)
Run = Callable[..., Result]


@pytest.fixture
def run(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """An import at 10:05, with this content in a file of this name, into the stories' plain network."""
    with writing(engine) as conn:
        load_folder(conn, REPO / "tests" / "stories" / "_networks" / "plain", START)
    monkeypatch.setenv("DATABASE_URL", database_url)
    env = Environment(from_environ(os.environ), engine, packaged(), lambda: START + 5 * MINUTE)
    monkeypatch.setattr(network, "of_this_process", lambda: env)

    def run(what: str, content: str | bytes, name: str = "file.csv") -> Result:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return CliRunner().invoke(cli, [what, "import", str(path)], catch_exceptions=False)

    return run


def tell(engine: Engine, at_minute: int, *whats: Any) -> None:
    with writing(engine) as conn:
        at = START + at_minute * MINUTE
        world = World(load_network(conn), packaged())
        assert conduct(conn, [Item(at, what, "test") for what in whats], world) == [None] * len(whats)


def order(number: str) -> OrderPush:
    content = {
        "lng": 120.07, "lat": 30.07, "datum": "GCJ-02", "business_type": "send_express", "online": True,
        "sender": {"phone": "13800000001"},
    }  # fmt: skip
    return OrderPush("kuaidi100", number, START, content)


def due(engine: Engine, kind: str) -> list[object]:
    query = select(clocks.c.due_at).where(clocks.c.kind == kind).order_by(clocks.c.order_id, clocks.c.seq)
    with reading(engine) as conn:
        return list(conn.scalars(query))


def test_route_6_a_closure_moves_deadlines_that_run(engine: Engine, run: Run) -> None:
    """Also that of a clock which ended before its deadline: the order has gone on to another station."""
    tell(engine, 0, order("KD1"), order("KD2"), order("KD3"))
    tell(engine, 1, Transfer(Target("KD2"), "HZ01", "HZ02"), Accept(Target("KD3"), "HZ01"))
    before = due(engine, "accept")
    closed = "station,from,until\nHZ01,2026-05-04T10:10:00+08:00,2026-05-04T11:10:00+08:00\n"
    assert run("closures", closed).exit_code == 0
    with snapshot(engine) as conn:
        assert {found.invariant for found in check(conn, packaged())} == {"I-07"}, "until the sweep has looked"
    with writing(engine) as conn:
        assert sweep(conn, World(load_network(conn), packaged()), START + 6 * MINUTE) == 3
        assert sweep(conn, World(load_network(conn), packaged()), START + 7 * MINUTE) == 0
    hour = timedelta(hours=1)
    moved = [after - old for old, after in zip(before, due(engine, "accept"), strict=True)]  # type: ignore[operator]
    assert sorted(moved) == [timedelta(0), hour, hour, hour], "that of the other station stays"
    with snapshot(engine) as conn:
        assert check(conn, packaged()) == []


def test_b_88_house_and_duty_of_a_station_with_orders_stay(engine: Engine, run: Run) -> None:
    tell(engine, 0, order("KD1"))
    header = "code,name,level,parent,province,duty,accepts\n"
    refused = run("stations", header + "HZ01,西湖,1,,浙江省,xinjiang,1\n")
    assert refused.exit_code == 2 and "HZ01" in refused.output and "stations.csv:2" in refused.output
    assert run("stations", header + "HZ01,改名,1,,浙江省,standard,0\n").exit_code == 0
    assert run("stations", header + "HZ02,拱墅,1,,浙江省,xinjiang,1\n").exit_code == 0, "it never had an order"


DAMAGED = bytearray(gzip.compress(b"station,from,until\n" * 50, mtime=0))
DAMAGED[15] ^= 0xFF
BROKEN = {"bits": bytes(DAMAGED), "cut": bytes(DAMAGED[:20]), "none": b"no gzip", "empty": b""}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_b_83_a_damaged_file_is_exit_code_2(run: Run, content: bytes) -> None:
    answer = run("closures", content, "closures.csv.gz")
    assert answer.exit_code == 2 and "Traceback" not in answer.output


def test_a_former_district_code_is_named_with_todays(run: Run) -> None:
    """ROUTE-1: orders are brought to today's codes. Codes that no list knows are the network's own business."""
    done = run("districts", "adcode,station\n330106,HZ01\n330183,HZ01\n")
    assert done.exit_code == 2 and ":3:" in done.output and "330183" in done.output and "330111" in done.output
    assert run("districts", "adcode,station\n330111,HZ01\n999999,HZ01\n").exit_code == 0
