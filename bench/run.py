"""`make bench`: runs every row at least five times and writes one Markdown table to docs/benchmarks.md."""

import os
import platform
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from basics.now import now
from bench import outbox, pushes, replays

RUNS = int(os.environ.get("RUNS", "5"))
OUT = Path(__file__).parent.parent / "docs" / "benchmarks.md"


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures of one row: per-run values (higher is better), their unit, and the peer's of the same runs."""

    name: str
    unit: str
    ours: list[float]
    peer_name: str
    peer: list[float]

    def line(self) -> str:
        ratio = statistics.median(a / b for a, b in zip(self.ours, self.peer, strict=True))
        ours, peer = _figure(self.ours), _figure(self.peer)
        return f"| {self.name} | {ours} {self.unit} | {self.peer_name} | {peer} | {ratio:.3f} |"


def _figure(values: list[float]) -> str:
    return f"{statistics.median(values):,.0f} ({min(values):,.0f}–{max(values):,.0f})"


def measure(name: str, unit: str, ours: Callable[[], float], peer_name: str, peer: Callable[[], float]) -> Measured:
    """Ours and the peer in turns, so that a busy machine slows both."""
    mine, theirs = [], []
    for run in range(RUNS):
        mine.append(ours())
        theirs.append(peer())
        print(f"{name}: run {run + 1}: {mine[-1]:,.0f} / {theirs[-1]:,.0f} {unit}", file=sys.stderr)
    return Measured(name, unit, mine, peer_name, theirs)


def machine() -> str:
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1024 // 1024
    return f"{os.cpu_count()} cores ({model}), {memory} GiB, Python {platform.python_version()}"


def main() -> None:
    notes = pushes.Notes()
    rows = [
        measure(*row) for row in chain(pushes.rows(notes), outbox.rows(), replays.rows())
    ]  # lazily: each has a server around it
    text = [
        "# Benchmarks",
        "",
        f"Measured {now():%Y-%m-%d} on {machine()}; {RUNS} runs in turns with the peer: median (least–most).",
        "`make bench` writes this file. The machine is shared: compare the ratios, not the absolute figures.",
        "",
        "| row | ours | peer | peer's figure | ours ÷ peer |",
        "|---|---|---|---|---|",
        *(row.line() for row in rows),
        "",
        *replays.NOTES,
        *notes.lines(),
        "",
        *outbox.NOTES,
    ]
    OUT.write_text("\n".join(text) + "\n", encoding="utf-8")
    print(OUT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
