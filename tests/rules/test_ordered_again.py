"""VIO-2, V-FALSE-FAIL: "customer cancelled" said, and the same sender phone ordered again and was picked up.

That is a fact of another order: the failed one gets it into its own log, whichever batch it comes in.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, select

from channels.messages import OrderPush, Scan, Withdrawal
from dispatch.facts import AskChange, Confirm, Fail, Target
from penalties.lifecycle import CONFIRM
from storage.session import writing
from storage.tables.dispatch import events, orders
from storage.tables.sla import violations
from tests.rules.courses import t
from tests.rules.scene import Scene, accepts
from tests.rules.stage import NUMBER, OTHER, THIRD, content

PHONE, ELSE = "13800000000", "13900000000"


@pytest.fixture
def scene(engine: Engine) -> Iterator[Scene]:
    with writing(engine) as conn:
        yield Scene(conn)


def push(no: str, created: str, phone: str = PHONE, channel: str = "cainiao", **more: Any) -> OrderPush:
    return OrderPush(channel, no, t(created), content(sender={"phone": phone}, **more))


def cancelled(no: str = "LP1", stage: str = "accept", reason: str = "customer_cancelled") -> Fail:
    return Fail(Target(no), "A", stage, reason)


def failed_at(scene: Scene, at: str = "5 10:20", no: str = "LP1", phone: str = PHONE) -> None:
    assert scene.tell_all([("5 10:00", push(no, "5 10:00", phone)), (at, cancelled(no))]) == [None, None]


def again(no: str, created: str, number: str = NUMBER, made: str | None = None, **more: Any) -> list[tuple[str, Any]]:
    """Ordered, accepted and scanned."""
    scanned = Scan(number, "A", t(made or created))
    return [(created, push(no, created, waybill_no=number, **more)), (created, accepts(no)), (made or created, scanned)]


def log(scene: Scene, no: str = "LP1") -> list[str]:
    query = select(events.c.kind).join(orders, orders.c.id == events.c.order_id).where(orders.c.logistics_no == no)
    return [kind for kind in scene.conn.scalars(query.order_by(events.c.seq)) if kind.startswith("ordered")]


def suspected(scene: Scene, *states: str) -> list[str]:
    return sorted(key for key in scene.suspicions(*states) if key.endswith("V-FALSE-FAIL"))


EDGES = [
    ("5 10:20", False),  # at the instant of the failure it is no new one
    ("5 10:20:00.000001", True),
    ("6 10:20", True),  # exactly 24 h
    ("6 10:20:00.000001", False),
]


@pytest.mark.parametrize(("created", "found"), EDGES)
def test_the_edges_of_the_24_h(scene: Scene, created: str, found: bool) -> None:
    failed_at(scene)
    scene.tell_all(again("LP2", created))
    assert suspected(scene) == (["LP1:1:V-FALSE-FAIL"] if found else [])


def test_it_counts_when_it_was_ordered_not_when_it_was_picked_up(scene: Scene) -> None:
    failed_at(scene)
    scene.tell_all(again("LP2", "6 10:00")[:2])
    assert suspected(scene) == []
    scene.tell("9 09:00", Scan(NUMBER, "A", t("8 12:00")))
    assert suspected(scene) == ["LP1:1:V-FALSE-FAIL"]


@pytest.mark.parametrize("channel", ["cainiao", "wechat"])
@pytest.mark.parametrize("stage", ["accept", "pickup"])
def test_any_channel_and_both_stages(scene: Scene, channel: str, stage: str) -> None:
    scene.tell("5 10:00", push("LP1", "5 10:00"))
    if stage == "pickup":
        scene.tell("5 10:05", accepts("LP1"))
    scene.tell("5 10:20", cancelled(stage=stage))
    no = {"cainiao": "LP2", "wechat": "wx2"}[channel]
    scene.tell_all(again(no, "5 11:00", channel=channel))
    assert suspected(scene) == ["LP1:1:V-FALSE-FAIL"]


@pytest.mark.parametrize("phone", [ELSE, f" {PHONE} "])
def test_the_same_phone_only_whatever_blanks_are_around_it(scene: Scene, phone: str) -> None:
    failed_at(scene)
    scene.tell_all(again("LP2", "5 11:00", phone=phone))
    assert bool(suspected(scene)) is (phone != ELSE)


def test_another_reason_is_none(scene: Scene) -> None:
    scene.tell_all([("5 10:00", push("LP1", "5 10:00")), ("5 10:20", cancelled(reason="duplicate"))])
    scene.tell_all(again("LP2", "5 11:00"))
    assert (suspected(scene), log(scene)) == ([], [])


def test_a_confirmation_is_a_pickup_too(scene: Scene) -> None:
    failed_at(scene)
    scene.tell_all([("5 11:00", push("LP2", "5 11:00")), ("5 11:05", accepts("LP2"))])
    scene.tell("5 12:00", Confirm(Target("LP2"), "A", NUMBER))
    assert suspected(scene) == ["LP1:1:V-FALSE-FAIL"]


def test_all_of_it_in_one_batch(scene: Scene) -> None:
    told = [("5 10:00", push("LP1", "5 10:00")), ("5 10:20", cancelled()), *again("LP2", "5 11:00")]
    assert scene.tell_all(told) == [None] * 5
    assert (suspected(scene), log(scene)) == (["LP1:1:V-FALSE-FAIL"], ["ordered_again"])


# ---- the phone that counts is the present one


def test_an_update_gives_the_new_order_the_phone(scene: Scene) -> None:
    failed_at(scene)
    scene.tell("5 11:00", push("LP2", "5 11:00", ELSE, waybill_no=NUMBER))
    scene.tell("5 11:01", push("LP2", "5 11:00", PHONE, waybill_no=NUMBER))
    scene.tell_all([("5 11:05", accepts("LP2")), ("5 12:00", Scan(NUMBER, "A", t("5 12:00")))])
    assert suspected(scene) == ["LP1:1:V-FALSE-FAIL"]


def test_an_update_takes_it_away(scene: Scene) -> None:
    failed_at(scene)
    scene.tell_all([("5 11:00", push("LP2", "5 11:00")), ("5 11:01", push("LP2", "5 11:00", ELSE, waybill_no=NUMBER))])
    scene.tell_all([("5 11:05", accepts("LP2")), ("5 12:00", Scan(NUMBER, "A", t("5 12:00")))])
    assert suspected(scene) == []


def test_a_caller_changes_it(scene: Scene) -> None:
    """CHAN-8: at once, while nobody has accepted."""
    failed_at(scene)
    scene.tell("5 11:00", push("LP2", "5 11:00", ELSE, waybill_no=NUMBER))
    wish = AskChange(Target("LP2"), "change", {"sender": {"phone": PHONE}})
    assert scene.tell("5 11:01", wish) == [None]
    scene.tell_all([("5 11:05", accepts("LP2")), ("5 12:00", Scan(NUMBER, "A", t("5 12:00")))])
    assert suspected(scene) == ["LP1:1:V-FALSE-FAIL"]


def test_an_update_that_falls_away_takes_its_phone_along(scene: Scene) -> None:
    """REPLAY fine print 1: an earlier scan told later ends the order before the update came."""
    failed_at(scene)
    scene.tell_all([("5 11:00", push("LP2", "5 11:00", ELSE, waybill_no=NUMBER))])
    scene.tell("5 11:30", push("LP2", "5 11:00", PHONE, waybill_no=NUMBER))
    scene.tell("5 12:00", Scan(NUMBER, "A", t("5 12:00")))
    assert suspected(scene) == ["LP1:1:V-FALSE-FAIL"]
    scene.tell("5 13:00", Scan(NUMBER, "A", t("5 11:10")))
    assert (suspected(scene), suspected(scene, "cleared")) == ([], ["LP1:1:V-FALSE-FAIL"])


# ---- news that takes it back


def withdrawn(no: str = "LP2", made: str = "5 11:00") -> Withdrawal:
    return Withdrawal("", no, "sender", "不寄了", t(made))


def test_a_withdrawal_told_late_clears_it_and_a_fine_falls_at_the_news(scene: Scene) -> None:
    """CHAN-6, VIO-4."""
    failed_at(scene)
    scene.tell_all(again("LP2", "5 11:00", made="5 12:00"))
    [(_, violation)] = scene.suspicions().items()
    assert scene.review("5 18:00", CONFIRM, [violation]) == [None]
    scene.tell("6 09:00", withdrawn())
    assert suspected(scene, "overturned") == ["LP1:1:V-FALSE-FAIL"]
    assert [at for key, _, _, at in scene.ledger() if key.endswith(":reversed")] == [t("6 09:00")] * 2
    assert log(scene) == ["ordered_again", "ordered_again_fell"]


def test_another_one_takes_its_place(scene: Scene) -> None:
    failed_at(scene)
    scene.tell_all(again("LP2", "5 11:00", made="5 12:00"))
    scene.tell_all(again("LP3", "5 13:00", OTHER))
    assert log(scene) == ["ordered_again"]
    scene.tell("6 09:00", withdrawn())
    assert (suspected(scene), log(scene)[1:]) == (["LP1:1:V-FALSE-FAIL"], ["ordered_again_fell", "ordered_again"])


def test_in_one_batch_a_fine_falls_at_the_first_instant_at_which_nothing_bore_it_out(scene: Scene) -> None:
    """Even when another pickup of the same batch comes after that news."""
    failed_at(scene)
    scene.tell_all(again("LP2", "5 11:00", made="5 12:00"))
    scene.review("5 18:00", CONFIRM, scene.suspicions().values())
    scene.tell_all(again("LP3", "5 19:00", OTHER)[:2])
    scene.tell_all([("6 09:00", withdrawn()), ("6 10:00", Scan(OTHER, "A", t("5 20:00")))])
    assert suspected(scene, "overturned") == ["LP1:1:V-FALSE-FAIL"]
    assert {at for key, _, _, at in scene.ledger() if key.endswith(":reversed")} == {t("6 09:00")}


@pytest.mark.parametrize("size", [1, 2])
def test_a_fine_falls_at_news_of_another_order_though_other_evidence_comes_in_the_same_batch(
    scene: Scene, size: int
) -> None:
    """VIO-4: what nothing bore out at 09:00 fell then; the channel's word of 10:00 does not bring it back."""
    failed_at(scene)
    scene.tell_all(again("LP2", "5 11:00", made="5 12:00"))
    scene.review("5 18:00", CONFIRM, scene.suspicions().values())
    blames = Withdrawal("", "LP1", "sender", "太慢", t("6 10:00"), None, "too_slow")
    told = [("6 09:00", withdrawn()), ("6 10:00", blames)]
    for since in range(0, len(told), size):
        scene.tell_all(told[since : since + size])
    assert suspected(scene, "overturned") == ["LP1:1:V-FALSE-FAIL"]
    assert {at for key, _, _, at in scene.ledger() if key.endswith(":reversed")} == {t("6 09:00")}


