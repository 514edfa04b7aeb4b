"""CHAN-8: which clerk may take what a caller says. The order lies with A, whose house A1 belongs to."""

from collections.abc import Callable

import pytest

from tests.rules.calls import LATER, TO_B, gives_up, picked_up, plain, plainly_accepted, wants
from tests.rules.stage import Stage

CLERKS = [("the holder", "A", True), ("the same house", "A1", True), ("another house", "B", False), ("HQ", "", False)]


@pytest.mark.parametrize(("clerk", "hq"), [case[1:] for case in CLERKS], ids=[f"CHAN-8 {case[0]}" for case in CLERKS])
@pytest.mark.parametrize("reach", [plain, plainly_accepted])
def test_only_hq_takes_a_window_or_a_withdrawal_of_the_clerks_own(
    reach: Callable[[], Stage], clerk: str, hq: bool
) -> None:
    """No station moves or ends its own pickup clock on a call that nobody else heard (CLOCK-1)."""
    code = "caller_to_hq" if hq else None
    for fields in (dict(LATER), {"window_start": LATER["window_end"]}, {**LATER, "remark": "门口"}):
        stage = reach()
        before = stage.log()
        assert wants(stage, "5 10:20", clerk, **fields) == code
        assert (stage.log() == before) is hq
    assert gives_up(reach(), "5 10:20", clerk=clerk) == code
    for other in ({"remark": "门口"}, {"sender": {"phone": "13800138000"}}, {"goods": "书"}, dict(TO_B)):
        assert wants(reach(), "5 10:20", clerk, **other) is None


def test_chan_8_a_window_taken_away_is_a_changed_window() -> None:
    stage = plain(window_end=LATER["window_end"])
    assert wants(stage, "5 10:20", "A", window_end=None) == "caller_to_hq"
    assert wants(stage, "5 10:20", "A", window_end=LATER["window_end"], remark="门口") is None  # as it was


def test_chan_8_an_order_that_is_over_is_over_for_every_clerk() -> None:
    assert gives_up(picked_up(), "5 10:20", clerk="A") == "already_picked_up"
