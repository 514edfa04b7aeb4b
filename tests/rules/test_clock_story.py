"""As of any past instant: what is told of an order then is what was stored then, whatever came after (law 6)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from channels.messages import Withdrawal
from dispatch.clock_story.queries import named, story
from dispatch.clock_story.story import Story, Unknown
from dispatch.facts import Call, Confirm, Dispatch, Target, Transfer
from geo.actions import import_closures, import_stations
from geo.stations import Closure
from people.access import Scope
from storage.session import writing
from storage.tables.dispatch import orders
from storage.tables.sla import clocks
from tests.rules.clock_rules import CALL_BOOK
from tests.rules.courses import TICK, t
from tests.rules.scene import Scene, accepts, pushed
from tests.rules.stage import NUMBER, STATIONS

LP = Target("LP1")
HISTORIES: dict[str, list[tuple[str, Any]]] = {
    "held, released, passed on, confirmed": [
        ("5 10:00", pushed(sender={})), ("5 10:20", pushed()), ("5 10:45", Transfer(LP, "A", "B")),
        ("5 11:00", Call(LP, "B")), ("5 11:10", accepts(station="B")), ("5 12:00", Confirm(LP, "B", NUMBER)),
    ],
    "nobody does anything": [("5 19:50", pushed(created="5 19:50"))],
    "a withdrawal told late, after a transfer": [
        ("5 10:00", pushed()), ("5 10:20", accepts()), ("5 11:00", Transfer(LP, "A", "B")),
        ("5 13:00", Withdrawal("cainiao", "LP1", "sender", "x", t("5 10:10"))),
    ],
    "a window told late, to the data centre and back": [
        ("5 10:00", pushed()), ("5 10:10", Transfer(LP, "A", "DATA_CENTRE")),
        ("5 12:00", pushed(window_end="2026-05-07T10:00:00+08:00")), ("6 09:00", Dispatch(LP, "B", "hq")),
    ],
}  # fmt: skip


def stored(conn: Connection) -> list[tuple[Any, ...]]:
    c = clocks.c
    return [
        tuple(row) for row in conn.execute(
            select(c.seq, c.kind, c.station, c.starts_at, c.due_at, c.verdict, c.decided_by, c.edition)
            .order_by(c.seq, c.kind)
        )
    ]  # fmt: skip


def told(found: Story) -> list[tuple[Any, ...]]:
    return sorted(
        (one.seq, one.kind, one.station, one.starts_at, one.due_at, one.verdict.value, one.decided_by, one.edition)
        for one in found.clocks
    )


@pytest.mark.parametrize("name", HISTORIES)
def test_what_is_told_of_a_past_instant_is_what_was_stored_then(engine: Engine, name: str) -> None:
    then = []
    with writing(engine) as conn:
        scene = Scene(conn, CALL_BOOK).stations()
        history = HISTORIES[name]
        at, last = t(history[0][0]), t("7 12:00")
        while at <= last:
            words = at.strftime("%-d %H:%M")
            scene.sweep(words)
            assert scene.tell(words, *(what for when, what in history if t(when) == at)) in ([], [None])
            then.append((at, stored(conn)))
            at += timedelta(minutes=5)
        order = conn.scalars(select(orders.c.id)).one()
        for at, clocks_then in then:
            found = story(conn, scene.world, order, at)
            assert isinstance(found, Story)
            assert told(found) == clocks_then, at
            assert sum((part.length for part in found.minutes.parts), timedelta(0)) == found.minutes.elapsed


def test_before_it_was_told_and_who_may_see_it(engine: Engine) -> None:
    with writing(engine) as conn:
        scene = Scene(conn).stations()
        scene.tell("5 10:05", pushed(created="5 10:00"))
        [(order, channel, number)] = named(conn, "LP1")
        assert (channel, number) == ("cainiao", "LP1") and named(conn, "LP1", "crm") == []
        assert story(conn, scene.world, order, t("5 10:05") - TICK) == Unknown(t("5 10:05"))
        assert isinstance(story(conn, scene.world, order, t("5 10:05")), Story)
        assert story(conn, scene.world, order + 1, t("5 11:00")) is None
        assert story(conn, scene.world, order, t("5 11:00"), Scope(stations=frozenset({"B"}))) is None
        assert story(conn, scene.world, order, t("5 11:00"), Scope(stations=frozenset({"A"}))) is not None


def test_route_6_a_closure_counts_from_the_instant_it_was_granted(engine: Engine) -> None:
    with writing(engine) as conn:
        import_stations(conn, STATIONS, t("1 00:00"))
        scene = Scene(conn)
        scene.tell("5 10:00", pushed())
        import_closures(conn, [Closure("A", t("5 10:10"), t("5 11:00")), Closure("B", t("5 10:00"), t("9 10:00"))],
                        t("5 10:05"))  # fmt: skip
        [(order, *_)] = named(conn, "LP1")
        dues = []
        for at in ("5 10:04:59.999999", "5 10:05", "5 12:00"):
            found = story(conn, scene.world, order, t(at))
            assert isinstance(found, Story)
            dues.append(found.clocks[0].due_at)
            assert found.minutes.of_kind("closed") == (timedelta(minutes=50) if at == "5 12:00" else timedelta(0))
        assert dues == [t("5 10:30"), t("5 11:20"), t("5 11:20")]


def test_f_37_the_latest_holds_what_a_clock_ahead_of_ours_wrote(engine: Engine) -> None:
    """Processes may be 5 s apart: who reads right after another wrote sees it, and by no earlier instant than it."""
    with writing(engine) as conn:
        import_stations(conn, STATIONS, t("1 00:00"))
        scene = Scene(conn)
        scene.tell("5 10:00:05", pushed(created="5 10:00:05"))
        [(order, *_)] = named(conn, "LP1")
        assert isinstance(story(conn, scene.world, order, t("5 10:00:02")), Unknown)
        found = story(conn, scene.world, order, t("5 10:00:02"), latest=True)
        assert isinstance(found, Story) and found.at == t("5 10:00:05") and found.minutes.parts == ()
        scene.tell("5 10:10:05", accepts())
        import_closures(conn, [Closure("A", t("5 12:00"), t("5 13:00"))], t("5 10:10:05"))
        found = story(conn, scene.world, order, t("5 10:10:01"), latest=True)
        assert isinstance(found, Story) and found.at == t("5 10:10:05")
        [accept, pickup] = found.clocks
        assert accept.verdict.value == "kept" and pickup.due_at == t("6 03:00:05")
        later = story(conn, scene.world, order, t("5 11:00"), latest=True)
        assert isinstance(later, Story) and later.at == t("5 11:00")
