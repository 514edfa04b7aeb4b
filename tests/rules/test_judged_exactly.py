"""Edges and figures that no other table of cases touches: outages, clock safety, calendars, whose minutes, which text
of the rulebook a violation rests on, and the evidence of each suspicion, complete (VIO-1, VIO-2, VIO-3)."""

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest

from basics.refusal import Refusal
from rulebook.edition import Edition
from sla.clock_safety.watch import APART, Look, Watch
from sla.duty import WHOLE_DAY, Calendar, Span, disjoint, spans
from sla.minutes import Lost, Part, lost_before, minutes_of
from sla.outages import Availability, Outage, refuse_entry
from sla.rule_text import changed_keys, counts_duty
from tests.rules.clock_rules import WITH_CALL, clock_text, edition_with
from tests.rules.courses import EDITION, STANDARD, held, order, t

S = timedelta(seconds=1)
NOON = t("5 12:00")

# ---- clock safety (D9, F-38)


def test_f_38_what_an_admin_accepted_is_over_when_the_clock_was_set_right() -> None:
    watch = Watch()
    watch.accept(Look(NOON + 90 * S, 0, NOON))
    assert watch.take(Look(NOON + 95 * S, 1, NOON)) is None  # 5 s from what was accepted
    assert watch.take(Look(NOON, 2, NOON)) is None
    assert watch.take(Look(NOON + 90 * S, 3, NOON)) == 90 * S


@pytest.mark.parametrize(("off", "give"), [(APART, 0 * S), (APART - 2 * S, 2 * S)])
def test_f_38_set_right_is_within_5_s_whatever_the_asking_took(off: timedelta, give: timedelta) -> None:
    watch = Watch()
    watch.accept(Look(NOON + 90 * S, 0, NOON))
    assert watch.take(Look(NOON + off, 1, NOON, give)) is None


def test_f_38_it_is_not_set_right_while_a_slow_answer_leaves_a_doubt() -> None:
    watch = Watch()
    watch.accept(Look(NOON + 90 * S, 0, NOON))
    assert watch.take(Look(NOON + APART, 1, NOON, give=1 * S)) == APART


def test_f_38_a_look_without_a_database_ends_no_acceptance() -> None:
    watch = Watch()
    watch.accept(Look(NOON + 90 * S, 0, NOON))
    watch.take(Look(NOON + 90 * S, 0))
    assert watch.take(Look(NOON + 90 * S, 1, NOON)) is None


# ---- outages (VIO-3)


def test_parts_of_a_time_in_which_a_source_was_away() -> None:
    """Ended before, ended as it began, in it, beginning as it ends, and after it."""
    known = Availability(
        {"web": t("1 00:00")},
        [
            Outage("web", t("5 08:00"), t("5 08:30")), Outage("web", t("5 09:00"), t("5 10:00")),
            Outage("web", t("5 10:10"), t("5 10:20")), Outage("web", t("5 10:30"), t("5 10:40")),
            Outage("crm", t("5 10:05"), t("5 10:06")),
        ],
    )  # fmt: skip
    assert known.away("web", t("5 10:00"), t("5 10:30")) == [(t("5 10:10"), t("5 10:20"))]
    assert known.away("crm", t("5 10:00"), t("5 10:30")) == [(t("5 10:05"), t("5 10:06"))]
    assert known.away("nobody", t("5 10:00"), t("5 10:30")) == []


INVALID = "outage_time_invalid"


@pytest.mark.parametrize(
    ("source", "since", "until", "refusal"),
    [
        ("x", "5 08:00", "5 09:00", Refusal("outage_source_unknown", "没有这个来源 / no such source", "source")),
        ("web", "5 09:00", "5 09:00", Refusal(INVALID, "结束须晚于开始 / it must end after it began", "until")),
        ("web", "5 09:00", "5 13:00", Refusal(INVALID, "只能登记已结束的故障 / enter it when it is over", "until")),
        ("web", "1 09:00", "32 09:00", Refusal(INVALID, "最多 31 天 / at most 31 days", "until")),
    ],
)
def test_why_an_outage_may_not_be_entered(source: str, since: str, until: str, refusal: Refusal) -> None:
    end = t("31 09:00:00.000001") + timedelta(days=1) if until.startswith("32") else t(until)
    now = end if until.startswith("32") else NOON
    assert refuse_entry(source, ["web"], t(since), end, now) == refusal


# ---- calendars (DUTY-1, ROUTE-6)


@pytest.mark.parametrize(("opens", "closes"), [(600, 600), (600, 599), (-1, 600), (0, 24 * 60 + 1)])
def test_a_duty_day_is_within_a_day(opens: int, closes: int) -> None:
    with pytest.raises(ValueError, match=r"^a duty day opens before it closes$"):
        Calendar(opens, closes)
    with pytest.raises(ValueError, match=r"^closures must be sorted and disjoint$"):
        Calendar(0, 24 * 60, ((NOON, NOON),))


def test_an_empty_closure_is_none() -> None:
    assert disjoint([(NOON, NOON), (NOON, NOON + S)]) == ((NOON, NOON + S),)
    assert disjoint([(NOON, NOON)]) == ()


