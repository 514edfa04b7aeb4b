"""WAYBILL-1: the guard's four answers, and whom it holds for: stations, channels, pushes, whoever sends a number."""

from dataclasses import replace
from datetime import timedelta

import pytest

from channels.messages import OrderPush, Scan, WaybillTold
from dispatch import acts
from dispatch.facts import Accept, Confirm, Item, SupplyWaybill, Target
from dispatch.waybills import Finding, Known, flaw, guard
from rulebook.book import Book
from tests.rules.courses import EDITION, t
from tests.rules.stage import IN_A, IN_B, NUMBER, OTHER, Stage, accepted, content

LUHN = replace(EDITION, waybill_check_digit="luhn")
GOOD, BAD = "55000000000012", "55000000000013"  # by Luhn

FLAWS = [
    ("5500000000001o", "letters"),
    ("", "letters"),
    ("５５000000000012", "letters"),
    (None, "letters"),
    ("5500000000001", "length"),
    ("550000000000012", "length"),
    ("65000000000012", "beginning"),
    (BAD, "check_digit"),
    (GOOD, ""),
]


@pytest.mark.parametrize(("number", "why"), FLAWS)
def test_waybill_1_why_a_number_is_impossible(number: object, why: str) -> None:
    assert flaw(number, LUHN) == why
    assert flaw(number, EDITION) == ("" if why == "check_digit" else why)


# What the guard says under an edition without a check digit, and under one with it.
ANSWERS = [
    ("nothing is known", Known(house="A"), "unsure", "fine"),
    ("the house's own stock", Known(issued_to="A", house="A", from_stock=True), "unsure", "fine"),
    ("the same, scanned", Known(issued_to="A", house="A", from_stock=True, scanned=True), "fine", "fine"),
    ("scanned", Known(house="A", from_stock=True, scanned=True), "fine", "fine"),
    ("scanned, of another's stock", Known(issued_to="B", house="A", scanned=True), "elsewhere", "elsewhere"),
    ("scanned, in use", Known(in_use=True, house="A", scanned=True), "in_use", "in_use"),
    ("another house's stock", Known(issued_to="B", house="A"), "elsewhere", "elsewhere"),
    ("in no block, though the house has stock", Known(house="A", from_stock=True), "unsure", "unsure"),
    ("nobody holds the order", Known(issued_to="B"), "unsure", "fine"),
    ("in use before elsewhere", Known(in_use=True, issued_to="B", house="A"), "in_use", "in_use"),
    ("in use in the own stock", Known(in_use=True, issued_to="A", house="A"), "in_use", "in_use"),
]


@pytest.mark.parametrize(("known", "without", "with_digit"), [c[1:] for c in ANSWERS], ids=[c[0] for c in ANSWERS])
def test_waybill_1_what_the_guard_says(known: Known, without: str, with_digit: str) -> None:
    assert guard(GOOD, EDITION, known) == Finding(without)
    assert guard(GOOD, LUHN, known) == Finding(with_digit)
    assert guard(BAD, LUHN, known) is Finding.IMPOSSIBLE


def bare(business_type: str = "send_express") -> Stage:
    """An order that A accepted and that has no number."""
    return accepted(None, business_type)


def confirm(stage: Stage, at: str, number: str = NUMBER, station: str = "A", sure: bool = False) -> str | None:
    return stage.tell(at, Confirm(Target("LP1"), station, number, sure))


def supply(stage: Stage, at: str, number: str, sure: bool = False) -> str | None:
    return stage.tell(at, SupplyWaybill(Target("LP1"), "A", number, sure))


def test_waybill_1_a_second_entry_where_nothing_else_decides() -> None:
    """DO-3, DO-9: once is not enough for a confirmation, nor for a correction."""
    stage = bare()
    assert confirm(stage, "5 10:10") == "waybill_again"
    assert stage.view().waybill_no is None and stage.state() == "accepted"
    assert confirm(stage, "5 10:10:05", sure=True) is None
    assert supply(stage, "5 10:20", OTHER) == "waybill_again"
    assert stage.view().waybill_no == NUMBER
    assert supply(stage, "5 10:20:05", OTHER, sure=True) is None


def test_waybill_1_no_second_entry_with_a_check_digit() -> None:
    stage = Stage(Book([LUHN]))
    stage.push("5 10:00", business_type="send_express")
    stage.accept("5 10:05")
    assert confirm(stage, "5 10:10", BAD) == "waybill_invalid"
    assert confirm(stage, "5 10:10", GOOD) is None


ELSEWHERE = "waybill_elsewhere"


@pytest.mark.parametrize(
    ("station", "once", "twice"),
    [("A", "waybill_again", None), ("A1", "waybill_again", None), ("B", ELSEWHERE, ELSEWHERE)],
)
def test_waybill_1_whose_stock(station: str, once: str, twice: str | None) -> None:
    """A block of the own house does not say which of its labels; another station's cannot be saved, however sure."""
    for sure, answer in ((False, once), (True, twice)):
        stage = bare()
        stage.batch.issued = {NUMBER: station}
        assert confirm(stage, "5 10:10", sure=sure) == answer
        assert stage.view().waybill_no == (None if answer else NUMBER)
        assert stage.state() == ("accepted" if answer else "picked_up")


def test_waybill_1_a_contracted_area_may_use_its_level_1_stations_stock() -> None:
    stage = bare()
    stage.transfer("5 10:06", "A2")
    stage.accept("5 10:07", "A2")
    stage.batch.issued = {NUMBER: "A1"}
    assert confirm(stage, "5 10:10", station="A2", sure=True) is None


