"""What the operations report counts, of rows that somebody else has read. Pure; whole minutes, counts, nearest rank."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import polars as pl

from reports.facts.frames import INSTANT

Schema = dict[str, Any]
# One a time at the data centre. `until`: when it left or ended; null while it is there. `routing_cause`: of the order.
CENTRE: Schema = {"cause": pl.String, "routing_cause": pl.String, "started_at": INSTANT, "until": INSTANT}
# One a message that a channel or sender is to be told.
MESSAGES: Schema = {"channel": pl.String, "state": pl.String, "created_at": INSTANT, "sent_at": INSTANT}
# One a step of the ladder whose risk was said before its accept clock ended; `late`: how that ended.
RINGS: Schema = {"risk": pl.Float64, "late": pl.Boolean}
HOURS = 24
BANDS = 10
_HOUR, _MINUTE, _SECOND = 3_600_000_000, 60_000_000, 1_000_000
_OFFSET = 8 * _HOUR  # Shanghai; fixed, like basics/days.py


def by_hour(holdings: pl.DataFrame) -> pl.DataFrame:
    """By hour of the Shanghai day, each of the 24: assignments begun in it, acceptances made in it, and p50 and p90 of
    the duty minutes to acceptance of the assignments begun in it."""
    begun = holdings.group_by(_hour("started_at")).agg(
        pl.len().cast(pl.Int64).alias("assigned"),
        rank("accept_minutes", 50).alias("p50"),
        rank("accept_minutes", 90).alias("p90"),
    )
    made = (
        holdings.drop_nulls("accepted_at").group_by(_hour("accepted_at")).agg(pl.len().cast(pl.Int64).alias("accepted"))
    )
    hours = pl.DataFrame({"hour": range(HOURS)}, schema={"hour": pl.Int64})
    table = hours.join(begun, on="hour", how="left").join(made, on="hour", how="left").sort("hour")
    return table.select("hour", *(pl.col(name).fill_null(0) for name in ("assigned", "accepted")), "p50", "p90")


def at_centre(rows: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Times at the data centre with `minutes` (whole ones, elapsed; until `now` while it is there), `hour` of arrival,
    and `why`: the cause of routing, or how else it came there."""
    until = pl.col("until").fill_null(now)
    lasted = (until - pl.col("started_at")).dt.total_microseconds() // _MINUTE
    why = pl.when(pl.col("cause") == "routing").then("routing_cause").otherwise("cause")
    waits = pl.col("until").is_null()
    return rows.with_columns(
        minutes=pl.max_horizontal(lasted, pl.lit(0, pl.Int64)), hour=_hour("started_at"), why=why, waits=waits
    )


def centre_by(table: pl.DataFrame, column: str) -> pl.DataFrame:
    """By `why` or `hour`: how often, minutes in all, p50, p90, and how many are there still."""
    return table.group_by(column).agg(_centre()).sort(column)


def centre_total(table: pl.DataFrame) -> pl.DataFrame:
    """The same of all together."""
    return table.select(_centre())


def _centre() -> list[pl.Expr]:
    return [
        pl.len().cast(pl.Int64).alias("times"), pl.col("minutes").sum().cast(pl.Int64),
        rank("minutes", 50).alias("p50"), rank("minutes", 90).alias("p90"), pl.col("waits").sum().cast(pl.Int64),
    ]  # fmt: skip


def feedback(messages: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """By channel: messages, each state, the seconds that the oldest one waits, and p50 and p90 of the seconds from
    being made to being sent."""
    delay = (pl.col("sent_at") - pl.col("created_at")).dt.total_microseconds() // _SECOND
    waits = (pl.lit(now).cast(INSTANT) - pl.col("created_at")).dt.total_microseconds() // _SECOND
    states = ("sent", "waiting", "parked", "given_up")
    return (
        messages.with_columns(delay=pl.when(pl.col("state") == "sent").then(delay))
        .group_by("channel")
        .agg(
            pl.len().cast(pl.Int64).alias("messages"),
            *((pl.col("state") == state).sum().cast(pl.Int64).alias(state) for state in states),
            waits.filter(pl.col("state") == "waiting").max().alias("oldest"),
            rank("delay", 50).alias("p50"),
            rank("delay", 90).alias("p90"),
        )
        .sort("channel")
    )


def calibration(rings: pl.DataFrame) -> pl.DataFrame:
    """By tenth of the risk that was said: how often, the risks summed (in thousandths), and how many were late. 1.0 is
    of the last band."""
    band = pl.min_horizontal((pl.col("risk") * BANDS).floor().cast(pl.Int64), pl.lit(BANDS - 1, pl.Int64))
    said = (pl.col("risk") * 1_000).round().cast(pl.Int64)
    return (
        rings.with_columns(band=band, said=said)
        .group_by("band")
        .agg(pl.len().cast(pl.Int64).alias("times"), pl.col("said").sum(), pl.col("late").sum().cast(pl.Int64))
        .sort("band")
    )


@dataclass(frozen=True, slots=True)
class Presence:
    """Silences of a station or province, their minutes, and the duty minutes of the period behind it."""

    province: str
    station: str
    silences: int
    silent: int
    duty: int


def presence(
    silent: Sequence[tuple[str, int, int]], duty: Mapping[str, tuple[str, timedelta]]
) -> tuple[list[Presence], list[Presence]]:
    """By province and by station. `silent`: (station, silences, minutes); `duty`: station -> its province and duty
    time. Every station counts for its province; of its own it has a row when it was silent, the longest share first.
    One that is in the network no more is left out."""
    said = {station: (times, minutes) for station, times, minutes in silent}
    areas: dict[str, Presence] = {}
    own = []
    for station in sorted(duty):
        province, length = duty[station]
        times, minutes = said.get(station, (0, 0))
        one = Presence(province, station, times, minutes, length // timedelta(minutes=1))
        all_ = areas.get(province, Presence(province, "", 0, 0, 0))
        areas[province] = Presence(
            province, "", all_.silences + times, all_.silent + minutes, all_.duty + one.duty
        )  # fmt: skip
        own += [one] if times else []
    ranked = sorted(own, key=lambda one: (-Fraction(one.silent, max(one.duty, 1)), one.station))
    return [areas[name] for name in sorted(areas)], ranked


def rank(column: str, percent: int) -> pl.Expr:
    """Nearest rank: the value at place ceil(n·p/100) of the sorted ones, null of none."""
    values = pl.col(column).drop_nulls().sort()
    return values.get((values.len().cast(pl.Int64) * percent + 99) // 100 - 1, null_on_oob=True).cast(pl.Int64)


def _hour(column: str) -> pl.Expr:
    return ((pl.col(column).dt.epoch("us") + _OFFSET) // _HOUR % HOURS).alias("hour")
