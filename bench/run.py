"""`make bench`: runs every row at least five times and writes one Markdown table a part to docs/benchmarks.md.

`make bench ARGS="areas addresses"` runs those parts and leaves the others as they were measured.
"""

import os
import platform
import statistics
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from basics.now import now
from bench import (
    addresses,
    areas,
    consoles,
    forecast,
    hostile,
    national_day,
    outbox,
    postings,
    pushes,
    replays,
    reports,
    settlement,
    sweep,
)

Row = tuple[str, str, Callable[[], float], str, Callable[[], float]]  # name, unit, ours, the peer's name, the peer

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


@dataclass(frozen=True, slots=True)
class Part:
    """What is measured together: its rows (made lazily: each has a server around it), and what is said of them."""

    title: str
    rows: Callable[[], Iterable[Row]]
    notes: Callable[[], Iterable[str]]


def parts() -> dict[str, Part]:
    """By the name that `ARGS` gives, in the order of the file."""
    latencies, nights, months = pushes.Notes(), sweep.Notes(), settlement.Notes()
    chains, desks, papers = postings.Notes(), consoles.Notes(), reports.Notes()
    return {
        "areas": Part("Areas", areas.rows, areas.notes),
        "addresses": Part("Addresses", addresses.rows, addresses.notes),
        "hostile": Part("Hostile input", hostile.rows, hostile.notes),
        "pushes": Part("Pushes", lambda: pushes.rows(latencies), latencies.lines),
        "outbox": Part("Feedback", outbox.rows, lambda: outbox.NOTES),
        "forecast": Part("Forecast", national_day.rows, forecast.notes),
        "sweep": Part("Deadlines", lambda: sweep.rows(nights), nights.lines),
        "settlement": Part("Settlement", lambda: settlement.rows(months), months.lines),
        "postings": Part("Postings", lambda: postings.rows(chains), chains.lines),
        "consoles": Part("Consoles", lambda: consoles.rows(desks), desks.lines),
        "reports": Part("Reports", lambda: reports.rows(papers), papers.lines),
        "replays": Part("Replays", replays.rows, lambda: replays.NOTES),
    }


def section(name: str, part: Part) -> str:
    """The part's Markdown between two marks, by which the next run finds it."""
    rows = [measure(*row) for row in part.rows()]
    return "\n".join(
        [
            f"<!-- {name} -->",
            f"## {part.title}",
            "",
            f"Measured {now():%Y-%m-%d} on {machine()}; {RUNS} runs in turns with the peer: median (least–most).",
            "",
            "| row | ours | peer | peer's figure | ours ÷ peer |",
            "|---|---|---|---|---|",
            *(row.line() for row in rows),
            "",
            *part.notes(),
            f"<!-- /{name} -->",
        ]
    )


def written(name: str, text: str) -> str:
    """The file with that section in place of the one before, or after all others."""
    old = OUT.read_text(encoding="utf-8")
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if start not in old:
        return f"{old.rstrip()}\n\n{text}\n"
    return old[: old.index(start)] + text + old[old.index(end) + len(end) :]


def main() -> None:
    known = parts()
    wanted = sys.argv[1:] or list(known)
    if unknown := set(wanted) - set(known):
        sys.exit(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    for name in wanted:
        OUT.write_text(written(name, section(name, known[name])), encoding="utf-8")
    print(OUT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
