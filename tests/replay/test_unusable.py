"""Input that cannot be used: exit 2, naming file, line and cause; and nothing is written (REPLAY fine print 10)."""

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import Engine

from tests.databases import PostgresServer
from tests.paths import REPO
from tests.replaying import empty_postgres, replay, written

PLAIN = REPO / "tests" / "stories" / "_networks" / "plain"
DAY = "2026-05-05T"


def line(clock: str = "10:00:00", **more: Any) -> str:
    told = {"at": f"{DAY}{clock}+08:00", "do": "order", "logistics_no": "LP1", "channel": "cainiao",
            "business_type": "online_order", "created_at": f"{DAY}{clock}+08:00", "lng": 120.07, "lat": 30.07,
            "sender": {"phone": "138"}}  # fmt: skip
    return json.dumps({key: value for key, value in (told | more).items() if value is not None})


def run(folder: Path, events: bytes | str, *more: str, network: Path = PLAIN, name: str = "events.jsonl") -> Result:
    path = folder / name
    path.write_bytes(events.encode() if isinstance(events, str) else events)
    return replay(path, network, folder / "out", *more)


def unusable(folder: Path, result: Result, *words: str) -> None:
    assert result.exit_code == 2, result.output
    for word in words:
        assert word in result.stderr, result.stderr
    assert not (folder / "out").exists() or not list((folder / "out").iterdir()), "no half a result"


GOOD = line() + "\n"
BROKEN_LINES = [
    ("no JSON", "{", "not a JSON object"),
    ("an empty line", "", "not a JSON object"),
    ("a list", "[]", "not a JSON object"),
    ("a number", "1", "not a JSON object"),
    ("null", "null", "not a JSON object"),
    ("two objects", "{} {}", "not a JSON object"),
    ("NaN", line("10:01:00").replace("120.07", "NaN"), "not a JSON object"),
    ("nested without end", '{"a":' + "[" * 100_000, "not a JSON object"),
    ("without at", line("10:01:00", at=None), "lacks `at` or `do`"),
    ("without do", line("10:01:00", do=None), "lacks `at` or `do`"),
    ("at without offset", line(at=f"{DAY}10:01:00"), "no instant with offset"),
    ("at is no time", line(at="soon"), "no instant with offset"),
    ("at is a number", line(at=1777946460), "no instant with offset"),
    ("at is only a day", line(at="2026-05-05"), "no instant with offset"),
    ("at before all time", line(at="0001-01-01T00:00:00+08:00"), "no instant with offset"),
    ("back by a microsecond", line(at=f"{DAY}09:59:59.999999+08:00"), "goes back in time"),
    ("back, in another offset", line(at=f"{DAY}10:30:00+09:00"), "goes back in time"),
]


@pytest.mark.parametrize(("bad", "cause"), [c[1:] for c in BROKEN_LINES], ids=[c[0] for c in BROKEN_LINES])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_a_broken_line(bad: str, cause: str, packed: bool, tmp_path: Path) -> None:
    """The line is that of the decompressed file."""
    text, name = (GOOD * 2 + bad + "\n" + GOOD).encode(), "events.jsonl"
    if packed:
        text, name = gzip.compress(text), "events.jsonl.gz"
    unusable(tmp_path, run(tmp_path, text, name=name), f"{name}:3: ", cause)


BROKEN_FILES: list[tuple[str, str, bytes, str]] = [
    ("not UTF-8", "events.jsonl", GOOD.encode() + "{\"at\": \"网点\"}".encode("gb18030"), ":2: "),
    ("a truncated gz", "events.jsonl.gz", gzip.compress(GOOD.encode() * 2000)[:-200], "cannot be read"),
    ("a gz that is none", "events.jsonl.gz", GOOD.encode(), ":1: "),
    ("a gz named as plain", "events.jsonl", gzip.compress(GOOD.encode()), ":1: "),
    ("a gz with a broken checksum", "events.jsonl.gz", gzip.compress(GOOD.encode())[:-8] + b"\0" * 8, "cannot be read"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "cause"), [c[1:] for c in BROKEN_FILES], ids=[c[0] for c in BROKEN_FILES])
def test_a_broken_file(name: str, content: bytes, cause: str, tmp_path: Path) -> None:
    unusable(tmp_path, run(tmp_path, content, name=name), name, cause)


def test_no_such_file_and_a_folder_for_a_file(tmp_path: Path) -> None:
    unusable(tmp_path, replay(tmp_path / "none.jsonl", PLAIN, tmp_path / "out"), "none.jsonl", "no such file")
    unusable(tmp_path, replay(tmp_path, PLAIN, tmp_path / "out"), tmp_path.name)


Change = Callable[[Path], Any]


def append(name: str, text: str) -> Change:
    return lambda folder: (folder / name).open("a", encoding="utf-8").write(text)


def overwrite(name: str, text: str | bytes) -> Change:
    return lambda folder: (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())


