"""Orders, suspicions and fines counted by whom they fall on, by reviewer and by what caused them. Pure."""

from collections.abc import Callable

import polars as pl

from basics.words import CaseState
from reports.facts.frames import Facts
from reports.measures import weekly_measures

# Excuses (DESIGN law 3) that name HQ's own routing, an outage, or a push that came late: no station caused these.
MISROUTED, OUTAGE, CHANNEL_OUTAGE, LATE_PUSH = "misrouted", "our_outage", "channel_outage", "late_push"
PASSED_ON = "passed_on"  # no such excuse, and yet routing chose the station and it passed the order on
CAUSES = (MISROUTED, OUTAGE, CHANNEL_OUTAGE, LATE_PUSH, PASSED_ON)
COUNTS = ("orders", "suspicions", "fines", "fines_fen", "caused", "caused_fines", "fined", "appealed", "overturned")
DIMENSIONS = ("province", "size", "hour", "channel")
# Orders of a house in the period from which on the next band begins.
BANDS = (100, 500, 2_000, 10_000)
DECISIONS = {"violation_id": pl.Int64, "decided_by": pl.String}
PASSED = {"order_id": pl.Int64, "seq": pl.Int64, "passed": pl.Boolean}
_FINEST = ("province", "house", "hour", "channel")


def known(violations: pl.LazyFrame, decisions: pl.DataFrame, passed: pl.DataFrame) -> pl.LazyFrame:
    """The violations with `cause`, of CAUSES or "", and with who decided as `reviewer`: the frame has who took the last
    step, which may be who heard the appeal."""
    cause = (
        pl.when(pl.col("excuse").is_in(CAUSES[:-1]))
        .then(pl.col("excuse"))
        .when(pl.col("passed").fill_null(value=False))
        .then(pl.lit(PASSED_ON))
        .otherwise(pl.lit(""))
    )
    told = violations.join(passed.lazy().unique(["order_id", "seq"]), on=["order_id", "seq"], how="left")
    told = told.join(decisions.lazy(), on="violation_id", how="left")
    return told.with_columns(cause.alias("cause"), pl.col("decided_by").fill_null("").alias("reviewer"))


def finest(facts: Facts, violations: pl.LazyFrame) -> pl.DataFrame:
    """COUNTS by province, house, hour of creation and channel: every table by a dimension is a sum of these rows."""
    served = next(one for one in weekly_measures() if one.code == "orders").where()
    orders = facts["orders"].filter(served).with_columns(_hour())
    tables = [
        orders.group_by(_FINEST).agg(pl.len().cast(pl.Int64).alias("orders")).collect(),
        violations.with_columns(_hour()).group_by(_FINEST).agg(_counts()).collect(),
    ]
    found = pl.concat(tables, how="diagonal").with_columns(pl.col(COUNTS).fill_null(0))
    return found.group_by(_FINEST).agg(pl.col(COUNTS).sum()).sort(_FINEST)


def by(counts: pl.DataFrame, dimension: str) -> pl.DataFrame:
    """COUNTS by one of DIMENSIONS as `key`, in order; of a size the number of its band. `counts` are of `finest`."""
    key = pl.col(dimension)
    if dimension == "size":
        counts = counts.with_columns(band(pl.col("orders").sum().over("house")).alias("size"))
    return counts.group_by(key.alias("key")).agg(pl.col(COUNTS).sum()).sort("key")


def band(orders: pl.Expr) -> pl.Expr:
    """0 for fewer orders than the first of BANDS."""
    return pl.sum_horizontal([(orders >= one).cast(pl.Int64) for one in BANDS])


def by_reviewer(violations: pl.LazyFrame) -> pl.DataFrame:
    """What each reviewer decided: columns key, decided, fined, fines, fines_fen, overturned, by name."""
    own = violations.filter(pl.col("reviewer") != "").group_by(pl.col("reviewer").alias("key"))
    decided = pl.len().cast(pl.Int64).alias("decided")
    found = own.agg(decided, *_only("fined", "fines", "fines_fen", "overturned"))
    return found.select("key", "decided", "fined", "fines", "fines_fen", "overturned").sort("key").collect()


def by_cause(violations: pl.LazyFrame) -> pl.DataFrame:
    """Suspicions and fines by cause, in the order of CAUSES and then "" for all others, with zeros."""
    found = violations.group_by(pl.col("cause").alias("key")).agg(_only("suspicions", "fines", "fines_fen")).collect()
    every = pl.DataFrame({"key": [*CAUSES, ""]}, schema={"key": pl.String})
    return every.join(found, on="key", how="left", maintain_order="left").fill_null(0)


def _hour() -> pl.Expr:
    """Of creation, in Shanghai (DUTY-1)."""
    return pl.col("created_at").dt.offset_by("8h").dt.hour().cast(pl.Int64).alias("hour")


def _only(*names: str) -> list[pl.Expr]:
    return [one for one in _counts() if one.meta.output_name() in names]


def _counts() -> list[pl.Expr]:
    stands = pl.col("state") == CaseState.CONFIRMED.value
    fined = pl.col("state").is_in([CaseState.CONFIRMED.value, CaseState.OVERTURNED.value])
    caused = pl.col("cause") != ""
    rows: dict[str, Callable[[], pl.Expr]] = {
        "suspicions": lambda: pl.lit(value=True),
        "fines": lambda: stands,
        "caused": lambda: caused,
        "caused_fines": lambda: caused & stands,
        "fined": lambda: fined,
        "appealed": lambda: fined & pl.col("appealed"),
        "overturned": lambda: fined & ~stands,
    }
    counted = [pl.col("state").filter(where()).len().cast(pl.Int64).alias(name) for name, where in rows.items()]
    return [*counted, pl.col("fine_fen").filter(stands).sum().cast(pl.Int64).alias("fines_fen")]
