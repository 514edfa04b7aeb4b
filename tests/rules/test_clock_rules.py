"""CLOCK-1, CLOCK-2, ACCEPT-2, ROUTE-6: a clock that only the rulebook knows needs nothing but its data there: judged,
stored, swept, explained, verified."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, create_engine, select
from sqlalchemy.pool import StaticPool

from basics.days import shanghai
from dispatch.clock_story.queries import story
from dispatch.clock_story.story import Story
from dispatch.facts import Call, Confirm, Fail, Target, Transfer
from rulebook.book import Book, Edition, EditionError
from sla.clocks import clocks_of
from sla.course import Course
from sla.explain import explain, name_of
from sla.suspicions import suspicions_of
from storage.session import reading, writing
from storage.tables.base import metadata
from storage.tables.dispatch import events, orders
from storage.tables.sla import clocks, violations
from tests.rules.clock_rules import CALL_BOOK, FIRST_CALL, MANY, MANY_BOOK, WITH_CALL, clock_text, edition_with
from tests.rules.courses import clock, closed, held, order, picked_up, t
from tests.rules.scene import Scene, accepts, pushed
from tests.rules.stage import NUMBER
from verify import queries as verify

LATER = "31 12:00"
LP = Target("LP1")


def own(course: Course, text: str, seq: int = 1, now: str = LATER) -> str:
    """`starts due verdict` of the one clock of the edition's own; "none" when there is none."""
    edition = edition_with(more=text)
    [name] = edition.clock_rules
    found = [one for one in clocks_of(course, edition, t(now)) if (one.seq, one.kind) == (seq, name)]
    if not found:
        return "none"
    [one] = found
    starts, due = (shanghai(at).strftime("%-d %H:%M") for at in (one.starts_at, one.due_at))
    return f"{starts} > {due} {one.verdict}"


def called(at: str, since: str = "5 10:00", **more: object) -> Course:
    course = order(held(since), **more)  # type: ignore[arg-type]
    return replace(course, holdings=(replace(course.holdings[0], called_at=t(at)),))


ELAPSED = clock_text("number", '"numbered"', length='90, unit = "elapsed minutes"', starts="creation")
OUTSIDE = clock_text("pass_on", '"transferred"', length='15, unit = "duty minutes"', when="outside")
CASES = [
    ("called in time, to the microsecond", called("5 12:00"), FIRST_CALL, 1, "5 10:00 > 5 12:00 kept"),
    ("called a microsecond late", called("5 12:00:00.000001"), FIRST_CALL, 1, "5 10:00 > 5 12:00 missed"),
    ("DUTY-2 its hours are duty hours", called("6 08:30", created="5 18:30", since="5 18:30"), FIRST_CALL, 1,
     "5 18:30 > 6 08:30 kept"),
    ("nobody called", order(held("5 10:00", accepted="5 10:05")), FIRST_CALL, 1, "5 10:00 > 5 12:00 missed"),
    ("CLOCK-1 withdrawn before", order(held("5 10:00"), ended=("withdrawn", "5 12:00")), FIRST_CALL, 1,
     "5 10:00 > 5 12:00 dropped"),
    ("CLOCK-1 what is not waited for ends it when it ends the assignment",
     order(held("5 10:00"), held("5 11:00", by="B", cause="transfer")), FIRST_CALL, 1, "5 10:00 > 5 12:00 dropped"),
    ("ACCEPT-2 the next holder has one of its own",
     order(held("5 10:00"), held("5 11:00", by="B", cause="transfer")), FIRST_CALL, 2, "5 11:00 > 5 13:00 missed"),
    ("a call after an end that was told later", called("5 11:00", ended=("withdrawn", "5 10:30")), FIRST_CALL, 1,
     "5 10:00 > 5 12:00 dropped"),
    ("called and withdrawn at one instant: the act counts", called("5 11:00", ended=("withdrawn", "5 11:00")),
     FIRST_CALL, 1, "5 10:00 > 5 12:00 kept"),
    ("ROUTE-6 closed minutes do not count", order(held("5 10:00", hours=closed(("5 11:00", "5 15:00")))), FIRST_CALL, 1,
     "5 10:00 > 5 16:00 missed"),
    ("elapsed at night", order(held("5 23:00"), created="5 23:00"), ELAPSED, 1, "5 23:00 > 6 00:30 missed"),
    ("from creation for every holder", order(held("5 10:00"), held("5 11:00", by="B", cause="transfer")), ELAPSED, 2,
     "5 10:00 > 5 11:30 missed"),
    ("from creation, with the closure of this holder alone",
     order(held("5 10:00"), held("5 11:00", by="B", cause="transfer", hours=closed(("5 10:30", "5 11:10")))), ELAPSED,
     2, "5 10:00 > 5 11:40 missed"),
    ("ACCEPT-2 over when it came: another's minutes",
     order(held("5 10:00"), held("5 11:30", by="B", cause="transfer")), ELAPSED, 2, "none"),
    ("ACCEPT-2 a microsecond is left",
     order(held("5 10:00"), held("5 11:29:59.999999", by="B", cause="transfer")), ELAPSED, 2,
     "5 10:00 > 5 11:30 missed"),
    ("outside only: inside", order(held("5 10:00")), OUTSIDE, 1, "none"),
    ("outside only: outside", order(held("5 10:00", outside=True)), OUTSIDE, 1, "5 10:00 > 5 10:15 missed"),
    ("outside only: transferred in time",
     order(held("5 10:00", outside=True), held("5 10:15", by="B", cause="transfer")), OUTSIDE, 1,
     "5 10:00 > 5 10:15 kept"),
    ("accepting is nothing to it", order(held("5 10:00", outside=True, accepted="5 10:05")), OUTSIDE, 1,
     "5 10:00 > 5 10:15 missed"),
    ("picked up", picked_up(held("5 10:00"), at="5 11:00"), clock_text("done", '"picked_up"'), 1,
     "5 10:00 > 5 12:00 kept"),
    ("the data centre has none", order(held("5 10:00", by="HQ")), FIRST_CALL, 1, "none"),
]  # fmt: skip