@pytest.mark.parametrize("size", [1, 100])
def test_a_pickup_before_that_evidence_is_still_known_after_it(scene: Scene, size: int) -> None:
    """In one batch LP3 is picked up, LP1 fails a scan of its own, and LP2 falls: LP3 takes its place."""
    failed_at(scene)
    scene.tell_all(again("LP2", "5 11:00", made="5 12:00"))
    scene.tell_all(again("LP3", "5 13:00", OTHER)[:2])
    scene.review("5 18:00", CONFIRM, scene.suspicions().values())
    blames = Withdrawal("", "LP1", "sender", "太慢", t("6 08:00"), None, "too_slow")
    told = [("6 07:00", Scan(OTHER, "A", t("5 14:00"))), ("6 08:00", blames), ("6 09:00", withdrawn())]
    for since in range(0, len(told), size):
        scene.tell_all(told[since : since + size])
    assert log(scene) == ["ordered_again", "ordered_again_fell", "ordered_again"]
    assert suspected(scene, "confirmed") == ["LP1:1:V-FALSE-FAIL"]


@pytest.mark.parametrize("turn", [(0, 1), (1, 0)])
def test_the_evidence_is_the_same_whichever_was_told_first(scene: Scene, turn: tuple[int, int]) -> None:
    """The one ordered first."""
    failed_at(scene)
    both = [again("LP2", "5 11:00"), again("LP3", "5 12:00", OTHER)]
    scene.tell_all([told for one in both for told in one[:2]])
    for place in turn:
        scene.tell("5 14:00", both[place][2][1])
    assert [s.evidence["again"]["logistics_no"] for s in stored(scene.conn)] == ["LP2"]


