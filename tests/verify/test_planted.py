"""Each way in which a database can lie, planted by hand: it is found, by invariant and row, and nothing else is."""

from collections.abc import Callable
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, Engine, delete, insert, select, update

from storage.schema import complete_metadata
from storage.tables import dispatch as d
from storage.tables import penalties as p
from storage.tables import sla as s
from tests.verify.planting import CHAIN, TICK, copied, found_after, moved
from tests.verify.replayed import tell

# ---- orders and their logs --------------------------------------------------------------------------------------

ORDER = d.orders.c.logistics_no == "KD1101"
FIRST = select(d.orders.c.id).where(ORDER).scalar_subquery()
NUMBER = "55000000001101"
LOG, HELD, CLOCKS = d.events.c.order_id == FIRST, d.assignments.c.order_id == FIRST, s.clocks.c.order_id == FIRST


def order(**values: Any) -> Callable[[Connection], Any]:
    return lambda conn: conn.execute(update(d.orders).where(ORDER).values(values))


def last_entry_lost(conn: Connection) -> None:
    last = conn.scalar(select(d.orders.c.version).where(ORDER))
    conn.execute(delete(d.events).where(LOG, d.events.c.seq == last))


def seq(n: int) -> Any:
    return d.assignments.c.seq == n


def clock(n: int, kind: str) -> Any:
    return CLOCKS & (s.clocks.c.seq == n) & (s.clocks.c.kind == kind)


def copied_clock(n: int, of: str, **changes: Any) -> Callable[[Connection], None]:
    """A clock that nobody has."""

    def plant(conn: Connection) -> None:
        row = conn.execute(select(s.clocks).where(clock(n, of))).one()
        conn.execute(insert(s.clocks), {**row._mapping, **changes})

    return plant


def scan_behind_the_log(conn: Connection) -> None:
    row = conn.execute(select(d.scans).where(d.scans.c.waybill_no == NUMBER)).first()
    assert row is not None
    conn.execute(insert(d.scans), {**row._mapping, "id": 1000, "scanned_at": row.scanned_at + TICK})


