"""A transaction is tried again when another one got in its way, and only then (RELIABILITY F-27)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import IntegrityError

from storage.session import TRIES, reading, run
from storage.tables.dispatch import scans, waybills

AT = datetime(2026, 5, 4, tzinfo=UTC)
SCAN: dict[str, Any] = {
    "id": 1, "waybill_no": "55000000000017", "station": "A", "scanned_at": AT, "told_at": AT, "operator": "",
}  # fmt: skip


def insert_scan(conn: Connection, **changed: Any) -> None:
    conn.execute(scans.insert().values(SCAN | changed))


BUGS = [
    ("a column that must not be null", lambda conn: insert_scan(conn, station=None)),
    ("a foreign key to nothing", lambda conn: conn.execute(waybills.insert().values(waybill_no="5", order_id=404))),
]


@pytest.mark.parametrize("write", [c[1] for c in BUGS], ids=[c[0] for c in BUGS])
def test_f_27_a_bug_is_not_tried_again(engine: Engine, write: Any) -> None:
    tries = []

    def work(conn: Connection) -> None:
        tries.append(1)
        write(conn)

    with pytest.raises(IntegrityError):
        run(engine, work)
    assert len(tries) == 1


UNIQUE = [("a unique key", {"id": 2}), ("a primary key", {"station": "B"})]


@pytest.mark.parametrize("same", [c[1] for c in UNIQUE], ids=[c[0] for c in UNIQUE])
def test_f_27_a_key_that_another_transaction_took_is(engine: Engine, same: dict[str, Any]) -> None:
    """The next try sees what the other wrote, here: does something else."""
    run(engine, insert_scan)
    tries = []

    def work(conn: Connection) -> str:
        tries.append(1)
        insert_scan(conn, **(same if len(tries) == 1 else {"id": 3, "station": "C"}))
        return "done"

    assert run(engine, work) == "done"
    assert len(tries) == 2
    with reading(engine) as conn:
        assert conn.scalar(select(func.count()).select_from(scans)) == 2


def test_f_27_but_not_for_ever(engine: Engine) -> None:
    run(engine, insert_scan)
    tries = []

    def work(conn: Connection) -> None:
        tries.append(1)
        insert_scan(conn)

    with pytest.raises(IntegrityError):
        run(engine, work)
    assert len(tries) == TRIES
