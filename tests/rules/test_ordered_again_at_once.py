"""VIO-2: news of other orders at the same moment. The failed order is locked before anybody looks what it stands on."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select

from channels.messages import Scan
from penalties.lifecycle import CONFIRM
from storage.session import reading, writing
from storage.tables.sla import violations
from tests.rules.courses import t
from tests.rules.scene import Scene
from tests.rules.stage import NUMBER, OTHER
from tests.rules.test_at_once import Step, as_given, overlapping, swapped
from tests.rules.test_ordered_again import again, failed_at, log, suspected, withdrawn

BOTH_TURNS = pytest.mark.parametrize("turns", [as_given, swapped])
Turns = Callable[[Step, Step], tuple[Step, Step]]


def scanned(number: str) -> Step:
    def step(scene: Scene) -> None:
        assert scene.tell("5 14:00", Scan(number, "A", t("5 13:00"))) == [None]

    return step


def falls(scene: Scene) -> None:
    assert scene.tell("5 14:00", withdrawn()) == [None]


def proof(engine: Engine) -> list[str]:
    query = select(violations.c.evidence).where(violations.c.kind == "V-FALSE-FAIL")
    with reading(engine) as conn:
        return [row.evidence["again"]["logistics_no"] for row in conn.execute(query)]


@BOTH_TURNS
def test_two_pickups_at_once(engine: Engine, turns: Turns) -> None:
    with writing(engine) as conn:
        failed_at(Scene(conn))
        for told in (again("LP2", "5 11:00"), again("LP3", "5 12:00", OTHER)):
            Scene(conn).tell_all(told[:2])
    overlapping(engine, *turns(scanned(NUMBER), scanned(OTHER)))
    assert proof(engine) == ["LP2"]
    with reading(engine) as conn:
        assert log(Scene(conn)) == ["ordered_again"] * (1 if turns is as_given else 2)


@BOTH_TURNS
def test_a_pickup_beside_the_fall_of_the_one_before(engine: Engine, turns: Turns) -> None:
    """Were it not locked, the fall would not see the pickup, and the pickup would see nothing to do."""
    with writing(engine) as conn:
        scene = Scene(conn)
        failed_at(scene)
        scene.tell_all(again("LP2", "5 11:00", made="5 12:00"))
        scene.tell_all(again("LP3", "5 12:30", OTHER)[:2])
    overlapping(engine, *turns(scanned(OTHER), falls))
    assert proof(engine) == ["LP3"]
    with reading(engine) as conn:
        assert suspected(Scene(conn)) == ["LP1:1:V-FALSE-FAIL"]


@pytest.mark.parametrize(("turns", "state"), [(as_given, "overturned"), (swapped, "cleared")])
def test_a_review_beside_the_fall(engine: Engine, turns: Turns, state: str) -> None:
    """VIO-4: a fine that was posted is reversed; what was cleared cannot be confirmed."""
    with writing(engine) as conn:
        scene = Scene(conn)
        failed_at(scene)
        scene.tell_all(again("LP2", "5 11:00", made="5 12:00"))
        [violation] = scene.suspicions().values()

    def review(scene: Scene) -> None:
        scene.review("5 14:00", CONFIRM, [violation])

    overlapping(engine, *turns(review, falls))
    with reading(engine) as conn:
        assert suspected(Scene(conn), state) == ["LP1:1:V-FALSE-FAIL"]
        assert len(Scene(conn).ledger()) == (4 if state == "overturned" else 0)
