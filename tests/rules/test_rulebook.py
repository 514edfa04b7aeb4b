"""The shipped edition says what the rulebook says, and a broken one is refused by its key."""

from datetime import date, datetime, timedelta
from hashlib import sha256
from importlib.resources import files

import pytest

from basics.days import SHANGHAI
from rulebook.book import Book, EditionError, packaged, read_edition

TEXT = files("rulebook").joinpath("editions/2017-01-01.toml").read_text(encoding="utf-8")
FIRST = read_edition(TEXT)

NUMBERS = [
    ("DUTY-1", (FIRST.duty["standard"].opens, FIRST.duty["standard"].closes), (8 * 60, 20 * 60)),
    ("DUTY-1", (FIRST.duty["xinjiang"].opens, FIRST.duty["xinjiang"].closes), (10 * 60, 21 * 60)),
    ("DUTY-3", FIRST.look_every, timedelta(minutes=20)),
    ("ACCEPT-1", FIRST.accept, timedelta(minutes=30)),
    ("TRANSFER-1", FIRST.transfer, timedelta(minutes=30)),
    ("PICKUP-1", (FIRST.pickup, FIRST.scan_proof), (timedelta(hours=16), timedelta(hours=24))),
    ("PICKUP-2", FIRST.pickup_least_hold, timedelta(hours=4)),
    ("PROMISE-1", FIRST.promise, timedelta(hours=2)),
    ("CHAN-5", (FIRST.hold_reminder, FIRST.hold_close), (timedelta(hours=2), timedelta(hours=24))),
    ("VIO-2", FIRST.order_again, timedelta(hours=24)),
    ("VIO-3", FIRST.late_push, timedelta(minutes=2)),
    ("DO-9", FIRST.waybill_correction, timedelta(hours=24)),
    ("WAYBILL-1", (FIRST.waybill_digits, FIRST.waybill_begins), (14, "55")),
    ("WAYBILL-1", FIRST.waybill_check_digit, "none"),
    ("WAYBILL-1", FIRST.waybill_pattern, "55[0-9]{12}"),
    ("ROUTE-1", (FIRST.country_west, FIRST.country_east), (73, 136)),
    ("ROUTE-1", (FIRST.country_south, FIRST.country_north), (3, 54)),
    ("V-*", sum(FIRST.fines.values()), 5 * 10_000 + 50_000),
    ("V-FALSE-WAYBILL", FIRST.fines["V-FALSE-WAYBILL"], 50_000),
    ("APPEAL-1", FIRST.appeal_station_days, 3),
    ("APPEAL-2", (FIRST.appeal_province_days, FIRST.appeal_hq_days), (3, 3)),
    ("REWARD-1", (FIRST.reward_places, FIRST.reward_amount), (200, 20_000)),
    ("REFUND-1", FIRST.refund_first_month_percent, 60),
    ("DAY-1", (FIRST.leftovers_by, FIRST.settled_by), (600, 5)),
    ("DAY-1", (FIRST.change_effective, FIRST.change_announced_by), (1, 15)),
]  # fmt: skip


@pytest.mark.parametrize(("found", "expected"), [n[1:] for n in NUMBERS], ids=[n[0] for n in NUMBERS])
def test_numbers_of_the_first_edition(found: object, expected: object) -> None:
    assert found == expected


def test_do_2_reasons_and_what_they_ask() -> None:
    asks = {code: reason.asks for code, reason in FIRST.reasons.items()}
    assert tuple(asks) == (
        "out_of_area", "destination_not_served", "no_time_agreed", "wrong_number", "cannot_reach",
        "cannot_enter", "forbidden_goods", "test_or_malicious", "customer_cancelled", "duplicate",
        "weather_or_traffic", "other",
    )  # fmt: skip
    assert {code: what for code, what in asks.items() if what != "nothing"} == {
        "no_time_agreed": "call_time",
        "wrong_number": "dialled_number",
        "cannot_reach": "call_time",
        "forbidden_goods": "goods",
        "other": "text",
    }


