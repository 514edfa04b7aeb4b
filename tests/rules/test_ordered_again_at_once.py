"""VIO-2: news of other orders at the same moment. The failed order is locked before anybody looks what it stands on."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, event, select

from channels.messages import Scan
from penalties.lifecycle import CONFIRM
from storage.session import reading, writing
from storage.tables.sla import violations
from tests.rules.courses import BOOK, t
from tests.rules.scene import Scene
from tests.rules.stage import NUMBER, OTHER, THIRD
from tests.rules.test_at_once import Step, as_given, overlapping, swapped
from tests.rules.test_ordered_again import PHONE, again, cancelled, failed_at, log, push, suspected, withdrawn
from verify.queries import check

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


def fails(scene: Scene) -> None:
    """Its clock was read before the new order was made, whoever of the two gets his turn first."""
    assert scene.tell("5 10:20", cancelled()) == [None]


@BOTH_TURNS
@pytest.mark.parametrize("earlier", [(), ("LP9",)])
def test_ordered_again_while_the_failure_is_written(engine: Engine, turns: Turns, earlier: tuple[str, ...]) -> None:
    """The two name no order in common: they meet in the phone, and the later one sees what the other has done. With
    an `earlier` failure of that sender too, which has its own row to be locked."""
    with writing(engine) as conn:
        scene = Scene(conn).stations()
        scene.tell("5 10:00", push("LP1", "5 10:00"), *(push(no, "5 10:00") for no in earlier))
        scene.tell("5 10:10", *(cancelled(no) for no in earlier))

    def collects(scene: Scene) -> None:
        assert scene.tell_all(again("LP2", "5 10:20:01", made="5 10:20:02")) == [None] * 3

    overlapping(engine, *turns(fails, collects))
    with reading(engine) as conn:
        assert suspected(Scene(conn)) == [f"{no}:1:V-FALSE-FAIL" for no in ("LP1", *earlier)]
        assert (log(Scene(conn)), check(conn, BOOK)) == (["ordered_again"], [])
    assert set(proof(engine)) == {"LP2"}


@pytest.mark.parametrize(("made", "found"), [("5 10:20", False), ("5 10:20:00.000001", True)])
def test_a_failure_that_comes_late_looks_from_its_own_instant_on(engine: Engine, made: str, found: bool) -> None:
    """VIO-2: of what is there already the one ordered first, and never one from before the failure."""
    with writing(engine) as conn:
        scene = Scene(conn)
        scene.tell("5 10:00", push("LP1", "5 10:00"))
        scene.tell_all(again("LP0", "5 10:19", THIRD))
        scene.tell_all(again("LP3", "5 10:30" if found else "6 10:20:00.000001", OTHER))
        scene.tell_all(again("LP2", made))
        fails(scene)
        assert suspected(scene) == (["LP1:1:V-FALSE-FAIL"] if found else [])
    assert proof(engine) == (["LP2"] if found else [])


def test_no_name_of_a_lock_tells_a_phone(engine: Engine) -> None:
    """ROLE-2: a lock is a number in every list and log of the database."""
    told: list[str] = []
    with writing(engine) as conn:
        event.listen(conn, "before_cursor_execute", lambda *it: told.append(f"{it[2]} {it[3]}"))
        failed_at(Scene(conn))
        Scene(conn).tell_all(again("LP2", "5 11:00"))
    assert not [one for one in told if "advisory" in one and PHONE in one]
