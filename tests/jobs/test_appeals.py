"""APPEAL-2: what a province was silent about reaches HQ by itself, dated at the end of its period."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from basics.days import midnight
from jobs import appeals as job
from jobs.environment import Environment
from jobs.tasks import perform
from penalties.appealing.actions import pass_on_due
from storage.session import reading, writing
from storage.tables import penalties as p
from storage.tables.dispatch import orders
from storage.tables.sla import violations
from tests.jobs.test_warn import do, push
from tests.web.conftest import Clock
from tests.web.door import NOON

DUE = midnight((NOON + timedelta(days=4)).date())


def appealed(env: Environment, count: int) -> None:
    """Open appeals at a province, of one order, as they would stand after a notice; half of them due later."""
    do(env, push(env, "LP1"))
    with writing(env.engine) as conn:
        order = conn.scalars(select(orders.c.id)).one()
        for seq in range(1, count + 1):
            row: dict[str, Any] = {
                "order_id": order, "seq": 100 + seq, "kind": "V-PICKUP", "region": "浙江省", "station": "HZ01",
                "house": "HZ01", "happened_at": NOON, "edition": "2017-01-01", "excuse": "", "fine_fen": 10_000,
                "evidence": {},
            }  # fmt: skip
            new = conn.execute(insert(violations).values(row).returning(violations.c.id)).scalar_one()
            case = {
                "violation_id": new,
                "region": "浙江省",
                "state": "confirmed",
                "opened_at": NOON,
                "changed_at": NOON,
            }
            conn.execute(insert(p.cases).values(case | {"steps": 1}))
            conn.execute(insert(p.appeals).values(
                violation_id=new, stage="province", state="open", station="HZ01", province="浙江省", opened_at=NOON,
                recorded_at=NOON, due_at=DUE if seq % 2 else DUE + timedelta(days=1), text="", by="甲", by_mail=False,
                closed_by="", reason="",
            ))  # fmt: skip


def found(env: Environment) -> list[tuple[Any, ...]]:
    a = p.appeals.c
    with reading(env.engine) as conn:
        query = select(a.stage, a.state, a.opened_at, a.closed_at).order_by(a.violation_id, a.stage.desc())
        return [tuple(row) for row in conn.execute(query)]


def test_appeal_2_a_silent_province_passes_on_by_itself(env: Environment, clock: Clock) -> None:
    appealed(env, 2)
    clock.at = DUE - timedelta(microseconds=1)
    perform(env, "appeals")
    assert found(env) == [("province", "open", NOON, None)] * 2
    clock.at = DUE + timedelta(hours=5)
    perform(env, "appeals")
    perform(env, "appeals")
    assert found(env) == [
        ("province", "passed_on", NOON, DUE), ("hq", "open", DUE, None), ("province", "open", NOON, None),
    ]  # fmt: skip


def test_appeal_2_the_job_goes_on_until_nothing_is_left(env: Environment, clock: Clock, monkeypatch: Any) -> None:
    appealed(env, 5)
    clock.at = DUE
    monkeypatch.setattr("penalties.appealing.actions.AT_ONCE", 2)
    with writing(env.engine) as conn:
        assert pass_on_due(conn, clock.at) == 2
    job.appeals(env)
    assert [row[:2] for row in found(env)].count(("hq", "open")) == 3
