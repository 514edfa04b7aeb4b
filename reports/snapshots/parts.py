"""What a frozen report is made of: sorted frames as Parquet, one a province, and what differs between two numbers."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

import polars as pl

from reports.cube import FIGURES, Key
from reports.facts.frames import FRAMES, Schema

FIGURES_PART, CHANGES_PART = "figures", "changes"
CHANGES = {"cell": pl.String, "was": pl.Int64, "is": pl.Int64}  # null: no figure there
SCHEMAS: dict[str, Schema] = {FIGURES_PART: FIGURES, CHANGES_PART: CHANGES, **FRAMES}
EVERYWHERE = ""  # the province of figures of the network, of provinces and of channels, and of rows without one


class Damaged(ValueError):
    """A part that is not what was frozen."""


@dataclass(frozen=True, slots=True)
class Part:
    """`digest`: SHA-256 over the rows as CSV, so that equal rows are equal whatever wrote the Parquet."""

    frame: str
    province: str
    rows: int
    digest: str
    content: bytes


def parts_of(frame: str, table: pl.DataFrame) -> Iterator[Part]:
    """One a province, rows in order of all their columns. Of the figures none has a province column: see `split`."""
    for province in table["province"].unique().sort():  # one at a time: a month's orders twice are gigabytes
        yield part(frame, str(province), table.filter(pl.col("province") == province))


def part(frame: str, province: str, rows: pl.DataFrame) -> Part:
    """A part of exactly the columns of its schema."""
    schema = SCHEMAS[frame]
    rows = rows.select(schema.keys()).cast(schema)  # type: ignore[arg-type]
    rows = rows.sort(rows.columns, nulls_last=True)
    file = io.BytesIO()
    rows.write_parquet(file, compression="zstd", statistics=False)
    return Part(frame, province, rows.height, _digest(rows), file.getvalue())


def unpacked(frame: str, content: bytes, digest: str) -> pl.DataFrame:
    """The rows of a part. Damaged unless they are those that were frozen."""
    try:
        rows = pl.read_parquet(io.BytesIO(content))
        whole = dict(rows.schema) == dict(SCHEMAS[frame]) and _digest(rows) == digest
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:  # a panic is no Exception
        raise Damaged(f"a part of {frame} cannot be read") from error
    if not whole:
        raise Damaged(f"a part of {frame} is not what was frozen")
    return rows


def _digest(rows: pl.DataFrame) -> str:
    return sha256(rows.write_csv(include_header=True).encode()).hexdigest()


def split(figures: pl.DataFrame, provinces: Mapping[str, str]) -> Iterator[Part]:
    """Figures in parts: those of a station in its province's, all others EVERYWHERE. `provinces`: by station."""
    of_station = pl.col("code").replace_strict(dict(provinces), default=EVERYWHERE, return_dtype=pl.String)
    home = pl.when(pl.col("level") == "station").then(of_station).otherwise(pl.lit(EVERYWHERE))
    yield from parts_of(FIGURES_PART, figures.with_columns(home.alias("province")))


def changed(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Cells that differ, columns CHANGES, in order; a missing count is 0 as a missing percentile is none, so null."""
    on = ["level", "code", "measure"]
    both = before.join(now, on=on, how="full", coalesce=True, suffix="_now")
    different = both.filter(~pl.col("value").eq_missing(pl.col("value_now"))).sort(on)
    names = [str(Key(one["measure"], one["level"], one["code"])) for one in different.iter_rows(named=True)]
    table = {"cell": names, "was": different["value"], "is": different["value_now"]}
    return pl.DataFrame(table, schema=CHANGES)


def whole_digest(digests: Mapping[tuple[str, str], str]) -> str:
    """Over all parts that count for a number: (frame, province) -> digest."""
    lines = (f"{frame}\t{province}\t{digest}\n" for (frame, province), digest in sorted(digests.items()))
    return sha256("".join(lines).encode()).hexdigest()
