"""What an order's log means: CHAN-6, DO-4, DO-6, PICKUP-1, ROUTE-4 and ROUTE-5 over the fold of it."""

import pytest

from basics.words import DATA_CENTRE
from dispatch.facts import Event
from dispatch.life import Life, replay
from tests.rules.courses import t
from tests.rules.stage import IN_B, NOWHERE, NUMBER, Stage, accepted, show

# ---- CHAN-6: the earliest counts, whenever it is told

EARLIEST = [
    ("a scan alone", [("scan", "5 11:00")], "picked_up"),
    ("a withdrawal alone", [("withdraw", "5 11:00")], "withdrawn"),
    ("a scan before the withdrawal", [("scan", "5 10:59"), ("withdraw", "5 11:00")], "picked_up"),
    ("a withdrawal before the scan", [("scan", "5 11:00:00.000001"), ("withdraw", "5 11:00")], "withdrawn"),
    ("of the same instant the pickup comes first", [("scan", "5 11:00"), ("withdraw", "5 11:00")], "picked_up"),
    ("of two withdrawals the earlier", [("withdraw", "5 11:00"), ("withdraw", "5 10:30"), ("scan", "5 10:45")],
     "withdrawn"),
    ("of two scans the earlier", [("scan", "5 11:00"), ("scan", "5 10:30"), ("withdraw", "5 10:45")], "picked_up"),
]  # fmt: skip


@pytest.mark.parametrize(("told", "state"), [c[1:] for c in EARLIEST], ids=[f"CHAN-6 {c[0]}" for c in EARLIEST])
def test_the_earliest_counts_in_whatever_order_it_is_told(told: list[tuple[str, str]], state: str) -> None:
    for turned in (told, told[::-1], told + told, told[::-1] + told):
        stage = accepted()
        for what, made in turned:
            if what == "scan":
                stage.scan("5 12:00", made=made)
            else:
                stage.withdraw("5 12:00", made)
        earliest = min(made for what, made in told if (what == "scan") == (state == "picked_up"))
        assert (stage.state(), stage.view().ended_at) == (state, t(earliest))


def test_chan_6_a_withdrawal_that_came_too_late_is_marked() -> None:
    stage = accepted()
    stage.withdraw("5 11:00")
    assert not stage.view().withdrawal_too_late
    stage.scan("5 12:00", made="5 10:50")
    assert stage.state() == "picked_up" and stage.view().withdrawal_too_late
    assert stage.picked_up_at() == show("5 10:50")


def test_chan_6_after_a_confirmation_or_a_failure_a_withdrawal_is_refused_whenever_it_was_made() -> None:
    stage = accepted()
    stage.confirm("5 11:00")
    assert stage.withdraw("5 12:00", made="5 10:01") == "already_picked_up"
    failed = accepted()
    failed.fail("5 11:00", "pickup")
    assert failed.withdraw("5 12:00", made="5 10:01") == "already_closed"
    failed.scan("5 12:00", made="5 10:30")
    assert (failed.state(), failed.picked_up_at()) == ("pickup_failed", "")


def test_chan_6_acts_between_an_end_and_its_telling_stay_but_count_for_nothing() -> None:
    stage = Stage()
    stage.push("5 10:00")
    stage.transfer("5 10:20")
    stage.accept("5 10:30", "B")
    stage.withdraw("5 11:00", made="5 10:10")
    assert stage.state() == "withdrawn" and stage.view().ended_at == t("5 10:10")
    assert stage.holders() == [("A", "routing"), ("B", "transfer")]
    assert stage.view().accepted_at == t("5 10:30")
    assert {verdict for _, _, verdict in stage.clocks("31 12:00")} == {"dropped"}


def test_chan_6_messages_dated_before_creation_count_at_creation_but_such_a_scan_does_not_match() -> None:
    stage = accepted()
    stage.scan("5 12:00", made="5 09:59")
    assert stage.state() == "accepted"
    stage.withdraw("5 12:00", made="5 09:00")
    assert stage.view().ended_at == t("5 10:00")


