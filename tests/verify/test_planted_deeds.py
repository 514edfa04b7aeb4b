"""I-08 and I-09 for what VIO-2 finds: a deed without its violation, and a violation without its deed."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, select, update

from storage.tables import dispatch as d
from storage.tables import penalties as p
from storage.tables import sla as s
from tests.verify.planting import found_after, moved
from tests.verify.replayed import tell

# Of each kind a story in which it stands, and the order.
SHOWN = {
    "V-FALSE-WAYBILL": ("confirmed_without_scan", "KD3001", 1),
    "V-FALSE-FAIL": ("untrue_reasons", "KD3305", 1),
    "V-WRONG-ACCEPT": ("accepted_what_was_not_its_own", "KD3202", 2),
    "V-TRANSFER": ("transferred_to_a_wrong_station", "KD3101", 1),
}


def order(no: str) -> Any:
    return select(d.orders.c.id).where(d.orders.c.logistics_no == no).scalar_subquery()


def violation(no: str, kind: str, seq: int = 1) -> Any:
    return (s.violations.c.order_id == order(no)) & (s.violations.c.kind == kind) & (s.violations.c.seq == seq)


def lost(where: Any) -> Callable[[Connection], None]:
    def plant(conn: Connection) -> None:
        gone = list(conn.scalars(select(s.violations.c.id).where(where)))
        for table, column in ((p.cases, p.cases.c.violation_id), (s.violations, s.violations.c.id)):
            conn.execute(delete(table).where(column.in_(gone)))

    return plant


@pytest.mark.parametrize("kind", SHOWN)
def test_a_deed_without_its_violation(engine: Engine, kind: str) -> None:
    """I-09."""
    story, no, seq = SHOWN[kind]
    tell(engine, story)
    [found] = found_after(engine, lost(violation(no, kind, seq)))
    assert (found.invariant, found.table) == ("I-09", "violations")
    assert no in found.key and f" {seq} {kind}" in found.key


@pytest.mark.parametrize("kind", SHOWN)
def test_a_deed_that_is_dated_wrongly(engine: Engine, kind: str) -> None:
    """I-08: it happened at the deed."""
    story, no, seq = SHOWN[kind]
    tell(engine, story)
    [found] = found_after(engine, moved(s.violations, violation(no, kind, seq), s.violations.c.happened_at))
    assert (found.invariant, found.table) == ("I-08", "violations") and "happened_at" in found.message


def said(no: str, kind: str, **changes: Any) -> Callable[[Connection], None]:
    """What an entry of the log keeps is not what it was."""

    def plant(conn: Connection) -> None:
        where = (d.events.c.order_id == order(no)) & (d.events.c.kind == kind)
        [row] = conn.execute(select(d.events.c.id, d.events.c.data).where(where))
        data: Mapping[str, Any] = {**row.data, **changes}
        conn.execute(update(d.events).where(d.events.c.id == row.id).values(data=data))

    return plant


def unsaid(conn: Connection) -> None:
    """The other order was not picked up after all, says the log."""
    where = (d.events.c.order_id == order("KD3305")) & (d.events.c.kind == "ordered_again")
    conn.execute(update(d.events).where(where).values(kind="ordered_again_fell"))


def another_sender(conn: Connection) -> None:
    """The other order is no longer of the same phone."""
    query = select(d.events.c.data).where(d.events.c.order_id == order("KD3305"), d.events.c.kind == "ordered_again")
    [data] = conn.scalars(query)
    where = d.orders.c.logistics_no == data["logistics_no"]
    conn.execute(update(d.orders).where(where).values(sender_phone="1"))


def fell(conn: Connection) -> None:
    another_sender(conn)
    unsaid(conn)


UNFOUNDED: dict[str, tuple[str, Callable[[Connection], None]]] = {
    "inside nobody else's area": ("V-WRONG-ACCEPT", said("KD3202", "accepted", elsewhere=[])),
    "it was inside": ("V-WRONG-ACCEPT", said("KD3202", "accepted", outside=False)),
    "no new order": ("V-FALSE-FAIL", fell),
    "truly out of area": ("V-FALSE-FAIL", said("KD3301", "failed", inside=[])),
    "another reason": ("V-FALSE-FAIL", said("KD3305", "failed", reason="duplicate")),
    "answered otherwise": ("V-TRANSFER", said("KD3102", "failed", reason="duplicate")),
}


@pytest.mark.parametrize("name", UNFOUNDED)
def test_a_violation_without_its_deed(engine: Engine, name: str) -> None:
    """I-08."""
    kind, plant = UNFOUNDED[name]
    tell(engine, SHOWN[kind][0])
    [found] = found_after(engine, plant)
    assert (found.invariant, found.table) == ("I-08", "violations") and kind in found.key


MISTOLD: dict[str, tuple[str, Callable[[Connection], None]]] = {
    "nothing of it": ("I-09", unsaid),
    "one that is none": ("I-08", another_sender),
    "another one": ("I-08", said("KD3305", "ordered_again", logistics_no="KD0")),
}


@pytest.mark.parametrize("name", MISTOLD)
def test_what_a_log_says_of_the_senders_other_orders(engine: Engine, name: str) -> None:
    """Both ways, and without the phone (ROLE-2)."""
    invariant, plant = MISTOLD[name]
    tell(engine, SHOWN["V-FALSE-FAIL"][0])
    found = [one for one in found_after(engine, plant) if one.table == "events"]
    assert [(one.invariant, "KD3305" in one.key) for one in found] == [(invariant, True)]
    assert "sender_phone" not in found[0].message
