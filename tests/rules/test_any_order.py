"""I-21: the same messages, in any order and any number of times, end in the same rows (CHAN-6, DO-4, law 6).

A history is told in gaps between acts, which keep their places. In each gap the messages come in the order of a
permutation; any of them may come again there or later. However it is told, one by one or as one batch, the rows of
orders, assignments, clocks and violations are the same; and one batch tells the channel what one by one tells it.

Kept out, because the texts themselves let the order of telling decide: updates (they have no time of their own);
scans of a number that a later one replaced, and numbers made after a withdrawal (REPLAY fine print 3 looks at the
state when the number is told); two numbers of one instant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, Table, select

from channels.messages import Scan, WaybillTold, Withdrawal
from dispatch.facts import Accept, Confirm, Dispatch, Fail, Target, Transfer
from storage.tables.channels import outbox
from storage.tables.dispatch import assignments, orders
from storage.tables.penalties import cases
from storage.tables.sla import clocks, violations
from tests.rules.courses import t
from tests.rules.scene import Scene, pushed
from tests.rules.stage import IN_B, NOWHERE, NUMBER, OTHER, THIRD

WHERE = {"A": (120.05, 30.1), "B": IN_B, "nowhere": NOWHERE, "nobody knows": None}
LP = Target("LP1")
ACTS = {
    "accept": Accept(LP, "A"),
    "fail": Fail(LP, "A", "accept", "duplicate"),
    "fail pickup": Fail(LP, "A", "pickup", "other"),
    "transfer": Transfer(LP, "A", "B"),
    "to HQ": Transfer(LP, "A", "DATA_CENTRE"),
    "dispatch": Dispatch(LP, "A", "hq"),
    "confirm": Confirm(LP, "A", None),
    "confirm with number": Confirm(LP, "A", THIRD),
}
GAPS = ("5 10:02", "5 10:25", "6 03:00")  # when the messages of each gap are told: before and after the deadlines
BETWEEN = ("5 10:15", "5 10:40")  # and the acts
SEEN = "7 12:00"
FOLLOWING = (orders, assignments, clocks, violations)
UNSEEN = {"id", "order_id", "version"}  # how often something was told is in the log, not in what follows from it


@dataclass(frozen=True)
class History:
    """`gaps`: the messages first told in each; `again`: (gap, message) to come once more; `acts` between the gaps."""

    gaps: tuple[tuple[Any, ...], ...]
    again: tuple[tuple[int, Any], ...]
    acts: tuple[str, ...]

    def told(self, turn: Sequence[Sequence[Any]]) -> list[tuple[str, Any]]:
        """(instant, what), with the messages of each gap in that turn."""
        found = []
        for gap, messages in enumerate(turn):
            found += [(GAPS[gap], message) for message in messages]
            found += [(BETWEEN[gap], ACTS[act]) for act in self.acts[gap : gap + 1] if act]
        return found


MADE = ["5 10:00", "5 10:01", "5 10:02", "5 10:10", "5 10:20", "5 10:35", "5 12:00", "6 02:00", "6 02:30"]


@st.composite
def times(draw: st.DrawFn, since: str = "5 10:00", most: int = 2) -> list[tuple[int, str]]:
    """(gap, when it was made) of a few messages, each made before its gap is told, no two at one instant."""
    found: dict[str, int] = {}
    for gap in draw(st.lists(st.integers(0, 2), max_size=most)):
        made = draw(st.sampled_from(["5 09:59", *MADE]))
        if t(since) <= t(made) <= t(GAPS[gap]):
            found.setdefault(made, gap)
    return [(gap, made) for made, gap in sorted(found.items(), key=lambda pair: t(pair[0]))]


@st.composite
def histories(draw: st.DrawFn) -> History:
    complete: dict[str, Any] = {
        "where": WHERE[draw(st.sampled_from(["A", "A", "A", *WHERE]))], "address": "西湖区文一路",
        "adcode": draw(st.sampled_from([None, "330102"])),
        "business_type": draw(st.sampled_from(["online_order", "online_order", "send_express"])),
    }  # fmt: skip
    if draw(st.integers(0, 4)):
        gaps: list[list[Any]] = [[pushed(**complete)], [], []]
    else:
        gaps = [[pushed(**complete, sender={})], [pushed(**complete)], []]  # held, then released
    numbers = list(zip((OTHER, NUMBER), draw(times("5 10:01")), strict=False))
    for number, (gap, made) in numbers:
        gaps[gap].append(WaybillTold("", "LP1", number, t(made)))
    latest, after = (numbers[-1][0], numbers[-1][1][1]) if numbers else (THIRD, "5 09:00")
    for gap, made in draw(times("5 09:00", most=3)):
        number, station = draw(st.sampled_from([latest, latest, THIRD])), draw(st.sampled_from(["A", "A", "A1", "B"]))
        gaps[gap].append(Scan(number, station, t(made)))
    for origin, (gap, made) in zip(("sender", "platform"), draw(times(after)), strict=False):
        if made not in (after, "5 09:59"):  # which would count at creation, as one made then does
            gaps[gap].append(Withdrawal("", "LP1", origin, "不寄了", t(made)))
    again = [(draw(st.integers(gap, 2)), one) for gap, found in enumerate(gaps) for one in found if draw(st.booleans())]
    acts = draw(st.lists(st.sampled_from(["", "accept", "accept", *ACTS]), min_size=2, max_size=2))
    return History(tuple(map(tuple, gaps)), tuple(again), tuple(acts))


Outcome = dict[str, list[dict[str, Any]]]


def outcome(engine: Engine, told: Sequence[tuple[str, Any]], batched: bool) -> Outcome:
    """Every row that follows from the history; nothing of it stays in the database."""
    with engine.connect() as conn, conn.begin() as transaction:
        scene = Scene(conn)
        if batched:
            scene.tell_all(told)
        else:
            for at, what in told:
                scene.tell(at, what)
        scene.sweep(SEEN)
        found = {table.name: rows(scene, table) for table in (*FOLLOWING, outbox)}
        transaction.rollback()
    return found


def rows(scene: Scene, table: Table) -> list[dict[str, Any]]:
    """Without what was cleared: how often something was suspected on the way depends on what was known when."""
    query = select(table)
    if table is violations:
        query = select(table, cases.c.state).join(cases, cases.c.violation_id == table.c.id)
        query = query.where(cases.c.state != "cleared")
    found = [{k: v for k, v in row._mapping.items() if k not in UNSEEN} for row in scene.conn.execute(query)]
    return sorted(found, key=repr)


def check(engine: Engine, history: History, data: st.DataObject) -> None:
    turned = [
        data.draw(st.permutations([*messages, *(message for when, message in history.again if when == gap)]))
        for gap, messages in enumerate(history.gaps)
    ]
    told = history.told(turned)
    one_by_one = outcome(engine, told, batched=False)
    assert outcome(engine, told, batched=True) == one_by_one, ("as one batch", told)
    plain = outcome(engine, history.told(history.gaps), batched=False)
    for table in FOLLOWING:  # what the channel was told on the way depends on when it was known
        assert one_by_one[table.name] == plain[table.name], told


COMMON = settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings(COMMON, max_examples=80)
@given(histories(), st.data())
def test_i_21_on_sqlite(engine: Engine, history: History, data: st.DataObject) -> None:
    check(engine, history, data)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@settings(COMMON, max_examples=25)
@given(histories(), st.data())
def test_i_21_on_postgresql(engine: Engine, history: History, data: st.DataObject) -> None:
    check(engine, history, data)


def test_a_release_that_falls_away_leaves_what_was_missing(engine: Engine) -> None:
    """CHAN-5: told before or after the release that it made void, the withdrawal ends the same held order."""
    held, released = pushed(sender={}), pushed()
    gone = Withdrawal("", "LP1", "sender", "不寄了", t("5 10:01"))
    told = [("5 10:02", held), ("5 10:25", gone), ("5 10:25", released)]
    turned = [told[0], told[2], told[1]]
    before, after = (outcome(engine, one, batched=False) for one in (told, turned))
    assert before["orders"] == after["orders"] and before["orders"][0]["missing"] == ["sender.phone"]
    assert not before["assignments"] and not after["assignments"]