def test_chan_6_an_update_made_after_an_end_that_is_told_later_falls_away() -> None:
    stage = Stage()
    stage.push("5 10:00")
    stage.push("5 11:00", where=IN_B)
    assert stage.holders() == [("A", "routing"), ("B", "routing")]
    stage.withdraw("5 12:00", made="5 10:30")
    assert stage.holders() == [("A", "routing")]
    assert stage.view().content["lng"] == 120.05


# ---- DO-4: which scans match

SCANS = [
    ("the holder's own", "A", "5 11:00", True),
    ("another station of the house", "A2", "5 11:00", True),
    ("another house", "B", "5 11:00", False),
    ("at creation", "A", "5 10:00", True),
    ("a microsecond before creation", "A", "5 09:59:59.999999", False),
    ("of the instant of the transfer, by the new holder", "B", "5 13:00", True),
    ("of the instant of the transfer, by the old one", "A", "5 13:00", False),
    ("by the old holder, told after the transfer", "A", "5 12:59:59.999999", True),
    ("while it lay at the data centre", "B", "5 14:00", False),
]


@pytest.mark.parametrize(("station", "made", "matches"), [c[1:] for c in SCANS], ids=[f"DO-4 {c[0]}" for c in SCANS])
def test_a_scan_matches_the_house_that_held_the_order(station: str, made: str, matches: bool) -> None:
    stage = accepted()
    stage.transfer("5 13:00")
    stage.transfer("5 14:00", DATA_CENTRE, station="B")
    stage.scan("5 20:00", station=station, made=made)
    assert stage.state() == ("picked_up" if matches else "at_data_centre")
    assert stage.picked_up_at() == (show(made) if matches else "")


def test_do_4_scans_come_before_the_number_and_before_the_confirmation() -> None:
    stage = accepted(number=None)
    stage.scan("5 10:30", NUMBER)
    assert stage.state() == "awaiting_waybill"
    stage.number("5 11:00", NUMBER)
    assert (stage.state(), stage.picked_up_at()) == ("picked_up", show("5 10:30"))
    confirmed = accepted(number=None, business_type="send_express")
    confirmed.scan("5 10:30", NUMBER)
    confirmed.confirm("5 11:00", NUMBER)
    assert confirmed.picked_up_at() == show("5 10:30")


def test_do_4_a_matching_scan_completes_a_waiting_order_too() -> None:
    stage = Stage()
    stage.push("5 10:00", waybill_no=NUMBER)
    stage.scan("5 10:20")
    assert stage.state() == "picked_up"
    assert stage.clocks("31 12:00") == [(1, "accept", "kept"), (1, "pickup", "kept")]


def test_do_4_a_scan_told_twice_is_there_once() -> None:
    stage = accepted()
    for _ in range(3):
        assert stage.scan("5 11:00") is None
    assert stage.log().count("scanned") == 1


# ---- PICKUP-1: the proof of a confirmation

PROOF = [
    ("nobody scanned, the 24 h are not over", [], "6 11:00", "5 11:00"),
    ("nobody scanned, they are over", [], "6 11:00:00.000001", None),
    ("scanned before the confirmation", [("5 10:40", "5 12:00")], "31 12:00", "5 10:40"),
    ("scanned exactly 24 h after it", [("6 11:00", "8 12:00")], "31 12:00", "5 11:00"),
    ("scanned later: the scan is the pickup", [("6 11:00:00.000001", "8 12:00")], "31 12:00", "6 11:00"),
    ("the earliest scan decides", [("7 11:00", "8 12:00"), ("5 10:50", "9 12:00")], "31 12:00", "5 10:50"),
]


@pytest.mark.parametrize(("scans", "now", "at"), [c[1:] for c in PROOF], ids=[f"PICKUP-1 {c[0]}" for c in PROOF])
def test_when_a_confirmed_order_was_picked_up(scans: list[tuple[str, str]], now: str, at: str | None) -> None:
    stage = accepted()
    stage.confirm("5 11:00")
    for made, told in scans:
        stage.scan(told, made=made)
    assert stage.state() == "picked_up"
    assert stage.picked_up_at(now) == (show(at) if at else "")


