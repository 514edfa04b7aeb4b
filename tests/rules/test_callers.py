"""CHAN-8 in memory: a caller's change or withdrawal, before and after the acceptance, and whose word it needs.

The order is of 5 May 10:00 and lies with A.
"""

from collections.abc import Callable

import pytest

from basics.words import DATA_CENTRE
from tests.rules.calls import (
    TO_B,
    accepted_and_back_at_hq,
    accepted_and_transferred,
    answers,
    asked,
    failed,
    gives_up,
    held,
    lies_with_the_data_centre,
    picked_up,
    plain,
    plainly_accepted,
    transferred,
    wants,
    withdrawn,
)
from tests.rules.courses import t
from tests.rules.stage import IN_A1, NUMBER, Stage, accepted

# ---- how the order lies: what becomes of a change and of a withdrawal

ASKING: list[tuple[str, Callable[[], Stage], str, str]] = [
    ("waiting with its station", plain, "updated", "withdrawn"),
    ("at the data centre", lies_with_the_data_centre, "updated", "withdrawn"),
    ("transferred, accepted by nobody", transferred, "updated", "withdrawn"),
    ("accepted", plainly_accepted, "change_asked", "change_asked"),
    ("waiting for its number", accepted, "change_asked", "change_asked"),
    ("accepted, then transferred", accepted_and_transferred, "change_asked", "change_asked"),
    ("accepted, then sent to the data centre", accepted_and_back_at_hq, "amended", "withdrawn"),
    ("picked up", picked_up, "already_picked_up", "already_picked_up"),
    ("failed", failed, "already_closed", "already_closed"),
    ("withdrawn", withdrawn, "already_closed", "already_closed"),
]
REFUSALS = {"already_picked_up", "already_closed"}


@pytest.mark.parametrize(
    ("reach", "change", "withdrawal"), [case[1:] for case in ASKING], ids=[f"CHAN-8 {case[0]}" for case in ASKING]
)
def test_what_a_caller_gets(reach: Callable[[], Stage], change: str, withdrawal: str) -> None:
    for ask, expected in (
        (lambda s: wants(s, "5 10:20", remark="门口"), change),
        (lambda s: gives_up(s, "5 10:20"), withdrawal),
    ):
        stage = reach()
        before, state, holders = stage.log(), stage.state(), stage.holders()
        answer = ask(stage)
        if expected in REFUSALS:
            assert (answer, stage.log()) == (expected, before)
            continue
        assert (answer, stage.log()) == (None, [*before, expected])
        assert stage.state() == ("withdrawn" if expected == "withdrawn" else state)
        assert stage.holders() == holders
        assert (asked(stage) is not None) == (expected == "change_asked")
        assert stage.view().content.get("remark") == ("门口" if expected in ("updated", "amended") else None)


def test_chan_8_an_unknown_order_is_refused() -> None:
    assert wants(Stage(), "5 10:20", remark="门口") == "order_unknown"
    assert answers(Stage(), "5 10:20") == "order_unknown"


def test_chan_5_a_caller_completes_a_held_order() -> None:
    stage = held()
    assert wants(stage, "5 10:20", remark="门口") == "bad_event"
    assert wants(stage, "5 10:21", sender={"phone": "13800138000"}) is None
    assert (stage.state(), stage.holders()) == ("waiting", [("A", "routing")])
    assert stage.life().zero == t("5 10:21")


def test_chan_3_a_change_before_the_acceptance_routes_again_by_place() -> None:
    stage = plain()
    assert wants(stage, "5 10:20", **TO_B) is None
    assert stage.holders() == [("A", "routing"), ("B", "routing")]
    assert stage.view().assignments[-1].started_at == t("5 10:20")


def test_chan_8_a_withdrawal_keeps_the_callers_reason_and_is_the_senders() -> None:
    stage = plain()
    assert gives_up(stage, "5 10:20", "改走别家") is None
    gone = stage.life().withdrawal
    assert gone is not None and (gone.origin, gone.reason, gone.at) == ("sender", "改走别家", t("5 10:20"))
    assert stage.told() == ["withdrawn"]


