"""A push from the knock to the answer: CHAN-3, CHAN-5, CHAN-6, D1, F-01, F-43, F-44, B-05, B-17..B-28, B-70..B-73."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, event

from channels import actions as channels
from channels.actions import OVERLAP, set_channel
from dispatch.facts import Accept, Confirm, Target
from storage import session
from storage.session import writing
from storage.tables.channels import inbox, outbox
from storage.tables.dispatch import assignments, events, orders
from storage.tables.sla import clocks, violations
from tests.web.door import KEYS, MASTER, NOON, NUMBER, Door, headers, order, whsec, withdrawal

MINUTE = timedelta(minutes=1)
WHOLE = {"inbox": 1, "orders": 1, "events": 1, "assignments": 1, "clocks": 2}
ACCEPT = Accept(Target(NUMBER, "crm"), "HZ01")


@pytest.fixture
def door(engine: Engine) -> Door:
    return Door(engine)


def test_d_1_one_push_is_a_routed_order_with_its_clocks(door: Door) -> None:
    answer = door.push(order())
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.json == {"logistics_order_no": NUMBER, "result": "ok"}
    assert door.counts() == WHOLE
    (row,) = door.rows(orders)
    assert (row.state, row.station, row.routing_cause, row.region) == ("waiting", "HZ01", "area", "浙江省")
    assert (row.created_at, row.received_at) == (NOON, NOON)
    due = {clock.kind: clock.due_at - NOON for clock in door.rows(clocks)}
    assert due == {"accept": 30 * MINUTE, "pickup": timedelta(hours=23)}  # PICKUP-2: the booked window ends later
    assert row.next_at == NOON + 30 * MINUTE
    (kept,) = door.rows(inbox)
    assert (kept.message_key, kept.logistics_no, kept.refused) == ("msg_1", NUMBER, None)
    assert kept.body == order()
    assert door.findings() == []


def test_chan_3_a_repeated_message_gets_the_first_answer_byte_for_byte(door: Door) -> None:
    first = door.push(order())
    door.clock.forward(minutes=4)
    again = door.push(order(), at=door.clock.at)  # their retry carries a new timestamp and signature
    assert (again.status_code, again.content_type, again.data) == (200, first.content_type, first.data)
    assert door.counts() == WHOLE


def test_chan_3_a_repeated_refusal_gets_the_first_answer_too(door: Door) -> None:
    first = door.push(order(**{"data.cargo.pieces": 1.5}))
    again = door.push(order(**{"data.cargo.pieces": 1.5}))
    assert (first.status_code, again.data) == (422, first.data)  # with the request_id of the first
    assert door.counts() == {"inbox": 1}


def test_b_21_the_same_id_with_another_body(door: Door) -> None:
    door.push(order())
    answer = door.push(withdrawal())
    assert (answer.status_code, answer.json and answer.json["code"]) == (409, "idempotency_mismatch")
    assert door.counts() == WHOLE and door.state() == "waiting"
    assert door.push(order()).status_code == 200  # and the first answer stays


def test_chan_3_the_same_content_under_a_new_id_changes_nothing(door: Door) -> None:
    door.push(order())
    assert door.push(order(), "msg_2").status_code == 200
    assert door.counts() == WHOLE | {"inbox": 2}


def test_b_17_other_content_before_acceptance_is_an_update(door: Door) -> None:
    door.push(order())
    door.clock.forward(minutes=3)
    assert door.push(order(**{"data.remark": "改为门口"}), "msg_2").status_code == 200
    assert [one.kind for one in door.rows(events)] == ["created", "updated"]
    contents = [one.data["content"]["remark"] for one in door.rows(events)]
    assert contents == ["请提前电话", "改为门口"]  # the log shows before and after
    (row,) = door.rows(orders)
    assert (row.content["remark"], row.created_at) == ("改为门口", NOON)


def test_b_18_other_content_after_acceptance_is_refused(door: Door) -> None:
    door.push(order())
    assert door.act(ACCEPT) is None
    answer = door.push(order(**{"data.remark": "改为门口"}), "msg_2")
    assert (answer.status_code, answer.json and answer.json["code"]) == (409, "order_already_accepted")
    assert door.push(order(), "msg_3").status_code == 200  # the present content is no change
    assert [one.kind for one in door.rows(events)] == ["created", "accepted"]


@pytest.mark.parametrize("first", ["order", "withdrawal"])
def test_f_43_a_withdrawal_before_or_after_its_order(door: Door, first: str) -> None:
    """B-19, CHAN-6: answered 200 and kept waiting; the same state either way."""
    messages = {"order": order(), "withdrawal": withdrawal()}
    second = ({*messages} - {first}).pop()
    door.clock.forward(seconds=10)
    assert door.push(messages[first], first).status_code == 200
    assert door.counts() == (WHOLE if first == "order" else {"inbox": 1, "waiting": 1})
    door.clock.forward(seconds=30)
    assert door.push(messages[second], second).status_code == 200
    (row,) = door.rows(orders)
    assert (row.state, row.withdrawal_origin, row.withdrawal_reason) == ("withdrawn", "sender", "不寄了")
    assert (row.ended_at, row.next_at) == (NOON + timedelta(seconds=5), None)
    assert [one.kind for one in door.rows(outbox)] == ["withdrawn"]
    assert "waiting" not in door.counts()
    assert door.findings() == []


def test_chan_6_a_waiting_withdrawal_of_the_future_counts_when_it_was_told(door: Door) -> None:
    door.push(withdrawal(at="2026-11-22T12:20:00+08:00"), "w")
    door.clock.forward(minutes=30)
    door.push(order(timestamp="2026-11-22T11:50:00+08:00"), "o")
    (row,) = door.rows(orders)
    assert (row.state, row.ended_at) == ("withdrawn", NOON)


def test_chan_6_a_withdrawal_after_the_pickup_is_refused(door: Door) -> None:
    door.push(order())
    assert door.act(ACCEPT) is None
    assert door.act(Confirm(Target(NUMBER, "crm"), "HZ01", "55012345678901")) is None
    answer = door.push(withdrawal(), "msg_2")
    assert (answer.status_code, answer.json and answer.json["code"]) == (409, "already_picked_up")
    assert door.state() == "picked_up"
    assert [(one.seq, one.kind) for one in door.rows(outbox)] == [(1, "accepted"), (2, "picked_up")]
    (mine, *_) = [one for one in door.rows(inbox) if one.message_key == "msg_2"]
    assert mine.refused == "already_picked_up"


def test_chan_5_an_incomplete_order_is_held_and_its_channel_told_in_the_same_commit(door: Door) -> None:
    assert door.push(order(**{"data.sender.mobile": None})).status_code == 200
    (row,) = door.rows(orders)
    assert (row.state, row.station, row.missing) == ("held", None, ["sender.phone"])
    (told,) = door.rows(outbox)
    assert (told.kind, told.seq, told.payload["missing"]) == ("held", 1, ["sender.phone"])
    assert door.push(order(), "msg_2").status_code == 200
    assert door.state() == "waiting"


def test_chan_1_two_channels_may_use_one_number(door: Door) -> None:
    """The credential says whose it is; a prefix that contradicts it goes to a person (B-05)."""
    assert door.push(order()).status_code == 200
    assert door.push(order(), channel="website").status_code == 200
    found = {row.channel: (row.station, row.routing_cause) for row in door.rows(orders)}
    assert found == {"crm": ("HZ01", "area"), "website": ("DATA_CENTRE", "prefix")}


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"data.sender.location.lng": "30.07", "data.sender.location.lat": "120.07"}, "district"),
        ({"data.sender.location.lng": "0", "data.sender.location.lat": "0"}, "district"),
        ({"data.sender.location.lng": "181"}, "district"),
        ({"data.sender.location.lng": "120.15"}, "no_area"),  # far from the district: nothing is guessed
        ({"data.sender.location": None, "data.sender.adcode": "999999"}, "no_district"),
    ],
)
def test_route_2_unusable_points_and_districts(door: Door, changed: dict[str, str], cause: str) -> None:
    """B-70, B-71"""
    assert door.push(order(**{"data.sender.adcode": "330106", **changed})).status_code == 200
    (row,) = door.rows(orders)
    assert (row.routing_cause, row.station) == (cause, "HZ01" if cause == "district" else "DATA_CENTRE")


@pytest.mark.parametrize(
    ("told", "created", "late"),
    [
        ("2099-01-01T00:00:00+08:00", NOON, False),  # later than our receipt: our receipt is taken
        ("2026-11-22T13:00:00+08:00", NOON, False),
        ("2026-11-19T12:00:00+08:00", NOON - timedelta(days=3), True),
        ("1970-01-01T00:00:00Z", NOON.replace(year=1970, month=1, day=1, hour=0), True),
    ],
)
def test_b_73_the_time_of_creation(door: Door, told: str, created: object, late: bool) -> None:
    """F-44: judged from creation; what the late push caused is marked (VIO-3)."""
    assert door.push(order(timestamp=told)).status_code == 200
    (row,) = door.rows(orders)
    assert (row.created_at, row.received_at) == (created, NOON)
    assert {one.excuse for one in door.rows(violations)} == ({"late_push"} if late else set())
    assert door.findings() == []


def test_b_28_an_old_secret_is_good_for_the_overlap(door: Door) -> None:
    door.push(order())
    with writing(door.engine) as conn:
        set_channel(conn, MASTER, "crm", {"secret": whsec(b"n" * 32)}, NOON)
    door.clock.forward(seconds=2)  # credentials are read again
    for number, key in enumerate((KEYS["crm"], b"n" * 32)):
        body = order(f"IS{number}")
        assert door.knock(body, headers(body, f"m{number}", door.clock.at, key)).status_code == 200
    door.clock.at = NOON + OVERLAP
    assert door.push(order("IS9"), "m9").status_code == 401
    assert door.knock(body, headers(body, "m10", door.clock.at, b"n" * 32)).status_code == 200


def test_a_channel_that_was_switched_off_is_unknown(door: Door) -> None:
    with writing(door.engine) as conn:
        set_channel(conn, MASTER, "crm", {"enabled": "false"}, NOON)
    answer = door.push(order())
    assert (answer.status_code, answer.json and answer.json["code"]) == (401, "credential_unknown")
    assert door.counts() == {}


def failing_at(engine: Engine, nth: int) -> Callable[[], None]:
    """Breaks the n-th writing statement from here; returns what mends it."""
    seen = 0

    def cut(_conn: Connection, _cursor: object, statement: str, *_: object) -> None:
        nonlocal seen
        if statement.startswith(("INSERT", "UPDATE")):
            seen += 1
            if seen == nth:
                raise RuntimeError("cut")

    event.listen(engine, "before_cursor_execute", cut)
    return lambda: event.remove(engine, "before_cursor_execute", cut)


def test_f_01_a_crash_at_any_statement_leaves_nothing(door: Door) -> None:
    """D1, F-14: all or nothing, and the retry makes the order once. A held order writes the outbox as well."""
    body, nth, broken = order(**{"data.cargo.pieces": 0}), 0, 500
    while broken == 500:
        nth += 1
        mend = failing_at(door.engine, nth)
        broken = door.push(body).status_code
        mend()
        if broken == 500:
            assert door.counts() == {}, f"statement {nth}"
    assert (nth > 4, broken) == (True, 200)
    assert door.counts() == {"inbox": 1, "orders": 1, "events": 1, "outbox": 1}


def test_f_01_a_crash_after_the_work_leaves_nothing(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def then_crash(*_: object) -> None:
        raise RuntimeError("13800138000")

    monkeypatch.setattr(channels, "keep_answers", then_crash)
    answer = door.push(order())
    assert (answer.status_code, "13800138000" in answer.text, door.counts()) == (500, False, {})
    monkeypatch.undo()
    assert door.push(order()).status_code == 200
    assert len(door.rows(assignments)) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("nth", [1, 3, 5])
def test_f_23_a_lost_connection_is_503_with_nothing_stored_and_the_next_push_works(door: Door, nth: int) -> None:
    """F-24, D11: no restart is needed, and a stale connection is noticed before it is used."""
    door.push(order("IS0"), "warm")
    before, seen = door.counts(), 0

    def cut(conn: Connection, _cursor: object, statement: str, *_: object) -> None:
        nonlocal seen
        seen += statement.startswith(("INSERT", "UPDATE"))
        if seen == nth:
            seen += 1
            with door.engine.connect() as other:
                pid = conn.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
                other.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 5000)")

    event.listen(door.engine, "before_cursor_execute", cut)
    answer = door.push(order())
    event.remove(door.engine, "before_cursor_execute", cut)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert door.counts() == before
    with door.engine.connect() as other:
        other.exec_driver_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    assert door.push(order()).status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_f_34_a_database_that_stays_locked_is_503(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    door.push(order("IS0"), "warm")
    monkeypatch.setattr(session, "BUSY_SECONDS", 0.05)
    with writing(door.engine):
        answer = door.push(order())
    assert (answer.status_code, answer.json and answer.json["code"]) == (503, "busy")
    assert door.push(order()).status_code == 200
