"""Measures over facts at every level of a report, and the rows behind one cell.

A cell is named `measure@level:code`: `orders@network:`, `accept_late@province:浙江省`, `fines_fen@station:HZ01`,
`pickup_p90@channel:crm`. Its rows are those of the measure's frame in the period that the measure and the level choose;
`over` applied to them gives the cell again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from reports.facts.frames import Facts
from reports.measures import How, Measure

# Level -> the column that tells its members apart. A level-2 station has a row of its own; of a house there is none.
LEVELS = {"network": "", "province": "province", "station": "station", "channel": "channel"}
FIGURES = {"level": pl.String, "code": pl.String, "measure": pl.String, "value": pl.Int64}
_RANKS = {"p50": 50, "p90": 90, "p99": 99}


class UnknownCell(ValueError):
    """No such measure or level."""


@dataclass(frozen=True, slots=True)
class Key:
    """One cell of one report."""

    measure: str
    level: str
    code: str = ""

    def __str__(self) -> str:
        return f"{self.measure}@{self.level}:{self.code}"


def parse(text: str) -> Key:
    """`str(Key)` back. UnknownCell for nonsense; whether the measure exists is the caller's to ask."""
    measure, at, rest = text.partition("@")
    level, colon, code = rest.partition(":")
    if not (measure and at and colon) or level not in LEVELS or (level == "network") != (code == ""):
        raise UnknownCell(text)
    return Key(measure, level, code)


def figures(facts: Facts, measures: Sequence[Measure], levels: Iterable[str] = LEVELS) -> pl.DataFrame:
    """Every measure at every level: columns FIGURES, sorted, nothing for zero counts and sums and for percentiles of
    nothing. The facts must hold the period and nothing else."""
    asked = [_grouped(facts, frame, measures, level) for level in levels for frame in _frames(measures)]
    found = pl.collect_all(asked)
    empty = pl.DataFrame(schema=FIGURES)
    return pl.concat([empty, *(_long(table) for table in found)]).sort("level", "code", "measure")


def rows(facts: Facts, measure: Measure, key: Key) -> pl.LazyFrame:
    """The rows behind a cell, by the measure's frame."""
    column = LEVELS[key.level]
    chosen = facts[measure.frame].filter(measure.where())
    return chosen.filter(pl.col(column) == key.code) if column else chosen


def over(measure: Measure) -> pl.Expr:
    """The measure of the rows it is about."""
    if measure.how == "count":
        return pl.len().cast(pl.Int64)
    if measure.how == "sum":
        return pl.col(measure.value).sum().cast(pl.Int64)
    return _rank(pl.col(measure.value), measure.how)


def _rank(values: pl.Expr, how: How) -> pl.Expr:
    """Nearest rank, in whole numbers: the value at place ceil(n·p/100) of the sorted ones, null of none."""
    place = (values.count().cast(pl.Int64) * _RANKS[how] + 99) // 100 - 1
    return values.drop_nulls().sort().get(place, null_on_oob=True)


def _frames(measures: Sequence[Measure]) -> list[str]:
    return list(dict.fromkeys(one.frame for one in measures))


def _grouped(facts: Facts, frame: str, measures: Sequence[Measure], level: str) -> pl.LazyFrame:
    column = LEVELS[level]
    code = pl.col(column) if column else pl.lit("")
    asked = [_of_those(one) for one in measures if one.frame == frame]
    table = facts[frame].select(code.alias("code"), *_needed(facts, frame, measures))
    return table.group_by("code").agg(asked).with_columns(pl.lit(level).alias("level"))


def _needed(facts: Facts, frame: str, measures: Sequence[Measure]) -> list[pl.Expr]:
    """Only the columns that some measure reads: of ten million rows each one counts."""
    wanted = {one.value for one in measures if one.frame == frame and one.value}
    for one in measures:
        if one.frame == frame:
            wanted.update(one.where().meta.root_names())
    return [pl.col(name) for name in sorted(wanted)]


def _of_those(measure: Measure) -> pl.Expr:
    chosen = measure.where()
    if measure.how == "count":
        return chosen.fill_null(False).sum().cast(pl.Int64).alias(measure.code)
    values = pl.col(measure.value).filter(chosen)
    of = values.sum().cast(pl.Int64) if measure.how == "sum" else _rank(values, measure.how)
    return of.cast(pl.Int64).alias(measure.code)


def _long(table: pl.DataFrame) -> pl.DataFrame:
    """One row a figure. Zeros are left out: a station without suspicions has forty of them."""
    codes = [name for name in table.columns if name not in ("level", "code")]
    ranked = [name for name in codes if name.rpartition("_")[2] in _RANKS]
    long = table.unpivot(codes, index=["level", "code"], variable_name="measure", value_name="value")
    shown = pl.col("value").is_not_null() & ((pl.col("value") != 0) | pl.col("measure").is_in(ranked))
    return long.filter(shown).select(FIGURES.keys()).cast(FIGURES)  # type: ignore[arg-type]
