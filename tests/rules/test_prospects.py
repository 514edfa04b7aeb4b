"""What a running clock will be suspected of is what it is suspected of a microsecond after its deadline (VIO-1, VIO-2).

A sweep writes prospects without judging; so whatever a missed clock brings beside its own kind must not be left to it.
"""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from basics.words import Verdict
from dispatch.course import judge
from sla.clocks import clocks_of
from sla.outages import Availability, Outage
from sla.suspicions import KIND_OF, prospects_of
from tests.rules.courses import BOOK, EDITION, TICK, held, order, t
from tests.rules.stage import IN_A, IN_A1, IN_B, NOWHERE, Stage

WHERE = st.sampled_from([IN_A, IN_A1, IN_B, NOWHERE, None])
ACTS = st.sampled_from(["accept", "transfer", "dispatch", "update", "wait"])
AT = ["5 10:05", "5 10:25", "5 10:30", "5 10:50", "5 19:45", "6 01:00", "6 02:00", "6 09:00"]


@st.composite
def stages(draw: st.DrawFn) -> tuple[Stage, str]:
    """An order that has not ended, and the last instant at which something happened to it."""
    stage, last = Stage(), "5 10:03"
    where = draw(WHERE)
    stage.push(last, created="5 10:00", where=where, adcode=None if where else draw(st.sampled_from(["330102", "1"])))
    for at in AT[: draw(st.integers(0, len(AT)))]:
        act, holder, to = draw(ACTS), stage.view().station or "", draw(st.sampled_from(["A", "A2", "B", "C"]))
        last = at
        if act == "accept":
            stage.accept(at, holder)
        elif act == "transfer":
            stage.transfer(at, draw(st.sampled_from([to, "DATA_CENTRE"])), holder)
        elif act == "dispatch":
            stage.dispatch(at, to)
        elif act == "update":
            stage.push(at, where=draw(WHERE.filter(bool)))
    return stage, last


@given(stages())
@settings(max_examples=200, deadline=None)
def test_a_prospect_is_the_suspicion_judged_just_after_the_deadline(told: tuple[Stage, str]) -> None:
    stage, last = told
    now = judge(stage.life(), stage.world, t(last))
    running = [clock for clock in now.clocks if clock.verdict is Verdict.RUNNING]
    for clock in running:
        due = [one for one in running if one.due_at <= clock.due_at]
        if any((one.seq, one.kind) not in now.prospects for one in due):
            continue  # judged in full when it is due
        then = judge(stage.life(), stage.world, clock.due_at + TICK)
        expected = {(s.seq, s.kind): s for s in now.suspicions}
        prospects = [now.prospects[(one.seq, one.kind)] for one in due]
        expected |= {(s.seq, s.kind): s for s in prospects if s is not None}
        assert {(s.seq, s.kind): s for s in then.suspicions} == expected


def test_only_a_pickup_clock_that_may_bring_a_wrong_accept_is_left_to_full_judging() -> None:
    """V-WRONG-ACCEPT stands beside V-PICKUP."""
    plain = held("5 10:00", accepted="5 10:10")
    wrong = replace(plain, accepted_outside=True, elsewhere=("B",))
    for holder, known in ((plain, True), (wrong, False), (replace(wrong, elsewhere=()), True)):
        course = order(holder)
        prospects = prospects_of(course, clocks_of(course, EDITION, t("5 10:20")), BOOK, None)
        assert ((1, "pickup") in prospects) is known


def test_vio_1_an_accept_clock_is_nothing_beside_its_transfer_clock() -> None:
    course = order(held("5 10:00", outside=True))
    prospects = prospects_of(course, clocks_of(course, EDITION, t("5 10:10")), BOOK, None)
    assert {key: found.kind if found else None for key, found in prospects.items()} == {
        (1, "accept"): None,
        (1, "transfer"): KIND_OF["transfer"],
        (1, "pickup"): KIND_OF["pickup"],
    }


def test_an_order_that_ended_has_none() -> None:
    """A confirmation that waits for its scan is judged in full: nothing of it follows from its clocks alone."""
    course = order(held("5 10:00", accepted="5 10:10"), ended=("picked_up", "5 12:00"), pickup=("5 12:00", None))
    clocks = clocks_of(course, EDITION, t("5 13:00"))
    assert any(clock.verdict is Verdict.RUNNING for clock in clocks)
    assert prospects_of(course, clocks, BOOK, None) == {}


def test_vio_3_an_outage_without_an_end_is_left_to_full_judging() -> None:
    """It may be over in a moment, or turn out to be none; one of another channel, or that is over, is no matter."""
    course = replace(order(held("5 10:00")), channel="cainiao")
    clocks = clocks_of(course, EDITION, t("5 10:05"))
    every = {(clock.seq, clock.kind) for clock in clocks}
    since = t("5 10:04")
    for source, until, left in (
        ("web", None, set()),
        ("cainiao", None, set()),
        ("alipay", None, every),
        ("web", t("5 10:05"), every),
    ):
        known = Availability({}, [Outage(source, since, until)])
        assert set(prospects_of(course, clocks, BOOK, known)) == left, source
    later = Availability({}, [Outage("web", t("5 10:30"), None)])
    assert set(prospects_of(course, clocks, BOOK, later)) == {(1, "accept")}, "it began at the deadline"