def test_chan_3_the_channel_repeating_itself_does_not_undo_what_the_caller_changed() -> None:
    """The same content again changes nothing, before and after the acceptance; other content is an update, or too
    late."""
    for consent in (False, True):
        stage = plain()
        if consent:
            stage.accept("5 10:05")
        wants(stage, "5 10:20", remark="门口")
        if consent:
            answers(stage, "5 10:21")
        before = stage.log()
        assert stage.push("5 10:30", created="5 10:00", business_type="send_express") is None
        assert (stage.log(), stage.view().content["remark"]) == (before, "门口")
        told = stage.push("5 10:31", created="5 10:00", business_type="send_express", goods="书")
        assert told == ("order_already_accepted" if consent else None)


# ---- who answers, once


def asked_of_a() -> Stage:
    stage = plainly_accepted()
    assert wants(stage, "5 11:00", remark="门口") is None
    return stage


WHO = [
    ("the holder", "A1", None),
    ("the level-1 station above it", "A", None),
    ("a sister", "A2", "not_holder"),
    ("another house", "B", "not_holder"),
    ("HQ is not the holder", DATA_CENTRE, "not_holder"),
    ("a station nobody knows", "Z", "station_unknown"),
]


@pytest.mark.parametrize(("station", "code"), [case[1:] for case in WHO], ids=[f"DO-1 {case[0]}" for case in WHO])
@pytest.mark.parametrize("agrees", [True, False])
def test_who_may_answer(station: str, code: str | None, agrees: bool) -> None:
    stage = plain(where=IN_A1)
    stage.accept("5 10:05", "A1")
    wants(stage, "5 11:00", remark="门口")
    assert answers(stage, "5 11:10", agrees, station) == code
    if code:
        assert asked(stage) is not None
    else:
        assert stage.log()[-1] == ("amended" if agrees else "change_declined")
        assert stage.view().content.get("remark") == ("门口" if agrees else None)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("second", [True, False])
def test_chan_8_a_decided_ask_is_not_decided_again(first: bool, second: bool) -> None:
    stage = asked_of_a()
    assert answers(stage, "5 11:10", first) is None
    before = stage.log()
    assert answers(stage, "5 11:10", second) == "nothing_asked"
    assert (stage.log(), asked(stage)) == (before, None)


def test_chan_8_nothing_was_asked() -> None:
    assert answers(plainly_accepted(), "5 11:00") == "nothing_asked"
    assert answers(plain(), "5 11:00") == "nothing_asked"
    assert answers(picked_up(), "5 11:00") == "not_allowed_in_state"


def test_chan_8_a_new_ask_replaces_the_unanswered_one() -> None:
    """Whoever still looks at the first one does not agree to the second unseen."""
    stage = asked_of_a()
    first = asked(stage)
    gives_up(stage, "5 11:05", "不寄了")
    second = asked(stage)
    assert first and second and (first.seq, second.seq, second.wants) == (3, 4, "withdrawal")
    assert answers(stage, "5 11:06", True, ask=first.seq) == "ask_replaced"
    assert answers(stage, "5 11:07", True, ask=second.seq) is None
    assert stage.state() == "withdrawn"


def test_chan_8_an_agreed_withdrawal_is_the_senders_and_at_the_consent() -> None:
    """DO-6: the station that agreed need not handle it again. The channel hears of it."""
    stage = plainly_accepted()
    gives_up(stage, "5 11:00", "改走别家")
    assert stage.told() == ["accepted"]
    assert answers(stage, "5 11:30") is None
    gone = stage.life().withdrawal
    assert gone is not None and (gone.origin, gone.reason, gone.at) == ("sender", "改走别家", t("5 11:30"))
    assert stage.life().handled_at == t("5 11:30")
    assert stage.told() == ["accepted", "withdrawn"]
    assert stage.clocks("6 12:00") == [(1, "accept", "kept"), (1, "pickup", "dropped")]


def test_chan_8_a_declined_ask_changes_nothing() -> None:
    stage = asked_of_a()
    before = stage.view().content
    assert answers(stage, "5 11:10", False) is None
    assert (stage.view().content, stage.state()) == (before, "accepted")
    assert wants(stage, "5 11:20", remark="门口") is None  # he may call again


# ---- what ends an ask unanswered

