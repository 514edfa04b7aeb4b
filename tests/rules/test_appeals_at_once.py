"""Two appeals, two decisions, or a decision beside the end of its period, at once: one wins, the other is refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine

from channels.messages import Withdrawal
from penalties.appeals import HQ, OVERTURN, PASS_ON, PROVINCE, UPHOLD
from storage.session import reading, run, writing
from tests.rules.appeal_scene import AppealScene, scene_of
from tests.rules.courses import t
from tests.rules.test_at_once import LONG_ENOUGH

Step = Callable[[AppealScene], Any]


def prepared(engine: Engine, *numbers: str, appealed: bool) -> None:
    with writing(engine) as conn:
        scene = scene_of(conn).fined(*numbers)
        if appealed:
            assert scene.appeal("5 10:00", *numbers) == ["entered"] * len(numbers)


def overlapping(engine: Engine, first: Step, second: Step) -> tuple[Any, Any]:
    """What each answered; `second` begins while the transaction of `first` is open, and ends after it."""
    with ThreadPoolExecutor(1) as pool:
        with writing(engine) as conn:
            answer = first(AppealScene(conn))
            other = pool.submit(run, engine, lambda its_own: second(AppealScene(its_own)))
            wait([other], timeout=LONG_ENOUGH)
        return answer, other.result(20)


def appeal(scene: AppealScene) -> str:
    return scene.appeal("5 11:00", "LP1")[0]


def decides(decision: str, stage: str = PROVINCE, at: str = "6 10:00") -> Step:
    return lambda scene: scene.decide(at, "LP1", decision, stage)


def tells(scene: AppealScene) -> str | None:
    return scene.tell("6 10:00", Withdrawal("cainiao", "LP1", "sender", "不寄了", t("2 12:00")))[0]


def passes(scene: AppealScene) -> int:
    return scene.pass_on("9 00:00")


PAIRS: list[tuple[str, Step, Step, tuple[Any, Any], tuple[str | None, str | None, str]]] = [
    # what, first, second, their answers, how it stands then (province, HQ, case)
    ("two decisions", decides(UPHOLD), decides(OVERTURN), ("done", "no_open_appeal"), ("upheld", None, "confirmed")),
    ("two minds", decides(OVERTURN), decides(UPHOLD), ("done", "no_open_appeal"), ("overturned", None, "overturned")),
    ("two clicks", decides(OVERTURN), decides(OVERTURN), ("done", "no_open_appeal"),
     ("overturned", None, "overturned")),
    ("passed on, then HQ", decides(PASS_ON), decides(UPHOLD, HQ), ("done", "done"),
     ("passed_on", "upheld", "confirmed")),
    ("news first", tells, decides(UPHOLD), (None, "no_open_appeal"), ("overturned", None, "overturned")),
    ("news second", decides(UPHOLD), tells, ("done", None), ("upheld", None, "overturned")),
    ("the job, then HQ", passes, decides(UPHOLD, HQ, "9 00:00"), (1, "done"), ("passed_on", "upheld", "confirmed")),
    ("HQ before the job", decides(UPHOLD, HQ, "9 00:00"), passes, ("done", 0), ("passed_on", "upheld", "confirmed")),
    ("two jobs", passes, passes, (1, 0), ("passed_on", "open", "confirmed")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second", "answers", "state"), [c[1:] for c in PAIRS], ids=[f"APPEAL-2 {c[0]}" for c in PAIRS]
)
def test_who_comes_second_decides_on_what_the_first_left(
    engine: Engine, first: Step, second: Step, answers: tuple[Any, Any], state: tuple[str | None, str | None, str]
) -> None:
    prepared(engine, "LP1", appealed=True)
    found = overlapping(engine, first, second)
    # The second job may have read before it waited: then it counts what the first one did, and does nothing to it.
    assert found == answers or (second is passes and found[1] == 1)
    with reading(engine) as conn:
        scene = AppealScene(conn)
        assert scene.states() == state
        assert len(scene.ledger()) == (4 if state[2] == "overturned" else 2), "APPEAL-3: reversed once, or not at all"


def test_appeal_1_two_appeals_at_once_are_one(engine: Engine) -> None:
    prepared(engine, "LP1", appealed=False)
    assert overlapping(engine, appeal, appeal) == ("entered", "already_appealed")
    with reading(engine) as conn:
        assert AppealScene(conn).rows() == {PROVINCE: ("open", t("5 11:00"), None)}


def test_appeals_of_many_by_many_at_once_are_one_each(engine: Engine) -> None:
    """Each names the same ones in another order: they wait for one another and in no ring."""
    numbers = [f"LP{number}" for number in range(1, 9)]
    prepared(engine, *numbers, appealed=False)
    barrier = Barrier(4)

    def ask(turn: int) -> list[str]:
        barrier.wait()
        some = [*numbers[turn:], *numbers[:turn]]
        return run(engine, lambda conn: AppealScene(conn).appeal("5 11:00", *some))

    with ThreadPoolExecutor(4) as pool:
        answers = [answer for some in pool.map(ask, (0, 3, 5, 7)) for answer in some]
    assert sorted(answers) == ["already_appealed"] * 24 + ["entered"] * 8
