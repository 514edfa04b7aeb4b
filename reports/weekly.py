"""Weekly compliance figures by province and station (REPLAY weekly.csv; SETTLE-2: weeks run Monday to Monday)."""

from collections.abc import Mapping

import polars as pl

from basics.words import DATA_CENTRE

FIGURES = (
    "orders", "accept_on_time", "accept_late", "pickup_on_time", "pickup_late", "promise_kept",
    "suspected", "confirmed", "fines_fen",
)  # fmt: skip
COLUMNS = ("week", "province", "station", *FIGURES)


def weekly(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """One row a week and station that has any figure, sorted; level-2 stations on their own row, no data centre.

    `orders` and `promise_kept` by the week of creation and the last holder, withdrawn and held ones left out;
    clocks by their station and the week of their deadline; violations by station and when they happened.
    """
    parts = [_orders(frames["orders"]), _clocks(frames["clocks"]), _violations(frames["violations"])]
    figures = (
        pl.concat(parts, how="diagonal")
        .group_by("week", "station")
        .agg(pl.col(name).sum() for name in FIGURES)
        .filter(pl.any_horizontal(pl.col(name) != 0 for name in FIGURES))
    )
    return (
        figures.join(frames["stations"], on="station", how="left")
        .with_columns(pl.col("province").fill_null(""))
        .select(COLUMNS)
        .sort("week", "province", "station")
    )


def _week(column: str) -> pl.Expr:
    """ISO week of the Shanghai day: +8 h, then calendar arithmetic without a zone (DESIGN law 5)."""
    local = pl.col(column).dt.replace_time_zone(None) + pl.duration(hours=8)
    return local.dt.strftime("%G-W%V").alias("week")


def _count(condition: pl.Expr, name: str) -> pl.Expr:
    return condition.fill_null(False).sum().cast(pl.Int64).alias(name)


def _orders(orders: pl.DataFrame) -> pl.DataFrame:
    kept = pl.col("picked_up_at") <= pl.col("promise_at")
    return (
        orders.filter(~pl.col("state").is_in(["withdrawn", "held"]), pl.col("station").is_not_null())
        .filter(pl.col("station") != DATA_CENTRE)
        .group_by(_week("created_at"), "station")
        .agg(pl.len().cast(pl.Int64).alias("orders"), _count(kept, "promise_kept"))
    )


def _clocks(clocks: pl.DataFrame) -> pl.DataFrame:
    def of(kind: str, verdict: str, name: str) -> pl.Expr:
        return _count((pl.col("kind") == kind) & (pl.col("verdict") == verdict), name)

    return clocks.group_by(_week("due_at"), "station").agg(
        of("accept", "kept", "accept_on_time"),
        of("accept", "missed", "accept_late"),
        of("pickup", "kept", "pickup_on_time"),
        of("pickup", "missed", "pickup_late"),
    )


def _violations(violations: pl.DataFrame) -> pl.DataFrame:
    confirmed = pl.col("state") == "confirmed"
    return violations.group_by(_week("happened_at"), "station").agg(
        _count(pl.col("state") == "suspected", "suspected"),
        _count(confirmed, "confirmed"),
        pl.col("fine_fen").filter(confirmed).sum().cast(pl.Int64).alias("fines_fen"),
    )
