"""The state tables against REPLAY's "What is allowed when", pair by pair; and orders in every state, with every act.

DO-1, DO-2, DO-3, ROUTE-3, ROUTE-4, CHAN-6, VIO-4.
"""

import pytest

from basics.steps import step
from basics.words import DATA_CENTRE, FINAL, CaseState, State
from dispatch import lifecycle as order
from penalties import lifecycle as case
from tests.rules.stage import NOWHERE, NUMBER, OTHER, Stage

HELD, AT_HQ, WAITING, ACCEPTED, AWAITING = "held", "at_data_centre", "waiting", "accepted", "awaiting_waybill"
PICKED_UP, ACCEPT_FAILED, PICKUP_FAILED, WITHDRAWN = "picked_up", "accept_failed", "pickup_failed", "withdrawn"
LIVING = (HELD, AT_HQ, WAITING, ACCEPTED, AWAITING)
WITH_A_STATION = (WAITING, ACCEPTED, AWAITING)
SAME = "the same"

# REPLAY, "What is allowed when": act -> the states in which it may be done, and where it leads.
ALLOWED = {
    order.ACCEPT: ({WAITING}, ACCEPTED),
    order.ACCEPT_UNNUMBERED: ({WAITING}, AWAITING),
    order.FAIL_ACCEPT: ({WAITING}, ACCEPT_FAILED),
    order.FAIL_PICKUP: ({ACCEPTED, AWAITING}, PICKUP_FAILED),
    order.TRANSFER: (set(WITH_A_STATION), WAITING),
    order.TO_DATA_CENTRE: (set(WITH_A_STATION), AT_HQ),
    order.DISPATCH: ({AT_HQ}, WAITING),
    order.CONFIRM: ({ACCEPTED, AWAITING}, PICKED_UP),
    order.NUMBER: ({ACCEPTED, AWAITING}, ACCEPTED),
    # CHAN-8, once somebody has accepted; HQ changes at once what lies at the data centre. The state stays.
    order.ASK: (set(WITH_A_STATION), SAME),
    order.AMEND: ({*WITH_A_STATION, AT_HQ}, SAME),
    # DO-2: a call to the sender is noted, nothing moves.
    order.CALL: (set(WITH_A_STATION), SAME),
    # Messages: the table holds what a late one may do as well (CHAN-6).
    order.WITHDRAW: ({*LIVING, PICKED_UP}, WITHDRAWN),
    order.SCAN: ({AT_HQ, *WITH_A_STATION, WITHDRAWN}, PICKED_UP),
    order.ROUTE: ({HELD, AT_HQ, WAITING}, WAITING),
    order.ROUTE_TO_DATA_CENTRE: ({HELD, AT_HQ, WAITING}, AT_HQ),
}


@pytest.mark.parametrize("act", ALLOWED)
@pytest.mark.parametrize("state", State)
def test_the_table_says_what_replay_says(state: State, act: str) -> None:
    allowed, after = ALLOWED[act]
    expected = state.value if after == SAME else after
    assert step(order.ORDER, state, act) == (expected if state in allowed else None)


def test_the_table_has_no_other_act() -> None:
    assert {act for _, act in order.ORDER} == set(ALLOWED)


def reach(state: str) -> Stage:
    """An order in that state, with A unless nobody holds it."""
    stage = Stage()
    number = {WAITING: None, AWAITING: None, PICKUP_FAILED: NUMBER}.get(state, NUMBER)
    where, sender = (NOWHERE if state == AT_HQ else (120.05, 30.1)), ({} if state == HELD else {"phone": "138"})
    stage.push("5 10:00", where=where, sender=sender, waybill_no=number)
    if state in (ACCEPTED, AWAITING, PICKED_UP, PICKUP_FAILED):
        stage.accept("5 10:05")
    if state == PICKED_UP:
        stage.confirm("5 10:06")
    if state in (ACCEPT_FAILED, PICKUP_FAILED):
        stage.fail("5 10:06", "accept" if state == ACCEPT_FAILED else "pickup")
    if state == WITHDRAWN:
        stage.withdraw("5 10:06")
    assert stage.state() == state
    return stage


