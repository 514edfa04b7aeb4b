"""One weekly report's figures by the product, in a process of its own: `reports_ours.py URL FOLDER START END`.

FOLDER "-": everything from the database. Prints seconds, the most memory it ever had, and a digest of the figures.
"""

import json
import resource
import sys
import time
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import polars as pl

from reports.archive.queries import facts_of
from reports.cube import figures
from reports.facts.queries import load
from reports.measures import weekly_measures
from storage.session import connect, snapshot


def main() -> None:
    url, folder, start, end = sys.argv[1], sys.argv[2], *map(datetime.fromisoformat, sys.argv[3:5])
    engine = connect(url)
    measures = weekly_measures()
    only = tuple(dict.fromkeys(one.frame for one in measures))
    began = time.perf_counter()
    with snapshot(engine) as conn:
        if folder == "-":
            facts = load(conn, start, end, only, measures=measures)
        else:
            facts = facts_of(conn, Path(folder), start, end, only, measures=measures)
        loaded = time.perf_counter() - began
        found = figures(facts, measures)
    print(json.dumps({
        "seconds": time.perf_counter() - began, "loaded": loaded, "rows": found.height,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, "digest": digest(found),
    }))  # fmt: skip


def digest(found: pl.DataFrame) -> str:
    """Of the figures as text, in one order."""
    return sha256(found.sort("level", "code", "measure").write_csv().encode()).hexdigest()


if __name__ == "__main__":
    main()
