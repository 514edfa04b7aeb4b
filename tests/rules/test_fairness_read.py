"""The fairness report as it is read from both databases: who decided, what routing caused, the edges of the week."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, insert

from reports.fairness.queries import document
from reports.kinds import Asked, NoReport, silent
from reports.measures import KINDS
from rulebook.book import packaged
from storage.session import snapshot
from storage.tables import penalties as t
from storage.tables.dispatch import assignments, orders
from storage.tables.geo import stations
from storage.tables.sla import violations
from tests.rules.facts_scene import MONDAY, NEXT, TICK, held, order, station
from tests.rules.test_fairness import WEEK, table


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    """Two houses; order 1 was sent to A, which passed it to B; a week with its first instant and without its last."""
    days = [
        (MONDAY - TICK, 1, "A"), (MONDAY, 1, "A"), (MONDAY + timedelta(days=3), 1, "B"), (NEXT - TICK, 2, "A"),
        (NEXT, 2, "A"),
    ]  # fmt: skip
    states = ("confirmed", "overturned", "dismissed", "confirmed", "confirmed")
    own = [
        {"id": number, "order_id": of, "seq": 1 + (holder == "B"), "kind": list(KINDS)[number], "region": "",
         "station": holder, "house": holder, "happened_at": at, "edition": "2017-01-01", "excuse": "", "evidence": {},
         "fine_fen": 10_000}
        for number, (at, of, holder) in enumerate(days)
    ]  # fmt: skip
    steps = [
        (number, 1, "suspected", "confirmed" if state == "overturned" else state, "甲")
        for number, state in enumerate(states)
    ]
    steps.append((1, 2, "confirmed", "overturned", "乙"))
    with engine.begin() as write:
        write.execute(insert(stations), [station("A", "浙江省"), station("B", "江苏省")])
        write.execute(insert(orders), [order(1, "B", MONDAY), order(2, "A", MONDAY)])
        write.execute(insert(assignments), [
            held(1, 1, "A", MONDAY - timedelta(days=60), ended_at=MONDAY), held(1, 2, "B", MONDAY, cause="transfer"),
            held(2, 1, "A", MONDAY),
        ])  # fmt: skip
        write.execute(insert(violations), own)
        write.execute(insert(t.cases), [
            {"violation_id": number, "region": "", "state": state, "opened_at": MONDAY, "changed_at": MONDAY,
             "decided_at": NEXT, "decided_by": "乙" if state == "overturned" else "甲", "steps": 1}
            for number, state in enumerate(states)
        ])  # fmt: skip
        write.execute(insert(t.case_log), [
            {"violation_id": of, "step": step, "at": MONDAY, "by": by, "from_state": since, "to_state": to,
             "reason": "", "cause": ""}
            for of, step, since, to, by in steps
        ])  # fmt: skip
    with snapshot(engine) as read:
        yield read


def asked(scope: str = "network", number: int | None = None) -> Asked:
    return Asked("fairness", WEEK, NEXT, packaged(), scope, number)


def test_who_decided_is_not_who_overturned(conn: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """On both databases, at the edges of the week. What A passed on of order 1 was caused by routing, though A got it
    two months before; the same order's other holder is not meant."""
    monkeypatch.setattr("reports.fairness.tables.LEAST", 0)
    monkeypatch.setattr("reports.fairness.tables.hidden", lambda *_: frozenset())
    made = document(conn, asked(), silent)
    reviewers = table(made, "reviewers")
    assert list(reviewers) == ["甲", "合计 / total"]
    told = reviewers["甲"]
    assert (told["decided"], told["fined"], told["fines"], told["overturned"]) == (3, 2, 1, 1)
    causes = table(made, "causes")
    assert causes["派错后转走 / routed wrong, passed on"]["suspicions"] == 1
    assert causes["合计 / total"]["suspicions"] == 3
    assert [(key, row["orders"]) for key, row in table(made, "fines_province").items()] == [
        ("江苏省", 1), ("浙江省", 1), ("合计 / total", 2),
    ]  # fmt: skip
    own = document(conn, asked("province:江苏省"), silent)
    assert table(own, "causes")["合计 / total"]["suspicions"] == 1


def test_what_cannot_be_made(conn: Connection) -> None:
    for scope in ("province:天上省", "station:A", "channel:crm"):
        with pytest.raises(NoReport, match="no such scope"):
            document(conn, asked(scope), silent)
    with pytest.raises(NoReport, match="never frozen"):
        document(conn, asked(number=0), silent)
