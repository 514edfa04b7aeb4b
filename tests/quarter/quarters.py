"""A seeded quarter: a network folder with edition.toml and events.jsonl.

`python -m tests.quarter.quarters SEED FOLDER [--orders N]`
"""

import argparse
from collections import Counter
from pathlib import Path

from tests.quarter.arranged import arrange
from tests.quarter.author import Author, calendar
from tests.quarter.orders import populate


def write(seed: int, folder: Path, orders: int) -> Author:
    """Write a quarter; its author, whose naive replay has seen every line."""
    author = Author(seed, folder)
    calendar(author)
    populate(author, orders)
    arrange(author, orders // 180 + 1)
    author.write()
    (folder / "events.jsonl").write_text("\n".join(author.lines) + "\n", encoding="utf-8")
    return author


def main() -> None:
    """Write one quarter and say what is in it."""
    parser = argparse.ArgumentParser(description="Write one simulated quarter.")
    parser.add_argument("seed", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--orders", type=int, default=4000)
    told = parser.parse_args()
    author = write(told.seed, told.folder, told.orders)
    book = author.replay.book
    print(f"{len(author.lines)} lines, {len(author.replay.rejected)} refused")
    print(Counter((key[2], decision.state) for key, decision in book.decisions.items()))
    print(Counter((stage.stage, stage.state) for d in book.decisions.values() for stage in d.stages))
    print(Counter((s.kind, s.again, s.amount > 0) for s in book.settlements))
    for what, count in sorted(author.codes.items()):
        print(f"{count:5d}  {what}")


if __name__ == "__main__":
    main()