def stored(conn: Connection) -> list[Any]:
    query = select(violations.c.evidence).where(violations.c.kind == "V-FALSE-FAIL")
    return list(conn.execute(query))


# ---- what it costs


@pytest.mark.parametrize("size", [1, 3, 100])
def test_any_size_of_batch_ends_the_same(scene: Scene, size: int) -> None:
    told = [("5 10:00", push("LP1", "5 10:00")), ("5 10:20", cancelled())]
    told += [*again("LP2", "5 11:00", made="5 12:00"), ("5 12:30", withdrawn())]
    told += again("LP3", "5 13:00", OTHER) + again("LP4", "5 12:45", THIRD, made="5 14:00")
    told.sort(key=lambda one: t(one[0]))
    for since in range(0, len(told), size):
        scene.tell_all(told[since : since + size])
    assert suspected(scene) == ["LP1:1:V-FALSE-FAIL"]
    assert [s.evidence["again"]["logistics_no"] for s in stored(scene.conn)] == ["LP4"]


def test_many_failed_and_many_new_orders_of_one_phone(scene: Scene) -> None:
    """A seller sends from one phone: each failed order keeps one of the new ones, not all."""
    numbers = [f"55000000001{n:03}" for n in range(20)]
    for n in range(20):
        failed_at(scene, no=f"LP{n + 100}")
    told = [one for n, number in enumerate(numbers) for one in again(f"LP{n + 200}", f"5 11:{n:02}", number)]
    scene.tell_all(told)
    assert len(suspected(scene)) == 20
    assert all(log(scene, f"LP{n + 100}") == ["ordered_again"] for n in range(20))


def test_a_batch_in_which_nothing_was_picked_up_asks_nothing_and_another_asks_once(scene: Scene) -> None:
    failed_at(scene, phone=ELSE)
    asked: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "sender_phone IN" in statement:
            asked.append(statement)

    event.listen(scene.conn, "before_cursor_execute", note)
    scene.tell_all(again("LP2", "5 11:00")[:2])
    assert len(asked) == 0
    scene.tell_all([*again("LP2", "5 11:00")[2:], *again("LP3", "5 12:00", OTHER)])
    assert len(asked) == 1
    event.remove(scene.conn, "before_cursor_execute", note)


def test_the_log_names_the_other_order_and_no_phone(scene: Scene) -> None:
    """ROLE-2."""
    failed_at(scene)
    scene.tell_all(again("LP2", "5 11:00"))
    data = scene.conn.scalars(select(events.c.data).where(events.c.kind == "ordered_again")).one()
    assert data == {"channel": "cainiao", "logistics_no": "LP2", "created_at": t("5 11:00").isoformat()}