STRANGER = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature", "properties": {"station": "HZ77"},
                "geometry": {"type": "Polygon", "coordinates": [[[120, 30], [120.1, 30], [120.1, 30.1], [120, 30]]]},
            }
        ],
    }
)  # fmt: skip
BROKEN_NETWORKS: list[tuple[str, Change, tuple[str, ...]]] = [
    ("no stations", lambda folder: (folder / "stations.csv").unlink(), ("stations.csv", "cannot be read")),
    ("no areas", lambda folder: (folder / "areas.geojson").unlink(), ("areas.geojson", "cannot be read")),
    ("no districts", lambda folder: (folder / "districts.csv").unlink(), ("districts.csv", "cannot be read")),
    ("an empty stations.csv", overwrite("stations.csv", ""), ("stations.csv:1: ", "header")),
    ("a station too few fields", append("stations.csv", "HZ50,x\n"), ("stations.csv:9: ", "number of fields")),
    ("a reserved code", append("stations.csv", "DATA_CENTRE,x,1,,浙江省,standard,1\n"), (":9: ", "reserved")),
    ("an account of the ledger", append("stations.csv", "clearing,x,1,,浙江省,standard,1\n"),
     ("stations.csv:9: ", "reserved", "clearing")),
    ("an unknown parent", append("stations.csv", "HZ50,x,2,HZ51,浙江省,standard,1\n"), ("stations.csv:9: ", "HZ51")),
    ("a station twice", append("stations.csv", "HZ01,x,1,,浙江省,standard,1\n"), ("stations.csv:9: ", "duplicate")),
    ("not UTF-8", overwrite("stations.csv", b"\xff"), ("stations.csv:1: ", "UTF-8")),
    ("areas that are no JSON", overwrite("areas.geojson", "{"), ("areas.geojson", "line 1")),
    ("an area of an unknown station", overwrite("areas.geojson", STRANGER), ("areas.geojson:1: ", "HZ77")),
    ("an unclosed ring", overwrite("areas.geojson", STRANGER.replace("[120, 30]]]", "[120, 30.05]]]")),
     ("areas.geojson:1: ", "not closed")),
    ("a district of an unknown station", append("districts.csv", "330199,HZ77\n"), ("districts.csv:11: ", "HZ77")),
    ("a closure of an unknown station", overwrite("closures.csv", "station,from,until\nHZ77,"
     "2026-05-05T08:00:00+08:00,2026-05-06T08:00:00+08:00\n"), ("closures.csv:2: ", "HZ77")),
    ("a closure without offset", overwrite("closures.csv", "station,from,until\nHZ01,"
     "2026-05-05T08:00:00,2026-05-06T08:00:00\n"), ("closures.csv:2: ", "offset")),
    ("a closure that ends before it begins", overwrite("closures.csv", "station,from,until\nHZ01,"
     "2026-05-06T08:00:00+08:00,2026-05-05T08:00:00+08:00\n"), ("closures.csv:2: ", "not later")),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words"), [c[1:] for c in BROKEN_NETWORKS], ids=[c[0] for c in BROKEN_NETWORKS])
def test_a_broken_network(change: Change, words: tuple[str, ...], tmp_path: Path) -> None:
    network = Path(shutil.copytree(PLAIN, tmp_path / "network"))
    change(network)
    unusable(tmp_path, run(tmp_path, GOOD, network=network), *words)


def test_truncated_areas_and_no_network_at_all(tmp_path: Path) -> None:
    network = Path(shutil.copytree(PLAIN, tmp_path / "network"))
    (network / "areas.geojson.gz").write_bytes(gzip.compress((network / "areas.geojson").read_bytes())[:-30])
    (network / "areas.geojson").unlink()
    unusable(tmp_path, run(tmp_path, GOOD, network=network), "areas.geojson", "cannot be read")
    unusable(tmp_path, run(tmp_path, GOOD, network=tmp_path / "none"), "stations.csv", "cannot be read")


BROKEN_DRAFTS = [
    ("no TOML", b"name =\nx = 1", "line 1"),
    ("not UTF-8", b'name = "\xff"', "UTF-8"),
    ("an unknown key", b"[fines.V-NEW]\nvalue = 1\n", "draft.toml"),
]


@pytest.mark.parametrize(("text", "cause"), [c[1:] for c in BROKEN_DRAFTS], ids=[c[0] for c in BROKEN_DRAFTS])
def test_a_broken_draft(text: bytes, cause: str, tmp_path: Path) -> None:
    (tmp_path / "draft.toml").write_bytes(text)
    unusable(tmp_path, run(tmp_path, GOOD, "--rulebook", str(tmp_path / "draft.toml")), "draft.toml", cause)


def test_a_missing_draft(tmp_path: Path) -> None:
    unusable(tmp_path, run(tmp_path, GOOD, "--rulebook", str(tmp_path / "none.toml")), "none.toml")


def test_a_database_that_is_not_empty_is_refused_and_left_alone(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    unusable(tmp_path, run(tmp_path, GOOD, "--database", database_url), "the database is not empty")


def test_an_empty_database_is_taken(tmp_path: Path, postgres_server: PostgresServer) -> None:
    expected = written_by(run(tmp_path, GOOD), tmp_path)
    assert written_by(run(tmp_path, GOOD, "--database", f"sqlite:///{tmp_path / 'own.db'}"), tmp_path) == expected
    with empty_postgres(postgres_server) as url:
        assert written_by(run(tmp_path, GOOD, "--database", url), tmp_path) == expected


def written_by(result: Result, folder: Path) -> dict[str, bytes]:
    assert result.exit_code == 0, result.output
    return written(folder / "out")
