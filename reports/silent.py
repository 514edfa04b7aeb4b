"""The weekly report's part on silent stations (DUTY-3): shown, never fined."""

from collections.abc import Mapping, Sequence

import polars as pl

SCHEMA = {"province": pl.String, "station": pl.String, "silences": pl.Int64, "minutes": pl.Int64}


def silent(rows: Sequence[tuple[str, int, int]], provinces: Mapping[str, str]) -> pl.DataFrame:
    """`rows`: (station, silences, minutes); one row each, by province, the longest silence first."""
    found = [(provinces.get(station, ""), station, times, minutes) for station, times, minutes in rows]
    table = pl.DataFrame(found, schema=SCHEMA, orient="row")
    return table.sort("province", "minutes", "station", descending=[False, True, False])
