"""Locks taken before reading (DESIGN law 7). SQLite needs none: its writing transaction is alone (BEGIN IMMEDIATE)."""

from collections.abc import Iterable
from hashlib import blake2b

from sqlalchemy import Connection, text


def lock_names(conn: Connection, names: Iterable[str]) -> None:
    """Hold each name until the transaction ends, taken in one order so that two batches cannot wait in a ring.

    A name may be one that no row has yet: an order and a withdrawal that arrive together still meet (CHAN-6).
    """
    if conn.dialect.name != "postgresql":
        return
    keys = sorted({_key(name) for name in names})
    if keys:
        conn.execute(
            text(
                "SELECT pg_advisory_xact_lock(k)"
                " FROM unnest(cast(:keys AS bigint[])) WITH ORDINALITY AS u(k, n) ORDER BY n"
            ),
            {"keys": keys},
        )


def share_name(conn: Connection, name: str) -> None:
    """Hold a name together with others who share it; whoever takes it by `lock_names` waits for all of them."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": _key(name)})


def _key(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
