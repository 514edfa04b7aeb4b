"""CHAN-8: what a change that was agreed upon moves, what it must not, and what a change may say.

The order is of 5 May 10:00 and lies with A; its clocks end at 10:30 and at 02:00.
"""

from collections.abc import Callable
from typing import Any

import pytest

from basics.days import iso
from basics.words import ClockKind
from dispatch.changes import merged
from dispatch.course import judge
from dispatch.facts import AnswerChange, AskChange, Target
from tests.rules.calls import (
    LATER,
    TO_B,
    accepted_and_back_at_hq,
    accepted_and_transferred,
    answers,
    gives_up,
    plain,
    plainly_accepted,
    wants,
)
from tests.rules.courses import t
from tests.rules.stage import IN_A, IN_A1, IN_B, Stage, content


def pickup(stage: Stage, now: str, seq: int = 1) -> tuple[str, str]:
    """Deadline and verdict of a holder's pickup clock."""
    found = judge(stage.life(), stage.world, t(now))[0]
    [clock] = [c for c in found if c.seq == seq and c.kind == ClockKind.PICKUP]
    return iso(clock.due_at)[5:16], clock.verdict.value


# ---- what an amendment moves


def test_pickup_2_the_deadline_goes_by_the_window_agreed_upon() -> None:
    """Creation 10:00 + 16 h is 02:00; the window ends the next day at 18:00."""
    stage = plainly_accepted()
    wants(stage, "5 11:00", **LATER)
    assert pickup(stage, "5 11:05") == ("05-06T02:00", "running")
    answers(stage, "5 11:10")
    assert pickup(stage, "5 11:10") == ("05-06T18:00", "running")


def test_clock_1_what_was_late_stays_late_whatever_window_is_agreed_upon_then() -> None:
    stage = plainly_accepted()
    wants(stage, "6 03:00", **LATER)
    answers(stage, "6 03:10")
    assert stage.view().content["window_end"] == LATER["window_end"]
    assert stage.suspected("6 03:10") == [(1, "V-PICKUP")]
    assert pickup(stage, "6 03:10") == ("05-06T02:00", "missed")
    wants(stage, "6 04:00", remark="门口")  # nor does what is changed after that
    answers(stage, "6 04:10")
    assert pickup(stage, "6 04:10") == ("05-06T02:00", "missed")


@pytest.mark.parametrize("moved", [{}, {"lng": IN_B[0], "lat": IN_B[1]}])
def test_clock_1_a_window_of_an_order_that_nobody_accepted_clears_no_missed_deadline(moved: dict[str, Any]) -> None:
    """Nor when the order goes to another station with it; and a later change of something else clears it no more."""
    stage = plain()
    assert wants(stage, "6 03:00", **LATER, **moved) is None
    assert stage.log() == ["created", "updated"]
    assert stage.view().content["window_end"] == LATER["window_end"]
    late = [one for one in stage.suspected("6 03:00") if one[1] == "V-PICKUP"]
    assert (late, pickup(stage, "6 03:00")) == ([(1, "V-PICKUP")], ("05-06T02:00", "missed"))
    wants(stage, "6 03:30", window_end=iso(t("7 18:00")))
    wants(stage, "6 04:00", remark="门口")
    assert pickup(stage, "6 04:00") == ("05-06T02:00", "missed")


def test_pickup_2_a_window_of_an_order_that_nobody_accepted_counts_in_time() -> None:
    stage = plain()
    assert wants(stage, "6 02:00", **LATER) is None
    assert pickup(stage, "6 12:00") == ("05-06T18:00", "running")


def test_clock_1_a_window_agreed_upon_at_the_deadline_moves_it() -> None:
    stage = plainly_accepted()
    wants(stage, "5 11:00", **LATER)
    answers(stage, "6 02:00")
    assert pickup(stage, "6 12:00") == ("05-06T18:00", "running")


WINDOWS = [
    ("over when it is asked", "5 10:59", "window_over", None),
    ("over at this instant", "5 11:00", "window_over", None),
    ("over when it is agreed to", "5 11:05", None, "window_over"),
    ("over at the consent", "5 11:10", None, "window_over"),
    ("still to come", "5 11:10:00.000001", None, None),
]


@pytest.mark.parametrize(("ends", "told", "agreed"), [c[1:] for c in WINDOWS], ids=[f"CHAN-8 {c[0]}" for c in WINDOWS])
def test_a_window_must_not_be_over(ends: str, told: str | None, agreed: str | None) -> None:
    stage = plainly_accepted()
    assert wants(stage, "5 11:00", window_end=t(ends).isoformat()) == told
    if told is None:
        assert answers(stage, "5 11:10") == agreed


def test_chan_8_a_window_that_was_there_and_is_over_does_not_hinder_other_changes() -> None:
    stage = Stage()
    stage.push("5 10:00", window_end=iso(t("5 10:30")))
    assert wants(stage, "5 11:00", remark="门口") is None


PLACES = [
    ("inside", IN_A1, False),
    ("outside", IN_B, True),
    ("a district alone", (None, None), False),
]


