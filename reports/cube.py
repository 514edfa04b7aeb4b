"""Measures over facts at every level of a report, and the rows behind one cell.

A cell is named `measure@level:code`: `orders@network:`, `accept_late@province:浙江省`, `fines_fen@station:HZ01`,
`pickup_p90@channel:crm`. Its rows are those of the measure's frame in the period that the measure and the level choose;
`over` applied to them gives the cell again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from reports.facts.frames import Facts
from reports.measures import How, Measure

# Level -> the column that tells its members apart. A level-2 station has a row of its own; of a house there is none.
LEVELS = {"network": "", "province": "province", "station": "station", "channel": "channel"}
FIGURES = {"level": pl.String, "code": pl.String, "measure": pl.String, "value": pl.Int64}
_RANKS = {"p50": 50, "p90": 90, "p99": 99}
_FINEST = [column for column in LEVELS.values() if column]
_COARSE = ("province", "channel")  # levels of few members


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
    nameless = level in ("network", "province")  # the province of rows that are of none
    if not (measure and at and colon) or level not in LEVELS or (code and level == "network") or not (code or nameless):
        raise UnknownCell(text)
    return Key(measure, level, code)


def figures(facts: Facts, measures: Sequence[Measure], levels: Iterable[str] = LEVELS) -> pl.DataFrame:
    """Every measure at every level: columns FIGURES, sorted, nothing for zero counts and sums and for percentiles of
    nothing. The facts must hold the period and nothing else."""
    asked = list(levels)
    tables = [pl.DataFrame(schema=FIGURES)]
    for frame in dict.fromkeys(one.frame for one in measures):
        of = [one for one in measures if one.frame == frame]
        tables += _added(facts[frame], [one for one in of if one.how not in _RANKS], asked)
        tables += _ranked(facts[frame], [one for one in of if one.how in _RANKS], asked)
    return pl.concat(tables).sort("level", "code", "measure")


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
    values = pl.col(measure.value)
    return values.drop_nulls().sort().get(_place(values.count(), measure.how), null_on_oob=True).cast(pl.Int64)


def _place(count: pl.Expr, how: How) -> pl.Expr:
    """Nearest rank, in whole numbers and from 0: of n sorted values the one at place ceil(n·p/100)."""
    return (count.cast(pl.Int64) * _RANKS[how] + 99) // 100 - 1


def _added(table: pl.LazyFrame, measures: Sequence[Measure], levels: Sequence[str]) -> Iterator[pl.DataFrame]:
    """Counts and sums: of all levels at once by one look at the rows, for those of a level are the sum of its parts."""
    if not measures:
        return
    finest = table.group_by(_FINEST).agg(_sum(one) for one in measures).collect()
    codes = [one.code for one in measures]
    for level in levels:
        column = LEVELS[level]
        code = pl.col(column) if column else pl.lit("")
        found = finest.group_by(code.alias("code")).agg(pl.col(codes).sum())
        long = found.unpivot(codes, index="code", variable_name="measure", value_name="value")
        yield _shaped(long.filter(pl.col("value") != 0), level)


def _sum(measure: Measure) -> pl.Expr:
    chosen = measure.where()
    if measure.how == "count":
        return chosen.sum().cast(pl.Int64).alias(measure.code)  # of null it is no row
    return pl.when(chosen).then(pl.col(measure.value)).sum().cast(pl.Int64).alias(measure.code)


def _ranked(table: pl.LazyFrame, measures: Sequence[Measure], levels: Sequence[str]) -> Iterator[pl.DataFrame]:
    """Percentiles: how often each value comes is counted, and then gone through from the smallest on. There are far
    fewer different minutes than rows, but not of a station: there each one's values are sorted."""
    for same in _together(measures):
        value, where = same[0].value, same[0].where()
        chosen = table.filter(where, pl.col(value).is_not_null())
        coarse = chosen.group_by(*_COARSE, pl.col(value).cast(pl.Int64)).agg(pl.len().cast(pl.Int64).alias("times"))
        times = coarse.collect()
        for level in levels:
            column = LEVELS[level]
            code = pl.col(column) if column else pl.lit("")
            found = _at_places(times, code, value, same) if column in ("", *_COARSE) else _sorted(chosen, code, same)
            yield from (_shaped(one, level) for one in found)


def _sorted(chosen: pl.LazyFrame, code: pl.Expr, measures: Sequence[Measure]) -> Iterator[pl.DataFrame]:
    """Of each code the values at the measures' places."""
    value = pl.col(measures[0].value).cast(pl.Int64)
    each = chosen.group_by(code.alias("code")).agg(value.sort().alias("values"))
    values = pl.col("values").list
    places = [values.get(_place(values.len(), one.how)).alias(one.code) for one in measures]
    found = each.select("code", *places).collect()
    yield found.unpivot(index="code", variable_name="measure", value_name="value")


def _together(measures: Sequence[Measure]) -> list[list[Measure]]:
    """Those that rank the same values of the same rows."""
    found: list[list[Measure]] = []
    for one in measures:
        mates = [
            some for some in found if some[0].value == one.value and some[0].where().meta.eq(one.where())
        ]  # fmt: skip
        if mates:
            mates[0].append(one)
        else:
            found.append([one])
    return found


def _at_places(times: pl.DataFrame, code: pl.Expr, value: str, measures: Sequence[Measure]) -> Iterator[pl.DataFrame]:
    """Of each code the first value by which as many rows as its place asks for have come."""
    counted = times.group_by(code.alias("code"), value).agg(pl.col("times").sum()).sort("code", value)
    upto, all_of_it = pl.col("times").cum_sum().over("code"), pl.col("times").sum().over("code")
    placed = counted.with_columns(upto.alias("upto"), all_of_it.alias("all"))
    for one in measures:
        reached = placed.filter(pl.col("upto") > _place(pl.col("all"), one.how))
        found = reached.group_by("code").agg(pl.col(value).min().alias("value"))
        yield found.with_columns(pl.lit(one.code).alias("measure"))


def _shaped(long: pl.DataFrame, level: str) -> pl.DataFrame:
    return long.with_columns(pl.lit(level).alias("level")).select(FIGURES.keys()).cast(FIGURES)  # type: ignore[arg-type]