def test_violation_headings() -> None:
    assert FIRST.headings["V-PICKUP"] == "timeliness"
    assert FIRST.headings["V-FALSE-FAIL"] == "truth"
    assert FIRST.headings["V-WRONG-ACCEPT"] == "transfer"


def test_name_hash_and_rule_of_every_number() -> None:
    assert (FIRST.name, FIRST.effective) == ("2017-01-01", date(2017, 1, 1))
    assert FIRST.text_sha256 == sha256(TEXT.encode()).hexdigest()
    assert FIRST.rules["clocks.pickup_least_hold"] == "PICKUP-2"
    assert len(FIRST.rules) == TEXT.count("rule = ")


BROKEN = [
    ("no TOML", "not TOML", "[clocks", "[[["),
    ("missing number", "clocks.accept", "accept = {", "# accept = {"),
    ("wrong unit", "clocks.accept.unit", '30, unit = "duty minutes"', '30, unit = "hours"'),
    ("text for a number", "clocks.accept.value", "accept = { value = 30", 'accept = { value = "30"'),
    ("true for a number", "clocks.accept.value", "accept = { value = 30", "accept = { value = true"),
    ("fraction", "clocks.accept.value", "accept = { value = 30", "accept = { value = 30.5"),
    ("nothing", "clocks.accept.value", "accept = { value = 30", "accept = { value = 0"),
    ("negative fine", "fines.V-ACCEPT.value", "V-ACCEPT = { value = 10000", "V-ACCEPT = { value = -1"),
    ("unknown heading", "fines.V-ACCEPT.heading", 'heading = "timeliness"', 'heading = "zeal"'),
    ("missing kind", "fines.V-ACCEPT", "V-ACCEPT = {", "# V-ACCEPT = {"),
    ("unknown kind", "fines.V-NEW", "V-ACCEPT = {", "V-NEW = { value = 1 }\nV-ACCEPT = {"),
    ("unknown key of a number", "clocks.accept.note", "accept = { value", 'accept = { note = "x", value'),
    ("unknown table", "bonus", "[refund]", "[bonus]\n[refund]"),
    ("unknown number", "clocks.nap", "[held]", 'nap = { value = 1 }\n[held]'),
    ("unknown question", "reasons.other.asks", 'asks = "text"', 'asks = "photo"'),
    ("no such time", "duty.standard.opens.value", '"08:00"', '"8 am"'),
    ("all digits given", "waybill.begins", 'value = "55"', 'value = "55000000000000"'),
    ("duty backwards", "duty.standard", '"08:00"', '"20:30"'),
    ("no date", "effective", "effective = 2017-01-01", 'effective = "2017-01-01"'),
    ("an instant is no date", "effective", "effective = 2017-01-01", "effective = 2017-01-01T00:00:00Z"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "old", "new"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_a_broken_edition_is_refused_by_its_key(key: str, old: str, new: str) -> None:
    assert old in TEXT
    with pytest.raises(EditionError) as caught:
        read_edition(TEXT.replace(old, new, 1))
    assert key in str(caught.value)


def test_edition_on_takes_the_latest_in_force() -> None:
    later = read_edition(TEXT.replace("2017-01-01", "2026-06-01").replace("value = 30", "value = 20", 1))
    book = Book([later, FIRST])
    assert book.edition_on(date(2026, 5, 31)) is FIRST
    assert book.edition_on(date(2026, 6, 1)) is later
    assert book.edition_on(date(2016, 12, 31)) is FIRST  # something must apply
    assert book.at(datetime(2026, 5, 31, 23, 59, 59, tzinfo=SHANGHAI)) is FIRST
    assert book.at(datetime(2026, 6, 1, tzinfo=SHANGHAI)) is later
    assert book.named("2026-06-01").accept == timedelta(minutes=20)
    with pytest.raises(KeyError):
        book.named("2018-01-01")


def test_a_book_needs_distinct_editions() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Book([])
    with pytest.raises(ValueError, match="two editions"):
        Book([FIRST, FIRST])


def test_the_packaged_book_holds_the_first_edition() -> None:
    assert packaged().edition_on(date(2026, 11, 22)) == FIRST
