"""The weekly report's figures without the house: `reports.py polars FOLDER` or `pandas FOLDER` or `duckdb FOLDER`.

Never imported by the product or the bench: a process of its own. The same measures written by hand over the same
Parquet. Prints seconds, the most memory it ever had, and a digest of the figures.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

LEVELS = ("network", "province", "station", "channel")
DATA_CENTRE = "DATA_CENTRE"
KINDS = ("V-ACCEPT", "V-PICKUP", "V-FALSE-FAIL", "V-FALSE-WAYBILL", "V-WRONG-ACCEPT", "V-TRANSFER")
STATES = ("suspected", "confirmed", "dismissed", "overturned")
ORIGINS = ("sender", "platform", "station", "system")
RANKS = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
FRAMES = ("orders", "clocks", "holdings", "violations", "money")


def by_polars(folder: str) -> Any:
    """Lazy frames, one `group_by` a frame and level, all collected at once."""
    pl: Any = import_module("polars")
    col = pl.col
    served = ~col("state").is_in(["withdrawn", "held"]) & ~col("station").is_in(["", DATA_CENTRE])
    held = col("station") != DATA_CENTRE
    late, kept = col("verdict") == "missed", col("verdict") == "kept"
    due = col("verdict").is_in(["kept", "missed"])
    accept, pickup = col("kind") == "accept", col("kind") == "pickup"
    gone, excused = col("state") == "withdrawn", (col("state") != "cleared") & (col("excuse") != "")
    counts: dict[str, dict[str, Any]] = {
        "orders": {
            "orders": served, "at_data_centre": col("state") == "at_data_centre", "unscanned": col("unscanned"),
            "promise_kept": served & (col("picked_up_at") <= col("promise_at")), "withdrawn": gone,
            **{f"withdrawn:{origin}": gone & (col("withdrawal_origin") == origin) for origin in ORIGINS},
        },
        "clocks": {
            "accept_on_time": accept & kept, "accept_late": accept & late, "accept_clocks": accept & due,
            "pickup_on_time": pickup & kept, "pickup_late": pickup & late, "pickup_clocks": pickup & due,
        },
        "holdings": {"holdings": held, "misrouted": held & col("misrouted")},
        "violations": {
            **{state: col("state") == state for state in STATES}, "excused": excused,
            **{f"{state}:{kind}": (col("state") == state) & (col("kind") == kind) for state in STATES for kind in KINDS},
            **{f"excused:{kind}": excused & (col("kind") == kind) for kind in KINDS},
        },
        "money": {},
    }  # fmt: skip
    sums: dict[str, dict[str, Any]] = {
        "holdings": {"reach_minutes": col("reach_minutes").filter(held)},
        "violations": {"fines_fen": col("fine_fen").filter(col("state") == "confirmed")},
        "money": {
            "booked_fen": col("amount_fen").filter(col("kind").is_in(["fine", "reversal"])),
            "refunds_fen": -col("amount_fen").filter(col("kind").is_in(["refund_1", "refund_2"])),
            "rewards_fen": -col("amount_fen").filter(col("kind") == "reward"),
        },
    }
    ranked = {
        "orders": ("pickup", col("pickup_minutes").filter(served & col("pickup_minutes").is_not_null())),
        "holdings": ("accept", col("accept_minutes").filter(held & col("accept_minutes").is_not_null())),
    }
    asked = []
    for frame in FRAMES:
        table = pl.scan_parquet(f"{folder}/{frame}/**/*.parquet", hive_partitioning=False)
        wanted = [one.sum().alias(name) for name, one in counts[frame].items()]
        wanted += [one.sum().alias(name) for name, one in sums.get(frame, {}).items()]
        if frame in ranked:
            name, values = ranked[frame]
            wanted += [values.quantile(of, "equiprobable").alias(f"{name}_{rank}") for rank, of in RANKS.items()]
        for level in LEVELS:
            if level == "network":
                grouped = table.select(wanted).with_columns(code=pl.lit(""))
            else:
                grouped = table.group_by(col(level).alias("code")).agg(wanted)
            asked.append(grouped.with_columns(level=pl.lit(level)))
    long = [
        one.unpivot(index=["level", "code"], variable_name="measure").with_columns(col("value").cast(pl.Int64))
        for one in pl.collect_all(asked)
    ]
    ranks = col("measure").str.contains("_p[0-9]+$")
    found = pl.concat(long).filter(col("value").is_not_null() & ((col("value") != 0) | ranks))
    return found.select("level", "code", "measure", "value").sort("level", "code", "measure").write_csv()


PEERS: dict[str, Callable[[str], Any]] = {"polars": by_polars}


def main() -> None:
    name, where = sys.argv[1:3]
    work = PEERS[name]
    modules = {"polars": "polars", "pandas": "pyarrow.parquet pandas", "duckdb": "duckdb", "sql": "psycopg"}
    for module in modules.get(name, "pandas psycopg").split():
        import_module(module)
    began = time.perf_counter()
    text = work(where)
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    digest = sha256(text.encode()).hexdigest()
    print(json.dumps({"seconds": seconds, "memory": memory, "rows": text.count("\n") - 1, "digest": digest}))
    if len(sys.argv) > 3:
        Path(sys.argv[3]).write_text(text)


if __name__ == "__main__":
    main()
