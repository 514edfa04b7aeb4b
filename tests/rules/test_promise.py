"""PROMISE-1: the promise to the sender beside the clocks; PICKUP-2: why a later holder has no pickup clock."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select

from channels.messages import Scan, Withdrawal
from dispatch.clock_story.queries import named, story
from dispatch.clock_story.story import Story
from dispatch.clock_story.telling import as_json, lines
from dispatch.facts import Confirm, Target, Transfer
from sla.clocks import clocks_of
from sla.course import Course
from sla.explain import spared
from sla.promise import explain_promise, promise_of
from storage.session import writing
from storage.tables.dispatch import orders
from storage.tables.sla import violations
from tests.rules.courses import EDITION, held, order, picked_up, t
from tests.rules.scene import Scene, accepts, pushed
from tests.rules.stage import NUMBER

A = held("5 10:00", accepted="5 10:05")
LATE = "31 12:00"
CONFIRMED = order(A, ended=("picked_up", "5 11:00"), pickup=("5 11:00", None))
CASES: list[tuple[str, Course, str | None, str, tuple[str, str, str | None]]] = [
    ("at its own instant it is open", order(A), None, "5 12:00", ("5 12:00", "open", None)),
    ("a microsecond later not", order(A), None, "5 12:00:00.000001", ("5 12:00", "not_kept", "5 12:00")),
    ("picked up at its own instant", picked_up(A, at="5 12:00"), None, LATE, ("5 12:00", "kept", "5 12:00")),
    ("a microsecond late", picked_up(A, at="5 12:00:00.000001"), None, LATE, ("5 12:00", "not_kept", "5 12:00")),
    ("by the end of the window, a short one too", picked_up(A, at="5 11:00:00.000001"), "5 11:00", LATE,
     ("5 11:00", "not_kept", "5 11:00")),
    ("by the end of a long window", picked_up(A, at="7 18:00"), "7 18:00", LATE, ("7 18:00", "kept", "7 18:00")),
    ("night and off duty count", order(held("5 23:00"), created="5 23:00"), None, "6 01:00:00.000001",
     ("6 01:00", "not_kept", "6 01:00")),
    ("a confirmation counts while a scan may follow", CONFIRMED, None, "6 11:00", ("5 12:00", "kept", "5 11:00")),
    ("PICKUP-1 without a scan it is no pickup", CONFIRMED, None, "6 11:00:00.000001",
     ("5 12:00", "not_kept", "5 11:00")),
    ("borne out by a scan", order(A, ended=("picked_up", "5 11:00"), pickup=("5 11:00", "5 11:00")), None, LATE,
     ("5 12:00", "kept", "5 11:00")),
    ("failed", order(A, ended=("pickup_failed", "5 11:00")), None, "5 11:30", ("5 12:00", "not_kept", "5 11:00")),
    ("withdrawn before", order(A, ended=("withdrawn", "5 12:00")), None, LATE, ("5 12:00", "dropped", "5 12:00")),
    ("CLOCK-1 withdrawn later: late it was", order(A, ended=("withdrawn", "5 12:00:00.000001")), None, LATE,
     ("5 12:00", "not_kept", "5 12:00")),
    ("from creation, not from the release of a held order",
     replace(order(held("5 11:30"), created="5 11:30", released=True), created_at=t("5 10:00")), None, "5 11:45",
     ("5 12:00", "open", None)),
]  # fmt: skip


@pytest.mark.parametrize(("course", "window", "now", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_promise_1(course: Course, window: str | None, now: str, expected: tuple[str, str, str | None]) -> None:
    promise = promise_of(course, t(window) if window else None, EDITION, t(now))
    decided = t(expected[2]) if expected[2] else None
    assert (promise.due_at, promise.outcome, promise.decided_at) == (t(expected[0]), expected[1], decided)
    steps = explain_promise(promise)
    assert [step.what for step in steps] == ["start", "length", "due", "end", "verdict", "edition"]
    assert "never fined" in steps[4].en and "不罚款" in steps[4].zh


def test_its_steps_name_rule_and_setting() -> None:
    [_, length, _, end, *_] = explain_promise(promise_of(picked_up(A, at="5 13:30"), None, EDITION, t(LATE)))
    assert (length.rule, length.en) == ("PROMISE-1", "No window was booked: 2 h of elapsed time [clocks.promise]")
    assert end.en == "Picked up 2026-05-05 13:30:00, 1 h 30 min late"


HISTORIES: dict[str, list[tuple[str, Any]]] = {
    "no window": [("5 10:00", pushed())],
    "held": [("5 10:00", pushed(sender={})), ("5 10:20", pushed())],
    "a window changed": [("5 10:00", pushed()), ("5 10:10", pushed(window_end="2026-05-06T10:00:00+08:00"))],
    "picked up": [
        ("5 10:00", pushed()), ("5 10:20", accepts()), ("5 11:00", Confirm(Target("LP1"), "A", NUMBER)),
        ("5 13:00", Scan(NUMBER, "A", t("5 10:50"))),
    ],
    "withdrawn": [("5 10:00", pushed()), ("5 13:00", Withdrawal("cainiao", "LP1", "sender", "x", t("5 10:10")))],
}  # fmt: skip


@pytest.mark.parametrize("name", HISTORIES)
def test_it_is_the_promise_that_lists_and_reports_show(engine: Engine, name: str) -> None:
    with writing(engine) as conn:
        scene = Scene(conn).stations()
        for at, what in HISTORIES[name]:
            scene.tell(at, what)
        [(number, _, _)] = named(conn, "LP1")
        found = story(conn, scene.world, number, t("5 14:00"))
        row = conn.execute(select(orders.c.promise_at, orders.c.picked_up_at)).one()
        assert isinstance(found, Story)
        assert (found.promise.due_at, found.promise.picked_up_at) == tuple(row)
        told = as_json(found)["promise"]
        assert datetime.fromisoformat(told["due_at"]) == row.promise_at and told["outcome"] == found.promise.outcome
        assert told["steps"][0]["rule"] == "PROMISE-1"
        assert "promise to the sender" in "\n".join(lines(found, str))
        assert conn.scalars(select(violations.c.kind).where(violations.c.kind.like("%PROMISE%"))).all() == []


def test_pickup_2_late_once_says_why_a_later_holder_has_no_pickup_clock(engine: Engine) -> None:
    with writing(engine) as conn:
        scene = Scene(conn).stations()
        scene.tell("5 10:00", pushed())
        scene.tell("5 10:05", accepts())
        scene.sweep("6 02:00:00.000001")
        assert scene.tell("6 09:00", Transfer(Target("LP1"), "A", "B")) == [None]
        [(number, _, _)] = named(conn, "LP1")
        found = story(conn, scene.world, number, t("6 09:30"))
        assert isinstance(found, Story)
        [one] = as_json(found)["no_pickup_clock"]
        assert (one["seq"], one["station"], one["late_by"], one["rule"]) == (2, "B", 1, "PICKUP-2")
        assert "No pickup clock: 站 A, assignment 1, missed its own" in "\n".join(
            lines(found, lambda code: f"站 {code}")
        )


def test_pickup_2_nobody_is_spared_while_none_was_late_nor_the_data_centre() -> None:
    passed_on = held("5 12:00", by="B", cause="transfer")
    for course, now, expected in (
        (order(A, passed_on), "6 02:00", []),
        (order(A, replace(passed_on, started_at=t("6 09:00"))), "6 09:30", [2]),
        (order(A, held("6 09:00", by="HQ", cause="transfer"), held("6 10:00", cause="dispatch")), "6 11:00", [3]),
    ):
        assert [one.seq for one in spared(course, clocks_of(course, EDITION, t(now)))] == expected
