"""DAY-1, ROLE-3: which text may become an edition, from when on, by when, and by whom. A table of exact edges."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from basics.days import SHANGHAI
from basics.refusal import Refusal
from editions.rules import (
    MOST_BYTES,
    Draft,
    Known,
    last_call,
    next_effective,
    read_text,
    refuse_decision,
    refuse_edition,
    same_person,
    signed,
    text_hash,
)
from rulebook.book import Edition, read_edition
from tests.rules.editions import SHIPPED, TEXT, later, later_text

FIRST = SHIPPED.editions[0]
TICK = timedelta(microseconds=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def known(*days: str, names: tuple[str, ...] = (), calendar: Edition = FIRST) -> Known:
    others = [date.fromisoformat(day) for day in days]
    return Known(calendar, FIRST, ["2017-01-01", *names], [FIRST.effective, *others])


EDGES = [
    ("2026-06-01", "2026-05-15T23:59:59.999999", None),
    ("2026-06-01", "2026-05-16T00:00:00", "announced_too_late"),
    ("2026-06-01", "2026-05-15T16:00:00", None),
    ("2026-06-01", "2026-04-20T12:00:00", None),
    ("2027-01-01", "2026-12-15T23:59:59.999999", None),  # over the year's end
    ("2027-01-01", "2026-12-16T00:00:00", "announced_too_late"),
    ("2028-03-01", "2028-02-15T23:59:59.999999", None),  # leap year
    ("2028-03-01", "2028-02-16T00:00:00", "announced_too_late"),
    ("2026-06-02", "2026-05-01T00:00:00", "effective_day"),
    ("2026-05-31", "2026-05-01T00:00:00", "effective_day"),
    ("2026-06-01", "2026-06-01T00:00:00", "effective_past"),
    ("2026-06-01", "2026-05-31T23:59:59.999999", "announced_too_late"),
    ("2017-01-01", "2026-05-01T00:00:00", "effective_past"),
    ("2016-12-01", "2016-11-01T00:00:00", "effective_past"),  # the first edition is in force before its day, too
    ("0001-01-01", "2026-05-01T00:00:00", "effective_past"),
    ("2029-05-01", "2026-05-01T00:00:00", None),
    ("2029-06-01", "2026-05-01T00:00:00", "effective_too_far"),
    ("9999-12-01", "2026-05-01T00:00:00", "effective_too_far"),
]


@pytest.mark.parametrize(("effective", "now", "code"), EDGES)
def test_day_1_takes_effect_on_the_1st_and_is_announced_by_the_15th_before(
    effective: str, now: str, code: str | None
) -> None:
    found = refuse_edition(later(effective, name="new"), known(), at(now))
    assert (found.code if found else None) == code
    assert found is None or " / " in found.message


def test_day_1_the_edge_is_one_of_shanghai_days() -> None:
    utc = datetime(2026, 5, 15, 15, 59, 59, 999999, tzinfo=UTC)
    assert refuse_edition(later(), known(), utc) is None
    assert refuse_edition(later(), known(), utc + TICK).code == "announced_too_late"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("now", "days", "following"),
    [
        ("2026-05-15T23:59:59.999999", (), "2026-06-01"),
        ("2026-05-16T00:00:00", (), "2026-07-01"),
        ("2026-05-16T00:00:00", ("2026-07-01",), "2026-08-01"),
        ("2026-12-16T00:00:00", (), "2027-02-01"),
        ("2027-01-31T00:00:00", (), "2027-03-01"),
    ],
)
def test_day_1_a_refusal_names_the_next_possible_day(now: str, days: tuple[str, ...], following: str) -> None:
    stand = known(*days)
    assert next_effective(at(now), FIRST, stand.days).isoformat() == following
    refused = refuse_edition(later("2026-05-01", name="new"), stand, at(now))
    assert refused is not None and following in refused.message
    assert refuse_edition(later(following, name="new"), stand, at(now)) is None


def test_day_1_the_calendar_is_the_edition_s() -> None:
    """One that says the 10th by the 20th before."""
    moved = later(
        "2026-01-01",
        ("change_effective = { value = 1,", "change_effective = { value = 10,"),
        ("change_announced_by = { value = 15,", "change_announced_by = { value = 20,"),
    )
    assert last_call(date(2026, 6, 10), moved) == at("2026-05-21T00:00:00")
    stand = known(calendar=moved)
    assert refuse_edition(later("2026-06-10"), stand, at("2026-05-20T23:59:59.999999")) is None
    assert refuse_edition(later("2026-06-01"), stand, at("2026-05-01T00:00:00")).code == "effective_day"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("2026-06", None), ("v2", None), ("A" * 20, None), ("2026.06_b", None),
        ("2017-01-01", "name_taken"), ("2026-A", "name_taken"),  # `2026-a` is there
        ("7", "name_invalid"), ("123456", "name_invalid"),  # a proposal's number
        ("../x", "name_invalid"), ("a b", "name_invalid"), ("二〇二六", "name_invalid"), ("-v2", "name_invalid"),
        ("v2\u200b", "name_invalid"), ("v\u0662", "name_invalid"),
    ],
)  # fmt: skip
def test_names_are_new_and_can_stand_on_a_command_line(name: str, code: str | None) -> None:
    found = refuse_edition(later(name=name), known(names=("2026-a",)), at("2026-05-01T00:00:00"))
    assert (found.code if found else None) == code


def test_an_effective_day_is_used_once() -> None:
    found = refuse_edition(later(name="b"), known("2026-06-01"), at("2026-05-01T00:00:00"))
    assert found is not None and found.code == "effective_taken" and "2026-07-01" in found.message


@dataclass
class Row:
    text: str = TEXT
    sha256: str = text_hash(TEXT)
    state: str = "open"
    maker: str = "王芳 #5"


@pytest.mark.parametrize(
    ("row", "by", "reason", "seen", "code"),
    [
        (Row(), "李雷 #6", "同意", "", None),
        (Row(), "王芳 #6", "同意", "", None),  # of one name, another account
        (Row(), "李雷 #6", "同意", text_hash(TEXT)[:12], None),
        (Row(), "王芳 #5", "同意", "", "four_eyes"),
        (Row(), "王芳芳 #5", "同意", "", "four_eyes"),  # renamed meanwhile
        (Row(state="declined"), "李雷 #6", "同意", "", "proposal_decided"),
        (Row(state="approved"), "李雷 #6", "同意", "", "proposal_decided"),
        (Row(text=TEXT + "#"), "李雷 #6", "同意", "", "version_conflict"),  # altered after it was proposed
        (Row(text=TEXT + "#", sha256=text_hash(TEXT + "#")), "李雷 #6", "同意", text_hash(TEXT), "version_conflict"),
        (Row(), "李雷 #6", " \u200b", "", "reason_required"),
        (None, "李雷 #6", "同意", "", "proposal_unknown"),
    ],
)
def test_role_3_b_103_who_may_approve(row: Row | None, by: str, reason: str, seen: str, code: str | None) -> None:
    found = refuse_decision(row, by, True, reason, seen)
    assert (found.code if found else None) == code


def test_role_3_an_altered_text_can_still_be_declined() -> None:
    assert refuse_decision(Row(text="x"), "李雷 #6", False, "不对", "") is None


def test_people_are_told_apart_by_their_account() -> None:
    assert signed("王 #7", 5) == "王 #7 #5" and same_person("王 #5", signed("王 #7", 5))
    assert not same_person("王 #5", "王 #15")


def code_of(raw: bytes) -> str | None:
    found = read_text(raw)
    return found.code if isinstance(found, Refusal) else None


def test_a_text_is_kept_to_the_byte() -> None:
    windows = later_text().replace("\n", "\r\n").encode()
    draft = read_text(windows)
    assert isinstance(draft, Draft) and draft.text.encode() == windows
    assert draft.edition.text_sha256 == text_hash(draft.text) != read_edition(later_text()).text_sha256


def test_hostile_texts_are_refused() -> None:
    good = later_text()
    line = "# " + "填" * 300 + "\n"
    filled = good.encode() + line.encode() * ((MOST_BYTES - len(good.encode())) // len(line.encode()))
    filled += b"#" * (MOST_BYTES - len(filled))
    assert len(filled) == MOST_BYTES and code_of(filled) is None
    assert code_of(filled + b"#") == "text_too_long"
    assert code_of(good.encode("utf-16")) == "encoding_invalid"
    assert code_of(good.encode()[:-1] + b"\xff") == "encoding_invalid"
    assert code_of(good.encode() + b"# \x00") == code_of(good.encode() + b"# \x1b") == "text_invalid"
    assert code_of(good.encode() + b"# \r not a line end") == "text_invalid"
    assert code_of(b"") == "edition_invalid"
    assert code_of(good.encode() + b"\n[clocks]\naccept = 1\n") == "edition_invalid"  # a table twice
    assert code_of(good.replace("opens =", "opens = 1\nopens =", 1).encode()) == "edition_invalid"  # a key twice
