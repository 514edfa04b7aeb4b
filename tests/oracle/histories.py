"""Seeded random histories: a network folder and its events.jsonl, mostly legal so that stories go deep.

`python -m tests.oracle.histories SEED FOLDER [--orders N] [--disputed]`
"""

import argparse
import heapq
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

from tests.oracle import quarrels, tales
from tests.oracle.author import Author
from tests.oracle.clocks import DAY
from tests.oracle.dispute import end_of_days
from tests.oracle.nonsense import nonsense


def write(seed: int, folder: Path | str, orders: int = 40, disputed: bool = False) -> Path:
    """Write network and events.jsonl into `folder`; the path of the events.

    `disputed` adds lines of which the texts leave the reading open."""
    compose(seed, Path(folder), orders, disputed)
    return Path(folder) / "events.jsonl"


def compose(seed: int, folder: Path, orders: int, disputed: bool) -> Author:
    """Let an author live through a week, and through the months of quarrels after it, and write it down."""
    author = Author(seed, folder, disputed)
    for n in range(orders):
        days = author.rng.choice((0, 0, 0, 1, 1, 2)) if author.chance(0.8) else author.rng.randint(8, 60)
        day = author.start + timedelta(days=days)
        tales.announce(author, n, author.moment_in_day(day))
    quarrels.plan(author)
    days = author.rng.choice((1, 2, 3, 11, 20, 40, 80, 80, 80))
    stop = author.start + timedelta(days=days, minutes=author.rng.randrange(1440))
    while author.diary and author.diary[0][0] <= stop:
        author.now, _, what, logistics_no = heapq.heappop(author.diary)
        tales.TOLD[what](author, logistics_no)
        if author.chance(0.045):
            nonsense(author)
    if author.diary:
        _stop_on_a_deadline(author)
    (folder / "events.jsonl").write_text("\n".join(author.lines) + "\n", encoding="utf-8")
    return author


def _stop_on_a_deadline(author: Author) -> None:
    """The last line of a history that was cut off stands exactly where a clock is due, or a hold runs out."""
    book = author.replay.book
    dues = [c.due for o in book.orders.values() for c in book.clocks(o, author.now) if c.verdict == "running"]
    dues += [o.received + DAY for o in book.orders.values() if author.view(o).state == "held"]
    open_stages = [s for d in book.decisions.values() for s in d.stages if (s.stage, s.state) == ("province", "open")]
    dues += [end_of_days(stage.opened, book.edition.province_days) for stage in open_stages]
    ahead = [due for due in dues if due >= author.now]  # an unproved pickup runs on past its deadline
    if ahead:
        author.now = min(ahead)
        author.say("notice", week="2026-W17")


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
