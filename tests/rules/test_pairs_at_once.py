"""Every pair of acts on the same orders from eight threads: one winner each, and no wrong verdict (law 7, I-03).

Whatever the threads' turns were, the log that they left is one of single acts in a row: told again one after the other
by its own order, it takes the same acts, refuses the rest, and ends in the same clocks and violations.
"""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import combinations_with_replacement
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from basics.words import DATA_CENTRE
from channels.messages import Scan, Withdrawal
from dispatch.actions import conduct
from dispatch.facts import Accept, Confirm, Dispatch, Fail, HandleWithdrawal, Item, SupplyWaybill, Target, Transfer
from storage.session import run, writing
from storage.tables.dispatch import events, orders
from storage.tables.penalties import cases
from storage.tables.sla import clocks, violations
from tests.rules.courses import t
from tests.rules.scene import Scene, pushed

THREADS, ORDERS = 8, 3
AT, LATER = "5 10:40", "7 12:00"  # the accept clock has run out by then, and a transfer would have been due
LP = Target()
ACTS: dict[str, Any] = {
    "accept": Accept(LP, "A"),
    "fail to accept": Fail(LP, "A", "accept", "out_of_area"),
    "fail to pick up": Fail(LP, "A", "pickup", "customer_cancelled"),
    "transfer": Transfer(LP, "A", "B"),
    "to the data centre": Transfer(LP, "A", DATA_CENTRE),
    "dispatch": Dispatch(LP, "B", "hq"),
    "confirm": Confirm(LP, "A", "number"),
    "supply": SupplyWaybill(LP, "A", "number"),
    "handle": HandleWithdrawal(LP, "A"),
    "withdraw": Withdrawal("cainiao", "", "sender", "不寄了", t("5 10:30")),
    "scan": Scan("number", "A", t("5 10:35")),
}
# What an order looks like when the threads start: (pushed where, then what A did, or HQ).
STATES: dict[str, tuple[str, ...]] = {
    "waiting": (),
    "accepted": ("accept",),
    "at the data centre": ("to the data centre",),
}
MESSAGES = {"withdraw", "scan"}  # a repeated one is answered like the first (CHAN-6)
CLOCK = ("seq", "kind", "station", "starts_at", "due_at", "verdict", "decided_by")
VIOLATION = ("seq", "kind", "station", "happened_at", "edition", "excuse", "fine_fen")
PAIRS = list(combinations_with_replacement(ACTS, 2))


def number(name: str, order: int) -> str:
    return f"55{ord(name):06d}{order:06d}"


def told(act: str, order: int, name: str) -> Any:
    """The act of that name upon that order."""
    what, no = ACTS[act], f"LP{name}{order}"
    if isinstance(what, Withdrawal):
        return replace(what, logistics_no=no)
    if isinstance(what, Scan):
        return replace(what, waybill_no=number(name, order))
    if isinstance(what, Confirm | SupplyWaybill):
        what = replace(what, waybill_no=number(name, order))
    return replace(what, target=Target(no))


def prepare(conn: Connection, state: str, name: str) -> Scene:
    scene = Scene(conn)
    for order in range(ORDERS):
        acts = [pushed(f"LP{name}{order}"), *(told(act, order, name) for act in STATES[state])]
        assert scene.tell("5 10:00", *acts) == [None] * len(acts)
    return scene


def at_once(engine: Engine, pair: Sequence[str], name: str) -> Counter[tuple[str, int]]:
    """How often each act was taken for each order, by what its threads were answered."""
    start = Barrier(THREADS)

    def one(thread: int) -> list[tuple[str, int]]:
        act = pair[thread % 2]
        turn = range(ORDERS) if thread % 4 < 2 else range(ORDERS - 1, -1, -1)
        items = [Item(t(AT), told(act, order, name), f"thread {thread}") for order in turn]
        start.wait(30)
        answers = run(engine, lambda conn: conduct(conn, items, Scene(conn).world))
        return [(act, order) for order, answer in zip(turn, answers, strict=True) if answer is None]

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(answer for answers in pool.map(one, range(THREADS)) for answer in answers)


def winners(conn: Connection, order: int, name: str) -> list[int]:
    """The threads whose acts are in the order's log, in its order."""
    query = (
        select(events.c.by)
        .join(orders, orders.c.id == events.c.order_id)
        .where(orders.c.logistics_no == f"LP{name}{order}", events.c.by.startswith("thread"))
        .order_by(events.c.seq)
    )
    return list(dict.fromkeys(int(by.split()[1]) for by in conn.execute(query).scalars()))


def verdicts(conn: Connection, order: int, name: str) -> list[Any]:
    """Clocks of an order, and what stands against its holders: what news cleared on the way may be there or not."""
    mine = orders.c.logistics_no == f"LP{name}{order}"
    query = select(*(clocks.c[column] for column in CLOCK)).join(orders, orders.c.id == clocks.c.order_id)
    found = sorted(tuple(row) for row in conn.execute(query.where(mine)))
    query = select(*(violations.c[column] for column in VIOLATION)).join(orders, orders.c.id == violations.c.order_id)
    query = query.join(cases, cases.c.violation_id == violations.c.id).where(mine, cases.c.state != "cleared")
    return found + sorted(tuple(row) for row in conn.execute(query))


# One file has one writer at a time: once is enough there, the rest is for the soak.
TURNS = [("postgresql", state) for state in STATES] + [
    pytest.param("sqlite", state, marks=[] if state == "accepted" else [pytest.mark.soak]) for state in STATES
]


@pytest.mark.parametrize(("database_url", "state"), TURNS, indirect=["database_url"])
def test_of_two_acts_at_once_one_wins(engine: Engine, state: str) -> None:
    for place, pair in enumerate(PAIRS):
        crowd, row = (
            chr(0x4E00 + place),
            chr(0x5E00 + place),
        )  # names of the orders of this pair, told at once and in a row
        with writing(engine) as conn:
            prepare(conn, state, crowd)
        taken = at_once(engine, pair, crowd)
        with writing(engine) as conn:
            scene = prepare(conn, state, row)
            for order in range(ORDERS):
                acts = [pair[thread % 2] for thread in winners(conn, order, crowd)]
                assert len(set(acts)) == len(acts), (pair, acts)  # nobody won twice
                for act in set(pair) - MESSAGES:
                    assert taken[(act, order)] == acts.count(act), (pair, act, acts)
                assert scene.tell(AT, *(told(act, order, row) for act in acts)) == [None] * len(acts), (pair, acts)
                for act in set(pair) & MESSAGES:  # told for certain, though it may have waited for its number
                    assert scene.tell(AT, told(act, order, row)) in ([None], ["already_picked_up"], ["already_closed"])
            scene.sweep(LATER)
            for order in range(ORDERS):
                assert verdicts(conn, order, crowd) == verdicts(conn, order, row), pair
