"""Whatever callers ask and holders answer, among everything else that happens to orders, the second reader follows
(CHAN-8, CHAN-6; I-02, I-04, I-07)."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from basics.days import iso
from basics.words import DATA_CENTRE
from channels.messages import OrderPush, Scan, Withdrawal
from dispatch.actions import conduct, sweep
from dispatch.batch import World
from dispatch.facts import Accept, AnswerChange, AskChange, Confirm, Dispatch, Fail, Item, Target, Transfer
from geo.actions import import_stations
from geo.network import Network
from rulebook.book import packaged
from storage.session import snapshot, writing
from storage.tables.dispatch import events, orders
from tests.rules.courses import BOOK, t
from tests.rules.stage import AREAS, IN_A, IN_A1, IN_B, STATIONS, content
from tests.rules.stage import NOWHERE as NO_AREA
from verify.queries import check

WORLD = World(Network(STATIONS, AREAS, [("330102", "A"), ("330103", "B")], []), BOOK)
PLACES = (IN_A, IN_A1, IN_B, NO_AREA)
NUMBERS = ("55000000000017", "55000000000025", "55000000000033")


def history(seed: int) -> list[tuple[datetime, Any]]:
    """Two days in the life of three orders. Most of what is drawn is refused; a change is asked for and answered
    often, early and late, and messages come late."""
    draw = random.Random(seed)
    at = t("5 10:00")
    told: list[tuple[datetime, Any]] = []
    for no in ("LP1", "LP2", "LP3"):
        told.append((at, OrderPush("cainiao", no, at, content(draw.choice(PLACES), waybill_no=draw.choice(NUMBERS)))))
    for step in range(60):
        at += timedelta(minutes=draw.choice([0, 1, 5, 20, 30, 90, 300]) * draw.random())
        no = draw.choice(["LP1", "LP1", "LP2", "LP3"])
        target, station = Target(no), draw.choice(["A", "A", "A1", "B", "C"])
        made = at - timedelta(minutes=draw.choice([0, 0, 3, 60, 400]))
        place = draw.choice(PLACES)
        window = iso(at + timedelta(hours=draw.choice([-1, 1, 30])))
        fields: dict[str, Any] = draw.choice(
            [{"lng": place[0], "lat": place[1]}, {"window_end": window}, {"remark": str(draw.random())}]
        )
        told.append((at, draw.choice([
            AskChange(target, "change", fields), AskChange(target, "change", fields),
            AskChange(target, "withdrawal", reason="不寄了") if step > 20 else Accept(target, station),
            AnswerChange(target, station, draw.random() < 0.7), AnswerChange(target, station, True),
            AnswerChange(target, "B", True), Accept(target, "A"), Accept(target, "B"),
            Transfer(target, station, draw.choice(["A", "B", "C", DATA_CENTRE])), Dispatch(target, station, "hq"),
            Confirm(target, station) if draw.random() < 0.1 else Accept(target, station),
            Fail(target, station, "pickup", "other") if draw.random() < 0.1 else Accept(target, station),
            Withdrawal("cainiao", no, "sender", "不寄了", made) if draw.random() < 0.1 else Accept(target, station),
            Scan(draw.choice(NUMBERS), station, made) if draw.random() < 0.3 else Accept(target, station),
            OrderPush("cainiao", no, t("5 10:00"), content(place)),
        ])))  # fmt: skip
    return told


def live(engine: Engine, told: list[tuple[datetime, Any]], together: bool) -> list[Any]:
    items = [Item(at, what, "tester") for at, what in told]
    answers = []
    with writing(engine) as conn:
        import_stations(conn, STATIONS, t("1 00:00"))
    for batch in [items] if together else [[item] for item in items]:
        with writing(engine) as conn:
            answers += conduct(conn, batch, WORLD)
    with writing(engine) as conn:
        while sweep(conn, WORLD, t("9 12:00")):
            pass
    return [answer and answer.code for answer in answers]


@pytest.mark.parametrize("seed", range(24))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_any_history_with_callers_is_clean(engine: Engine, seed: int) -> None:
    live(engine, history(seed), together=seed % 2 == 0)
    with snapshot(engine) as conn:
        assert check(conn, packaged()) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_those_histories_hold_what_they_are_for(engine: Engine) -> None:
    """Asked, agreed, declined, ended unanswered; a window that came too late; contents that fell away."""
    kinds: set[str] = set()
    late = 0
    told = [item for seed in range(80) for item in renamed(history(seed), f"S{seed}")]
    told.sort(key=lambda pair: pair[0])
    live(engine, told, together=True)
    with snapshot(engine) as conn:
        for kind, data in conn.execute(select(events.c.kind, events.c.data)):
            kinds.add(kind)
            late += bool(data.get("deadline_stays"))
        ended = conn.scalar(select(orders.c.id).where(orders.c.asked_at.is_not(None)).limit(1))
        assert check(conn, packaged()) == []
    assert {"change_asked", "amended", "change_declined", "withdrawal_handled", "scanned", "failed"} <= kinds
    assert late and ended


def renamed(told: list[tuple[datetime, Any]], prefix: str) -> list[tuple[datetime, Any]]:
    """The same with order numbers of its own."""
    found = []
    for at, what in told:
        if isinstance(what, OrderPush):
            what = OrderPush(what.channel, "LP" + prefix + what.logistics_no, what.created_at, what.content)
        elif isinstance(what, Withdrawal):
            what = Withdrawal(
                what.channel, "LP" + prefix + what.logistics_no, what.origin, what.reason, what.happened_at
            )
        elif not isinstance(what, Scan):
            values = {name: getattr(what, name) for name in what.__dataclass_fields__}
            what = type(what)(**values | {"target": Target("LP" + prefix + what.target.logistics_no)})
        found.append((at, what))
    return found


def test_a_lost_answer_is_found(engine: Engine) -> None:
    """I-02: a row that says that something is asked when the log says that it was answered."""
    target = Target("LP1")
    told = [
        (t("5 10:00"), OrderPush("cainiao", "LP1", t("5 10:00"), content(IN_A))),
        (t("5 10:01"), Accept(target, "A")),
        (t("5 10:02"), AskChange(target, "change", {"remark": "x"})),
    ]
    assert live(engine, told, together=False) == [None, None, None]
    with writing(engine) as conn:
        assert conn.scalar(select(orders.c.asked_at)) == t("5 10:02")
    with snapshot(engine) as conn:
        assert check(conn, packaged()) == []
    with writing(engine) as conn:
        conn.execute(orders.update().values(asked_at=None))
    with snapshot(engine) as conn:
        assert [(one.invariant, one.table) for one in check(conn, packaged())] == [("I-02", "orders")]


def test_clock_1_a_flag_that_was_left_out_is_found(engine: Engine) -> None:
    """The second reader honours the flag on an update, and goes by it: nobody accepted, the deadline is over."""
    told = [
        (t("5 10:00"), OrderPush("cainiao", "LP1", t("5 10:00"), content(IN_A))),
        (t("6 03:00"), AskChange(Target("LP1"), "change", {"window_end": iso(t("6 18:00"))})),
    ]
    assert live(engine, told, together=False) == [None, None]
    with snapshot(engine) as conn:
        [flags] = [data for kind, data in conn.execute(select(events.c.kind, events.c.data)) if kind == "updated"]
        assert (flags["deadline_stays"], check(conn, packaged())) == (True, [])
    with writing(engine) as conn:
        conn.execute(events.update().where(events.c.kind == "updated").values(data=flags | {"deadline_stays": False}))
    with snapshot(engine) as conn:
        assert "clocks" in {one.table for one in check(conn, packaged())}


def test_chan_8_an_ask_that_a_transfer_left_open_is_read_so(engine: Engine) -> None:
    target = Target("LP1")
    told = [
        (t("5 10:00"), OrderPush("cainiao", "LP1", t("5 10:00"), content(IN_A))),
        (t("5 10:01"), Accept(target, "A")),
        (t("5 10:02"), AskChange(target, "change", {"remark": "x"})),
        (t("5 10:03"), Transfer(target, "A", "B")),
    ]
    assert live(engine, told, together=False) == [None] * 4
    with snapshot(engine) as conn:
        assert conn.scalar(select(orders.c.asked_at)) == t("5 10:02")
        assert check(conn, packaged()) == []
