"""ACCEPT-2, ROUTE-3, ROUTE-6, CHAN-5: each instant of an order is one holder's, or off duty, held or closed; once."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.course import Course, Ending, Holding
from sla.duty import Calendar, disjoint, duty_between
from sla.minutes import KINDS, lost_before, minutes_of
from tests.rules.courses import STANDARD, TICK, XINJIANG, clock, closed, held, order, t, verdicts

MINUTE = timedelta(minutes=1)

# what, the order, looked at, [kind holder minutes]
CASES = [
    ("one holder", order(held("5 10:00")), "5 10:40", "station A 40"),
    ("the end ends it", order(held("5 10:00"), ended=("withdrawn", "5 10:25")), "9 10:00", "station A 25"),
    ("DUTY-1 over the night", order(held("5 19:50"), created="5 19:50"), "6 08:20",
     "station A 10, off_duty A 720, station A 20"),
    ("DUTY-1 Xinjiang", order(held("5 09:00", hours=XINJIANG), created="5 09:00"), "5 10:05",
     "off_duty A 60, station A 5"),
    ("ROUTE-4 transferred", order(held("5 10:00"), held("5 10:20", by="B", cause="transfer")), "5 10:30",
     "station A 20, station B 10"),
    ("ROUTE-3 the data centre's whole time is its own",
     order(held("5 19:00", by="HQ"), held("5 21:00", cause="dispatch"), created="5 19:00"), "6 08:10",
     "data_centre HQ 120, off_duty A 660, station A 10"),
    ("ROUTE-6 closed goes before off duty",
     order(held("5 19:00", hours=closed(("5 19:30", "6 08:30"))), created="5 19:00"), "6 09:00",
     "station A 30, closed A 780, station A 30"),
    ("CHAN-5 held until the release",
     Course(t("5 10:30"), t("5 10:00"), True, None, (held("5 10:30"),), created_at=t("5 10:00")), "5 10:40",
     "held - 30, station A 10"),
    ("CHAN-5 still held, at night too",
     Course(t("5 19:30"), t("5 19:30"), False, None, (), created_at=t("5 19:30")), "5 21:00", "held - 90"),
    ("CHAN-5 withdrawn while held",
     Course(t("5 10:00"), t("5 10:00"), False, None, (), Ending("withdrawn", t("6 10:00"))), "9 10:00", "held - 1440"),
    ("an end told late: what was done after it is nobody's",
     order(held("5 10:00"), held("5 10:30", by="B", cause="transfer"), ended=("withdrawn", "5 10:20")), "5 11:00",
     "station A 20"),
    ("an end before the creation that the channel gave", order(held("5 10:00"), ended=("withdrawn", "5 09:00")),
     "5 11:00", ""),
    ("looked at before the creation that the channel gave", order(held("5 10:00")), "5 09:00", ""),
    ("passed on before the creation that the channel gave",
     order(held("5 10:00"), held("5 09:50", by="B", cause="transfer")), "5 10:10", "station B 10"),
]  # fmt: skip


@pytest.mark.parametrize(("course", "now", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_parts(course: Course, now: str, expected: str) -> None:
    found = minutes_of(course, t(now))
    assert ", ".join(f"{p.kind} {p.holder or '-'} {p.length // MINUTE}" for p in found.parts) == expected
    assert sum((part.length for part in found.parts), timedelta(0)) == found.elapsed
    assert all((part.kind == "held") == (part.seq == 0) for part in found.parts)


def test_accept_2_to_the_microsecond() -> None:
    course = order(held("5 19:59:59.999999"), held("6 08:00:00.000001", by="B"), created="5 19:59:59.999999")
    found = minutes_of(course, t("6 08:00:00.000003"))
    assert [(p.kind, p.holder, p.length) for p in found.parts] == [
        ("station", "A", TICK), ("off_duty", "A", timedelta(hours=12)), ("station", "A", TICK),
        ("station", "B", 2 * TICK),
    ]  # fmt: skip
    assert (found.own(1), found.own(2), found.of_kind("station")) == (2 * TICK, 2 * TICK, 4 * TICK)


def test_accept_2_the_violation_falls_on_the_holder_whose_minutes_ran_out() -> None:
    """A passes it on after 29 duty minutes and is in time; B lets 31 pass; C gets it an hour late and is in time."""
    course = order(
        held("5 19:40"), held("6 08:09", by="B", cause="transfer"), held("6 08:40", by="C", cause="transfer"),
        created="5 19:40",
    )  # fmt: skip
    now = "6 09:00"
    accepts = [one for one in verdicts(course, now) if one[1] == "accept"]
    assert accepts == [(1, "accept", "kept"), (2, "accept", "missed"), (3, "accept", "running")]
    found = minutes_of(course, t(now))
    assert [found.own(seq) // MINUTE for seq in (1, 2, 3)] == [29, 31, 20]
    assert clock(course, "accept", now, seq=2).due_at == t("6 08:39")
    first, second, third = lost_before(found, course.holdings)
    assert (first.total, first.by) == (timedelta(0), ())
    assert (second.total // MINUTE, second.by) == (
        749, (("off_duty", "A", timedelta(hours=12)), ("station", "A", 29 * MINUTE)),
    )  # fmt: skip
    assert third.total // MINUTE == 780
    assert third.by[1:] == (("station", "B", 31 * MINUTE), ("station", "A", 29 * MINUTE))


SECOND = st.integers(0, 4 * 86_400)


@st.composite
def histories(draw: st.DrawFn) -> Course:
    """Any order: held first or not, any holders with any closures, in any order of starts, ended whenever or open."""
    base, second = t("5 00:00"), timedelta(seconds=1)
    created = base + draw(SECOND) * second + draw(st.integers(0, 999_999)) * TICK
    zero = created + draw(st.sampled_from([0, 0, 7_200])) * second
    starts = [zero, *(zero + draw(st.integers(-3600, 86_400)) * second for _ in range(draw(st.integers(0, 4))))]
    holdings = []
    for place, start in enumerate(starts[: draw(st.integers(0, len(starts)))]):
        edges = draw(st.lists(st.tuples(SECOND, SECOND), max_size=3))
        shut = disjoint((base + a * second, base + b * second) for a, b in edges)
        calendar = draw(st.sampled_from([None, Calendar(480, 1200, shut), Calendar(600, 1260, shut)]))
        after = starts[place + 1] if place + 1 < len(starts) else None
        holdings.append(Holding(place + 1, f"S{place % 3}", calendar, start, "routing", left_at=after))
    ended = draw(st.none() | SECOND)
    ending = None if ended is None else Ending("withdrawn", base + ended * second)
    return Course(zero, created, zero > created, None, tuple(holdings), ending, created_at=created)


@settings(deadline=None, max_examples=300)
@given(histories(), SECOND)
def test_accept_2_the_parts_are_the_elapsed_time_whatever_happened(course: Course, looked: int) -> None:
    now = t("5 00:00") + timedelta(seconds=looked)
    found = minutes_of(course, now)
    until = course.ending.at if course.ending else now
    assert found.elapsed == max(until - course.created_at, timedelta(0))  # type: ignore[operator]
    assert sum((part.length for part in found.parts), timedelta(0)) == found.elapsed
    assert sum((found.of_kind(kind) for kind in KINDS), timedelta(0)) == found.elapsed
    at = found.since
    for part in found.parts:
        assert part.since == at < part.until
        at = part.until
        if part.seq and (calendar := course.holdings[part.seq - 1].calendar) is not None:
            own = part.length if part.kind == "station" else timedelta(0)
            assert duty_between(calendar, part.since, part.until) == own
    assert not found.parts or at == found.until
    for lost, holding in zip(lost_before(found, course.holdings), course.holdings, strict=True):
        assert lost.total == sum((part.length for part in found.parts if part.seq < holding.seq), timedelta(0))


def test_years_are_no_trouble() -> None:
    course = order(held("5 10:00", hours=STANDARD))
    assert minutes_of(course, t("5 10:00") + timedelta(days=3650)).own(1) == timedelta(hours=12) * 3650