def do(stage: Stage, act: str) -> str | None:
    at = "5 10:10"
    return {
        "accept": lambda: stage.accept(at),
        "fail accept": lambda: stage.fail(at, "accept"),
        "fail pickup": lambda: stage.fail(at, "pickup"),
        "transfer": lambda: stage.transfer(at),
        "transfer to the data centre": lambda: stage.transfer(at, DATA_CENTRE),
        "dispatch": lambda: stage.dispatch(at),
        "confirm": lambda: stage.confirm(at),
        "withdraw": lambda: stage.withdraw(at),
    }[act]()


# act -> state before: state after. What is not here is refused.
DONE = {
    "accept": {WAITING: AWAITING},
    "fail accept": {WAITING: ACCEPT_FAILED},
    "fail pickup": {ACCEPTED: PICKUP_FAILED, AWAITING: PICKUP_FAILED},
    "transfer": dict.fromkeys(WITH_A_STATION, WAITING),
    "transfer to the data centre": dict.fromkeys(WITH_A_STATION, AT_HQ),
    "dispatch": {AT_HQ: WAITING},
    "confirm": {ACCEPTED: PICKED_UP, AWAITING: PICKED_UP},
    "withdraw": dict.fromkeys(LIVING, WITHDRAWN),
}


def refused(act: str, state: str) -> str:
    """The earliest code of REPLAY's list that fits."""
    if act == "withdraw":
        return "already_picked_up" if state == PICKED_UP else "already_closed"
    if act == "dispatch":
        return "not_allowed_in_state" if state in FINAL else "not_at_data_centre"
    return "not_holder" if state in (HELD, AT_HQ) else "not_allowed_in_state"


@pytest.mark.parametrize("act", DONE)
@pytest.mark.parametrize("state", [state.value for state in State])
def test_every_act_in_every_state(state: str, act: str) -> None:
    stage = reach(state)
    before = stage.log()
    answer = do(stage, act)
    if state in DONE[act]:
        assert (answer, stage.state()) == (None, DONE[act][state])
    else:
        assert (answer, stage.state()) == (refused(act, state), state)
        assert stage.log() == before, "a refused act changes nothing"


@pytest.mark.parametrize("act", DONE)
def test_chan_6_a_repeated_act_is_refused_a_repeated_message_does_nothing(act: str) -> None:
    stage = reach(next(iter(DONE[act])))
    assert do(stage, act) is None
    after = stage.log()
    assert (do(stage, act) is None) == (act == "withdraw")
    assert stage.log() == after


@pytest.mark.parametrize("state", [state.value for state in State])
def test_do_9_a_station_supplies_a_missing_number_when_it_has_accepted(state: str) -> None:
    stage = reach(state)
    answer = stage.supply("5 10:10", OTHER)
    if state == AWAITING:
        assert (answer, stage.state()) == (None, ACCEPTED)
    elif state in (ACCEPTED, PICKED_UP):
        assert answer == "waybill_locked"  # the channel gave it
    else:
        assert answer == ("not_holder" if state in (HELD, AT_HQ) else "not_allowed_in_state")
        assert stage.state() == state


CASES = {
    case.CONFIRM: {"suspected": "confirmed"},
    case.DISMISS: {"suspected": "dismissed"},
    case.DISPROVE: {"suspected": "cleared", "confirmed": "overturned"},
    case.OVERTURN: {"confirmed": "overturned"},
    case.SUSPECT: {"cleared": "suspected"},
}


@pytest.mark.parametrize("act", CASES)
@pytest.mark.parametrize("state", CaseState)
def test_vio_4_the_life_of_a_case(state: CaseState, act: str) -> None:
    """HQ decides once; news clears a suspicion and overturns a fine, and touches nothing dismissed."""
    assert step(case.CASE, state, act) == CASES[act].get(state.value)


def test_vio_4_a_case_knows_no_other_act() -> None:
    assert {act for _, act in case.CASE} == set(CASES)