SCANS = [("A", 0, None), ("A1", 0, None), ("B", 0, "waybill_again"), ("A", -1, "waybill_again")]


@pytest.mark.parametrize(("station", "microseconds", "answer"), SCANS)
def test_waybill_1_a_scan_is_a_second_entry(station: str, microseconds: int, answer: str | None) -> None:
    """DO-4: by the holder's house, and not before the order's creation; of that very number."""
    stage = bare()
    scanned_at = t("5 10:00") + timedelta(microseconds=microseconds)
    assert stage.tell("5 10:06", Scan(NUMBER, station, scanned_at)) is None
    assert confirm(stage, "5 10:10", OTHER) == "waybill_again"
    assert confirm(stage, "5 10:10") == answer


def test_do_9_what_our_own_people_typed_can_be_corrected() -> None:
    """CHAN-2: their slip would else fine a station for a label that is right; a channel's number stays locked."""
    for channel, no, answer in (("staff", "LS1", None), ("cainiao", "LP1", "waybill_locked")):
        stage, target = Stage(), Target(no)
        assert stage.push("5 10:00", no, channel=channel, waybill_no=OTHER) is None
        assert stage.tell("5 10:05", Accept(target, "A")) is None
        assert stage.tell("5 10:10", Confirm(target, "A", NUMBER)) == "waybill_conflict"
        assert stage.tell("5 10:11", SupplyWaybill(target, "A", NUMBER)) == answer
        assert stage.view(no).waybill_no == (OTHER if answer else NUMBER)


def test_waybill_1_a_number_in_use_names_the_other_order_of_the_house() -> None:
    """One of the two was mistyped, and the station can look; of another house it hears nothing."""
    for where, named in ((IN_A, True), (IN_B, False)):
        stage = bare()
        stage.push("5 10:00", "LP2", waybill_no=NUMBER, where=where)
        answer = acts.confirm(stage.batch, Item(t("5 10:10"), Confirm(Target("LP1"), "A", NUMBER), "tester"))
        assert answer is not None and answer.code == "waybill_in_use"
        assert ("LP2" in answer.message) is named


def test_waybill_1_a_number_outside_the_known_stock_of_the_house() -> None:
    """Of a house whose stock is known: asked again, check digit or not; a customer's own number is not of it."""
    for business_type, answer in (("send_express", "waybill_again"), ("online_order", None)):
        stage = Stage(Book([LUHN]))
        stage.push("5 10:00", business_type=business_type)
        stage.accept("5 10:05")
        stage.batch.stocked = {"A"}
        assert confirm(stage, "5 10:10", GOOD) == answer


def test_waybill_1_it_holds_for_channels_too() -> None:
    """Told: refused. With a push: the order is taken without it (REPLAY fine print 3). Waiting: dropped."""
    stage = bare("online_order")
    stage.batch.issued = {NUMBER: "B"}
    assert stage.number("5 10:10", NUMBER) == "waybill_elsewhere"
    assert stage.push("5 10:00", "LP2", waybill_no=NUMBER) is None
    assert stage.tell("5 10:00", WaybillTold("", "LP3", NUMBER, t("5 10:00"))) is None
    assert stage.push("5 10:01", "LP3") is None
    assert [stage.view(no).waybill_no for no in ("LP1", "LP2", "LP3")] == [None, None, None]
    assert stage.state("LP2") == "waiting"


def test_waybill_1_while_nobody_holds_the_order_stock_says_nothing() -> None:
    stage = Stage()
    stage.batch.issued = {NUMBER: "B"}
    stage.push("5 10:00", where=(121.5, 31.5), waybill_no=NUMBER)
    assert (stage.state(), stage.view().waybill_no) == ("at_data_centre", NUMBER)
    assert stage.dispatch("5 10:05", "A") is None
    assert stage.view().waybill_no == NUMBER, "nothing is tested again"


def test_waybill_1_a_later_holder_does_not_lose_the_number() -> None:
    """ROUTE-4: A's number goes with the order to B: repeated by the channel, named by B's confirmation, it stands."""
    stage = bare("online_order")
    stage.batch.issued = {NUMBER: "A", OTHER: "A"}
    assert stage.number("5 10:10", NUMBER) is None
    assert stage.transfer("5 10:11", "B") is None
    assert stage.tell("5 10:12", OrderPush("cainiao", "LP1", t("5 10:00"), content(waybill_no=NUMBER))) is not None
    assert stage.number("5 10:12", NUMBER) is None
    assert stage.number("5 10:13", OTHER) == "waybill_elsewhere", "a new one is tested by who holds the order now"
    assert stage.accept("5 10:14", "B") is None
    assert confirm(stage, "5 10:15", NUMBER, station="B") is None
    assert stage.view().waybill_no == NUMBER


def test_waybill_1_codes_of_the_replay_come_first() -> None:
    """REPLAY: conflict and locked stand before what only the live product knows."""
    stage = accepted(NUMBER)
    stage.batch.issued = {OTHER: "B"}
    assert confirm(stage, "5 10:10", OTHER) == "waybill_conflict"
    assert supply(stage, "5 10:10", OTHER) == "waybill_locked"
    stage.push("5 10:00", "LP2", waybill_no=OTHER, where=(121.5, 31.5))
    assert confirm(stage, "5 10:11", OTHER) == "waybill_in_use"
