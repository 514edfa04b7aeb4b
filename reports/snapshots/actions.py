"""Freezes a period, or what has changed of it since, in one transaction (decision 18). Reads, writes; never commits."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl
from sqlalchemy import Connection

from basics.days import month_bounds, week_bounds
from basics.refusal import Refusal
from reports.snapshots.parts import (
    CHANGES_PART,
    EVERYWHERE,
    SCHEMAS,
    Part,
    changed,
    part,
    split,
    whole_digest,
)
from reports.snapshots.queries import Snapshot, digests_of, figures_of, newest, snapshot
from storage.sql import insert_ignore
from storage.tables import reports as t

WEEKLY, MONTHLY = "weekly", "monthly"
ALREADY = Refusal("already_frozen", "该期报表刚被冻结 / somebody has just frozen it", "period")


def freeze(
    conn: Connection, kind: str, period: str, facts: Sequence[Part], figures: pl.DataFrame,
    provinces: Mapping[str, str], edition: str, by: str, now: datetime, read_at: datetime | None = None,
) -> Refusal | Snapshot | None:  # fmt: skip
    """The number that was made: 0 of a period that was not frozen yet, else a supplement; None when nothing differs
    from the newest one. `facts` (`parts_of` each frame) and `figures` are of this period and of one instant;
    `provinces`: station -> province.

    `period_not_over` before its end; `already_frozen` when another froze this number at the same time, or one since
    `read_at`, when these facts were read: they may be older than its.
    """
    _, end = (week_bounds if kind == WEEKLY else month_bounds)(period)
    if now < end:
        return Refusal("period_not_over", "本期尚未结束 / the period is not over yet", "period")
    before = newest(conn, kind, period)
    if before is not None and read_at is not None and before.made_at > read_at:
        return ALREADY
    known = digests_of(conn, before) if before else {}
    fresh = [*split(figures, provinces), *facts]
    there = {(one.frame, one.province): one.digest for one in fresh}
    gone = [part(frame, province, pl.DataFrame(schema=SCHEMAS[frame])) for frame, province in known if
            (frame, province) not in there]  # fmt: skip
    there |= {(one.frame, one.province): one.digest for one in gone}
    new = [one for one in (*fresh, *gone) if known.get((one.frame, one.province)) != one.digest]
    if before is not None and not new:
        return None
    cells = changed(figures_of(conn, before), figures) if before else None
    number, differ = (before.number + 1 if before else 0), (cells.height if cells is not None else 0)
    row = {
        "kind": kind, "period": period, "number": number, "edition": edition,
        "made_at": now, "made_by": by, "digest": whole_digest(there), "changed": differ,
    }  # fmt: skip
    made = insert_ignore(conn, t.snapshots, [row], ["kind", "period", "number"], returning=["id"])
    if not made:
        return ALREADY
    if cells is not None:
        new.append(part(CHANGES_PART, EVERYWHERE, cells))
    if new:  # nothing at all happened in the period
        conn.execute(t.parts.insert(), [_row(made[0].id, one) for one in new])
    return snapshot(conn, kind, period, number)


def _row(snapshot_id: int, one: Part) -> dict[str, object]:
    return {
        "snapshot_id": snapshot_id, "frame": one.frame, "province": one.province, "rows": one.rows,
        "digest": one.digest, "content": one.content,
    }  # fmt: skip
