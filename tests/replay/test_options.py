"""What `lanshou replay` can be asked: --until, --rulebook, --timing (REPLAY, fine print 7 and 8)."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.paths import REPO
from tests.replaying import replay, written

PLAIN = REPO / "tests" / "stories" / "_networks" / "plain"
EDITION = (REPO / "rulebook" / "editions" / "2017-01-01.toml").read_text(encoding="utf-8")


def told(clock: str, do: str = "order", number: str = "LP1", **more: Any) -> str:
    at = f"2026-05-05T{clock}+08:00"
    fields: dict[str, Any] = {"at": at, "do": do, "logistics_no": number}
    if do == "order":
        fields |= {"channel": "cainiao", "business_type": "online_order", "created_at": at, "lng": 120.07, "lat": 30.07}
        fields |= {"sender": {"phone": "138"}}
    return json.dumps(fields | more)


def run(folder: Path, lines: list[str], *more: str) -> dict[str, list[list[str]]]:
    """Rows of the CSV files by name, without their headers."""
    (folder / "events.jsonl").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    result = replay(folder / "events.jsonl", PLAIN, folder / "out", *more)
    assert result.exit_code == 0, result.output
    files = written(folder / "out")
    return {
        name: [row.split(",") for row in content.decode().splitlines()[1:]]
        for name, content in files.items()
        if name.endswith(".csv")
    }


HISTORY = [told("10:00:00"), told("10:30:00", "accept", station="HZ01"), told("11:00:00", number="LP2")]
UNTIL = [
    ("09:59:59", [], []),
    ("10:00:00", ["LP1"], ["running", "running"]),
    ("10:29:59", ["LP1"], ["running", "running"]),
    ("10:30:00", ["LP1"], ["kept", "running"]),
    ("11:00:00", ["LP1", "LP2"], ["kept", "running", "running", "running"]),
    ("11:30:00", ["LP1", "LP2"], ["kept", "running", "running", "running"]),
    ("11:30:00.000001", ["LP1", "LP2"], ["kept", "running", "missed", "running"]),
]


@pytest.mark.parametrize(("until", "orders", "verdicts"), UNTIL)
def test_until_reads_no_later_line_and_stops_the_clock_there(
    until: str, orders: list[str], verdicts: list[str], tmp_path: Path
) -> None:
    """Lines of that instant are read; a clock due exactly then is running."""
    found = run(tmp_path, HISTORY, "--until", f"2026-05-05T{until}+08:00")
    assert [row[0] for row in found["orders.csv"]] == orders
    assert [row[-1] for row in found["clocks.csv"]] == verdicts


def test_what_is_due_exactly_at_the_end_is_done_but_a_clock_is_running(tmp_path: Path) -> None:
    """CHAN-5: a hold of 24 h; the same instant ends no clock."""
    history = [told("10:00:00", sender={}), told("10:00:00", number="LP2")]
    found = run(tmp_path, history, "--until", "2026-05-06T10:00:00+08:00")
    assert [row[2] for row in found["orders.csv"]] == ["withdrawn", "waiting"]
    before = run(tmp_path, history, "--until", "2026-05-06T09:59:59.999999+08:00")
    assert [row[2] for row in before["orders.csv"]] == ["held", "waiting"]


def test_without_until_the_clock_stops_at_the_last_line(tmp_path: Path) -> None:
    found = run(tmp_path, [*HISTORY, told("11:30:00", "accept", station="HZ09")])
    assert [row[-1] for row in found["clocks.csv"]] == ["kept", "running", "running", "running"]
    assert [row[0] for row in found["rejected.csv"]] == ["4"]


def test_a_broken_line_after_until_is_not_noticed(tmp_path: Path) -> None:
    found = run(tmp_path, [*HISTORY, told("10:00:00")], "--until", "2026-05-05T10:30:00+08:00")
    assert [row[0] for row in found["orders.csv"]] == ["LP1"]


def test_no_line_at_all_writes_headers_only(tmp_path: Path) -> None:
    assert all(rows == [] for rows in run(tmp_path, []).values())
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["orders.csv"] == 0


@pytest.mark.parametrize("until", ["soon", "2026-05-05", "2026-05-05T10:00:00"])
def test_an_until_without_offset_is_no_instant(until: str, tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text(HISTORY[0] + "\n")
    assert replay(tmp_path / "events.jsonl", PLAIN, tmp_path / "out", "--until", until).exit_code == 2


def test_a_draft_rulebook_is_rehearsed(tmp_path: Path) -> None:
    """ACCEPT-1 with 10 minutes, V-ACCEPT for 3 yuan; the draft applies to all that happened, whatever its date."""
    draft = EDITION.replace('name = "2017-01-01"', 'name = "2027 draft"').replace(
        "effective = 2017-01-01", "effective = 2027-01-01"
    )
    draft = draft.replace("accept = { value = 30,", "accept = { value = 10,").replace(
        "V-ACCEPT = { value = 10000,", "V-ACCEPT = { value = 300,"
    )
    (tmp_path / "draft.toml").write_text(draft, encoding="utf-8")
    found = run(tmp_path, HISTORY, "--rulebook", str(tmp_path / "draft.toml"))
    assert [(row[0], row[3], row[6], row[8]) for row in found["violations.csv"]] == [
        ("LP1", "V-ACCEPT", "2027 draft", "300")
    ]
    assert found["clocks.csv"][0][3:] == ["2026-05-05T10:00:00+08:00", "2026-05-05T10:10:00+08:00", "missed"]
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["edition"] == "2027 draft"
    assert not run(tmp_path, HISTORY)["violations.csv"]


def test_timing_is_beside_the_results_and_not_in_them(tmp_path: Path) -> None:
    run(tmp_path, HISTORY, "--timing", str(tmp_path / "timing.json"))
    timing = json.loads((tmp_path / "timing.json").read_text())
    assert (timing["orders"], timing["lines"]) == (2, 3) and timing["seconds"] > 0
    assert set(written(tmp_path / "out")) == {
        "orders.csv", "assignments.csv", "clocks.csv", "violations.csv", "appeals.csv", "ledger.csv", "settlement.csv",
        "weekly.csv", "rejected.csv", "summary.json",
    }  # fmt: skip