@pytest.mark.parametrize(("where", "outside"), [c[1:] for c in PLACES], ids=[f"TRANSFER-1 {c[0]}" for c in PLACES])
@pytest.mark.parametrize("when", ["5 10:05", "5 10:40"])
def test_a_new_place_stays_with_its_holder_and_blames_nobody_who_had_accepted(
    where: tuple[Any, Any], outside: bool, when: str
) -> None:
    """The holder is told that it lies outside; its transfer clock ended when it accepted, in time or late."""
    stage = plain()
    stage.accept(when)
    before = stage.suspected("5 11:00")
    wants(stage, "5 11:00", lng=where[0], lat=where[1], adcode="330102")
    assert answers(stage, "5 11:10") is None
    assert stage.holders() == [("A", "routing")]
    assert stage.view().assignments[-1].outside is outside
    assert stage.suspected("5 12:00") == before == ([] if when == "5 10:05" else [(1, "V-ACCEPT")])
    assert [kind for _, kind, _ in stage.clocks("5 12:00")] == ["accept", "pickup"]


def test_transfer_1_who_had_not_accepted_has_a_transfer_clock_when_the_place_moves_out() -> None:
    """Asked of B, to which A transferred what it had accepted; B's half hour runs from 10:06."""
    stage = accepted_and_transferred()
    stage.tell("5 10:10", AskChange(Target("LP1"), "change", {"lng": IN_A[0], "lat": IN_A[1], "remark": "又回来"}))
    answers(stage, "5 10:20", station="B")
    assert stage.view().assignments[-1].outside is True  # A's area
    assert (2, "transfer", "running") in stage.clocks("5 10:30")
    assert stage.suspected("5 10:40") == [(2, "V-TRANSFER")]


def test_transfer_1_a_later_receiver_is_tested_by_the_place_agreed_upon() -> None:
    stage = plainly_accepted()
    wants(stage, "5 11:00", **TO_B)
    answers(stage, "5 11:10")
    stage.transfer("5 11:20", "B")
    assert [one.outside for one in stage.view().assignments] == [True, False]


def test_route_3_hq_changes_at_once_what_lies_at_the_data_centre() -> None:
    stage = accepted_and_back_at_hq()
    assert wants(stage, "5 10:30", **TO_B) is None
    assert (stage.state(), stage.view().content["lng"]) == ("at_data_centre", IN_B[0])
    assert stage.dispatch("5 10:40", "B") is None
    assert stage.view().assignments[-1].outside is False


# ---- what a change may say

MERGES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("a new key", {"remark": "门口"}, {"remark": "门口"}),
    ("a key taken away", {"goods": None}, {"goods": None}),
    ("one part of the sender", {"sender": {"name": "李"}}, {"sender": {"phone": "13800000000", "name": "李"}}),
    ("a part taken away", {"sender": {"phone": None}}, {"sender": None}),
    ("a receiver that was not there", {"receiver": {"name": "李"}}, {"receiver": {"name": "李"}}),
]


@pytest.mark.parametrize(("fields", "differs"), [c[1:] for c in MERGES], ids=[f"CHAN-8 {c[0]}" for c in MERGES])
def test_only_what_is_named_changes(fields: dict[str, Any], differs: dict[str, Any]) -> None:
    before = content(goods="书")
    expected = {key: value for key, value in (before | differs).items() if value is not None}
    assert merged(before, fields) == expected


NOTHING: list[dict[str, Any]] = [{}, {"goods": None}, {"sender": {}}, {"sender": {"phone": "13800000000"}}]


@pytest.mark.parametrize("fields", NOTHING)
@pytest.mark.parametrize("reach", [plain, plainly_accepted])
def test_chan_8_a_change_that_changes_nothing_is_refused(reach: Callable[[], Stage], fields: dict[str, Any]) -> None:
    stage = reach()
    before = stage.log()
    assert (wants(stage, "5 10:20", **fields), stage.log()) == ("nothing_to_change", before)


@pytest.mark.parametrize("fields", [{"sender": {"phone": None}}, {"pieces": 0}, {"lng": None, "lat": None}])
@pytest.mark.parametrize("reach", [plain, plainly_accepted])
def test_chan_5_a_change_must_not_make_the_order_incomplete(reach: Callable[[], Stage], fields: dict[str, Any]) -> None:
    assert wants(reach(), "5 10:20", **fields) == "bad_event"


def test_chan_8_a_whole_timeline() -> None:
    """Changed, accepted, asked, declined, asked again, agreed, transferred, asked, withdrawn with consent."""
    stage = plain()
    told = [
        ("5 10:05", AskChange(Target("LP1"), "change", {"goods": "书"})),
        ("5 10:10", None),
        ("5 10:20", AskChange(Target("LP1"), "change", {"goods": "两箱书"})),
        ("5 10:25", AnswerChange(Target("LP1"), "A", False, "车满了")),
        ("5 10:40", AskChange(Target("LP1"), "change", {"window_end": LATER["window_end"]})),
        ("5 10:45", AnswerChange(Target("LP1"), "A", True)),
    ]
    for at, what in told:
        assert (stage.accept(at) if what is None else stage.tell(at, what)) is None
    assert stage.view().content["goods"] == "书"
    assert stage.transfer("5 11:00", "B") is None
    assert stage.accept("5 11:10", "B") is None
    assert gives_up(stage, "5 11:30", "不寄了") is None
    assert answers(stage, "5 11:40", station="B") is None
    assert stage.log() == [
        "created", "updated", "accepted", "change_asked", "change_declined", "change_asked", "amended", "transferred",
        "accepted", "change_asked", "withdrawn", "withdrawal_handled",
    ]  # fmt: skip
    assert stage.clocks("7 12:00") == [
        (1, "accept", "kept"), (1, "pickup", "dropped"), (2, "accept", "kept"), (2, "transfer", "dropped"),
        (2, "pickup", "dropped"),
    ]  # fmt: skip
