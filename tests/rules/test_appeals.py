"""APPEAL-1, APPEAL-2: until when a station may appeal where, and what each stage may decide; every edge by itself."""

from dataclasses import replace
from datetime import datetime

import pytest

from basics.refusal import CODES, Refusal
from penalties.appeals import (
    HQ,
    OVERTURN,
    PASS_ON,
    PROVINCE,
    UPHOLD,
    AppealState,
    Stage,
    Standing,
    as_of,
    decided,
    end_of_days,
    own_name,
    province_until,
    refuse,
    until,
    why_not,
)
from rulebook.book import Book
from tests.rules.courses import BOOK, TICK, t
from tests.rules.editions import SHIPPED, later

PUBLISHED = t("4 09:00")  # a Monday
CONFIRMED = Standing(1, "confirmed", "A", "浙江省")
TOLD = replace(CONFIRMED, published_at=PUBLISHED)
S = AppealState


def at_province(state: AppealState, closed: str | None = None, opened: str = "5 10:00") -> Standing:
    """Appealed on Tuesday: the province has until the end of Friday."""
    stage = Stage(state, t(opened), end_of_days(t(opened), 3), t(closed) if closed else None)
    return TOLD.reached(PROVINCE, stage)


OPEN = at_province(S.OPEN)
UPHELD = at_province(S.UPHELD, "7 15:00")  # Thursday: to HQ until the end of Sunday
AT_HQ = UPHELD.reached(HQ, Stage(S.OPEN, t("8 10:00")))

ENDS = [  # (day of the event, days, first instant that is over)
    ("4 00:00", 3, "8 00:00"),
    ("4 09:00", 3, "8 00:00"),
    ("4 23:59:59.999999", 3, "8 00:00"),
    ("5 00:00", 3, "9 00:00"),
    ("4 09:00", 1, "6 00:00"),
    ("28 12:00", 2, "31 00:00"),
]


@pytest.mark.parametrize(("at", "days", "end"), ENDS)
def test_appeal_1_a_period_ends_with_its_last_day(at: str, days: int, end: str) -> None:
    assert end_of_days(t(at), days) == t(end)


def test_appeal_1_over_the_end_of_a_month() -> None:
    assert end_of_days(t("29 12:00"), 3) == datetime.fromisoformat("2026-06-02T00:00:00+08:00")


STEPS = [
    # why, how it stands, to, at, code
    ("no violation at all", Standing(1), PROVINCE, "5 10:00", "not_confirmed"),
    ("suspected", replace(CONFIRMED, case="suspected"), PROVINCE, "5 10:00", "not_confirmed"),
    ("dismissed", replace(TOLD, case="dismissed"), PROVINCE, "5 10:00", "not_confirmed"),
    ("fallen already", replace(AT_HQ, case="overturned"), HQ, "9 10:00", "not_confirmed"),
    ("confirmed, no notice yet", CONFIRMED, PROVINCE, "5 10:00", "not_published"),
    ("a tick before the notice", TOLD, PROVINCE, "4 08:59:59.999999", "not_published"),
    ("with the notice", TOLD, PROVINCE, "4 09:00", None),
    ("Thursday 23:59:59.999999", TOLD, PROVINCE, "7 23:59:59.999999", None),
    ("Friday 00:00:00", TOLD, PROVINCE, "8 00:00", "appeal_period_over"),
    ("twice", OPEN, PROVINCE, "6 10:00", "already_appealed"),
    ("twice, after it was upheld", UPHELD, PROVINCE, "7 16:00", "already_appealed"),
    ("twice and late: the earlier code", OPEN, PROVINCE, "8 00:00", "appeal_period_over"),
    ("to HQ at once", TOLD, HQ, "5 10:00", "province_first"),
    ("to HQ while the province has it", OPEN, HQ, "6 10:00", "province_first"),
    ("and the own period is over, but none runs towards HQ", OPEN, HQ, "8 10:00", "province_first"),
    ("to HQ, never appealed, and late", TOLD, HQ, "8 00:00", "appeal_period_over"),
    ("to HQ after it was upheld", UPHELD, HQ, "7 15:00", None),
    ("long after the first period", UPHELD, HQ, "10 23:59:59.999999", None),
    ("and the third day is over", UPHELD, HQ, "11 00:00", "appeal_period_over"),
    ("received before it was upheld", UPHELD, HQ, "7 14:59:59.999999", "province_first"),
    ("to HQ twice", AT_HQ, HQ, "9 10:00", "already_appealed"),
    ("passed on: it is there", at_province(S.PASSED_ON, "6 10:00").reached(HQ, Stage(S.OPEN, t("6 10:00"))), HQ,
     "6 11:00", "already_appealed"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "to", "at", "code"), [c[1:] for c in STEPS], ids=[f"APPEAL-1 {c[0]}" for c in STEPS])
def test_why_a_station_may_not_appeal(one: Standing, to: str, at: str, code: str | None) -> None:
    refusal = why_not(one, to, t(at), BOOK)
    assert (refusal.code if refusal else None) == code