# ---- ROUTE-4, ROUTE-5: every assignment is kept


def test_route_4_the_order_waits_for_acceptance_again() -> None:
    stage = accepted()
    stage.transfer("5 11:00")
    assert stage.state() == "waiting" and stage.view().accepted_at is None
    stage.transfer("5 12:00", DATA_CENTRE, station="B")
    stage.dispatch("5 13:00", "C")
    assert stage.holders() == [("A", "routing"), ("B", "transfer"), ("HQ", "transfer"), ("C", "dispatch")]
    starts = [assignment.started_at for assignment in stage.view().assignments]
    assert starts == [t("5 10:00"), t("5 11:00"), t("5 12:00"), t("5 13:00")]
    assert [a.by for a in stage.view().assignments] == ["tester"] * 4


def test_route_5_a_transfer_to_a_former_holder_goes_to_the_data_centre_and_hq_may_send_it_back() -> None:
    stage = accepted()
    stage.transfer("5 11:00", "B")
    assert stage.transfer("5 12:00", "A", station="B") is None
    assert stage.holders()[-1] == ("HQ", "transfer") and stage.state() == "at_data_centre"
    assert stage.dispatch("5 13:00", "A") is None
    assert stage.holders()[-1] == ("A", "dispatch")
    assert stage.transfer("5 14:00", "B", station="A") is None
    assert stage.holders()[-1] == ("HQ", "transfer")


# ---- DO-6: withdrawals

HANDLING = [
    ("sender", None, "A", None),
    ("platform", None, "A", None),
    ("system", None, "A", None),
    ("station", "A", "A", "not_allowed_in_state"),
    ("sender", None, "B", "not_holder"),
]


@pytest.mark.parametrize(("origin", "by", "handler", "answer"), HANDLING)
def test_do_6_what_the_station_did_not_cause_is_handled_once(
    origin: str, by: str | None, handler: str, answer: str | None
) -> None:
    stage = accepted()
    assert stage.handle("5 10:30", handler) is not None
    stage.withdraw("5 11:00", origin=origin, station=by)
    assert stage.handle("5 11:30", handler) == answer
    assert (stage.life().handled_at is not None) == (answer is None)
    assert stage.handle("5 12:00", handler) is not None


@pytest.mark.parametrize(
    ("station", "answer"),
    [("A", None), ("B", "not_holder"), ("A1", "not_holder"), ("Z", "station_unknown")],
)
def test_do_6_a_station_withdraws_only_what_it_holds(station: str | None, answer: str | None) -> None:
    assert accepted().withdraw("5 11:00", origin="station", station=station) == answer


# ---- the fold


def test_the_same_log_gives_the_same_order() -> None:
    """I-02: what is stored is the log; whatever else is known of an order is folded from it."""
    stage = accepted(number=None)
    stage.scan("5 10:30")
    stage.transfer("5 11:00")
    stage.number("5 12:00")
    stage.withdraw("5 12:30", made="5 10:10")
    life = stage.life()
    again = replay(Life("cainiao", "LP1", stage.world.houses, stage.world.book), life.events)
    assert again.view() == life.view() and again.stored == len(life.events)


def test_an_unknown_event_is_an_error() -> None:
    world = Stage().world
    with pytest.raises(AttributeError):
        Life("cainiao", "LP1", world.houses, world.book).apply(Event("dreamt", t("5 10:00"), t("5 10:00")))


def test_an_order_nobody_is_sure_to_serve_lies_at_the_data_centre() -> None:
    """ROUTE-2: a holder like any other, but its stations' acts are refused."""
    stage = Stage()
    stage.push("5 10:00", where=NOWHERE)
    assert stage.holders() == [("HQ", "routing")] and stage.view().routing_cause == "no_area"
    assert stage.accept("5 10:05") == "not_holder"