def test_a_whole_day_is_one_piece_and_a_day_around_noon_is_not() -> None:
    assert list(spans(WHOLE_DAY, t("5 10:00"), t("7 11:00"))) == [Span("open", t("5 10:00"), t("7 11:00"))]
    around_noon = Calendar(10 * 60, 14 * 60)  # opens + closes is a day, too
    assert list(spans(around_noon, t("5 10:00"), t("6 11:00"))) == [
        Span("open", t("5 10:00"), t("5 14:00")),
        Span("off_duty", t("5 14:00"), t("6 10:00")),
        Span("open", t("6 10:00"), t("6 11:00")),
    ]


# ---- whose minutes (ACCEPT-2)


def test_accept_2_the_data_centre_answers_for_its_own_minutes() -> None:
    course = order(held("5 10:20", by="HQ"), held("5 10:50", cause="dispatch"), created="5 10:00")
    found = minutes_of(course, t("5 11:00"))
    assert found.parts[0] == Part("held", "", 0, t("5 10:00"), t("5 10:20"))
    assert [found.own(seq) for seq in (0, 1, 2)] == [0 * S, 1800 * S, 600 * S]
    assert lost_before(found, course.holdings) == [
        Lost(1, "HQ", 1200 * S, (("held", "", 1200 * S),)),
        Lost(2, "A", 3000 * S, (("data_centre", "HQ", 1800 * S), ("held", "", 1200 * S))),
    ]


def test_chan_5_an_order_without_holder_is_held() -> None:
    assert minutes_of(order(created="5 10:00"), t("5 10:30")).parts == (
        Part("held", "", 0, t("5 10:00"), t("5 10:30")),
    )


# ---- the text of the rule (VIO-3)


def with_fine(edition: Edition, kind: str, fen: int | None = None, heading: str | None = None) -> Edition:
    fines = MappingProxyType({**edition.fines} | ({} if fen is None else {kind: fen}))
    headings = MappingProxyType({**edition.headings} | ({} if heading is None else {kind: heading}))
    return replace(edition, fines=fines, headings=headings)


REASONS = replace(EDITION, reasons=MappingProxyType(dict(list(EDITION.reasons.items())[:-1])))
ELAPSED_CALL = edition_with(
    more=clock_text("first_call", '"called"', length='2, unit = "elapsed hours"', violation="V-FIRST-CALL")
)
LATER_OPENING = edition_with(
    ('[duty.standard]\nopens = { value = "08:00"', '[duty.standard]\nopens = { value = "08:30"'),
    more=clock_text("first_call", '"called"', violation="V-FIRST-CALL"),
)

CHANGED: list[tuple[str, str, Edition, Edition, list[str]]] = [
    ("the same edition", "V-ACCEPT", EDITION, EDITION, []),
    ("another with the same words", "V-ACCEPT", EDITION, replace(EDITION), []),
    ("its fine", "V-ACCEPT", EDITION, with_fine(EDITION, "V-ACCEPT", fen=1), ["fines.V-ACCEPT"]),
    ("its heading", "V-ACCEPT", EDITION, with_fine(EDITION, "V-ACCEPT", heading="truth"), ["fines.V-ACCEPT"]),
    ("another's heading", "V-ACCEPT", EDITION, with_fine(EDITION, "V-PICKUP", heading="truth"), []),
    ("the list of reasons", "V-FALSE-FAIL", EDITION, REASONS, ["reasons"]),
    ("no concern of an accept clock", "V-ACCEPT", EDITION, REASONS, []),
    ("a clock of the edition's own", "V-FIRST-CALL", WITH_CALL, ELAPSED_CALL, ["clock.first_call"]),
    ("its hours", "V-FIRST-CALL", WITH_CALL, LATER_OPENING, ["duty.standard"]),
    ("the same for a clock of elapsed time", "V-PICKUP", WITH_CALL, LATER_OPENING, []),
    ("it was dropped", "V-FIRST-CALL", WITH_CALL, EDITION, ["fines.V-FIRST-CALL", "clock.first_call"]),
    ("it came", "V-FIRST-CALL", EDITION, WITH_CALL, ["fines.V-FIRST-CALL", "clock.first_call"]),
    ("another clock of that edition", "V-ACCEPT", WITH_CALL, ELAPSED_CALL, []),
]


@pytest.mark.parametrize(("kind", "before", "after", "keys"), [c[1:] for c in CHANGED], ids=[c[0] for c in CHANGED])
def test_vio_3_what_changed(kind: str, before: Edition, after: Edition, keys: list[str]) -> None:
    assert changed_keys(kind, before, after, STANDARD) == keys


@pytest.mark.parametrize(
    ("kind", "edition", "duty"),
    [
        ("V-ACCEPT", EDITION, True), ("V-TRANSFER", EDITION, True), ("V-PICKUP", EDITION, False),
        ("V-FIRST-CALL", WITH_CALL, True), ("V-FIRST-CALL", ELAPSED_CALL, False), ("V-ACCEPT", ELAPSED_CALL, True),
        ("V-PICKUP", WITH_CALL, False),
    ],
)  # fmt: skip
def test_duty_2_which_violations_count_duty(kind: str, edition: Edition, duty: bool) -> None:
    assert counts_duty(kind, edition) is duty
