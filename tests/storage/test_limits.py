"""A statement takes only so many parameters, a call takes as many cases as there are (VIO-4: review in bulk)."""

import sqlite3
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, func, insert, select

from penalties.actions import open_cases
from penalties.lifecycle import CONFIRM, DISPROVE
from storage.session import writing
from storage.tables.penalties import cases, lines, postings
from storage.tables.sla import violations
from tests.rules.courses import t
from tests.rules.scene import Scene, pushed

MANY, HALF = 5000, 2500


def many_suspicions(conn: Connection, many: int = MANY) -> list[int]:
    """Ids of open cases, all on one order: who was late there does not matter here."""
    Scene(conn).tell("5 10:00", pushed())
    plain: dict[str, Any] = {
        "order_id": 1, "kind": "V-ACCEPT", "region": "浙江省", "station": "A", "house": "A",
        "happened_at": t("5 10:30"), "edition": "2017-01-01", "excuse": "", "fine_fen": 1, "evidence": {},
    }  # fmt: skip
    conn.execute(insert(violations), [plain | {"id": n, "seq": n} for n in range(1, many + 1)])
    open_cases(conn, [(n, "浙江省") for n in range(1, many + 1)], t("5 10:31"))
    return list(range(1, many + 1))


@pytest.fixture
def strict(engine: Engine) -> Engine:
    """SQLite with the limit that it has when nobody raised it; PostgreSQL has 65,535 by its protocol."""

    @event.listens_for(engine, "connect")
    def limit(dbapi: Any, _record: Any) -> None:
        if isinstance(dbapi, sqlite3.Connection):
            dbapi.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766)

    return engine


def test_vio_4_thousands_of_cases_are_reviewed_in_one_call(strict: Engine) -> None:
    """Each with its own answer, also those that there are not."""
    unknown = range(MANY + 1, 66_001)
    with writing(strict) as conn:
        scene, ids = Scene(conn), many_suspicions(conn)
        answers = scene.review("6 12:00", CONFIRM, [*ids, *unknown])
        assert answers == [None] * MANY + ["no_open_suspicion"] * len(unknown)
        assert scene.review("7 12:00", DISPROVE, ids[:HALF]) == [None] * HALF
        states = conn.execute(select(cases.c.state, func.count()).group_by(cases.c.state)).all()
        posted = conn.scalar(select(func.count()).select_from(postings))
        total = conn.scalar(select(func.sum(lines.c.amount_fen)))
    assert dict(map(tuple, states)) == {"confirmed": MANY - HALF, "overturned": HALF}
    assert (posted, total) == (MANY + HALF, 0)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_vio_4_reviewers_lock_cases_in_one_order_however_they_are_given(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In whatever portions: else two of them could wait for each other."""
    monkeypatch.setattr("penalties.actions.AT_ONCE", 2)
    locked: list[int] = []

    def note(_conn: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if "FOR UPDATE" in statement:
            locked.extend(parameters.values())

    with writing(engine) as conn:
        scene, _ = Scene(conn), many_suspicions(conn, 5)
        event.listen(engine, "before_cursor_execute", note)
        assert scene.review("6 12:00", CONFIRM, [4, 5, 1, 3, 2]) == [None] * 5
        event.remove(engine, "before_cursor_execute", note)
    assert locked == [1, 2, 3, 4, 5]
