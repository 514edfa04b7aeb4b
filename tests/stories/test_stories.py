"""Hand-written histories: each folder holds events, a network, and the results worked out by hand from the rulebook."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import cli

HERE = Path(__file__).parent
FREE_TEXT = {"rejected.csv", "settlement.csv"}  # in their last column
STORIES = sorted(path.parent for path in HERE.glob("*/events.jsonl"))


def network_of(story: Path) -> Path:
    named = story / "network.txt"
    return (
        HERE / "_networks" / named.read_text().strip().removeprefix("_networks/")
        if named.exists()
        else story / "network"
    )


def replay(story: Path, out: Path, *more: str) -> None:
    extra = (story / "args.txt").read_text().split() if (story / "args.txt").exists() else []
    args = [
        "replay",
        str(story / "events.jsonl"),
        "--network",
        str(network_of(story)),
        "--out",
        str(out),
        *extra,
        *more,
    ]
    result = CliRunner().invoke(cli, args, catch_exceptions=False)
    assert result.exit_code == 0, result.output


def rows(path: Path) -> list[list[str]]:
    """Rows as lists; the message of a refusal and the reason of a settlement are free text and not compared."""
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.reader(file))
    return [row[:-1] for row in found] if path.name in FREE_TEXT else found


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.name)
def test_story(story: Path, tmp_path: Path) -> None:
    """REPLAY: the rows worked out by hand; and lines handed over as one batch write the bytes that they write one by
    one."""
    if (story / "await.txt").exists():
        pytest.skip(f"awaits {(story / 'await.txt').read_text().strip()}")
    batch, single = tmp_path / "batch", tmp_path / "single"
    replay(story, batch)
    for expected in sorted((story / "expected").iterdir()):
        found = batch / expected.name
        assert rows(found) == rows(expected), expected.name
        if expected.name not in FREE_TEXT:
            assert found.read_bytes() == expected.read_bytes(), f"{expected.name}: bytes"
    replay(story, single, "--batch", "1")
    for path in sorted(batch.iterdir()):
        assert path.read_bytes() == (single / path.name).read_bytes(), f"{path.name}, one by one"


def test_there_are_at_least_forty_stories() -> None:
    assert len(STORIES) >= 40
    assert all(
        (story / "README.md").exists() and json.loads((story / "events.jsonl").open().readline()) for story in STORIES
    )
