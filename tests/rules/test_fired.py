"""What the sweep fires from judgements made in advance is what judging in full would write (issue: sweep at national
scale; ACCEPT-1, PICKUP-1, TRANSFER-1, VIO-1, VIO-3, ROUTE-6)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, Table, func, select, update

from channels.messages import Scan, WaybillTold
from dispatch.actions import look_again
from dispatch.facts import Confirm, Target, Transfer
from dispatch.sweeping import actions as sweeping
from penalties.lifecycle import CONFIRM
from rulebook.book import Book
from sla.outages import OURS
from storage.tables import sla
from storage.tables.channels import outbox
from storage.tables.dispatch import assignments, events, orders, troubles
from storage.tables.penalties import case_log, cases, lines
from tests.rules.courses import BOOK, t
from tests.rules.scene import Scene, accepts, pushed
from tests.rules.stage import IN_A1, IN_B, IN_C, NOWHERE, NUMBER
from tests.rules.test_any_order import BETWEEN, COMMON, GAPS, History, histories

LP = Target("LP1")
PLAIN = (orders, assignments, events, sla.clocks, outbox, case_log, lines, troubles)
NAMELESS = {"id", "order_id", "violation_id", "posting_id"}  # numbers that the database gives
MOMENT = timedelta(microseconds=1)
MORNINGS = ("5 10:30", "5 10:30:00.000001", "5 10:45", "5 14:00:00.000001", "6 02:00:00.000001", "6 12:00", "7 12:00")
Told = Sequence[tuple[str, Any]]  # instant, and what; or None: the sweep runs


def in_full(*_: Any) -> set[int]:
    """In place of the fast lane: nothing was judged in advance."""
    return set()


def rows(conn: Connection, table: Table) -> list[dict[str, Any]]:
    found = [{k: v for k, v in row._mapping.items() if k not in NAMELESS} for row in conn.execute(select(table))]
    return sorted(found, key=repr)


def stored(conn: Connection) -> dict[str, list[Any]]:
    """Everything that a sweep can write; a violation with its case."""
    found: dict[str, list[Any]] = {table.name: rows(conn, table) for table in PLAIN}
    query = select(sla.violations, cases).join(cases, cases.c.violation_id == sla.violations.c.id)
    both = [{k: v for k, v in row._mapping.items() if k not in NAMELESS} for row in conn.execute(query)]
    found["violations"] = sorted(both, key=repr)
    assert conn.scalar(select(func.count()).select_from(cases)) == len(both)
    return found


def lived(engine: Engine, told: Told, full: bool, book: Book = BOOK) -> tuple[dict[str, list[Any]], int]:
    """The rows after a history, and how many orders were fired; nothing of it stays in the database."""
    fired, fire = 0, sweeping.fire

    def counted(*given: Any) -> set[int]:
        nonlocal fired
        found = fire(*given)
        fired += len(found)
        return found

    with (
        patch.object(sweeping, "fire", in_full if full else counted),
        engine.connect() as conn,
        conn.begin() as transaction,
    ):
        scene = Scene(conn, book)
        for at, what in told:
            if what is None:
                scene.sweep(at)
            elif callable(what):
                what(scene, t(at))
            else:
                scene.tell(at, what)
        found = stored(conn)
        transaction.rollback()
    return found, fired


def both_ways(engine: Engine, told: Told, book: Book = BOOK) -> tuple[dict[str, list[Any]], int]:
    """The rows, which are the same fired or judged in full; and how many orders were fired."""
    found, fired = lived(engine, told, full=False, book=book)
    assert found == lived(engine, told, full=True, book=book)[0]
    return found, fired


def kinds(found: dict[str, list[Any]]) -> list[str]:
    return sorted(f"{one['kind']} {one['state']}" for one in found["violations"])


@st.composite
def swept(draw: st.DrawFn) -> Told:
    """A history with the sweep running now and then between its messages and acts."""
    history: History = draw(histories())
    told: list[tuple[str, Any]] = history.told(history.gaps)
    runs = draw(st.lists(st.sampled_from([*MORNINGS, *GAPS, *BETWEEN]), min_size=1, max_size=4))
    return sorted([*told, *((at, None) for at in runs), ("7 12:00", None)], key=lambda one: t(one[0]))


@given(st.data())
@settings(COMMON, max_examples=60)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_any_history_on_sqlite(engine: Engine, data: st.DataObject) -> None:
    both_ways(engine, data.draw(swept()))


@given(st.data())
@settings(COMMON, max_examples=60)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_any_history_on_postgresql(engine: Engine, data: st.DataObject) -> None:
    both_ways(engine, data.draw(swept()))


@pytest.mark.parametrize(
    ("told", "expected", "orders_fired"),
    [
        pytest.param([("5 10:30", None)], [], 0, id="ACCEPT-1 exactly 30:00 is in time"),
        pytest.param([("5 10:30:00.000001", None)], ["V-ACCEPT suspected"], 1, id="ACCEPT-1 one microsecond later"),
        pytest.param([("6 02:00", None)], ["V-ACCEPT suspected"], 1, id="PICKUP-1 exactly 16 h beside a missed one"),
        pytest.param([("5 10:20", accepts()), ("5 10:45", None)], [], 0, id="ACCEPT-1 accepted"),
        pytest.param(
            [("5 10:20", accepts()), ("6 02:00", None), ("6 02:00:00.000001", None)], ["V-PICKUP suspected"], 1,
            id="PICKUP-1",
        ),
        pytest.param(
            [("5 10:45", None), ("5 10:50", accepts()), ("6 03:00", None)],
            ["V-ACCEPT suspected", "V-PICKUP suspected"], 2, id="one after the other",
        ),
        pytest.param([("7 12:00", None)], ["V-ACCEPT suspected", "V-PICKUP suspected"], 1, id="both at once"),
        pytest.param(
            [("5 10:20", Transfer(LP, "A", "B")), ("5 11:00", None)], ["V-TRANSFER suspected"], 1,
            id="VIO-1 outside and untouched is V-TRANSFER alone",
        ),
        pytest.param(
            [("5 10:20", Transfer(LP, "A", "B")), ("5 10:40", accepts(station="B")), ("5 11:00", None)], [], 0,
            id="TRANSFER-1 accepting drops it",
        ),
        pytest.param(
            [("5 10:45", None), ("5 10:50", Scan(NUMBER, "A", t("5 10:25"))),
             ("5 10:51", WaybillTold("", "LP1", NUMBER, t("5 10:20"))), ("6 12:00", None)],
            ["V-ACCEPT cleared"], 1, id="DO-4 a scan told late disproves what was fired",
        ),
    ],
)  # fmt: skip
def test_rules(engine: Engine, told: list[tuple[str, Any]], expected: list[str], orders_fired: int) -> None:
    found, fired = both_ways(engine, [("5 10:00", pushed()), *told])
    assert (kinds(found), fired) == (expected, orders_fired)
    assert not found["outbox"] or all(row["kind"] != "late" for row in found["outbox"])  # CHAN-4: nothing is owed


def test_pickup_1_a_confirmation_is_judged_in_full(engine: Engine) -> None:
    """Its clock runs on until its 24 h of proof are over, and what it means then hangs on more than the clock."""
    told = [("5 10:20", accepts()), ("5 12:00", Confirm(LP, "A", NUMBER)), ("6 02:00:01", None), ("7 12:00", None)]
    assert both_ways(engine, [("5 10:00", pushed()), *told])[1] == 0


def test_v_transfer_the_house_of_a_contracted_area_answers(engine: Engine) -> None:
    found, fired = both_ways(engine, [("5 10:00", pushed(where=IN_A1)), ("5 10:45", None)])
    assert fired == 1
    assert [(one["station"], one["house"]) for one in found["violations"]] == [("A1", "A")]


def test_many_kinds_of_orders_in_one_sweep(engine: Engine) -> None:
    """Held, at HQ, accepted, over: one batch holds all, and each is done in its own way."""
    told: list[tuple[str, Any]] = [("5 10:00", pushed(f"LP{n}")) for n in range(2, 8)]
    told += [
        ("5 10:00", pushed("LPH", sender={})), ("5 10:00", pushed("LPD", where=NOWHERE)),
        ("5 10:00", pushed("LPC", where=IN_C)), ("5 10:00", pushed("LPB", where=IN_B)),
        ("5 10:10", accepts("LP2")), ("5 10:20", Confirm(Target("LP2"), "A", NUMBER)), ("5 10:25", accepts("LP3")),
    ]  # fmt: skip
    found, fired = both_ways(engine, [*told, ("5 10:45", None), ("6 12:00", None), ("7 12:00", None)])
    assert fired == 13  # LP4 to LP7, LPB and LPC by half past ten, and by night they and LP3
    assert len([one for one in found["orders"] if one["next_at"] is None]) == len(found["orders"])


def closes(station: str, since: str) -> Callable[[Scene, datetime], None]:
    return lambda scene, now: look_again(scene.conn, [(station, t(since))], now)


@pytest.mark.parametrize("late", [False, True])
def test_route_6_a_clock_that_a_closure_moves_is_judged_in_full(engine: Engine, late: bool) -> None:
    """Also when its deadline had passed before: what was judged in advance knows nothing of the closure."""
    at = "5 10:45" if late else "5 10:20"
    told = [("5 10:00", pushed()), (at, closes("A", "5 10:15")), ("5 10:50", None), ("6 12:00", None)]
    assert both_ways(engine, told)[1] == 1  # the second sweep, of the pickup, judged in advance again
    assert both_ways(engine, [("5 10:00", pushed()), (at, closes("B", "5 10:15")), ("5 10:50", None)])[1] == 1


def away(source: str, since: str, until: str | None, noticed: str) -> Callable[[Scene, datetime], None]:
    row = {
        "source": source, "started_at": t(since), "ended_at": t(until) if until else None, "noticed_at": t(noticed),
        "by": "system", "note": "",
    }  # fmt: skip

    def note(scene: Scene, _: datetime) -> None:
        scene.conn.execute(sla.outages.insert(), [row])

    return note


@pytest.mark.parametrize(
    ("outage", "orders_fired"),
    [
        pytest.param((OURS, "5 10:05", "5 10:10", "5 10:05"), 0, id="VIO-3 we were away"),
        pytest.param(("cainiao", "5 10:05", "5 10:10", "5 10:05"), 0, id="VIO-3 its channel was away"),
        pytest.param(("cainiao", "5 10:05", None, "5 10:05"), 0, id="VIO-3 and still is"),
        pytest.param(("crm", "5 10:05", "5 10:10", "5 10:05"), 1, id="another channel was"),
        pytest.param((OURS, "5 10:30", "5 10:40", "5 10:30"), 1, id="from the deadline on"),
        pytest.param((OURS, "5 10:29:59.999999", "5 10:40", "5 10:30"), 0, id="VIO-3 from the moment before"),
        pytest.param((OURS, "5 09:00", "5 10:00", "5 09:00"), 1, id="until it was created"),
        pytest.param((OURS, "5 09:00", "5 10:00:00.000001", "5 09:00"), 0, id="VIO-3 until the moment after"),
    ],
)
def test_vio_3_an_outage_since_it_was_judged(engine: Engine, outage: Any, orders_fired: int) -> None:
    told = [("5 10:00", pushed()), ("5 10:44", away(*outage)), ("5 10:45", None)]
    assert lived(engine, told, full=False)[1] == orders_fired


def test_vio_3_an_outage_that_was_known_when_it_was_judged(engine: Engine) -> None:
    """The order came long enough after its end; an order that came before has to be looked at."""
    outage = ("5 09:50", away(OURS, "5 09:40", "5 09:47", "5 09:41"))
    for received, orders_fired in (("5 10:00", 1), ("5 09:56:59", 0)):
        told = [outage, (received, pushed(created="5 09:45")), ("5 10:45", None)]
        assert lived(engine, told, full=False)[1] == orders_fired


def test_an_edition_approved_since_is_not_overlooked(engine: Engine) -> None:
    """DESIGN law 12: the tariff is that of the day of the deadline."""
    first = BOOK.editions[0]
    second = replace(first, name="later", effective=date(2026, 5, 6), fines={**first.fines, "V-PICKUP": 1})

    def approve(scene: Scene, _: datetime) -> None:
        scene.world.book = Book([first, second])

    told = [("5 10:00", pushed()), ("5 10:05", accepts()), ("5 11:00", approve), ("6 12:00", None)]
    found, fired = both_ways(engine, told)
    assert (fired, [(one["edition"], one["fine_fen"]) for one in found["violations"]]) == (0, [("later", 1)])
    found, fired = both_ways(engine, [("5 09:00", approve), *told])  # it was known when the clock was written
    assert (fired, [(one["edition"], one["fine_fen"]) for one in found["violations"]]) == (1, [("later", 1)])


def test_a_violation_that_is_there_has_a_case_with_a_life_of_its_own(engine: Engine) -> None:
    """VIO-4: cleared, it is suspected again; confirmed, it stays so."""

    def run_again(scene: Scene, _: datetime) -> None:
        scene.conn.execute(update(sla.clocks).where(sla.clocks.c.kind == "accept").values(verdict="running"))
        scene.conn.execute(update(orders).values(next_at=t("5 10:30")))
        scene.conn.execute(update(sla.clocks).where(sla.clocks.c.kind == "accept").values(late_kind="V-ACCEPT"))

    def confirm(scene: Scene, _: datetime) -> None:
        assert scene.review("5 10:50", CONFIRM, scene.suspicions().values()) == [None]

    told = [("5 10:00", pushed()), ("5 10:45", None), ("5 10:50", confirm), ("5 10:55", run_again), ("5 11:00", None)]
    found, fired = both_ways(engine, told)
    assert (kinds(found), fired) == (["V-ACCEPT confirmed"], 1)


def test_vio_1_a_later_transfer_deadline_takes_the_place_of_v_accept(engine: Engine) -> None:
    """Where an edition gives a transfer more time than an acceptance."""
    book = Book([replace(BOOK.editions[0], transfer=timedelta(minutes=60))])
    told = [("5 10:00", pushed()), ("5 10:05", Transfer(LP, "A", "B")), ("5 10:36", None), ("5 11:06", None)]
    found, _ = both_ways(engine, told, book)
    assert kinds(found) == ["V-ACCEPT cleared", "V-TRANSFER suspected"]


def test_one_order_in_many(engine: Engine) -> None:
    """Nobody else's rows change."""
    told = [("5 10:00", pushed("LP1")), ("5 10:10", pushed("LP2", created="5 10:10")), ("5 10:35", None)]
    found, fired = both_ways(engine, told)
    assert (kinds(found), fired) == (["V-ACCEPT suspected"], 1)
    assert [one["accept_due_at"] for one in found["orders"]] == [None, t("5 10:40")]