ENDS: list[tuple[str, Callable[[Stage], str | None], str]] = [
    ("a withdrawal by its channel", lambda s: s.withdraw("5 11:30"), "not_allowed_in_state"),
    ("a withdrawal made before it, told after it", lambda s: s.withdraw("5 11:30", "5 10:30"), "not_allowed_in_state"),
    ("the confirmation", lambda s: s.confirm("5 11:30"), "not_allowed_in_state"),
    ("a failed pickup", lambda s: s.fail("5 11:30", "pickup"), "not_allowed_in_state"),
]


@pytest.mark.parametrize(("end", "code"), [case[1:] for case in ENDS], ids=[f"CHAN-8 {case[0]}" for case in ENDS])
def test_what_ends_an_ask(end: Callable[[Stage], str | None], code: str) -> None:
    stage = asked_of_a()
    assert end(stage) is None
    assert asked(stage) is None
    assert answers(stage, "5 11:40") == code


@pytest.mark.parametrize("accepts", [False, True])
@pytest.mark.parametrize("by_way_of_hq", [False, True])
def test_chan_8_whoever_holds_the_order_next_answers(accepts: bool, by_way_of_hq: bool) -> None:
    """A transfer does not make the caller's wish vanish; the one who gave the order away has no say any more."""
    stage = asked_of_a()
    if by_way_of_hq:
        stage.transfer("5 11:30", DATA_CENTRE)
        assert asked(stage) is not None
        assert [answers(stage, "5 11:31", station=one) for one in ("A", DATA_CENTRE)] == ["not_holder"] * 2
        assert stage.dispatch("5 11:32", "B") is None
    else:
        stage.transfer("5 11:30", "B")
    if accepts:
        stage.accept("5 11:35", "B")
    assert answers(stage, "5 11:40", station="A") == "not_holder"
    waiting = asked(stage)
    assert waiting is not None and waiting.at == t("5 11:00")
    assert answers(stage, "5 11:41", station="B", ask=waiting.seq) is None
    assert (stage.view().content["remark"], asked(stage)) == ("门口", None)
    assert stage.state() == ("accepted" if accepts else "waiting")


def test_chan_8_an_end_after_a_transfer_ends_the_ask() -> None:
    stage = asked_of_a()
    stage.transfer("5 11:30", "B")
    assert stage.withdraw("5 11:35") is None
    assert asked(stage) is None
    assert answers(stage, "5 11:40", station="B") == "not_allowed_in_state"


def test_chan_8_hq_does_at_the_data_centre_what_nobody_answered() -> None:
    stage = asked_of_a()
    stage.transfer("5 11:30", DATA_CENTRE)
    assert wants(stage, "5 11:40", remark="门口") is None
    assert (stage.view().content["remark"], asked(stage)) == ("门口", None)


# ---- the same call again


def test_chan_6_the_same_ask_again_is_refused_and_the_first_stays() -> None:
    stage = asked_of_a()
    before = stage.log()
    assert wants(stage, "5 11:01", remark="门口") == "already_asked"
    first = asked(stage)
    assert (stage.log(), first and first.seq) == (before, 3)
    assert gives_up(stage, "5 11:02", "不寄了") is None
    assert gives_up(stage, "5 11:03", "不寄了") == "already_asked"
    assert gives_up(stage, "5 11:04", "改走别家") is None  # for another reason it is another ask
    assert answers(stage, "5 11:05", False) is None
    assert gives_up(stage, "5 11:06", "改走别家") is None  # what was declined may be asked again


def test_chan_8_an_ask_outlives_the_acceptance() -> None:
    stage = accepted_and_transferred()
    wants(stage, "5 10:20", remark="门口")
    stage.accept("5 10:25", "B")
    assert answers(stage, "5 10:26", station="B") is None


def test_chan_6_an_amendment_after_an_end_told_later_has_no_effect() -> None:
    """REPLAY fine print 1, as with an update: the order had ended before anybody agreed."""
    stage = asked_of_a()
    answers(stage, "5 11:10")
    assert stage.withdraw("5 12:00", "5 11:05") is None
    assert (stage.state(), stage.view().content.get("remark")) == ("withdrawn", None)


def test_chan_6_a_scan_made_before_an_agreed_withdrawal_stands() -> None:
    stage = accepted(number=NUMBER)
    gives_up(stage, "5 11:00")
    answers(stage, "5 11:30")
    assert stage.scan("5 12:00", made="5 11:20") is None
    assert (stage.state(), stage.view().withdrawal_too_late) == ("picked_up", True)
