"""Stores blocks of waybill numbers, and takes wrong ones back (WAYBILL-1)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, update

from basics.refusal import Refusal
from dispatch.stock.blocks import Block, compare, unknown
from dispatch.stock.queries import touching
from storage.locks import lock_names
from storage.tables.dispatch import waybill_stock

LOCK = "waybill stock"  # or two files could each store half of an overlap


def issue(
    conn: Connection, rows: Sequence[tuple[int, Block]], by: str, now: datetime, only_check: bool
) -> tuple[int, dict[int, Refusal]]:
    """(line, block) of a file: how many were new, and by line those that overlap with others. With one of these, or
    `only_check`, nothing is stored. Numbers that orders have already are not tested again."""
    lock_names(conn, [LOCK])
    new, refused = compare(rows, touching(conn, [block for _, block in rows]))
    if refused or only_check:
        return 0, refused
    values = [
        {"station": block.station, "first": block.first, "last": block.last, "imported_at": now, "by": by}
        for block in new
    ]
    if values:
        conn.execute(insert(waybill_stock), values)
    return len(new), {}


def withdraw(
    conn: Connection, rows: Sequence[tuple[int, Block]], by: str, now: datetime, only_check: bool
) -> tuple[int, dict[int, Refusal]]:
    """Whole blocks, as they were imported, are nobody's stock from now on; who withdrew them and when is kept.

    How many, and by line those that are no block. With one of these, or `only_check`, nothing is withdrawn."""
    lock_names(conn, [LOCK])
    refused = unknown(rows, touching(conn, [block for _, block in rows]))
    if refused or only_check or not rows:
        return 0, refused
    s = waybill_stock.c
    block_is = (s.station == bindparam("of"), s.first == bindparam("start"), s.last == bindparam("end"))
    gone = {block for _, block in rows}
    conn.execute(
        update(waybill_stock).where(*block_is, s.withdrawn_at.is_(None)).values(withdrawn_at=now, withdrawn_by=by),
        [{"of": block.station, "start": block.first, "end": block.last} for block in gone],
    )
    return len(gone), {}
