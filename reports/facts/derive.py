"""What arithmetic makes of the rows as they were read: whose they are, and minutes."""

from collections.abc import Callable, Sequence
from datetime import datetime

import polars as pl

from basics.words import DATA_CENTRE
from reports.facts.frames import FRAMES

_MINUTE = 60_000_000
_DAY = 24 * 60 * _MINUTE
_OFFSET = 8 * 60 * _MINUTE  # Shanghai; fixed, like basics/days.py
# Frame ("" any) and column -> what it is made of.
_MADE_OF = {
    ("", "province"): ["station", "region"],
    ("", "house"): ["station"],
    ("money", "house"): ["account"],
    ("", "pickup_minutes"): ["created_at", "picked_up_at"],
    ("", "accept_minutes"): ["started_at", "accepted_at"],
    ("", "reach_minutes"): ["created_at", "started_at"],
    ("", "credit_fen"): ["amount_fen"],
}
# Since when (None: ever), and by kind of duty the minutes of the Shanghai day in which it opens and closes (DUTY-1).
Hours = Sequence[tuple[datetime | None, dict[str, tuple[int, int]]]]


def raw_of(frame: str, columns: Sequence[str]) -> set[str]:
    """What must be read for these columns of a frame."""
    return {"station", "region"}.union(
        *(_MADE_OF.get((frame, one)) or _MADE_OF.get(("", one)) or [one] for one in columns)
    )


def derived(frame: str, columns: Sequence[str], raw: pl.DataFrame, network: pl.DataFrame, hours: Hours) -> pl.DataFrame:
    """These columns of a frame of facts, by the network as it is now. One that is gone from it is its own house, of no
    province, and on duty as most are."""
    made: dict[str, Callable[[], pl.Expr]] = {
        "province": _province,
        "house": lambda: _house(frame),
        "pickup_minutes": lambda: _minutes("created_at", "picked_up_at"),
        "accept_minutes": lambda: duty_minutes("started_at", "accepted_at", hours),
        "reach_minutes": lambda: _minutes("created_at", "started_at"),
        "credit_fen": lambda: -pl.col("amount_fen"),
    }
    table = raw.lazy().join(network.lazy(), on="station", how="left", maintain_order="left")
    chosen = [made[one]().alias(one) if one in made else pl.col(one) for one in columns]
    return table.select(chosen).collect().cast({one: FRAMES[frame][one] for one in columns})


def _house(frame: str) -> pl.Expr:
    """Of money the account that it is on: a statement is the ledger's (STATEMENT-1)."""
    return pl.col("account") if frame == "money" else pl.col("house").fill_null(pl.col("station"))


def _province() -> pl.Expr:
    """The data centre and nobody have the region of the order."""
    nobody = pl.col("station").is_in(["", DATA_CENTRE])
    return pl.when(nobody).then(pl.col("region")).otherwise(pl.col("province").fill_null(""))


def _minutes(since: str, until: str) -> pl.Expr:
    """Whole minutes between two instants, null without the second one."""
    return (pl.col(until) - pl.col(since)).dt.total_microseconds() // _MINUTE


def duty_minutes(since: str, until: str, hours: Hours) -> pl.Expr:
    """Whole duty minutes in [since, until), closures not left out, by the `duty` column and the hours in force at
    `since`; null without `until`, 0 when it is before."""
    opens, closes = _hours(hours, since, 0), _hours(hours, since, 1)
    worked = _worked(until, opens, closes) - _worked(since, opens, closes)
    return pl.when(worked.is_not_null()).then(pl.max_horizontal(worked // _MINUTE, pl.lit(0, pl.Int64)))


def _hours(hours: Hours, since: str, which: int) -> pl.Expr:
    """Microseconds of the day at which duty opens (0) or closes (1)."""
    found: pl.Expr | None = None
    for begin, of in hours:
        here = pl.when(pl.col("duty") == "xinjiang").then(of["xinjiang"][which]).otherwise(of["standard"][which])
        found = here if found is None else pl.when(pl.col(since) >= begin).then(here).otherwise(found)
    if found is None:
        raise ValueError("no duty hours")
    return found.cast(pl.Int64) * _MINUTE


def _worked(at: str, opens: pl.Expr, closes: pl.Expr) -> pl.Expr:
    """Duty time since a fixed day: whole days, and what of this one is behind (sla/duty.py has the same in Python)."""
    ticks = pl.col(at).dt.epoch("us") + _OFFSET
    full = closes - opens
    today = pl.min_horizontal(pl.max_horizontal(ticks % _DAY - opens, pl.lit(0, pl.Int64)), full)
    return ticks // _DAY * full + today
