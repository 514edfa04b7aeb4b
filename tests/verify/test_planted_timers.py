"""I-06: a timer that somebody lost is found, and nothing else is; what waits for a person is no lost timer."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, update

from dispatch.facts import Confirm, Target, Transfer
from storage.session import writing
from storage.tables.dispatch import orders, troubles
from storage.tables.sla import clocks
from tests.rules.clock_rules import CALL_BOOK
from tests.rules.courses import BOOK, t
from tests.rules.scene import Scene, accepts, pushed
from tests.rules.stage import NUMBER
from tests.verify.planting import TICK, behind_the_back
from verify.queries import check

LP = Target("LP1")
PUSHED = [("5 10:00", pushed())]
ACCEPTED = [*PUSHED, ("5 10:20", accepts())]
CONFIRMED = [*ACCEPTED, ("6 01:00", Confirm(LP, "A", NUMBER)), ("6 02:00:01", None)]  # its 24 h outlast the deadline
HELD = [("5 10:00", pushed(sender={}))]
LATE = [*PUSHED, ("5 10:31", None)]
SENT = [*ACCEPTED, ("5 10:25", Transfer(LP, "A", "B"))]
Told = Sequence[tuple[str, Any]]


def order(**values: Any) -> Callable[[Connection], Any]:
    return lambda conn: conn.execute(update(orders).values(values))


def found(engine: Engine, told: Told, plant: Callable[[Connection], Any], book: Any = BOOK) -> list[str]:
    """Invariant and column of each finding."""
    with writing(engine) as conn:
        scene = Scene(conn, book).stations()
        for at, what in told:
            scene.sweep(at) if what is None else scene.tell(at, what)
        assert check(conn, book) == []
    with behind_the_back(engine) as conn:
        plant(conn)
    with writing(engine) as conn:
        return [f"{one.invariant} {one.key.split()[-1]}" for one in check(conn, book)]


@pytest.mark.parametrize(
    ("told", "plant", "expected"),
    [
        pytest.param(PUSHED, order(next_at=None), ["I-06 next_at"], id="none at all"),
        pytest.param(PUSHED, order(next_at=t("5 10:30") + TICK), ["I-06 next_at"], id="a microsecond too late"),
        pytest.param(PUSHED, order(next_at=t("5 10:10")), [], id="too early does no harm"),
        pytest.param(ACCEPTED, order(next_at=None), ["I-06 next_at"], id="of a pickup"),
        pytest.param(LATE, order(next_at=None), ["I-06 next_at"], id="after another was missed"),
        pytest.param(SENT, order(next_at=None), ["I-06 next_at"], id="of the next holder"),
        pytest.param(HELD, order(next_at=None), ["I-06 next_at"], id="CHAN-5 a hold that nobody ends"),
        pytest.param(PUSHED, order(accept_due_at=None), ["I-06 accept_due_at"], id="no deadline shown"),
        pytest.param(PUSHED, order(accept_due_at=t("5 10:29")), ["I-06 accept_due_at"], id="another one shown"),
        pytest.param(LATE, order(accept_due_at=t("5 10:30")), ["I-06 accept_due_at"], id="shown though it is over"),
        pytest.param(PUSHED, order(transfer_due_at=t("5 10:30")), ["I-06 transfer_due_at"], id="one without clock"),
        pytest.param(PUSHED, order(pickup_due_at=None), ["I-06 pickup_due_at"], id="no pickup shown"),
        pytest.param(
            CONFIRMED, order(next_at=t("7 01:00") + TICK), ["I-06 next_at"], id="PICKUP-1 after the time of proof"
        ),
    ],
)
def test_planted(engine: Engine, told: Told, plant: Callable[[Connection], Any], expected: list[str]) -> None:
    known = {name for name in found(engine, told, plant) if name.startswith("I-06")}
    assert known == set(expected)


def test_every_timer_lost(engine: Engine) -> None:
    """As after a restore that forgot the columns."""
    plant = order(next_at=None, accept_due_at=t("5 10:00"), pickup_due_at=None)
    assert found(engine, PUSHED, plant) == ["I-06 next_at", "I-06 accept_due_at", "I-06 pickup_due_at"]


def test_f_15_an_order_that_waits_for_a_person(engine: Engine) -> None:
    def parked(conn: Connection) -> None:
        conn.execute(insert(troubles), [{"order_id": 1, "tries": 3, "last_at": t("5 10:31"), "error": "x"}])
        conn.execute(update(orders).values(next_at=None))

    assert found(engine, PUSHED, parked) == []


def test_a_clock_of_the_editions_own(engine: Engine) -> None:
    def later(conn: Connection) -> None:
        conn.execute(update(orders).values(next_at=t("5 12:00") + TICK))

    assert found(engine, ACCEPTED, later, CALL_BOOK) == ["I-06 next_at"]


def test_of_a_clock_that_something_ended_i_07_speaks(engine: Engine) -> None:
    def running(conn: Connection) -> None:
        conn.execute(update(clocks).where(clocks.c.kind == "accept").values(verdict="running"))

    assert found(engine, ACCEPTED, running) == ["I-07 accept"]


def test_a_clock_past_due_that_nobody_has_looked_at_yet(engine: Engine) -> None:
    """The sweepers are away: it is late, not lost."""
    assert found(engine, [*PUSHED, ("5 11:00", pushed("LP2", created="5 11:00"))], lambda _: None) == []
