"""Two transactions at once: who comes second waits, and then decides by what the first has written (DESIGN law 7).

On PostgreSQL each waits for the other's locks, on SQLite for its turn to write; what comes of it is the same.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
from sqlalchemy import Engine, select

from basics.days import iso
from channels.messages import Scan, WaybillTold
from penalties.lifecycle import CONFIRM
from storage.session import reading, run, writing
from storage.tables.dispatch import orders
from storage.tables.sla import violations
from tests.rules.courses import t
from tests.rules.scene import Scene, pushed
from tests.rules.stage import NUMBER, OTHER

Step = Callable[[Scene], Any]
LONG_ENOUGH = 0.3  # seconds in which the second would be through, were there no lock


def overlapping(engine: Engine, first: Step, second: Step) -> None:
    """`second` begins while the transaction of `first` is open, and ends after it."""
    with ThreadPoolExecutor(1) as pool:
        with writing(engine) as conn:
            first(Scene(conn))
            other = pool.submit(run, engine, lambda its_own: second(Scene(its_own)))
            wait([other], timeout=LONG_ENOUGH)
        other.result(20)


def swapped(first: Step, second: Step) -> tuple[Step, Step]:
    return second, first


def as_given(first: Step, second: Step) -> tuple[Step, Step]:
    return first, second


def one_after_the_other(engine: Engine, first: Step, second: Step) -> None:
    for step in (first, second):
        with writing(engine) as conn:
            step(Scene(conn))


@pytest.mark.parametrize("together", [overlapping, one_after_the_other])
@pytest.mark.parametrize("turns", [as_given, swapped], ids=["order first", "scan first"])
def test_chan_6_a_scan_is_not_lost_beside_the_order_whose_number_waited(
    engine: Engine, turns: Callable[[Step, Step], tuple[Step, Step]], together: Callable[[Engine, Step, Step], None]
) -> None:
    """The scan names only the number, the push only the order: they meet in the number that waits for the order."""
    with writing(engine) as conn:
        Scene(conn).tell("5 10:01", WaybillTold("cainiao", "LP1", NUMBER, t("5 10:00")))

    def push(scene: Scene) -> None:
        assert scene.tell("5 10:20", pushed()) == [None]

    def scan(scene: Scene) -> None:
        assert scene.tell("5 10:20", Scan(NUMBER, "A", t("5 10:15"))) == [None]

    together(engine, *turns(push, scan))
    with reading(engine) as conn:
        row = conn.execute(select(orders.c.state, orders.c.waybill_no, orders.c.picked_up_at)).one()
    assert tuple(row) == ("picked_up", NUMBER, t("5 10:15"))


def test_orders_are_locked_before_any_number(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one order, whether a number is named or waits: a push and its number told again must not wait in a ring."""
    with writing(engine) as conn:
        scene, locked = Scene(conn), list[list[str]]()
        scene.tell("5 10:01", WaybillTold("cainiao", "LP1", NUMBER, t("5 10:00")))
        monkeypatch.setattr("dispatch.actions.lock_names", lambda _, names: locked.append(sorted(names)))
        scene.tell("5 10:02", pushed(), WaybillTold("cainiao", "LP2", OTHER, t("5 10:00")))
    assert locked == [["order LP1", "order LP2"], [f"waybill {NUMBER}", f"waybill {OTHER}"]]


DATED = [(as_given, "2026-05-06T02:30:00+08:00"), (swapped, "2026-05-06T02:00:00+08:00")]


@pytest.mark.parametrize(("turns", "dated"), DATED, ids=["VIO-4 update first", "VIO-4 review first"])
def test_a_fine_has_the_date_of_its_violation_whichever_came_first(
    engine: Engine, turns: Callable[[Step, Step], tuple[Step, Step]], dated: str
) -> None:
    """An update moves the deadline that was missed; a decided violation keeps the date of its review."""
    with writing(engine) as conn:
        scene = Scene(conn)
        scene.tell("5 10:00", pushed())
        scene.sweep("6 11:00")
        late = scene.suspicions()["LP1:1:V-PICKUP"]

    def update(scene: Scene) -> None:
        assert scene.tell("6 11:00", pushed(window_end=iso(t("6 02:30")))) == [None]

    def review(scene: Scene) -> None:
        assert scene.review("6 11:00", CONFIRM, [late]) == [None]

    overlapping(engine, *turns(update, review))
    with reading(engine) as conn:
        happened_at = conn.scalar(select(violations.c.happened_at).where(violations.c.id == late))
        posted = {at for _, _, _, at in Scene(conn).ledger()}
    assert (iso(happened_at), {iso(at) for at in posted}) == (dated, {dated})
