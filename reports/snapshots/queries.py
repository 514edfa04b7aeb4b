"""Reads frozen reports: which there are, their figures, their changes, and the facts behind them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import ColumnElement, Connection, func, select

from reports.cube import FIGURES
from reports.facts.frames import FRAMES, Facts
from reports.snapshots.parts import CHANGES, CHANGES_PART, FIGURES_PART, unpacked
from storage.tables import reports as t

s, p = t.snapshots.c, t.parts.c


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One number of a period: 0 as first frozen, 1.. its supplements. `changed`: cells unlike the number before."""

    id: int
    kind: str
    period: str
    number: int
    edition: str
    made_at: datetime
    made_by: str
    digest: str
    changed: int


def numbers(conn: Connection, kind: str, period: str) -> list[Snapshot]:
    """Of a period, oldest first."""
    return _found(conn, s.kind == kind, s.period == period)


def newest(conn: Connection, kind: str, period: str) -> Snapshot | None:
    """The one that counts now."""
    found = numbers(conn, kind, period)
    return found[-1] if found else None


def snapshot(conn: Connection, kind: str, period: str, number: int) -> Snapshot | None:
    """A certain one."""
    return next(iter(_found(conn, s.kind == kind, s.period == period, s.number == number)), None)


def frozen_periods(conn: Connection, kind: str) -> dict[str, datetime]:
    """Period -> when its newest number was made."""
    query = select(s.period, func.max(s.made_at)).where(s.kind == kind).group_by(s.period)
    return {row[0]: row[1] for row in conn.execute(query)}


def _found(conn: Connection, *which: ColumnElement[bool]) -> list[Snapshot]:
    query = select(*(s[name] for name in Snapshot.__slots__)).where(*which).order_by(s.number)
    return [Snapshot(**row) for row in conn.execute(query).mappings()]


def figures_of(conn: Connection, of: Snapshot, provinces: Collection[str] | None = None) -> pl.DataFrame:
    """Every figure of that number, columns FIGURES, sorted; of stations those of these provinces only. Damaged."""
    found = _frames(conn, of, [FIGURES_PART], provinces)[FIGURES_PART]
    return pl.concat([pl.DataFrame(schema=FIGURES), *found]).sort("level", "code", "measure")


def facts_of(
    conn: Connection, of: Snapshot, frames: Iterable[str] = tuple(FRAMES), provinces: Collection[str] | None = None
) -> Facts:
    """The rows behind its figures. Damaged."""
    found = _frames(conn, of, list(frames), provinces)
    return {name: pl.concat([pl.DataFrame(schema=FRAMES[name]), *tables]).lazy() for name, tables in found.items()}


def changes_of(conn: Connection, of: Snapshot) -> pl.DataFrame:
    """Of a supplement: columns CHANGES (cell, was, is). Damaged."""
    query = select(p.content, p.digest).where(p.snapshot_id == of.id, p.frame == CHANGES_PART)
    return pl.concat(
        [pl.DataFrame(schema=CHANGES), *(unpacked(CHANGES_PART, *row) for row in conn.execute(query))]
    ).sort("cell")


def digests_of(conn: Connection, of: Snapshot) -> dict[tuple[str, str], str]:
    """(frame, province) -> digest of the part that counts for this number; an empty one included."""
    query = (
        select(p.frame, p.province, p.digest)
        .join(t.snapshots, s.id == p.snapshot_id)
        .where(s.kind == of.kind, s.period == of.period, s.number <= of.number, p.frame != CHANGES_PART)
        .order_by(s.number)
    )
    return {(row.frame, row.province): row.digest for row in conn.execute(query)}


def _frames(
    conn: Connection, of: Snapshot, frames: Collection[str], provinces: Collection[str] | None
) -> dict[str, list[pl.DataFrame]]:
    """The latest part up to this number of each frame and province."""
    last = func.max(s.number).over(partition_by=(p.frame, p.province)).label("last")
    query = (
        select(p.frame, p.province, p.content, p.digest, s.number, last)
        .join(t.snapshots, s.id == p.snapshot_id)
        .where(s.kind == of.kind, s.period == of.period, s.number <= of.number, p.frame.in_(frames))
    )
    if provinces is not None:
        query = query.where(p.province.in_([*provinces, ""]))
    parts = query.subquery()
    found: dict[str, list[pl.DataFrame]] = {name: [] for name in frames}
    for row in conn.execute(select(parts).where(parts.c.number == parts.c.last).order_by(parts.c.province)):
        found[row.frame].append(unpacked(row.frame, row.content, row.digest))
    return found
