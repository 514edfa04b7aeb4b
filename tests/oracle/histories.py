"""Seeded random histories: a network folder and its events.jsonl, legal most of the time so that stories go deep.

`python -m tests.oracle.histories SEED FOLDER [--orders N] [--disputed]`
"""

import argparse
import heapq
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

from tests.oracle import tales
from tests.oracle.author import START, Author


def write(seed: int, folder: Path | str, orders: int = 40, disputed: bool = False) -> Path:
    """Write network and events.jsonl into `folder`; the path of the events. `disputed` adds lines of which the
    texts leave the reading open."""
    compose(seed, Path(folder), orders, disputed)
    return Path(folder) / "events.jsonl"


def compose(seed: int, folder: Path, orders: int, disputed: bool) -> Author:
    """Let an author live through a week and write it down."""
    author = Author(seed, folder, disputed)
    for n in range(orders):
        day = START + timedelta(days=author.rng.choice((0, 0, 0, 1, 1, 2)))
        tales.announce(author, n, author.moment_in_day(day))
    for day_no in range(1, 9):
        author.plan(author.moment_in_day(START + timedelta(days=day_no)), "desk")
    while author.diary:
        author.now, _, what, logistics_no = heapq.heappop(author.diary)
        tales.TOLD[what](author, logistics_no)
        if author.chance(0.06):
            tales.nonsense(author)
    (folder / "events.jsonl").write_text("\n".join(author.lines) + "\n", encoding="utf-8")
    return author


def main() -> int:
    """Write one history and say what is in it."""
    parser = argparse.ArgumentParser(description="Write one random history.")
    parser.add_argument("seed", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--orders", type=int, default=40)
    parser.add_argument("--disputed", action="store_true")
    told = parser.parse_args()
    author = compose(told.seed, told.folder, told.orders, told.disputed)
    states = Counter(author.view(order).state for order in author.replay.book.orders.values())
    print(f"{len(author.lines)} lines, {len(author.replay.rejected)} refused; {dict(states)}")
    for what, count in sorted(author.codes.items()):
        print(f"{count:5d}  {what}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
