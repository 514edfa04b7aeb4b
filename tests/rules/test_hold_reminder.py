"""CHAN-5: a held order is reminded 2 h after receipt; its channel hears the missing fields once more."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, select

from basics.days import iso
from basics.words import DATA_CENTRE
from channels.messages import Withdrawal
from storage.session import writing
from storage.tables.channels import outbox
from storage.tables.dispatch import events, orders
from tests.rules.courses import t
from tests.rules.scene import Scene, pushed

INCOMPLETE: dict[str, Any] = {"sender": {"name": "王小二"}, "weight_g": 0}


@pytest.fixture
def scene(engine: Engine) -> Iterator[Scene]:
    with writing(engine) as conn:
        yield Scene(conn)


def log(scene: Scene) -> list[tuple[str, str, str]]:
    """(kind, happened, recorded) of the one order."""
    query = select(events.c.kind, events.c.happened_at, events.c.recorded_at).order_by(events.c.seq)
    return [(row.kind, iso(row.happened_at)[8:16], iso(row.recorded_at)[8:16]) for row in scene.conn.execute(query)]


def told(scene: Scene) -> list[tuple[str, Any]]:
    """(kind, reminder) of what the channel hears, in order."""
    rows = scene.conn.execute(select(outbox.c.kind, outbox.c.payload).order_by(outbox.c.seq))
    return [(row.kind, row.payload.get("reminder")) for row in rows]


def held(scene: Scene, created: str = "5 10:00", at: str = "5 10:00") -> None:
    assert scene.tell(at, pushed(created=created, **INCOMPLETE)) == [None]


def test_chan_5_two_hours_after_receipt_the_channel_is_reminded_once(scene: Scene) -> None:
    held(scene)
    for at in ("5 11:59", "5 12:00"):  # exactly at 2 h a correction would still be in time
        scene.sweep(at)
        assert told(scene) == [("held", False)]
    scene.sweep("5 12:00:00.000001")
    assert log(scene) == [("created", "05T10:00", "05T10:00"), ("reminded", "05T12:00", "05T12:00")]
    (_, row) = scene.conn.execute(select(outbox).order_by(outbox.c.seq)).all()
    assert (row.kind, row.channel, row.state) == ("held", "cainiao", "waiting")
    assert row.payload["missing"] == ["sender.phone", "weight_g"] and row.payload["reminder"] is True
    assert row.payload["happened_at"] == "2026-05-05T12:00:00+08:00"
    for at in ("5 12:01", "5 20:00", "6 10:00"):
        scene.sweep(at)
    assert told(scene) == [("held", False), ("held", True)]


def test_chan_5_it_counts_from_receipt_not_from_creation(scene: Scene) -> None:
    held(scene, created="5 03:00", at="5 10:00")
    scene.sweep("5 12:00")
    assert told(scene) == [("held", False)]
    scene.sweep("5 12:01")
    assert told(scene) == [("held", False), ("held", True)]


@pytest.mark.parametrize("at", ["5 10:30", "5 11:59:59.999999", "5 12:00"])
def test_chan_5_a_correction_in_time_spares_the_reminder(scene: Scene, at: str) -> None:
    held(scene)
    assert scene.tell(at, pushed()) == [None]
    scene.sweep("5 13:00")
    assert told(scene) == [("held", False)]
    assert [kind for kind, _, _ in log(scene)] == ["created", "updated"]


def test_chan_5_a_correction_after_two_hours_finds_the_reminder_told(scene: Scene) -> None:
    """Though no sweep came by: what was due before an item is done before it."""
    held(scene)
    assert scene.tell("5 12:00:00.000001", pushed()) == [None]
    assert [kind for kind, _, _ in log(scene)] == ["created", "reminded", "updated"]
    assert told(scene) == [("held", False), ("held", True)]
    scene.sweep("6 20:00")
    assert "withdrawn" not in [kind for kind, _, _ in log(scene)]


def test_chan_5_a_correction_after_the_reminder_releases_the_order(scene: Scene) -> None:
    held(scene)
    scene.sweep("5 12:30")
    assert scene.tell("5 13:00", pushed()) == [None]
    row = scene.conn.execute(select(orders)).one()
    assert (row.state, row.station) == ("waiting", "A") and row.station != DATA_CENTRE
    assert row.released_at == t("5 13:00") and row.missing == []
    assert told(scene) == [("held", False), ("held", True)]


def test_chan_5_a_late_sweep_dates_the_reminder_when_it_was_due(scene: Scene) -> None:
    """D4: it happened at 12:00, whenever we noticed."""
    held(scene)
    scene.sweep("5 17:45")
    assert log(scene)[1:] == [("reminded", "05T12:00", "05T17:45")]
    scene.sweep("6 10:00")
    assert len(log(scene)) == 2
    scene.sweep("6 10:00:00.000001")
    assert log(scene)[2:] == [("withdrawn", "06T10:00", "06T10:00")]
    assert told(scene) == [("held", False), ("held", True), ("withdrawn", None)]


def test_chan_5_a_sweep_after_both_tells_both_in_order(scene: Scene) -> None:
    held(scene)
    scene.sweep("7 09:00")
    assert log(scene)[1:] == [("reminded", "05T12:00", "07T09:00"), ("withdrawn", "06T10:00", "07T09:00")]
    assert told(scene) == [("held", False), ("held", True), ("withdrawn", None)]
    assert scene.conn.execute(select(orders.c.next_at)).scalar_one() is None


def test_chan_5_a_complete_order_and_a_withdrawn_one_are_not_reminded(scene: Scene) -> None:
    assert scene.tell("5 10:00", pushed("LP9")) == [None]
    assert scene.tell("5 10:00", pushed("LP1", **INCOMPLETE)) == [None]
    assert scene.tell("5 11:00", Withdrawal("cainiao", "LP1", "sender", "不寄了", t("5 11:00"))) == [None]
    scene.sweep("5 18:00")
    assert [kind for kind, _, _ in log(scene)].count("reminded") == 0
