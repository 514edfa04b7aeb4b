"""F-39: the zone of the host changes not a byte, its summer time neither."""

import os
import subprocess
import sys
from pathlib import Path

from tests.paths import REPO
from tests.replaying import written
from tests.stories.test_stories import network_of

STORY = REPO / "tests" / "stories" / "closure_around_assignment"
ZONES = ("UTC", "America/New_York", "Asia/Shanghai")


def test_f_39_three_zones_write_the_same_bytes(tmp_path: Path) -> None:
    """Three processes, each on a host of its own zone, at the same time."""
    began = []
    for zone in ZONES:
        out = tmp_path / zone.replace("/", "_")
        command = [
            sys.executable, str(REPO / "app.py"), "replay", str(STORY / "events.jsonl"), "--network",
            str(network_of(STORY)), "--out", str(out),
        ]  # fmt: skip
        began.append((out, subprocess.Popen(command, env=os.environ | {"TZ": zone}, cwd=REPO)))
    for _, process in began:
        assert process.wait(60) == 0
    first, *others = (written(out) for out, _ in began)
    assert all(other == first for other in others)
    for expected in (STORY / "expected").iterdir():
        if expected.name != "rejected.csv":  # the text of a refusal is free
            assert first[expected.name] == expected.read_bytes()