def test_appeal_1_a_late_appeal_is_told_the_last_day() -> None:
    for one, to, at, day in ((TOLD, PROVINCE, "8 00:00", "2026-05-07"), (UPHELD, HQ, "12 09:00", "2026-05-10")):
        refusal = why_not(one, to, t(at), BOOK)
        assert refusal is not None and f"{day} 24:00" in refusal.message and refusal.message.endswith(day)


def test_appeal_2_until_is_that_of_the_next_step() -> None:
    assert until(CONFIRMED, BOOK) is None
    assert until(TOLD, BOOK) == until(OPEN, BOOK) == t("8 00:00")
    assert until(UPHELD, BOOK) == t("11 00:00")


def test_appeal_2_a_province_has_until_the_end_of_the_third_day_after_it_was_entered() -> None:
    assert province_until(PUBLISHED, t("7 23:59:59.999999"), BOOK) == t("11 00:00")
    assert province_until(PUBLISHED, t("8 00:00"), BOOK) == t("12 00:00")


LONGER = later(
    "2026-05-05",
    ("station_days = { value = 3", "station_days = { value = 7"),
    ("province_days = { value = 3", "province_days = { value = 5"),
    ("hq_days = { value = 3", "hq_days = { value = 9"),
)


def test_appeal_1_the_days_are_those_of_the_edition_at_the_publication() -> None:
    """Longer periods from Tuesday on: not for what was told on Monday, whatever is done later."""
    book = Book([*SHIPPED.editions, LONGER])
    tuesday = replace(TOLD, published_at=t("5 00:00"))
    assert (until(TOLD, book), until(tuesday, book)) == (t("8 00:00"), t("13 00:00"))
    assert [province_until(t(at), t("6 10:00"), book) for at in ("4 09:00", "5 09:00")] == [
        t("10 00:00"),
        t("12 00:00"),
    ]
    assert until(UPHELD, book) == t("11 00:00")
    assert until(replace(UPHELD, published_at=t("5 00:00")), book) == t("17 00:00")
    assert why_not(tuesday, PROVINCE, t("12 23:59"), book) is None


@pytest.mark.parametrize(("now", "passed"), [("8 23:59:59.999999", False), ("9 00:00", True), ("20 12:00", True)])
def test_appeal_2_silence_passes_on_at_the_end_of_the_third_day_whenever_it_is_noticed(now: str, passed: bool) -> None:
    found = as_of(OPEN, t(now))
    if not passed:
        assert found == OPEN
        return
    province, hq = found.stage(PROVINCE), found.stage(HQ)
    assert province is not None and (province.state, province.closed_at) == (S.PASSED_ON, t("9 00:00"))
    assert hq == Stage(S.OPEN, t("9 00:00"))
    assert as_of(found, t(now)) == found


@pytest.mark.parametrize("one", [TOLD, UPHELD, at_province(S.OVERTURNED, "6 10:00"), AT_HQ])
def test_appeal_2_silence_concerns_an_open_appeal_only(one: Standing) -> None:
    assert as_of(one, t("31 12:00")) == one


DECISIONS: list[tuple[Standing, str, str, object]] = [
    (OPEN, PROVINCE, OVERTURN, S.OVERTURNED),
    (OPEN, PROVINCE, UPHOLD, S.UPHELD),
    (OPEN, PROVINCE, PASS_ON, S.PASSED_ON),
    (OPEN, HQ, UPHOLD, "no_open_appeal"),
    (TOLD, PROVINCE, UPHOLD, "no_open_appeal"),
    (UPHELD, PROVINCE, OVERTURN, "no_open_appeal"),
    (AT_HQ, HQ, OVERTURN, S.OVERTURNED),
    (AT_HQ, HQ, UPHOLD, S.UPHELD),
    (AT_HQ, HQ, PASS_ON, "not_allowed_in_state"),
    (AT_HQ, PROVINCE, OVERTURN, "no_open_appeal"),
]


@pytest.mark.parametrize(("one", "stage", "decision", "wanted"), DECISIONS)
def test_appeal_2_what_each_stage_may_decide(one: Standing, stage: str, decision: str, wanted: object) -> None:
    answer = decided(one, stage, decision)
    assert (answer.code if isinstance(answer, Refusal) else answer) == wanted


def test_the_codes_are_those_of_the_replay_format() -> None:
    codes = ("not_confirmed", "not_published", "already_appealed", "province_first", "no_open_appeal")
    assert all(refuse(code).code in CODES for code in codes)


def test_files_are_kept_under_names_of_ours() -> None:
    names = {own_name(appeal, number, body) for appeal in (1, 2) for number in (1, 2) for body in (b"a", b"b")}
    assert len(names) == 8 and all(len(name) == 40 and name.isalnum() for name in names)
    assert own_name(1, 1, b"a") == own_name(1, 1, b"a")


def test_every_period_is_counted_in_shanghai() -> None:
    """16:00 UTC on Monday is Tuesday there."""
    at = datetime.fromisoformat("2026-05-04T16:00:00+00:00")
    assert end_of_days(at, 3) == t("9 00:00") and end_of_days(at - TICK, 3) == t("8 00:00")
