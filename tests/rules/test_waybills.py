"""WAYBILL-1: which numbers are possible, in editions with and without a check digit, and whose they are."""

from dataclasses import replace

import pytest

from dispatch.waybills import possible
from rulebook.book import Book
from tests.rules.courses import EDITION
from tests.rules.stage import NUMBER, OTHER, Stage, accepted

LUHN = replace(EDITION, waybill_check_digit="luhn")


@pytest.mark.parametrize(
    ("number", "is_possible"),
    [
        ("55000000000000", True),
        ("55999999999999", True),
        ("5500000000000", False),
        ("550000000000000", False),
        ("56000000000000", False),
        ("5500000000000x", False),
        (" 5500000000000", False),
        ("55000000000000\n", False),
        ("５５０００００００００００００", False),
        ("", False),
        (None, False),
        (55000000000000, False),
    ],
)
def test_waybill_1_fourteen_digits_beginning_55(number: object, is_possible: bool) -> None:
    assert possible(number, EDITION) is is_possible
    if not is_possible:
        assert not possible(number, LUHN)


def check_digit(body: str) -> str:
    """Luhn by the textbook: from the right, every second digit doubled, beginning with the last of the body."""
    total = 0
    for place, char in enumerate(reversed(body)):
        digit = int(char) * 2 if place % 2 == 0 else int(char)
        total += digit // 10 + digit % 10
    return str(-total % 10)


@pytest.mark.parametrize("body", ["5500000000000", "5512345678901", "5599999999999", "5540302010999", "5500000000005"])
def test_waybill_1_a_luhn_edition_takes_one_digit_of_ten(body: str) -> None:
    right = check_digit(body)
    assert [digit for digit in "0123456789" if possible(body + digit, LUHN)] == [right]
    assert all(possible(body + digit, EDITION) for digit in "0123456789")


def test_waybill_1_luhn_known_answers() -> None:
    """7992739871 has check digit 3, the example of every description of it."""
    assert check_digit("7992739871") == "3"
    seen = replace(LUHN, waybill_digits=11, waybill_begins="79")
    assert possible("79927398713", seen) and not possible("79927398710", seen)


@pytest.mark.parametrize("check", ["none", "luhn"])
def test_waybill_1_the_edition_of_the_order_decides(check: str) -> None:
    good = "5500000000001" + check_digit("5500000000001")
    bad = good[:-1] + str((int(good[-1]) + 1) % 10)
    stage = Stage(Book([replace(EDITION, waybill_check_digit=check)]))
    stage.push("5 10:00", business_type="send_express")
    stage.accept("5 10:05")
    assert stage.confirm("5 10:10", bad) == ("waybill_invalid" if check == "luhn" else None)
    if check == "luhn":
        assert stage.confirm("5 10:10", good) is None


@pytest.mark.parametrize("state", ["waiting", "withdrawn", "failed", "picked up"])
def test_waybill_1_the_present_number_of_another_order_whatever_its_state(state: str) -> None:
    stage = accepted(number=None)
    stage.push("5 10:00", "LP2", waybill_no=OTHER)
    if state == "withdrawn":
        stage.withdraw("5 10:06", no="LP2")
    elif state == "failed":
        stage.fail("5 10:06", no="LP2")
    elif state == "picked up":
        stage.scan("5 10:06", OTHER)
    assert stage.confirm("5 11:00", OTHER) == "waybill_in_use"
    assert stage.supply("5 11:00", OTHER) == "waybill_in_use"
    assert stage.number("5 11:00", OTHER) == "waybill_in_use"
    stage.push("5 11:00", "LP3", waybill_no=OTHER)
    assert stage.view("LP3").waybill_no is None, "a push is taken without it"


def test_waybill_1_a_corrected_number_is_free_for_others() -> None:
    stage = accepted(number=None)
    stage.supply("5 10:10", NUMBER)
    stage.push("5 10:00", "LP2")
    assert stage.number("5 10:20", NUMBER, no="LP2") == "waybill_in_use"
    assert stage.supply("5 10:30", OTHER) is None
    assert stage.number("5 10:40", NUMBER, no="LP2") is None


CHANNELS_NUMBER = [
    ("for an online order", "online_order", [], "5 11:00", None),
    ("for no other", "send_express", [], "5 11:00", "waybill_conflict"),
    ("once it is picked up", "online_order", ["confirm"], "5 10:06", "waybill_locked"),
    ("once it has failed", "online_order", ["fail pickup"], "5 10:06", "waybill_locked"),
    ("made after the withdrawal", "online_order", ["withdraw"], "5 10:30", "waybill_locked"),
    ("made at the withdrawal", "online_order", ["withdraw"], "5 10:20", "waybill_locked"),
    ("made before the withdrawal", "online_order", ["withdraw"], "5 10:19:59", None),
]


@pytest.mark.parametrize(
    ("kind", "before", "made", "answer"),
    [c[1:] for c in CHANNELS_NUMBER],
    ids=[f"WAYBILL-1 a channel's number {c[0]}" for c in CHANNELS_NUMBER],
)
def test_a_channels_number(kind: str, before: list[str], made: str, answer: str | None) -> None:
    stage = accepted(None, kind)
    for act in before:
        if act == "confirm":
            stage.confirm("5 10:20", NUMBER)
        elif act == "withdraw":
            stage.withdraw("5 10:20")
        else:
            stage.fail("5 10:20", "pickup")
    assert stage.number("5 12:00", OTHER, made=made) == answer
