"""CHAN-8 in a real database: a holder's answer beside another answer, another call, a transfer (DESIGN law 7)."""

from typing import Any

import pytest
from sqlalchemy import Engine, select

from dispatch.facts import AnswerChange, AskChange, Target, Transfer
from storage.session import reading, writing
from storage.tables.dispatch import events, orders
from tests.rules.courses import t
from tests.rules.scene import Scene, accepts, pushed
from tests.rules.test_at_once import overlapping

LP = Target("LP1")
AGREES, DECLINES = AnswerChange(LP, "A", True, ask=3), AnswerChange(LP, "A", False, ask=3)
PAIRS = [
    ("two clicks", AGREES, AGREES, "nothing_asked", "amended"),
    ("two minds", DECLINES, AGREES, "nothing_asked", "change_declined"),
    ("another call", AskChange(LP, "withdrawal", reason="不寄了"), AGREES, "ask_replaced", "change_asked"),
    ("a transfer", Transfer(LP, "A", "B"), AGREES, "not_holder", "transferred"),
]


@pytest.mark.parametrize(
    ("first", "second", "code", "last"), [c[1:] for c in PAIRS], ids=[f"CHAN-8 {c[0]}" for c in PAIRS]
)
def test_who_comes_second_decides_on_what_the_first_left(
    engine: Engine, first: Any, second: Any, code: str, last: str
) -> None:
    with writing(engine) as conn:
        scene = Scene(conn)
        told = [pushed(), accepts(), AskChange(LP, "change", {"remark": "门口"})]
        assert [scene.tell(at, what) for at, what in zip(("5 10:00", "5 10:05", "5 10:10"), told, strict=True)] == [
            [None]
        ] * 3
        assert conn.scalar(select(orders.c.asked_at)) == t("5 10:10")
    answers: list[Any] = []
    overlapping(
        engine,
        lambda scene: answers.append(scene.tell("5 10:20", first)),
        lambda scene: answers.append(scene.tell("5 10:20", second)),
    )
    assert answers == [[None], [code]]
    with reading(engine) as conn:
        kinds = list(conn.scalars(select(events.c.kind).order_by(events.c.seq)))
        asked = conn.scalar(select(orders.c.asked_at))
    assert kinds[3:] == [last]
    still = {"change_asked": t("5 10:20"), "transferred": t("5 10:10")}  # the next holder is asked
    assert asked == still.get(last)