@pytest.mark.parametrize(("course", "text", "seq", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_a_clock_of_the_rulebook(course: Course, text: str, seq: int, expected: str) -> None:
    assert own(course, text, seq) == expected


def stored(conn: Connection, name: str) -> list[tuple[int, str]]:
    query = select(clocks.c.seq, clocks.c.verdict).where(clocks.c.kind == name).order_by(clocks.c.seq)
    return [tuple(row) for row in conn.execute(query)]


def test_first_call_within_two_duty_hours_from_end_to_end(engine: Engine) -> None:
    """No code knows this clock: stored, next_at, swept to a suspicion by the edition's tariff, explained, verified."""
    with writing(engine) as conn:
        scene = Scene(conn, CALL_BOOK).stations()
        assert scene.tell("5 18:30", pushed("LP1", "5 18:30"), pushed("LP2", "5 18:30")) == [None, None]
        assert scene.tell("5 18:40", accepts("LP1"), accepts("LP2")) == [None, None]
        assert scene.tell("6 08:30", Call(LP, "A", "无人接听")) == [None]
        assert stored(conn, "first_call") == [(1, "kept"), (1, "running")]
        assert conn.scalars(select(orders.c.next_at).order_by(orders.c.id)).all() == [t("6 10:30"), t("6 08:30")]
        scene.sweep("6 08:30")
        assert scene.suspicions() == {}
        scene.sweep("6 08:30:00.000001")
        assert stored(conn, "first_call") == [(1, "kept"), (1, "missed")]
        assert set(scene.suspicions()) == {"LP2:1:V-FIRST-CALL"}
        found = conn.execute(select(violations.c.fine_fen, violations.c.happened_at, violations.c.edition)).one()
        assert tuple(found) == (5000, t("6 08:30"), WITH_CALL.name)
        second = conn.scalars(select(orders.c.id).where(orders.c.logistics_no == "LP2")).one()
        told = story(conn, scene.world, second, t("6 09:00"))
    assert isinstance(told, Story)
    [missed] = [one for one in told.clocks if one.kind == "first_call"]
    assert name_of(missed) == ("时钟 first_call", "the first_call clock")
    assert [step.rule for step in explain(missed) if step.what == "length"] == ["CLOCK-FIRST_CALL"]
    with reading(engine) as conn:
        assert verify.check(conn, CALL_BOOK) == []


def test_do_1_only_the_holder_calls_and_only_while_the_order_lives(engine: Engine) -> None:
    with writing(engine) as conn:
        scene = Scene(conn, CALL_BOOK).stations()
        scene.tell("5 10:00", pushed("LP1", "5 10:00"), pushed("LP2", "5 10:00", where=None))
        assert scene.tell("5 10:01", Call(LP, "B"), Call(Target("LP2"), "A"), Call(Target("LP9"), "A")) == [
            "not_holder", "not_holder", "order_unknown",
        ]  # fmt: skip
        assert scene.tell("5 10:02", Call(LP, "A"), Call(LP, "A", "again")) == [None, None]
        assert scene.tell("5 10:03", Fail(LP, "A", "accept", "duplicate"), Call(LP, "A")) == [
            None, "not_allowed_in_state",
        ]  # fmt: skip
        kinds = conn.scalars(select(events.c.kind).order_by(events.c.order_id, events.c.seq)).all()
        assert kinds == ["created", "called", "called", "failed", "created"]
        assert stored(conn, "first_call") == [(1, "kept")]


TURNS = ("call", "accept", "to B", "B calls", "B passes on", "B accepts", "confirm", "fail", "window")


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(TURNS), st.integers(1, 900)), max_size=7))
def test_the_second_opinion_agrees_whatever_is_done(acts: list[tuple[str, int]]) -> None:
    """I-07 to I-10 with one clock of every kind, on acts in any order."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(engine)
    what = {
        "call": Call(LP, "A"), "accept": accepts(), "to B": Transfer(LP, "A", "B"), "B calls": Call(LP, "B"),
        "B accepts": accepts(station="B"), "B passes on": Transfer(LP, "B", "DATA_CENTRE"),
        "confirm": Confirm(LP, "A", NUMBER), "fail": Fail(LP, "A", "accept", "duplicate"),
        "window": pushed(window_end="2026-05-07T10:00:00+08:00"),
    }  # fmt: skip
    with engine.begin() as conn:
        scene = Scene(conn, MANY_BOOK).stations()
        scene.tell("5 10:00", pushed())
        at = t("5 10:00")
        for act, minutes in acts:
            at += timedelta(minutes=minutes)
            words = at.strftime("%-d %H:%M")
            scene.sweep(words)
            scene.tell(words, what[act])
        scene.sweep("28 12:00")
    with engine.connect() as conn:
        assert verify.check(conn, MANY_BOOK) == []
        names = set(conn.scalars(select(clocks.c.kind)))
    assert {"first_call", "number", "outcome", "quick"} <= names


SETTINGS: list[tuple[str, Edition, Course, str, str, str]] = [
    ("TRANSFER-1 45 minutes",
     edition_with(('transfer = { value = 30,', 'transfer = { value = 45,')), order(held("5 10:00", outside=True)),
     "transfer", "5 10:45", "missed"),
    ("ACCEPT-1 stays as it was beside it",
     edition_with(('transfer = { value = 30,', 'transfer = { value = 45,')), order(held("5 10:00", outside=True)),
     "accept", "5 10:30", "missed"),
    ("ACCEPT-1 5 minutes", edition_with(('accept = { value = 30,', 'accept = { value = 5,')),
     order(held("5 10:00", accepted="5 10:05")), "accept", "5 10:05", "kept"),
    ("PICKUP-1 8 hours", edition_with(('pickup = { value = 16,', 'pickup = { value = 8,')),
     picked_up(held("5 10:00"), at="5 18:00"), "pickup", "5 18:00", "kept"),
    ("PICKUP-2 a window later than that",
     edition_with(('pickup = { value = 16,', 'pickup = { value = 8,')), order(held("5 10:00"), window="5 18:01"),
     "pickup", "5 18:01", "missed"),
    ("PICKUP-2 a window not later", edition_with(('pickup = { value = 16,', 'pickup = { value = 8,')),
     order(held("5 10:00"), window="5 17:59"), "pickup", "5 18:00", "missed"),
    ("PICKUP-2 the least hold is 20 hours",
     edition_with(('pickup_least_hold = { value = 4,', 'pickup_least_hold = { value = 20,')),
     order(held("5 10:00")), "pickup", "6 06:00", "missed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("edition", "course", "kind", "due", "verdict"), [c[1:] for c in SETTINGS], ids=[c[0] for c in SETTINGS]
)
def test_every_length_is_a_setting(edition: Edition, course: Course, kind: str, due: str, verdict: str) -> None:
    found = clock(course, kind, LATER, edition=edition)
    assert (found.due_at, found.verdict) == (t(due), verdict)


def test_duty_1_the_hours_are_a_setting(engine: Engine) -> None:
    """07:30 to 19:15: 19:10 + 30 min is 07:55."""
    edition = edition_with(
        ('opens = { value = "08:00"', 'opens = { value = "07:30"'),
        ('closes = { value = "20:00"', 'closes = { value = "19:15"'),
    )
    with writing(engine) as conn:
        scene = Scene(conn, Book([edition])).stations()
        scene.tell("5 19:10", pushed("LP1", "5 19:10"))
        scene.sweep("6 07:55:00.000001")
        due = conn.scalars(select(clocks.c.due_at).where(clocks.c.kind == "accept")).one()
    assert due == t("6 07:55")
    with reading(engine) as conn:
        assert verify.check(conn, Book([edition])) == []


def test_promise_1_is_a_setting_and_costs_nothing(engine: Engine) -> None:
    book = Book([edition_with(("promise = { value = 2,", "promise = { value = 5,"))])
    with writing(engine) as conn:
        scene = Scene(conn, book).stations()
        scene.tell("5 10:00", pushed("LP1"), pushed("LP2", window_end="2026-05-05T11:00:00+08:00"))
        scene.tell("5 10:10", accepts("LP1"), accepts("LP2"))
        scene.sweep("5 16:00")
        assert conn.scalars(select(orders.c.promise_at).order_by(orders.c.id)).all() == [t("5 15:00"), t("5 11:00")]
        assert scene.suspicions() == {}


def test_one_edition_with_every_kind_of_clock_reads() -> None:
    assert list(MANY.clock_rules) == ["first_call", "number", "outcome", "pass_on", "quick"]


def test_a_violation_is_of_one_clock() -> None:
    with pytest.raises(EditionError, match=r"^clock\.second\.violation: V-FIRST-CALL .*clock\.first_call"):
        edition_with(more=FIRST_CALL + clock_text("second", '"accepted"') + 'violation = "V-FIRST-CALL"\n')
    assert edition_with(more=FIRST_CALL + clock_text("second", '"accepted"', violation="V-SECOND")).fines["V-SECOND"]


def test_accept_2_a_clock_from_creation_has_no_violation() -> None:
    """Its holder would answer for the minutes of those before it."""
    with pytest.raises(EditionError, match=r"^clock\.quick\.violation: "):
        edition_with(more=clock_text("quick", '"accepted"', starts="creation", violation="V-QUICK"))
    assert edition_with(more=clock_text("quick", '"accepted"', starts="creation")).clock_rules["quick"].violation == ""


def test_the_evidence_names_the_clock_of_the_edition(engine: Engine) -> None:
    with writing(engine) as conn:
        scene = Scene(conn, CALL_BOOK).stations()
        scene.tell("5 10:00", pushed())
        scene.sweep("5 12:00:00.000001")
        found = {row.kind: row.evidence for row in conn.execute(select(violations.c.kind, violations.c.evidence))}
    assert {kind: one.get("clock") for kind, one in found.items()} == {"V-ACCEPT": None, "V-FIRST-CALL": "first_call"}


@pytest.mark.parametrize("released", [False, True])
@pytest.mark.parametrize("seq", [1, 2])
def test_vio_3_late_push_speaks_for_clocks_from_creation_alone(seq: int, released: bool) -> None:
    """Every clock: accept, transfer, pickup with the 16 h and with the window, and the edition's own."""
    course = order(
        held("5 10:00", outside=True), held("5 13:00", by="B", cause="transfer", outside=True), created="5 10:00",
        received="5 10:30", released=released,
    )  # fmt: skip
    for window in (None, t("7 10:00")):
        shown = replace(course, window_end=window)
        clocks_then = clocks_of(shown, MANY, t(LATER))
        found = [one for one in suspicions_of(shown, clocks_then, MANY_BOOK, None, t(LATER)) if one.seq == seq]
        due = {one.due_at: one for one in clocks_then if one.seq == seq}
        for one in found:
            trace = due[one.happened_at].trace
            [late] = [check for check in one.evidence["checks"] if check["name"] == "late_push"]
            assert late["figures"]["starts_at_creation"] is (trace.since == t("5 10:00")), (one.kind, window)
            assert late["outcome"] == ("failed" if trace.why == "creation" else "passed"), (one.kind, window)
        assert {one.kind for one in found} >= {"V-TRANSFER", "V-FIRST-CALL", "V-PASS-ON"}
