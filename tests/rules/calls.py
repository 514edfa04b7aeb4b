"""Callers of order LP1 in few words, for tests of CHAN-8: what they want, and how the order lies."""

from typing import Any

from basics.days import iso
from basics.words import DATA_CENTRE
from dispatch.changes import CHANGE, WITHDRAWAL
from dispatch.facts import AnswerChange, AskChange, Target
from dispatch.facts_of_life import Asked
from tests.rules.courses import t
from tests.rules.stage import IN_B, NOWHERE, Stage, accepted

LATER: dict[str, Any] = {"window_end": iso(t("6 18:00"))}
TO_B: dict[str, Any] = {"lng": IN_B[0], "lat": IN_B[1]}


def wants(stage: Stage, at: str, clerk: str = "", **fields: Any) -> str | None:
    return stage.tell(at, AskChange(Target("LP1"), CHANGE, fields, station=clerk))


def gives_up(stage: Stage, at: str, reason: str = "不寄了", clerk: str = "") -> str | None:
    return stage.tell(at, AskChange(Target("LP1"), WITHDRAWAL, reason=reason, station=clerk))


def answers(stage: Stage, at: str, agrees: bool = True, station: str = "A", ask: int | None = None) -> str | None:
    return stage.tell(at, AnswerChange(Target("LP1"), station, agrees, "好的", ask))


def asked(stage: Stage) -> Asked | None:
    return stage.view().asked


def plain(business_type: str = "send_express", **more: Any) -> Stage:
    stage = Stage()
    stage.push("5 10:00", business_type=business_type, **more)
    return stage


def lies_with_the_data_centre() -> Stage:
    return plain(where=NOWHERE)


def held() -> Stage:
    return plain(sender={})


def transferred() -> Stage:
    """Nobody has accepted."""
    stage = plain()
    stage.transfer("5 10:05", "B")
    return stage


def accepted_and_transferred() -> Stage:
    stage = accepted(business_type="send_express", number=None)
    stage.transfer("5 10:06", "B")
    return stage


def accepted_and_back_at_hq() -> Stage:
    stage = accepted(business_type="send_express", number=None)
    stage.transfer("5 10:06", DATA_CENTRE)
    return stage


def plainly_accepted() -> Stage:
    return accepted(business_type="send_express", number=None)


def picked_up() -> Stage:
    stage = plainly_accepted()
    stage.confirm("5 10:08")
    return stage


def failed() -> Stage:
    stage = plain()
    stage.fail("5 10:08")
    return stage


def withdrawn() -> Stage:
    stage = plain()
    stage.withdraw("5 10:08")
    return stage