PLANTED = {
    "state": ("I-02", "orders", order(state="waiting")),
    "station": ("I-02", "orders", order(station="HZ02")),
    "waybill": ("I-02", "orders", order(waybill_no="55000000009999")),
    "accepted_at": ("I-02", "orders", moved(d.orders, ORDER, d.orders.c.accepted_at)),
    "picked_up_at": ("I-02", "orders", moved(d.orders, ORDER, d.orders.c.picked_up_at)),
    "not picked up": ("I-02", "orders", order(picked_up_at=None)),
    "version": ("I-02", "orders", order(version=1)),
    "district": ("I-02", "orders", order(adcode="310101")),
    "scan not in the log": ("I-02", "events", scan_behind_the_log),
    "scan lost": ("I-02", "scans", lambda c: c.execute(delete(d.scans).where(d.scans.c.waybill_no == NUMBER))),
    "entry lost": ("I-02", "events", lambda c: c.execute(delete(d.events).where(LOG, d.events.c.seq == 2))),
    "log lost": ("I-02", "events", lambda c: c.execute(delete(d.events).where(LOG))),
    "unknown entry": (
        "I-02", "events", lambda c: c.execute(update(d.events).where(LOG, d.events.c.seq == 2).values(kind="sold")),
    ),
    "broken entry": (
        "I-02", "events", lambda c: c.execute(update(d.events).where(LOG, d.events.c.seq == 1).values(data=[])),
    ),
    "gap": ("I-04", "assignments", moved(d.assignments, HELD & seq(2), d.assignments.c.ended_at, -TICK)),
    "overlap": ("I-04", "assignments", moved(d.assignments, HELD & seq(1), d.assignments.c.ended_at)),
    "late start": ("I-04", "assignments", moved(d.assignments, HELD & seq(1), d.assignments.c.started_at)),
    "two open": (
        "I-04", "assignments", lambda c: c.execute(update(d.assignments).where(HELD, seq(3)).values(ended_at=None)),
    ),
    "none open": (
        "I-04", "assignments",
        lambda c: c.execute(update(d.assignments).where(HELD, seq(4)).values(ended_at=d.assignments.c.started_at)),
    ),
    "holder": (
        "I-04", "assignments", lambda c: c.execute(update(d.assignments).where(HELD, seq(2)).values(station="HZ01")),
    ),
    "outside": (
        "I-04", "assignments", lambda c: c.execute(update(d.assignments).where(HELD, seq(1)).values(outside=True)),
    ),
    "holder lost": ("I-04", "assignments", lambda c: c.execute(delete(d.assignments).where(HELD, seq(2)))),
    "all holders lost": ("I-04", "assignments", lambda c: c.execute(delete(d.assignments).where(HELD))),
    "due_at": ("I-07", "clocks", moved(s.clocks, clock(1, "accept"), s.clocks.c.due_at)),
    "pickup due_at": ("I-07", "clocks", moved(s.clocks, clock(4, "pickup"), s.clocks.c.due_at, -TICK)),
    "starts_at": ("I-07", "clocks", moved(s.clocks, clock(2, "accept"), s.clocks.c.starts_at)),
    "clock's station": (
        "I-07", "clocks", lambda c: c.execute(update(s.clocks).where(clock(1, "accept")).values(station="HZ01")),
    ),
    "accept clock lost": ("I-07", "clocks", lambda c: c.execute(delete(s.clocks).where(clock(2, "accept")))),
    "pickup clock lost": ("I-07", "clocks", lambda c: c.execute(delete(s.clocks).where(clock(1, "pickup")))),
    "clock of the data centre": ("I-07", "clocks", copied_clock(1, "accept", seq=3)),
    "transfer clock inside the area": ("I-07", "clocks", copied_clock(1, "accept", kind="transfer")),
    "verdict": (
        "I-07", "clocks", lambda c: c.execute(update(s.clocks).where(clock(1, "accept")).values(verdict="dropped")),
    ),
    "never ended": (
        "I-07", "clocks", lambda c: c.execute(update(s.clocks).where(clock(4, "pickup")).values(verdict="running")),
    ),
    "edition": (
        "I-07", "clocks", lambda c: c.execute(update(s.clocks).where(clock(1, "accept")).values(edition="1999-01-01")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_planted_in_an_order(engine: Engine, name: str) -> None:
    """I-02, I-04, I-07: one finding, and it names order and row."""
    tell(engine, CHAIN)
    invariant, table, plant = PLANTED[name]
    found = found_after(engine, plant)
    assert [(f.invariant, f.table) for f in found] == [(invariant, table)]
    assert "(kuaidi100 KD1101)" in found[0].key


def test_the_last_entry_lost(engine: Engine) -> None:
    """I-02: the order knows more than its log; what that entry ended then runs on (I-07), and what it proved is not
    proved (I-09)."""
    tell(engine, CHAIN)
    found = found_after(engine, last_entry_lost)
    assert ("I-02", "orders") in {(f.invariant, f.table) for f in found}
    assert {f.invariant for f in found} <= {"I-02", "I-07", "I-09"}
    assert all("(kuaidi100 KD1101)" in f.key for f in found)


# ---- violations -------------------------------------------------------------------------------------------------

LATE = select(s.violations).where(s.violations.c.kind == "V-ACCEPT")


def found_twice(conn: Connection) -> None:
    complete_metadata()
    with Operations(MigrationContext.configure(conn)).batch_alter_table("violations") as batch:
        batch.drop_constraint("uq_violations_order_id_seq_kind", type_="unique")
    conn.execute(insert(s.violations), copied(conn.execute(LATE).one(), id=1000))
    conn.execute(insert(p.cases), copied(conn.execute(select(p.cases)).one(), violation_id=1000))


def other_kind(state: str) -> Callable[[Connection], None]:
    def plant(conn: Connection) -> None:
        conn.execute(insert(s.violations), copied(conn.execute(LATE).one(), id=1000, kind="V-TRANSFER"))
        conn.execute(insert(p.cases), copied(conn.execute(select(p.cases)).one(), violation_id=1000, state=state))

    return plant


@pytest.mark.parametrize(
    ("plant", "invariants"),
    [(found_twice, ["I-10"]), (other_kind("suspected"), ["I-08", "I-10"])],
    ids=["twice", "other kind"],
)
def test_one_lateness_twice(engine: Engine, plant: Callable[[Connection], None], invariants: list[str]) -> None:
    """I-10, VIO-1; the other kind has no clock of its own either (I-08)."""
    tell(engine, CHAIN)
    found = found_after(engine, plant)
    assert [(f.invariant, f.table) for f in found] == [(name, "violations") for name in invariants]
    assert all("(kuaidi100 KD1102) 2 V-" in f.key for f in found)


def violation_lost(conn: Connection) -> None:
    conn.execute(delete(p.cases).where(p.cases.c.violation_id == select(LATE.subquery().c.id).scalar_subquery()))
    conn.execute(delete(s.violations).where(s.violations.c.kind == "V-ACCEPT"))


def late(**values: Any) -> Callable[[Connection], Any]:
    return lambda conn: conn.execute(update(s.violations).where(s.violations.c.kind == "V-ACCEPT").values(values))


def missed_without_it(conn: Connection) -> None:
    """The clock says it was kept, as does the log of another order: the violation hangs in the air."""
    conn.execute(insert(s.violations), copied(conn.execute(LATE).one(), id=1000, seq=4, kind="V-PICKUP"))
    conn.execute(insert(p.cases), copied(conn.execute(select(p.cases)).one(), violation_id=1000))


CAUSES = {
    "violation lost": ("I-09", violation_lost),
    "cleared, though missed": ("I-09", lambda c: c.execute(update(p.cases).values(state="cleared"))),
    "without cause": ("I-08", missed_without_it),
    "other day": ("I-08", moved(s.violations, s.violations.c.kind == "V-ACCEPT", s.violations.c.happened_at)),
    "other station": ("I-08", late(station="HZ01")),
    "other edition": ("I-08", late(edition="1999-01-01")),
    "other amount": ("I-08", late(fine_fen=50_000)),
}


@pytest.mark.parametrize("name", CAUSES)
def test_causes_and_violations(engine: Engine, name: str) -> None:
    """I-08, I-09, VIO-1: both ways."""
    tell(engine, CHAIN)
    invariant, plant = CAUSES[name]
    found = [one for one in found_after(engine, plant) if one.invariant != "I-14"]  # a case without its log
    assert [(f.invariant, f.table) for f in found] == [(invariant, "violations")]
    assert "(kuaidi100 KD1102)" in found[0].key


def test_a_kind_that_news_took_back_does_not_count(engine: Engine) -> None:
    """VIO-4: the point was corrected, V-TRANSFER was cleared, V-ACCEPT stands."""
    tell(engine, CHAIN)
    found = found_after(engine, other_kind("cleared"))
    assert [one.invariant for one in found] == ["I-14"], "nothing but that its log does not say so"
