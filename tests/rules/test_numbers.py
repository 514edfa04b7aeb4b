"""DO-3, DO-9, CHAN-6: who gives an order its waybill number, which one counts, and until when it can be corrected."""

import pytest

from tests.rules.stage import NUMBER, OTHER, THIRD, accepted


def test_do_3_send_express_number_and_pickup_are_one_step() -> None:
    stage = accepted(number=None, business_type="send_express")
    assert stage.state() == "accepted"
    assert stage.confirm("5 11:00", None) == "waybill_required"
    assert stage.confirm("5 11:00", NUMBER) is None
    assert stage.log()[-2:] == ["numbered", "confirmed"] and stage.view().waybill_no == NUMBER


def test_do_3_an_online_order_waits_for_its_number_and_the_scan_alone_completes_it() -> None:
    stage = accepted(number=None)
    assert stage.state() == "awaiting_waybill"
    assert stage.confirm("5 10:30", None) == "waybill_required"
    stage.number("5 11:00")
    assert stage.state() == "accepted" and stage.life().numbers[-1].by == "channel"
    stage.scan("5 12:00")
    assert stage.state() == "picked_up"


def test_do_3_who_supplied_the_number_is_kept_and_the_channels_wins() -> None:
    stage = accepted(number=None)
    stage.supply("5 11:00", OTHER)
    assert (stage.view().waybill_no, stage.life().numbers[-1].by) == (OTHER, "station")
    stage.number("5 12:00", NUMBER, made="5 10:30")
    assert stage.view().waybill_no == NUMBER
    assert [n.by for n in stage.life().numbers] == ["station", "channel"]


def test_chan_6_of_a_channels_numbers_the_latest_counts() -> None:
    for told in ((NUMBER, OTHER), (OTHER, NUMBER)):
        stage = accepted(number=None)
        for number in told:
            stage.number("5 12:00", number, made="5 11:00" if number == OTHER else "5 10:30")
        assert stage.view().waybill_no == OTHER


# ---- DO-9: corrections

CORRECTIONS = [
    ("before any scan", [], "5 12:00", None),
    ("exactly 24 h after the first typing", [], "6 10:10", None),
    ("a microsecond later", [], "6 10:10:00.000001", "waybill_locked"),
    ("a correction starts no period anew", ["correct"], "6 10:10:00.000001", "waybill_locked"),
    ("after the first matching scan", ["scan"], "5 12:00", "waybill_locked"),
    ("a scan elsewhere locks nothing", ["scan elsewhere"], "5 12:00", None),
    ("after the channel gave one", ["channel"], "5 12:00", "waybill_locked"),
    ("of a confirmed order too", ["confirm"], "5 12:00", None),
]


@pytest.mark.parametrize(
    ("before", "at", "answer"), [c[1:] for c in CORRECTIONS], ids=[f"DO-9 {c[0]}" for c in CORRECTIONS]
)
def test_a_typed_number_is_corrected(before: list[str], at: str, answer: str | None) -> None:
    stage = accepted(number=None)
    stage.supply("5 10:10", NUMBER)
    for what in before:
        if what == "correct":
            stage.supply("5 20:00", THIRD)
        elif what == "channel":
            stage.number("5 11:00", THIRD)
        elif what == "confirm":
            stage.confirm("5 11:00", None)
        else:
            stage.scan("5 11:00", station="B" if what == "scan elsewhere" else "A")
    assert stage.supply(at, OTHER) == answer
    assert (stage.view().waybill_no == OTHER) == (answer is None)
