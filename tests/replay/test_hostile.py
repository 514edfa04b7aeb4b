"""Lines that are JSON and still mean harm: refused or taken alike on both databases, never a traceback."""

import csv
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.databases import PostgresServer
from tests.paths import REPO
from tests.replaying import empty_postgres, replay, written

PLAIN = REPO / "tests" / "stories" / "_networks" / "plain"
AT = "2026-05-05T10:00:00+08:00"


def order(**more: Any) -> str:
    """A complete order of HZ01, with fields changed."""
    plain: dict[str, Any] = {
        "at": AT, "do": "order", "logistics_no": "LP1", "channel": "cainiao", "business_type": "send_express",
        "created_at": AT, "lng": 120.07, "lat": 30.07, "sender": {"phone": "13800000000"},
    }  # fmt: skip
    return json.dumps(plain | more)


def notice(week: str) -> str:
    return json.dumps({"at": AT, "do": "notice", "week": week})


def on_both(folder: Path, server: PostgresServer, lines: list[str], *more: str) -> dict[str, bytes]:
    """What is written, which is the same on both."""
    events = folder / "events.jsonl"
    events.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with empty_postgres(server) as url:
        for out, where in (("sqlite", []), ("postgresql", ["--database", url])):
            result = replay(events, PLAIN, folder / out, *where, *more)
            assert result.exit_code == 0, result.output
    found = written(folder / "sqlite")
    assert written(folder / "postgresql") == found
    return found


def refusals(found: dict[str, bytes]) -> list[list[str]]:
    """(line, do, code) of every refusal."""
    return [row[:3] for row in csv.reader(found["rejected.csv"].decode("utf-8").splitlines()[1:])]


def states(found: dict[str, bytes]) -> dict[str, str]:
    rows = csv.DictReader(found["orders.csv"].decode("utf-8").splitlines())
    return {row["logistics_no"]: row["state"] for row in rows}


BAD = [
    ("a word that is half a character", json.dumps({"at": AT, "do": "\ud800"}), "?"),
    ("a number that is half a character", order(logistics_no="LP\ud800"), "order"),
    ("a field that is half a character", order(**{"\udfff": 1}), "order"),
    ("a week beyond all days", notice("9999-W52"), "notice"),
    ("a week before all days", notice("0001-W01"), "notice"),
    ("a year of no week", notice("1899-W01"), "notice"),
    ("a district code of 40 digits", order(adcode="3" * 40), "order"),
    ("a district code of 13 digits", order(adcode="3" * 13), "order"),
    ("a phone of 60 digits", order(sender={"phone": "1" * 60}), "order"),
    ("a phone of 41 digits", order(sender={"phone": "1" * 41}), "order"),
    ("a receiver's phone of 41 digits", order(receiver={"phone": "1" * 41}), "order"),
    ("an address of 501 characters", order(address="路" * 501), "order"),
    ("a waybill number of 65 digits", order(waybill_no="5" * 65), "order"),
    ("a weight that no double holds exactly", order(weight_g=1e23), "order"),
    ("the first integer that a double cannot tell from the next", order(weight_g=2**53), "order"),
    ("a negative one", order(pieces=-(2**53)), "order"),
    ("a number of 5,000 digits", order(pieces=1).replace('"pieces": 1', '"pieces": ' + "1" * 5000), "order"),
    ("a number beyond all numbers", order(lng=1).replace('"lng": 1', '"lng": 1e400'), "order"),
]  # fmt: skip


def test_it_is_a_bad_event(tmp_path: Path, postgres_server: PostgresServer) -> None:
    """REPLAY fine print 10; the line after them all is taken."""
    found = on_both(tmp_path, postgres_server, [*(line for _, line, _ in BAD), order(logistics_no="LP2")])
    refused = {BAD[int(line) - 1][0]: (word, code) for line, word, code in refusals(found)}
    assert refused == {name: (word, "bad_event") for name, _, word in BAD}
    assert states(found) == {"LP2": "waiting"}


LARGE: list[tuple[str, dict[str, Any]]] = [
    ("the longest district code", {"adcode": "3" * 12}),
    ("the longest phone", {"sender": {"phone": "1" * 40}}),
    ("the longest address", {"address": "路" * 500}),
    ("the largest weight", {"weight_g": 2**53 - 1}),
    ("a weight with all its digits", {"weight_g": 123456.00000000001}),
    ("the smallest weight", {"weight_g": 5e-324}),
]


def test_what_just_fits_is_taken_and_the_same_again_is_no_update(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    """CHAN-3: an update after the acceptance would be refused, equal content read back from either database is none."""
    pushes = [order(logistics_no=f"LP{n}", **fields) for n, (_, fields) in enumerate(LARGE)]
    accepts = [{"at": AT, "do": "accept", "logistics_no": f"LP{n}", "station": "HZ01"} for n in range(len(LARGE))]
    found = on_both(tmp_path, postgres_server, [*pushes, *map(json.dumps, accepts), *pushes], "--batch", "5")
    assert refusals(found) == []
    assert states(found) == {f"LP{n}": "accepted" for n in range(len(LARGE))}


def damaged(at: int) -> bytes:
    """A packed file with three bytes turned around."""
    packed = bytearray(gzip.compress((order() + "\n").encode() * 5000))
    packed[at : at + 3] = (byte ^ 0xFF for byte in packed[at : at + 3])
    return bytes(packed)


@pytest.mark.parametrize("at", [10, 60, 200])
def test_a_damaged_gz_is_unusable_and_names_the_line(at: int, tmp_path: Path) -> None:
    (tmp_path / "events.jsonl.gz").write_bytes(damaged(at))
    result = replay(tmp_path / "events.jsonl.gz", PLAIN, tmp_path / "out")
    assert result.exit_code == 2, result.output
    assert re.search(r"events\.jsonl\.gz:\d+: .*cannot be read", result.stderr), result.stderr
    assert not (tmp_path / "out").exists()


def test_a_damaged_network_file_is_unusable(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text(order() + "\n")
    network = tmp_path / "network"
    network.mkdir()
    for path in PLAIN.glob("*.csv"):
        (network / path.name).write_bytes(path.read_bytes())
    packed = bytearray(gzip.compress((PLAIN / "areas.geojson").read_bytes()))
    packed[10:13] = (byte ^ 0xFF for byte in packed[10:13])
    (network / "areas.geojson.gz").write_bytes(packed)
    result = replay(tmp_path / "events.jsonl", network, tmp_path / "out")
    assert result.exit_code == 2 and "areas.geojson" in result.stderr, result.output
