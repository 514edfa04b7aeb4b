"""Stores blocks of waybill numbers (WAYBILL-1)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from basics.refusal import Refusal
from dispatch.stock.blocks import Block, compare
from dispatch.stock.queries import touching
from storage.locks import lock_names
from storage.sql import insert_ignore
from storage.tables.dispatch import waybill_stock


def issue(
    conn: Connection, rows: Sequence[tuple[int, Block]], by: str, now: datetime, only_check: bool
) -> tuple[int, dict[int, Refusal]]:
    """(line, block) of a file: how many were new, and by line those that overlap with others. With one of these, or
    `only_check`, nothing is stored. Numbers that orders have already are not tested again."""
    lock_names(conn, ["waybill stock"])  # or two files could each store half of an overlap
    new, refused = compare(rows, touching(conn, [block for _, block in rows]))
    if refused or only_check:
        return 0, refused
    values = [
        {"station": block.station, "first": block.first, "last": block.last, "imported_at": now, "by": by}
        for block in new
    ]
    insert_ignore(conn, waybill_stock, values, ["first"])
    return len(new), {}
