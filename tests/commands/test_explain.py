"""`lanshou explain`: the same as the order page says, in a terminal, as known now or at a past instant."""

import json
import os
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from basics.settings import from_environ
from channels.messages import OrderPush
from commands import explain
from dispatch.batch import World
from geo.queries import load_network
from jobs.environment import Environment
from replay.network import load_folder
from rulebook.book import packaged
from storage.session import writing
from tests.paths import REPO
from tests.rules.courses import t
from tests.rules.scene import Scene, accepts
from tests.rules.stage import content

PLAIN = REPO / "tests" / "stories" / "_networks" / "plain"
IN_HZ01 = {"where": (120.07, 30.07)}


@pytest.fixture
def run(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command at noon, over LP1 accepted in time and a number that two channels have."""
    with writing(engine) as conn:
        load_folder(conn, PLAIN, t("1 00:00"))
        scene = Scene(conn)
        scene.world = World(load_network(conn), packaged())
        scene.tell("5 10:00", OrderPush("cainiao", "LP1", t("5 10:00"), content(**IN_HZ01)))
        for who in ("kuaidi100", "crm"):
            scene.tell("5 10:00", OrderPush(who, "KD2", t("5 10:00"), content(**IN_HZ01)))
        scene.tell("5 10:20", accepts("LP1", "HZ01"))
        for who, number in (("wechat", "wx1"), ("wechat", "wx2"), ("website", "wx3")):
            scene.tell("5 10:30", OrderPush(who, number, t("5 10:30"), content(**IN_HZ01), alias="KDP7"))
    monkeypatch.setenv("DATABASE_URL", database_url)
    env = Environment(from_environ(os.environ), engine, packaged(), lambda: t("5 12:00"))
    monkeypatch.setattr(explain, "of_this_process", lambda: env)
    return lambda *words: CliRunner().invoke(explain.explain_command, words)


def test_now_and_at_a_past_instant(run: Callable[..., Result]) -> None:
    now = run("LP1")
    assert now.exit_code == 0
    assert "Accepted 2026-05-05 10:20:00, 10 min before the deadline" in now.stdout
    assert "accept clock: kept" in now.stdout and "2 h elapsed" in now.stdout
    then = run("LP1", "--at", "2026-05-05T10:10:00+08:00")
    assert "accept clock: running" in then.stdout and "Nothing has ended it" in then.stdout
    assert "10 min elapsed" in then.stdout


def test_json_is_what_the_api_says(run: Callable[..., Result]) -> None:
    told = json.loads(run("LP1", "--json").stdout)
    assert {clock["kind"]: clock["verdict"] for clock in told["clocks"]} == {"accept": "kept", "pickup": "running"}
    assert told["minutes"]["microseconds"] == 7_200_000_000


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [(["LP9"], 1, "no such order: LP9"), (["KD2"], 1, "--channel: crm, kuaidi100"),
     (["LP1", "--channel", "crm"], 1, "no such order"),
     (["LP1", "--at", "2026-05-05T09:59:59+08:00"], 1, "told at 2026-05-05 10:00:00"),
     (["LP1", "--at", "2026-05-05T12:00:01+08:00"], 2, "future"), (["LP1", "--at", "noon"], 2, "no instant")],
)  # fmt: skip
def test_what_it_cannot_tell(run: Callable[..., Result], words: list[str], code: int, said: str) -> None:
    answer = run(*words)
    assert (answer.exit_code, answer.stdout) == (code, "") and said in answer.stderr


def test_one_of_two_channels(run: Callable[..., Result]) -> None:
    assert json.loads(run("KD2", "--channel", "crm", "--json").stdout)["channel"] == "crm"


def test_a_name_that_several_orders_of_one_channel_have(run: Callable[..., Result]) -> None:
    answer = run("KDP7")
    assert answer.exit_code == 1 and "--channel" not in answer.stderr
    assert "ambiguous name, say the logistics number: wx3 (website), wx1 (wechat), wx2 (wechat)" in answer.stderr
    assert "ambiguous name" in run("KDP7", "--channel", "wechat").stderr
    assert json.loads(run("KDP7", "--channel", "website", "--json").stdout)["logistics_no"] == "wx3"


def test_promise_1_beside_the_clocks(run: Callable[..., Result]) -> None:
    assert "promise to the sender: open" in run("LP1").stdout
    assert "Shown, never fined" in run("LP1").stdout
