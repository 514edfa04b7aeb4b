"""What a batch and a sweep owe each single order, on both databases: F-37, F-43, CHAN-5, CHAN-6."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from channels.messages import WaybillTold, Withdrawal
from dispatch import actions as dispatch
from rulebook.book import Book
from storage.session import writing
from storage.tables.dispatch import assignments, orders
from storage.tables.sla import clocks
from tests.rules.courses import EDITION, TICK, t
from tests.rules.scene import Scene, accepts, pushed
from tests.rules.stage import NUMBER, OTHER


@pytest.fixture
def scene(engine: Engine) -> Iterator[Scene]:
    with writing(engine) as conn:
        yield Scene(conn)


# ---- F-37: one host's clock runs ahead of another's


def test_f_37_an_entry_of_a_fast_clock_makes_only_its_own_order_late(scene: Scene) -> None:
    """ACCEPT-1: LP1 is accepted in time. LP2 counts from its last entry, so that its log never runs backwards."""
    scene.tell("5 10:00", pushed("LP1"), pushed("LP2"))
    scene.tell("5 10:31", WaybillTold("", "LP2", NUMBER, t("5 10:10")))  # by a host 90 s ahead of the next
    assert scene.tell("5 10:29:30", accepts("LP1"), accepts("LP2")) == [None, None]
    query = (
        select(orders.c.logistics_no, clocks.c.verdict, assignments.c.accepted_at)
        .join(clocks, clocks.c.order_id == orders.c.id)
        .join(assignments, assignments.c.order_id == orders.c.id)
        .where(clocks.c.kind == "accept")
        .order_by(orders.c.id)
    )
    found = [tuple(row) for row in scene.conn.execute(query)]
    assert found == [("LP1", "kept", t("5 10:29:30")), ("LP2", "missed", t("5 10:31"))]
    assert set(scene.suspicions()) == {"LP2:1:V-ACCEPT"}


# ---- CHAN-5: created under one edition, received under the next

HOLDS = [("longer from midnight on", 24, 48, "8 00:01"), ("shorter from midnight on", 48, 24, "7 00:01")]


@pytest.mark.parametrize(("before", "after", "ends"), [c[1:] for c in HOLDS], ids=[f"CHAN-5 {c[0]}" for c in HOLDS])
def test_a_hold_ends_by_the_edition_of_its_receipt(engine: Engine, before: int, after: int, ends: str) -> None:
    """The sweep looks when this hold ends, not when one of the other edition would: it neither spins nor sleeps."""
    old = replace(EDITION, hold_close=timedelta(hours=before))
    new = replace(EDITION, name="2026-05-06", effective=date(2026, 5, 6), hold_close=timedelta(hours=after))
    with writing(engine) as conn:
        scene = Scene(conn, Book([old, new]))
        scene.tell("6 00:01", pushed(created="5 23:59", sender={}))

        def swept(now: Any) -> tuple[int, str, Any]:
            looked_at = dispatch.sweep(conn, scene.world, now)
            row = conn.execute(select(orders.c.state, orders.c.next_at, orders.c.ended_at)).one()
            return looked_at, row.state, row.ended_at or row.next_at

        assert swept(t("6 02:01") + TICK) == (1, "held", t(ends))  # its reminder
        assert swept(t(ends)) == (0, "held", t(ends))  # a correction at that instant would be in time
        assert swept(t(ends) + TICK) == (1, "withdrawn", t(ends))
        assert swept(t("31 12:00")) == (0, "withdrawn", t(ends))


# ---- CHAN-6, F-43: messages that waited for their order end as in their natural order

STATIONS = [
    ("that does not hold it", "B", "waiting", True),
    ("we do not know", "X", "waiting", True),
    ("that holds it", "A", "withdrawn", False),
]


def told(no: str, station: str, number: str) -> list[tuple[str, Any]]:
    """The order as told when it was created, and two messages about it."""
    return [
        ("5 09:00", pushed(no, created="5 09:00")),
        ("5 10:00", Withdrawal("", no, "station", "不寄了", t("5 10:00"), station)),
        ("5 10:06", WaybillTold("", no, number, t("5 10:05"))),
    ]


@pytest.mark.parametrize(
    ("station", "state", "numbered"), [c[1:] for c in STATIONS], ids=[f"CHAN-6 a station {c[0]}" for c in STATIONS]
)
@pytest.mark.parametrize("together", [True, False], ids=["one batch", "one by one"])
def test_a_withdrawal_of_a_station_that_waited_counts_as_in_its_natural_order(
    scene: Scene, together: bool, station: str, state: str, numbered: bool
) -> None:
    """One that is refused when its order comes must not lock the number told after it."""
    order, *messages = told("LP2", station, OTHER)
    for history in (told("LP1", station, NUMBER), [*messages, ("5 10:10", order[1])]):
        for batch in [history] if together else [[one] for one in history]:
            scene.tell_all(batch)
    query = select(orders.c.state, orders.c.created_at, orders.c.waybill_no).order_by(orders.c.logistics_no)
    expected = [(state, t("5 09:00"), number if numbered else None) for number in (NUMBER, OTHER)]
    assert [tuple(row) for row in scene.conn.execute(query)] == expected
