"""`lanshou areas …`, `lanshou districts shapes` and `lanshou stations remove`: in, out, and what is refused."""

import gzip
import io
import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result
from shapely import MultiPolygon, Polygon, box, to_wkb
from sqlalchemy import Engine, select, update

from app import cli
from basics.days import parse_instant
from basics.settings import from_environ
from channels.messages import OrderPush
from commands import areas, network
from dispatch.actions import conduct
from dispatch.batch import World
from dispatch.facts import Item
from geo.queries import district_shapes, load_network
from geo.service_areas.queries import areas_at
from jobs.environment import Environment
from replay.network import load_folder
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables import geo as tables
from storage.tables.dispatch import assignments
from tests.paths import REPO, shared

START = parse_instant("2026-05-04T10:00:00+08:00")
MINUTE = timedelta(minutes=1)
Run = Callable[..., Result]


@pytest.fixture
def run(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command at 10:05 in the stories' plain network."""
    with writing(engine) as conn:
        load_folder(conn, REPO / "tests" / "stories" / "_networks" / "plain", START)
    monkeypatch.setenv("DATABASE_URL", database_url)
    env = Environment(from_environ(os.environ), engine, packaged(), lambda: START + 5 * MINUTE)
    monkeypatch.setattr(network, "of_this_process", lambda: env)
    monkeypatch.setattr(areas, "of_this_process", lambda: env)

    def run(*words: object) -> Result:
        return CliRunner().invoke(cli, [str(word) for word in words], catch_exceptions=False)

    return run


def geojson(**stations: Polygon) -> bytes:
    features = [
        {"type": "Feature", "properties": {"station": code}, "geometry": shape.__geo_interface__}
        for code, shape in stations.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def written(tmp_path: Path, name: str, data: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def bounds(engine: Engine, station: str, at: datetime) -> list[tuple[float, ...]]:
    with reading(engine) as conn:
        return [row.geometry.bounds for row in areas_at(conn, at, None, {station}, 99)]


def push(engine: Engine) -> None:
    """An order that HZ01 holds from 10:00 on."""
    content = {
        "lng": 120.07, "lat": 30.07, "datum": "GCJ-02", "business_type": "send_express", "online": True,
        "sender": {"phone": "13800000001"},
    }  # fmt: skip
    with writing(engine) as conn:
        world = World(load_network(conn), packaged())
        assert conduct(conn, [Item(START, OrderPush("kuaidi100", "KD1", START, content), "test")], world) == [None]


FAR = box(121.0, 31.0, 121.5, 31.5)


def test_an_import_holds_from_the_day_that_is_said(engine: Engine, run: Run, tmp_path: Path) -> None:
    """And an order judged inside stays inside (B-88)."""
    push(engine)
    before = bounds(engine, "HZ01", START)
    file = written(tmp_path, "a.geojson", geojson(HZ01=FAR))
    answer = run("areas", "import", file, "--from", "2026-05-06", "--note", "西迁")
    assert answer.exit_code == 0 and "1 of 1 stations changed" in answer.output
    day = parse_instant("2026-05-06T00:00:00+08:00")
    assert bounds(engine, "HZ01", day - timedelta(microseconds=1)) == before
    assert bounds(engine, "HZ01", day) == [(121.0, 31.0, 121.5, 31.5)]
    with reading(engine) as conn:
        now = load_network(conn)
        assert now.covers("HZ01", 120.07, 30.07, START) and not now.covers("HZ01", 120.07, 30.07, day)
        assert list(conn.scalars(select(assignments.c.outside))) == [False]
    listed = run("areas", "list", "HZ01")
    assert listed.exit_code == 0 and "西迁" in listed.output and "2026-05-06T00:00:00+08:00" in listed.output


def test_first_areas_after_the_first_order_hold_from_now(engine: Engine, run: Run, tmp_path: Path) -> None:
    push(engine)
    with writing(engine) as conn:
        conn.execute(tables.areas.delete().where(tables.areas.c.station == "HZ02"))
    assert run("areas", "import", written(tmp_path, "a.geojson", geojson(HZ02=FAR))).exit_code == 0
    assert bounds(engine, "HZ02", START + 5 * MINUTE) and not bounds(engine, "HZ02", START + 4 * MINUTE)


def test_overlaps_are_stored_and_said(engine: Engine, run: Run, tmp_path: Path) -> None:
    """B-87."""
    [(west, south, east, north)] = bounds(engine, "HZ02", START)[:1]
    over = box(west, south, (west + east) / 2, north)
    answer = run("areas", "import", written(tmp_path, "a.geojson", geojson(HZ01=over)))
    assert answer.exit_code == 0 and "overlap" in answer.output and "HZ01, HZ02" in answer.output
    assert bounds(engine, "HZ01", START + 5 * MINUTE) == [over.bounds]


def test_the_same_file_again_changes_nothing(engine: Engine, run: Run, tmp_path: Path) -> None:
    file = written(tmp_path, "a.geojson", geojson(HZ01=FAR))
    assert "1 of 1 stations changed" in run("areas", "import", file).output
    assert "0 of 1 stations changed" in run("areas", "import", file).output


@pytest.mark.parametrize(
    ("name", "data", "words", "told"),
    [
        ("a.geojson", geojson(HZ01=Polygon([(120, 30), (121, 31), (121, 30), (120, 31)])), (), "@ 120.500000,30.5"),
        ("a.geojson", geojson(HZ99=FAR), (), "unknown station"),
        ("a.geojson", geojson(HZ01=FAR), ("--from", "2026-05-03"), "in the past"),
        ("a.geojson", geojson(HZ01=FAR), ("--note", "\x00"), "control"),
        ("a.kml", b"", (), "these kinds of files"),
        ("a.geojson", b" " * (10 * 1024 * 1024 + 1), (), "10 MiB"),
        ("a.geojson.gz", gzip.compress(b" " * (11 << 20)), (), "10 MiB"),
    ],
)
def test_what_cannot_be_imported_changes_nothing(
    engine: Engine, run: Run, tmp_path: Path, name: str, data: bytes, words: tuple[str, ...], told: str
) -> None:
    with reading(engine) as conn:
        before = conn.execute(select(tables.areas)).all()
    answer = run("areas", "import", written(tmp_path, name, data), *words)
    assert answer.exit_code == 2 and told in answer.output and "Traceback" not in answer.output
    with reading(engine) as conn:
        assert conn.execute(select(tables.areas)).all() == before


def test_what_goes_out_comes_in_again(engine: Engine, run: Run, tmp_path: Path) -> None:
    plain, packed = tmp_path / "out.geojson", tmp_path / "out.geojson.gz"
    for file in (plain, packed):
        assert run("areas", "export", file).exit_code == 0
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
    assert " 0 of " in (again := run("areas", "import", packed)).output, again.output
    push(engine)
    run("areas", "import", written(tmp_path, "a.geojson", geojson(HZ01=FAR)))
    assert run("areas", "export", packed, "--at", "2026-05-04T10:04:00+08:00").exit_code == 0
    features = json.loads(gzip.decompress(packed.read_bytes()))["features"]
    assert [121.0, 31.0] not in features[0]["geometry"]["coordinates"][0], "as it was before the change"
    assert run("areas", "export", tmp_path / "out.txt").exit_code == 2
    assert run("areas", "export", tmp_path / "none" / "out.geojson").exit_code == 2


def test_the_check_tells_what_is_doubtful(engine: Engine, run: Run, tmp_path: Path) -> None:
    [(west, south, east, north)] = bounds(engine, "HZ02", START)[:1]
    run("areas", "import", written(tmp_path, "a.geojson", geojson(HZ01=box(west, south, (west + east) / 2, north))))
    answer = run("areas", "check")
    assert answer.exit_code == 0 and "overlap HZ01 HZ02" in answer.output
    assert "0 findings" in run("areas", "check", "--kind", "gap").output
    bow = Polygon([(120, 30), (121, 31), (121, 30), (120, 31)])
    with writing(engine) as conn:
        conn.execute(update(tables.areas).where(tables.areas.c.station == "HZ02").values(wkb=to_wkb(bow)))
        conn.execute(update(tables.network_version).values(version=tables.network_version.c.version + 1))
    answer = run("areas", "check", "--station", "HZ02")
    assert answer.exit_code == 1 and "invalid HZ02" in answer.output


def test_an_unknown_station_is_not_listed(run: Run) -> None:
    assert run("areas", "list", "HZ99").exit_code == 1


# ---- districts, stations ---------------------------------------------------------------------------------------


def parquet(**columns: list[Any]) -> bytes:
    out = io.BytesIO()
    pl.DataFrame(columns).write_parquet(out)
    return out.getvalue()


DISTRICTS = {
    "330106": box(120, 30, 120.5, 30.5),
    "330105": MultiPolygon([box(121, 30, 122, 31), box(123, 30, 124, 31)]),
}


def as_geojson() -> bytes:
    features = [
        {"type": "Feature", "properties": {"adcode": code, "name": code}, "geometry": shape.__geo_interface__}
        for code, shape in DISTRICTS.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


SAME = {
    "d.parquet": parquet(adcode=[*DISTRICTS], name=[*DISTRICTS], wkb=[to_wkb(one) for one in DISTRICTS.values()]),
    "d.geojson": as_geojson(),
    "d.geojson.gz": gzip.compress(as_geojson()),
}


@pytest.mark.parametrize(("name", "data"), SAME.items(), ids=SAME)
def test_district_polygons_go_in(engine: Engine, run: Run, tmp_path: Path, name: str, data: bytes) -> None:
    for _ in range(2):
        answer = run("districts", "shapes", written(tmp_path, name, data))
        assert answer.exit_code == 0 and "2 district shapes" in answer.output
    with reading(engine) as conn:
        shapes = district_shapes(conn)
    assert shapes is not None and shapes.names == {"330105": "330105", "330106": "330106"}
    assert all(shapes.polygons[code].equals(shape) for code, shape in DISTRICTS.items())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_polygons_of_the_whole_country_go_in(engine: Engine, run: Run) -> None:
    """2,848 districts with 2.3 million vertices: the limits are those of service areas, not theirs."""
    answer = run("districts", "shapes", shared("data", "areas", "districts_gcj02.parquet"))
    assert answer.exit_code == 0 and "2848 district shapes" in answer.output
    with reading(engine) as conn:
        shapes = district_shapes(conn)
    assert shapes is not None and shapes.holding([(121.49, 31.24)]) == [["310101"]]


BOX = to_wkb(box(120, 30, 121, 31))
BOW = to_wkb(Polygon([(120, 30), (121, 31), (121, 30), (120, 31)]))


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("d.parquet", b"PAR1", "no Parquet"),
        ("d.parquet", parquet(adcode=["1"], name=["x"]), "no Parquet"),
        ("d.parquet", parquet(adcode=["1"], name=["x"], wkb=[b"no"]), "no usable shape"),
        ("d.parquet", parquet(adcode=["1", "1"], name=["x", "x"], wkb=[BOX, BOX]), "duplicate adcode"),
        ("d.parquet", parquet(adcode=["1"], name=[None], wkb=[BOX]), "no name"),
        ("d.parquet", parquet(adcode=["1"], name=["x"], wkb=[BOW]), "Self-intersection"),
        ("d.parquet", parquet(adcode=["1"], name=["x"], wkb=[to_wkb(box(1, 1, 2, 2))]), "outside_country"),
        ("d.parquet", parquet(adcode=["1"], name=["x"], wkb=[to_wkb(box(1, 1, 2, 2).centroid)]), "only polygons"),
        ("d.geojson", b"[]", "FeatureCollection"),
        ("d.geojson", as_geojson().replace(b"120.5", b'"120.5"'), "no usable shape"),
        ("d.geojson", as_geojson().replace(b'"Polygon"', b'"Point"'), "no usable shape"),
    ],
)
def test_unusable_district_polygons(run: Run, tmp_path: Path, name: str, data: bytes, told: str) -> None:
    answer = run("districts", "shapes", written(tmp_path, name, data))
    assert answer.exit_code == 2 and told in answer.output and "Traceback" not in answer.output


def test_a_station_is_removed_or_the_reason_said(engine: Engine, run: Run, tmp_path: Path) -> None:
    header = "code,name,level,parent,province,duty,accepts\n"
    run("stations", "import", written(tmp_path, "s.csv", (header + "HZ77,误录,1,,浙江省,standard,1\n").encode()))
    assert run("stations", "remove", "HZ77").exit_code == 0
    with reading(engine) as conn:
        assert "HZ77" not in load_network(conn).stations
    push(engine)
    held = run("stations", "remove", "HZ01")
    assert held.exit_code == 1 and "[has_open_orders]" in held.output
    used = run("stations", "remove", "HZ02")
    assert used.exit_code == 1 and "[station_in_use]" in used.output and "areas" in used.output
