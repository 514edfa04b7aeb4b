"""RELIABILITY F-15: an order that cannot be judged is parked for a person; the sweep goes on with the others."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from channels.messages import OrderPush
from dispatch.actions import conduct
from dispatch.facts import Item
from jobs.environment import Environment
from jobs.tasks import perform
from storage.session import reading, run, writing
from storage.tables import dispatch as t
from storage.tables.channels import outbox
from storage.tables.sla import clocks, violations
from tests.web.conftest import Clock
from tests.web.door import NOON

CONTENT = {"business_type": "send_express", "online": True, "lng": 120.07, "lat": 30.07, "sender": {"phone": "1"}}
HELD = {**CONTENT, "sender": {}}
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
POISONS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("a kind of a later version", CONTENT, {"kind": "teleported"}, "teleported"),
    ("a window that is no time", CONTENT, {"content": CONTENT | {"window_end": "soon"}}, "soon"),
    ("a window that is only shown", CONTENT, {"content": CONTENT | {"window_start": "soon"}}, "soon"),
    ("one that is withdrawn before it is judged", HELD, {"content": HELD | {"window_end": "soon"}}, "soon"),
]
poisoned = pytest.mark.parametrize(
    ("content", "spoilt", "cause"), [c[1:] for c in POISONS], ids=[f"F-15 {c[0]}" for c in POISONS]
)


def take(env: Environment, **contents: dict[str, Any]) -> None:
    """Orders by number, created now."""
    items = [Item(NOON, OrderPush("crm", no, NOON, content), "channel:crm") for no, content in contents.items()]
    assert set(run(env.engine, lambda conn: conduct(conn, items, env.world(conn)))) == {None}


def spoil(env: Environment, no: str, kind: str = "created", **changed: Any) -> None:
    """Change the one event in an order's log. Its deadline was not judged while that could be read, or the sweep would
    go by it and not read the log at all."""
    with writing(env.engine) as conn:
        its_own = t.events.c.order_id == select(t.orders.c.id).where(t.orders.c.logistics_no == no).scalar_subquery()
        data = conn.execute(select(t.events.c.data).where(its_own)).scalar_one() | changed
        conn.execute(update(t.events).where(its_own).values(kind=kind, data=data))
        conn.execute(update(clocks).values(late_kind=None))


def late(env: Environment) -> list[str]:
    with reading(env.engine) as conn:
        query = select(t.orders.c.logistics_no).join(violations, violations.c.order_id == t.orders.c.id)
        return sorted(conn.scalars(query.where(violations.c.kind == "V-ACCEPT")))


def parked(env: Environment) -> tuple[int, datetime, datetime | None, str]:
    """Of the one order in trouble: tries, the last one, when the next will be, and why."""
    with reading(env.engine) as conn:
        columns = (t.troubles.c.tries, t.troubles.c.last_at, t.orders.c.next_at, t.troubles.c.error)
        return tuple(conn.execute(select(*columns).join(t.orders, t.orders.c.id == t.troubles.c.order_id)).one())


@poisoned
def test_the_others_are_judged(
    env: Environment, clock: Clock, content: dict[str, Any], spoilt: dict[str, Any], cause: str
) -> None:
    take(env, IS1=CONTENT, IS2=content, IS3=CONTENT)
    spoil(env, "IS2", **spoilt)
    clock.forward(hours=24, seconds=1)
    perform(env, "sweep")
    assert late(env) == ["IS1", "IS3"]
    with reading(env.engine) as conn:
        told = conn.scalars(select(outbox.c.kind)).all()
    assert set(told) <= {"held"}  # CHAN-4: nothing is told of what was not done


@poisoned
def test_it_is_tried_three_times_with_growing_pauses_and_then_waits_for_a_person(
    env: Environment, clock: Clock, content: dict[str, Any], spoilt: dict[str, Any], cause: str
) -> None:
    take(env, IS2=content)
    spoil(env, "IS2", **spoilt)
    clock.forward(hours=24, seconds=1)
    for tries, pause in ((1, MINUTE), (2, 2 * MINUTE), (3, None)):
        for _ in range(3):  # within the pause nothing more is tried
            perform(env, "sweep")
            found, last_at, next_at, why = parked(env)
            assert (found, last_at, next_at) == (tries, clock.at, clock.at + pause if pause else None)
            assert cause in why
        clock.at += (pause or MINUTE) + SECOND
    clock.forward(days=3)
    perform(env, "sweep")
    assert parked(env)[0] == 3
