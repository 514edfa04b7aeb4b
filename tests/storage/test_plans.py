"""PostgreSQL's plans for the daily work: no statement of a push, an act or a sweep walks all orders (G-01, G-06)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, String, cast, event, func, literal, select, text, true

from channels.messages import OrderPush, Scan, WaybillTold, Withdrawal
from dispatch.facts import Accept, Confirm, Target, Transfer
from storage.session import writing
from storage.tables.dispatch import orders
from tests.rules.courses import t
from tests.rules.scene import Scene, accepts, pushed
from tests.rules.stage import NUMBER, OTHER, content

MANY = 3000
pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@contextmanager
def statements(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Every statement executed meanwhile, with (one set of) its parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_conn: Connection, _cursor: object, statement: str, parameters: Any, _context: object, many: bool) -> None:
        seen.append((statement, parameters[0] if many else parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def copies(conn: Connection) -> None:
    """Thousands of orders beside the one there is, and what PostgreSQL has to know of them."""
    same = [column for column in orders.c if column.name not in ("id", "logistics_no")]
    numbers = func.generate_series(1, MANY).table_valued("n").render_derived()
    rows = select(literal("LPX").concat(cast(numbers.c.n, String)), *same).select_from(orders.join(numbers, true()))
    conn.execute(orders.insert().from_select(["logistics_no", *(column.name for column in same)], rows))
    conn.execute(text("ANALYZE orders"))


@pytest.fixture
def scene(engine: Engine) -> Iterator[Scene]:
    with writing(engine) as conn:
        scene = Scene(conn)
        scene.tell("5 10:00", pushed("LP1", waybill_no=NUMBER))
        copies(conn)
        yield scene


def walks(conn: Connection, statement: str, parameters: Any) -> list[str]:
    """Steps of its plan that go through all orders: by the table, or by an index without looking anything up in it."""
    [[explained]] = conn.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalars()
    steps, found = [explained["Plan"]], []
    while steps:
        step = steps.pop()
        steps += step.get("Plans", ())
        of_orders = step.get("Relation Name") == "orders" and step["Node Type"].endswith("Scan")
        if of_orders and not {"Index Cond", "Recheck Cond"} & step.keys():
            found.append(f"{step['Node Type']} on orders: {statement}")
    return found


DONE = [
    ("a new order", OrderPush("cainiao", "LP2", t("5 10:10"), content(waybill_no=OTHER))),
    ("an update", pushed("LP1", waybill_no=NUMBER, goods="书")),
    ("a withdrawal", Withdrawal("cainiao", "LP1", "sender", "不寄了", t("5 10:10"))),
    ("a number", WaybillTold("cainiao", "LP1", OTHER, t("5 10:10"))),
    ("a scan", Scan(NUMBER, "A", t("5 10:10"))),
    ("a scan of an unknown number", Scan(OTHER, "A", t("5 10:10"))),
    ("an acceptance by number", accepts("LP1")),
    ("an acceptance by id", Accept(Target(order_id=1), "A")),
    ("a transfer", Transfer(Target("LP1"), "A", "B")),
    ("a confirmation", Confirm(Target("LP1"), "A", NUMBER)),
]


@pytest.mark.parametrize("what", [c[1] for c in DONE], ids=[c[0] for c in DONE])
def test_it_finds_its_order_by_an_index(engine: Engine, scene: Scene, what: Any) -> None:
    if isinstance(what, Confirm):
        scene.tell("5 10:05", accepts("LP1"))
    with statements(engine) as seen:
        assert scene.tell("5 10:10", what) == [None]
    assert [walk for one in seen if "orders" in one[0] for walk in walks(scene.conn, *one)] == []


def test_g_05_the_sweep_finds_what_is_due_by_an_index(engine: Engine, scene: Scene) -> None:
    with statements(engine) as seen:
        scene.sweep("5 10:10")
    assert [walk for one in seen if "orders" in one[0] for walk in walks(scene.conn, *one)] == []


def test_a_walk_is_seen(scene: Scene) -> None:
    """By a column without index, and by the primary key only to have them in order."""
    for statement in ("SELECT id FROM orders WHERE business_type = 'x'", "SELECT * FROM orders ORDER BY id LIMIT 1"):
        assert len(walks(scene.conn, statement, ())) == 1
