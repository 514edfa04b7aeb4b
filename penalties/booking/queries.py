"""Reads the ledger: its head, closed months, balances, postings."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Text, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from penalties.ledger import NO_CHAIN
from storage.tables import penalties as t


@dataclass(frozen=True, slots=True)
class Head:
    """The last posting; of an empty ledger 0, 0 and NO_CHAIN."""

    id: int
    seq: int
    chain: str


def head(conn: Connection) -> Head:
    """Where the chain ends."""
    p = t.postings.c
    row = conn.execute(select(p.id, p.seq, p.chain).order_by(p.seq.desc()).limit(1)).one_or_none()
    return Head(*row) if row else Head(0, 0, NO_CHAIN)


def closed_months(conn: Connection) -> dict[str, datetime]:
    """Month -> when it was closed."""
    c = t.closed_months.c
    return {row.month: row.closed_at for row in conn.execute(select(c.month, c.closed_at).order_by(c.month))}


def hashes_of(conn: Connection, keys: Sequence[str]) -> dict[str, str]:
    """Key -> content hash of those that are posted. The keys are one parameter, however many they are."""
    p = t.postings.c
    if conn.dialect.name == "postgresql":
        wanted = p.key == any_(bindparam(None, list(keys), ARRAY(Text)))
    else:
        wanted = p.key.in_(select(func.json_each(json.dumps(list(keys))).table_valued("value").c.value))
    return {row.key: row.content_hash for row in conn.execute(select(p.key, p.content_hash).where(wanted))}


def balances(conn: Connection) -> dict[str, int]:
    """Fen by account, in the order of the accounts; they sum to zero (LEDGER-1, I-12)."""
    query = (
        select(t.lines.c.account, func.sum(t.lines.c.amount_fen))
        .group_by(t.lines.c.account)
        .order_by(t.lines.c.account)
    )
    return {account: int(total) for account, total in conn.execute(query)}
