"""ROUTE-6: a closure granted while another clock of the order is past due, and not yet swept, moves the others too."""

from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from dispatch.actions import look_again
from dispatch.batch import World
from geo.actions import import_closures
from geo.network import Network
from geo.stations import Closure
from rulebook.book import Book
from storage.session import writing
from storage.tables.dispatch import orders
from storage.tables.sla import clocks
from tests.rules.clock_rules import CALL_BOOK
from tests.rules.courses import BOOK, t
from tests.rules.scene import Scene, pushed
from tests.rules.stage import AREAS, STATIONS
from verify import queries as verify


def close(conn: Connection, scene: Scene, closure: Closure, at: str, book: Book = BOOK) -> None:
    import_closures(conn, [closure], t(at))
    look_again(conn, [(closure.station, closure.start)], t(at))
    scene.world = World(Network(STATIONS, AREAS, [], [closure]), book)


def stored(conn: Connection) -> dict[str, tuple[Any, ...]]:
    c = clocks.c
    return {row.kind: tuple(row[1:]) for row in conn.execute(select(c.kind, c.due_at, c.verdict))}


@pytest.mark.parametrize("granted", ["5 10:30:00.5", "5 10:31", "5 10:29"])
def test_the_pickup_clock_moves_though_the_accept_clock_was_over(engine: Engine, granted: str) -> None:
    with writing(engine) as conn:
        scene = Scene(conn).stations()
        scene.world = World(Network(STATIONS, AREAS, [], []), BOOK)
        scene.tell("5 10:00", pushed())
        close(conn, scene, Closure("A", t("5 11:00"), t("5 13:00")), granted)
        scene.sweep("5 10:31:00.000001")
        assert stored(conn) == {"accept": (t("5 10:30"), "missed"), "pickup": (t("6 04:00"), "running")}
        assert conn.scalar(select(orders.c.pickup_due_at)) == t("6 04:00")
        scene.sweep("6 02:00:01")
        assert set(scene.suspicions()) == {"LP1:1:V-ACCEPT"}
        scene.sweep("6 04:00:00.000001")
        assert set(scene.suspicions()) == {"LP1:1:V-ACCEPT", "LP1:1:V-PICKUP"}
        assert verify.check(conn, BOOK) == []


def test_and_a_clock_of_the_editions_own(engine: Engine) -> None:
    with writing(engine) as conn:
        scene = Scene(conn, CALL_BOOK).stations()
        scene.world = World(Network(STATIONS, AREAS, [], []), CALL_BOOK)
        scene.tell("5 10:00", pushed())
        close(conn, scene, Closure("A", t("5 11:00"), t("5 13:00")), "5 10:30:00.000001", CALL_BOOK)
        scene.sweep("5 10:31")
        assert stored(conn)["first_call"] == (t("5 14:00"), "running")
