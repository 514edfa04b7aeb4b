"""`lanshou route`: one place, hostile input, an installation (issue 4, ROUTE-1, ROUTE-2, B-70, B-71)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import shapely
from click.testing import Result
from sqlalchemy import Engine

from basics.days import parse_instant
from basics.settings import from_environ
from commands import route
from jobs.environment import Environment
from replay.network import load_folder
from rulebook.book import packaged
from storage.session import writing
from tests.commands.asking import AT, PLAIN, data, run
from tests.paths import REPO


def test_a_point_says_why() -> None:
    answer = run("--network", PLAIN, "--point", "120.03,30.03", "--datum", "GCJ-02", "--at", AT)
    assert answer.exit_code == 0
    for words in ("WGS-84 120.0", "BD-09 120.0", "HZ01A", "其承包区在内,让位", "距边界", "结果:", "[ROUTE-1]"):
        assert words in answer.stdout, words


def test_the_same_point_in_three_datums() -> None:
    found = data("--point", "120.03,30.03", "--datum", "WGS-84")
    assert found["point"]["WGS-84"] == pytest.approx([120.03, 30.03], abs=1e-8)
    again = data("--point", ",".join(map(str, found["point"]["BD-09"])), "--datum", "BD-09")
    assert again["point"]["GCJ-02"] == pytest.approx(found["point"]["GCJ-02"], abs=1e-7)
    assert again["polygons"][0]["station"] == found["station"] == "HZ01A"


def test_address_and_point_together() -> None:
    """ROUTE-1: the point decides; an unusable one (B-71) leaves it to the district of the address."""
    both = data("--point", "120.03,30.03", "--address", "浙江省杭州市西湖区文三路123号")
    assert (both["station"], both["cause"], both["district"]["adcode"]) == ("HZ01A", "area", "330106")
    swapped = data("--point", "30.03,120.03", "--address", "浙江省杭州市西湖区文三路123号")
    assert (swapped["point"]["ignored"], swapped["polygons"]) == ("swapped", [])
    assert swapped["cause"] in ("district", "several_stations", "no_district")
    assert any("坐标疑似经纬度颠倒,未采用" in step["zh"] for step in swapped["steps"])


def test_far_from_its_district(tmp_path: Path) -> None:
    """B-70: only with district polygons."""
    path = tmp_path / "shapes.parquet"
    wkb = shapely.to_wkb(shapely.box(121.0, 30.0, 121.1, 30.1))
    pl.DataFrame({"adcode": ["330106"], "name": ["西湖区"], "wkb": [wkb]}).write_parquet(path)
    told = ("--point", "120.03,30.03", "--adcode", "330106")
    assert data(*told)["cause"] == "area"
    found = data(*told, "--districts", str(path))
    assert (found["station"], found["cause"]) == ("DATA_CENTRE", "far_from_district")
    assert found["district"]["metres"] == pytest.approx(93_600, rel=0.01)
    assert "93.6 公里" in " ".join(step["zh"] for step in found["steps"])


@pytest.mark.parametrize(
    "column",
    [{"adcode": [None]}, {"name": [None]}, {"wkb": [b"no"]}, {"wkb": [shapely.Point(1, 1).wkb]}, {"wkb": ["text"]}],
)
def test_broken_district_polygons(tmp_path: Path, column: dict[str, Any]) -> None:
    good = {"adcode": ["330106"], "name": ["西湖区"], "wkb": [shapely.box(121.0, 30.0, 121.1, 30.1).wkb]}
    path = tmp_path / "shapes.parquet"
    pl.DataFrame(good | column).write_parquet(path)
    answer = run("--network", PLAIN, "--adcode", "330106", "--districts", str(path))
    assert (answer.exit_code, answer.stdout) == (2, "") and "shapes.parquet" in answer.stderr


HOSTILE = {
    "text": ["--point", "east,north"],
    "huge": ["--point", "1e400,30"],
    "nan": ["--point", "nan,30"],
    "full-width": ["--point", "１２０．０３,30.03"],
    "one number": ["--point", "120.03"],
    "three numbers": ["--point", "120.03,30.03,1"],
    "no latitude": ["--point", "120.03,"],
    "nothing": [],
    "empty": ["--address", "", "--adcode", " "],
    "10 kB": ["--address", "杭" * 10_000],
    "NUL": ["--address", "杭州\x00"],
    "code": ["--adcode", "3301; drop"],
    "datum": ["--point", "120.03,30.03", "--datum", "CGCS2000"],
    "datum of nothing": ["--adcode", "330106", "--datum", "WGS-84"],
    "when": ["--adcode", "330106", "--at", "yesterday"],
    "no such folder": ["--adcode", "330106", "--network", "/nowhere"],
    "no network in it": ["--adcode", "330106", "--network", str(REPO / "docs")],
    "no parquet": ["--adcode", "330106", "--districts", str(REPO / "README.md")],
}


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
def test_hostile_input(words: list[str]) -> None:
    answer = run("--network", PLAIN, *words)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "Traceback" not in answer.stderr and len(answer.stderr) < 1000


@pytest.mark.parametrize(
    ("point", "ignored"),
    [("0,0", "zero"), ("181,30", "outside_country"), ("-120.5,30", "outside_country"), ("30,120", "swapped")],
)
def test_points_that_are_not_used(point: str, ignored: str) -> None:
    """B-71"""
    found = data("--point", point, "--adcode", "330106")
    assert found["point"]["ignored"] == ignored and "GCJ-02" not in found["point"]


# ---- the network of an installation

Installed = Callable[..., Result]


@pytest.fixture
def installed(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Installed:
    with writing(engine) as conn:
        load_folder(conn, Path(PLAIN), parse_instant(AT))
    settings = from_environ({"DATABASE_URL": database_url})
    env = Environment(settings, engine, packaged(), clock=lambda: parse_instant(AT))
    monkeypatch.setattr(route, "of_this_process", lambda: env)
    return run


def test_with_a_database(installed: Installed, tmp_path: Path) -> None:
    """The same answer as from the folder, with the version of the areas."""
    answer = installed("--point", "120.03,30.03", "--json")
    found, folder = json.loads(answer.stdout), data("--point", "120.03,30.03")
    assert (found["station"], found["candidates"], found["at"]) == (folder["station"], folder["candidates"], AT)
    assert [p["change"] for p in found["polygons"]] == [1, 1], "the first change brought them"
    assert [p["change"] for p in folder["polygons"]] == [0, 0]
    assert found["polygons"][0]["metres_to_border"] > 0
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("lng,lat,datum\n120.03,30.03,GCJ-02\n")
    assert installed(str(source), "-o", str(out)).exit_code == 0 and "HZ01A" in out.read_text("utf-8")
    assert installed("--adcode", "330106", "--districts", str(source)).exit_code == 2
