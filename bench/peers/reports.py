"""The weekly report's figures without the house: `reports.py NAME WHERE` in a process of its own.

Never imported by the product or the bench. NAME polars, pandas or duckdb: the same measures written by hand over the
Parquet in the folder WHERE. NAME sql or pandas-sql: over the tables of the database WHERE (libpq). Prints seconds, the
most memory it ever had, and a digest of the figures.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable
from hashlib import sha256
from importlib import import_module
from typing import Any

LEVELS = ("network", "province", "station", "channel")
KINDS = ("V-ACCEPT", "V-PICKUP", "V-FALSE-FAIL", "V-FALSE-WAYBILL", "V-WRONG-ACCEPT", "V-TRANSFER")
STATES = ("suspected", "confirmed", "dismissed", "overturned")
CODES = ("user_cancelled", "duplicate", "not_contacted", "too_slow", "bad_service", "")
RANKS = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
FRAMES = ("orders", "clocks", "holdings", "violations", "money")
COUNTS = {
    "orders": {
        "orders": "served", "at_data_centre": "state = 'at_data_centre'", "unscanned": "unscanned",
        "promise_kept": "served and picked_up_at <= promise_at", "withdrawn": "state = 'withdrawn'",
        **{f"withdrawn:{who}": f"state = 'withdrawn' and withdrawal_origin = '{who}'"
           for who in ("sender", "platform", "station", "system")},
        **{f"withdrawn_as:{code or 'free'}": f"state = 'withdrawn' and withdrawal_code = '{code}'" for code in CODES},
    },
    "clocks": {
        f"{kind}_{name}": f"kind = '{kind}' and verdict in ({words})"
        for kind in ("accept", "pickup")
        for name, words in (("on_time", "'kept'"), ("late", "'missed'"), ("clocks", "'kept', 'missed'"))
    },
    "holdings": {"holdings": "held", "misrouted": "held and misrouted"},
    "violations": {
        **{state: f"state = '{state}'" for state in STATES},
        **{f"{state}:{kind}": f"state = '{state}' and kind = '{kind}'" for state in STATES for kind in KINDS},
        "excused": "excuse <> ''", **{f"excused:{kind}": f"excuse <> '' and kind = '{kind}'" for kind in KINDS},
    },
    "money": {},
}  # fmt: skip
SUMS = {
    "holdings": {"reach_minutes": ("reach_minutes", "held")},
    "violations": {"fines_fen": ("fine_fen", "state = 'confirmed'")},
    "money": {
        "booked_fen": ("amount_fen", "kind in ('fine', 'reversal')"),
        "refunds_fen": ("-amount_fen", "kind in ('refund_1', 'refund_2')"),
        "rewards_fen": ("-amount_fen", "kind = 'reward'"),
    },
}
RANKED = {"orders": ("pickup", "pickup_minutes", "served"), "holdings": ("accept", "accept_minutes", "held")}
HOLDS = {
    "served": "(state not in ('withdrawn', 'held') and station not in ('', 'DATA_CENTRE'))",
    "held": "(station <> 'DATA_CENTRE')",
}
EMPTY = '""'  # as the product's writer spells it
Wide = Iterable[tuple[str, list[str], Iterable[Iterable[Any]]]]  # level, names of the columns, rows: code, figures


def by_polars(folder: str) -> Wide:
    """Lazy frames, one `group_by` a frame and level, all collected at once."""
    pl: Any = import_module("polars")
    asked = []
    for frame in FRAMES:
        table = pl.scan_parquet(f"{folder}/{frame}/**/*.parquet", hive_partitioning=False)
        wanted = [pl.sql_expr(plain(how)).sum().alias(name) for name, how in COUNTS[frame].items()]
        for name, (value, how) in SUMS.get(frame, {}).items():
            wanted.append(pl.sql_expr(value).filter(pl.sql_expr(plain(how))).sum().alias(name))
        if frame in RANKED:
            name, value, how = RANKED[frame]
            values = pl.col(value).filter(pl.sql_expr(plain(how)) & pl.col(value).is_not_null())
            wanted += [values.quantile(of, "equiprobable").alias(f"{name}_{rank}") for rank, of in RANKS.items()]
        for level in LEVELS:
            code = pl.lit("") if level == "network" else pl.col(level)
            network = table.select(wanted).with_columns(code=code)
            asked.append(network if level == "network" else table.group_by(code.alias("code")).agg(wanted))
    found = pl.collect_all(asked)
    levels = [level for _ in FRAMES for level in LEVELS]
    long = [
        one.unpivot(index="code", variable_name="measure")
        .select(pl.lit(level).alias("level"), "code", "measure", pl.col("value").cast(pl.Int64))
        .filter(pl.col("value").is_not_null() & ((pl.col("value") != 0) | pl.col("measure").str.contains("_p[0-9]+$")))
        for level, one in zip(levels, found, strict=True)
    ]
    table = pl.concat(long).sort("level", "code", "measure")
    return ((level, ["code", name], [(code, value)]) for level, code, name, value in table.iter_rows())


def by_pandas(folder: str) -> Wide:
    """Each frame read whole with the columns it needs, texts as categories."""
    pq: Any = import_module("pyarrow.parquet")
    paths: Any = import_module("glob")
    texts = [
        "province",
        "station",
        "channel",
        "state",
        "withdrawal_origin",
        "withdrawal_code",
        "kind",
        "verdict",
        "excuse",
    ]
    numbers = ["unscanned", "picked_up_at", "promise_at", "pickup_minutes", "misrouted", "reach_minutes",
               "accept_minutes", "fine_fen", "amount_fen"]  # fmt: skip
    for frame in FRAMES:
        files = paths.glob(f"{folder}/{frame}/**/*.parquet", recursive=True)
        have = set(pq.read_schema(files[0]).names)
        table = pq.read_table(
            files, columns=[n for n in texts + numbers if n in have], read_dictionary=texts, partitioning=None
        )
        yield from grouped(table.to_pandas(), frame)


def grouped(table: Any, frame: str) -> Wide:
    """The measures of a pandas table."""
    pd: Any = import_module("pandas")
    if frame in RANKED:
        served = (
            ~table.state.isin(["withdrawn", "held"]) & ~table.station.isin(["", "DATA_CENTRE"])
            if frame == "orders"
            else None
        )
        table[RANKED[frame][2]] = table.station != "DATA_CENTRE" if served is None else served
    wanted = {name: table.eval(pandas_words(how)).fillna(False) for name, how in COUNTS[frame].items()}
    for name, (value, how) in SUMS.get(frame, {}).items():
        wanted[name] = table.eval(value).where(table.eval(pandas_words(how)), 0)
    wide = pd.DataFrame(wanted, index=table.index)
    for level in LEVELS:
        by = table[level] if level != "network" else pd.Series("", index=table.index)
        found = wide.groupby(by, observed=True).sum()
        if frame in RANKED:
            name, value, how = RANKED[frame]
            values = table.loc[table[how] & table[value].notna(), value].sort_values()
            some = values.groupby(by.loc[values.index], observed=True)
            place, count = some.cumcount(), some.transform("size")
            for rank, of in RANKS.items():
                chosen = values[place == -(-count * round(of * 100) // 100) - 1]
                found[f"{name}_{rank}"] = chosen.groupby(by.loc[chosen.index], observed=True).first()
        yield level, ["code", *found.columns], found.reset_index().itertuples(index=False, name=None)


def by_duckdb(folder: str) -> Wide:
    """One statement a frame, all levels by GROUPING SETS."""
    conn: Any = import_module("duckdb").connect()
    for frame in FRAMES:
        source = f"SELECT * FROM read_parquet('{folder}/{frame}/**/*.parquet', hive_partitioning = false)"
        found = conn.execute(statement(frame, source))
        names = [one[0] for one in found.description]
        yield from leveled(names, found.fetchall())


def by_sql(where: str) -> Wide:
    """The same statements over the tables of the database itself."""
    sources = import_module("reports_tables").SOURCES
    with import_module("psycopg").connect(where) as conn:
        for frame in FRAMES:
            found = conn.execute(statement(frame, sources[frame]))
            yield from leveled([one.name for one in found.description], found.fetchall())


def by_pandas_sql(where: str) -> Wide:
    """Rows into pandas by its own reader, then as with Parquet."""
    pd: Any = import_module("pandas")
    sources, engine = (
        import_module("reports_tables").SOURCES,
        import_module("sqlalchemy").create_engine(
            "postgresql+psycopg://", creator=lambda: import_module("psycopg").connect(where)
        ),
    )
    for frame in FRAMES:
        yield from grouped(pd.read_sql(sources[frame], engine), frame)


def plain(how: str) -> str:
    """A condition with its short words written out."""
    return " ".join(HOLDS.get(word, word) for word in how.split())


def pandas_words(how: str) -> str:
    """The same for `DataFrame.eval`."""
    return how.replace("<>", "!=").replace(" = ", " == ").replace("in ('", "in ['").replace("')", "']")


def statement(frame: str, source: str) -> str:
    """Every measure of a frame at every level."""
    wanted = [f'count(*) FILTER (WHERE {plain(how)}) AS "{name}"' for name, how in COUNTS[frame].items()]
    for name, (value, how) in SUMS.get(frame, {}).items():
        wanted.append(f'sum({value}) FILTER (WHERE {plain(how)}) AS "{name}"')
    if frame in RANKED:
        name, value, how = RANKED[frame]
        chosen = f"WITHIN GROUP (ORDER BY {value}) FILTER (WHERE {plain(how)})"
        wanted += [f'percentile_disc({of}) {chosen} AS "{name}_{rank}"' for rank, of in RANKS.items()]
    cases = (f"WHEN grouping({level}) = 0 THEN {number}" for number, level in enumerate(LEVELS) if number)
    levels = f"CASE {' '.join(cases)} ELSE 0 END"
    code = "coalesce(province, station, channel, '')"
    return (
        f"SELECT {levels} AS level, {code} AS code, {', '.join(wanted)} FROM ({source}) AS facts"
        " GROUP BY GROUPING SETS ((), (province), (station), (channel))"
    )


def leveled(names: list[str], rows: list[Any]) -> Wide:
    """Rows of all levels, by level."""
    for number, level in enumerate(LEVELS):
        yield level, names[1:], [row[1:] for row in rows if row[0] == number]


PEERS: dict[str, tuple[str, Callable[[str], Wide]]] = {
    "polars": ("polars", by_polars), "pandas": ("pandas pyarrow.parquet", by_pandas), "duckdb": ("duckdb", by_duckdb),
    "sql": ("psycopg", by_sql), "pandas-sql": ("pandas psycopg sqlalchemy", by_pandas_sql),
}  # fmt: skip


def text(found: Wide) -> str:
    """The figures as the product's bench writes them: no zeros, no percentile of nothing."""
    lines = [
        (level, code, name, int(value))
        for level, names, rows in found
        for code, *values in rows
        for name, value in zip(names[1:], values, strict=True)
        if value is not None and value == value and (value != 0 or name.rpartition("_")[2] in RANKS)
    ]
    return "level,code,measure,value\n" + "".join(f"{a},{b or EMPTY},{c},{d}\n" for a, b, c, d in sorted(lines))


def main() -> None:
    modules, work = PEERS[sys.argv[1]]
    for module in modules.split():
        import_module(module)
    began = time.perf_counter()
    found = work(sys.argv[2])
    found = found if sys.argv[1] == "polars" else list(found)  # whose table is made, and only told row by row
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told: dict[str, Any] = {"seconds": seconds, "memory": memory}
    if not os.environ.get("NO_DIGEST"):
        told |= {"digest": sha256(text(found).encode()).hexdigest()}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
