"""Acts of people on a batch in memory: DO-1, DO-2, DO-3, ROUTE-3, ROUTE-4, TRANSFER-1, and REPLAY's order of codes."""

from collections.abc import Callable

import pytest

from basics.words import DATA_CENTRE
from tests.rules.courses import EDITION
from tests.rules.stage import IN_A1, IN_B, NOWHERE, NUMBER, OTHER, THIRD, Stage, accepted

# ---- DO-1: who may act

HOLDERS = [
    ("the holder", IN_A1, "A1", None),
    ("the level-1 station above it", IN_A1, "A", None),
    ("a sister under the same house", IN_A1, "A2", "not_holder"),
    ("another house", IN_A1, "B", "not_holder"),
    ("a level-2 station under the holder", (120.05, 30.1), "A1", "not_holder"),
    ("a station that nobody knows", IN_A1, "Z", "station_unknown"),
    ("the data centre's orders are nobody's", NOWHERE, "A", "not_holder"),
    ("not even the data centre's own", NOWHERE, DATA_CENTRE, "not_holder"),
]
ACTS: list[tuple[str, Callable[[Stage, str], str | None]]] = [
    ("accept", lambda stage, who: stage.accept("5 10:10", who)),
    ("fail", lambda stage, who: stage.fail("5 10:10", station=who)),
    ("transfer", lambda stage, who: stage.transfer("5 10:10", "C", who)),
]


@pytest.mark.parametrize("act", [a[1] for a in ACTS], ids=[a[0] for a in ACTS])
@pytest.mark.parametrize(("where", "who", "answer"), [c[1:] for c in HOLDERS], ids=[f"DO-1 {c[0]}" for c in HOLDERS])
def test_only_the_holder_or_its_house_may_act(
    where: tuple[float, float], who: str, answer: str | None, act: Callable[[Stage, str], str | None]
) -> None:
    stage = Stage()
    stage.push("5 10:00", where=where)
    assert act(stage, who) == answer


def test_do_1_many_orders_with_an_answer_for_each() -> None:
    stage = Stage()
    for no in ("LP1", "LP2", "LP3"):
        stage.push("5 10:00", no, where=IN_B if no == "LP2" else (120.05, 30.1))
    answers = [stage.accept("5 10:10", "A", no) for no in ("LP1", "LP2", "LP3", "LP4")]
    assert answers == [None, "not_holder", None, "order_unknown"]
    assert [stage.state(no) for no in ("LP1", "LP2", "LP3")] == ["awaiting_waybill", "waiting", "awaiting_waybill"]


# ---- DO-2: reasons

REASONS = {
    "out_of_area": "nothing", "destination_not_served": "nothing", "no_time_agreed": "call_time",
    "wrong_number": "dialled_number", "cannot_reach": "call_time", "cannot_enter": "nothing",
    "forbidden_goods": "goods", "test_or_malicious": "nothing", "customer_cancelled": "nothing",
    "duplicate": "nothing", "weather_or_traffic": "nothing", "other": "text",
}  # fmt: skip


@pytest.mark.parametrize("reason", [*REASONS, "short_staff", "far_address", "", "OTHER"])
@pytest.mark.parametrize("stage_of", ["accept", "pickup"])
def test_do_2_a_failure_needs_a_reason_of_the_list(stage_of: str, reason: str) -> None:
    stage = Stage()
    stage.push("5 10:00")
    if stage_of == "pickup":
        stage.accept("5 10:05")
    known = reason in REASONS
    assert stage.fail("5 10:10", stage_of, reason) == (None if known else "reason_unknown")
    before = "waiting" if stage_of == "accept" else "awaiting_waybill"
    assert stage.state() == (f"{stage_of}_failed" if known else before)


def test_do_2_what_each_reason_asks_for() -> None:
    assert {code: reason.asks for code, reason in EDITION.reasons.items()} == REASONS


def test_do_2_both_failures_are_final() -> None:
    for stage_of in ("accept", "pickup"):
        stage = Stage()
        stage.push("5 10:00", waybill_no=NUMBER)
        if stage_of == "pickup":
            stage.accept("5 10:05")
        stage.fail("5 10:10", stage_of)
        stage.scan("5 11:00", made="5 10:06")
        stage.number("5 11:00", OTHER)
        assert stage.withdraw("5 11:00") == "already_closed"
        assert (stage.state(), stage.view().waybill_no) == (f"{stage_of}_failed", NUMBER)


# ---- ROUTE-3, ROUTE-4: dispatch and transfer


def test_route_3_the_accept_clock_starts_at_the_dispatch() -> None:
    stage = Stage()
    stage.push("5 10:00", where=NOWHERE)
    assert stage.dispatch("5 19:50", "B") is None
    assert stage.accept("6 08:20", "B") is None
    assert stage.clocks("31 12:00")[:2] == [(2, "accept", "kept"), (2, "transfer", "dropped")]


@pytest.mark.parametrize(
    ("to", "answer"),
    [("B", None), ("N", "station_not_accepting"), ("Z", "station_unknown"), (DATA_CENTRE, "same_station")],
)
def test_route_3_where_hq_may_send_it(to: str, answer: str | None) -> None:
    stage = Stage()
    stage.push("5 10:00", where=NOWHERE)
    assert stage.dispatch("5 10:10", to) == answer


def test_route_3_only_from_the_data_centre() -> None:
    stage = Stage()
    stage.push("5 10:00")
    assert stage.dispatch("5 10:10") == "not_at_data_centre"


TRANSFERS = [
    ("B", "A", None), (DATA_CENTRE, "A", None), ("A1", "A", None), ("N", "A", "station_not_accepting"),
    ("Z", "A", "station_unknown"), ("A", "A", "same_station"), ("B", "B", "not_holder"), ("Z", "B", "station_unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("to", "by", "answer"), TRANSFERS)
def test_route_4_where_a_station_may_send_it(to: str, by: str, answer: str | None) -> None:
    stage = Stage()
    stage.push("5 10:00")
    assert stage.transfer("5 10:10", to, by) == answer


def test_route_4_a_level_1_station_takes_an_order_from_its_contracted_area() -> None:
    stage = Stage()
    stage.push("5 10:00", where=IN_A1)
    assert stage.transfer("5 10:10", "A", "A") is None
    assert stage.holders() == [("A1", "routing"), ("A", "transfer")]


OUTSIDE = [
    ("its own area", (120.05, 30.1), "A", False),
    ("an area of its contracted area", IN_A1, "A", False),
    ("its contracted area is outside of the rest", (120.05, 30.1), "A1", True),
    ("a contracted area without polygons", IN_A1, "A2", True),
    ("another house", (120.05, 30.1), "B", True),
    ("a border belongs to both", (120.5, 30.1), "B", False),
    ("a border belongs to both: the other", (120.5, 30.1), "C", False),
    ("no known point is nowhere outside", None, "B", False),
    ("an unusable point is no point", (0.0, 0.0), "B", False),
]


@pytest.mark.parametrize(
    ("where", "to", "outside"), [c[1:] for c in OUTSIDE], ids=[f"TRANSFER-1 {c[0]}" for c in OUTSIDE]
)
def test_what_is_outside(where: tuple[float, float] | None, to: str, outside: bool) -> None:
    stage = Stage()
    stage.push("5 10:00", "ZZ7", where=where, address="西湖区文一路")
    stage.dispatch("5 10:10", to, "ZZ7")
    assert stage.view("ZZ7").assignments[-1].outside is outside
    assert ("transfer" in [kind for _, kind, _ in stage.clocks("5 10:10", "ZZ7")]) is outside


def test_transfer_1_an_update_of_the_place_makes_the_test_anew() -> None:
    stage = Stage()
    stage.push("5 10:00")
    stage.transfer("5 10:10", "B")
    assert [a.outside for a in stage.view().assignments] == [False, True]
    stage.push("5 10:20", where=IN_B)
    assert [a.outside for a in stage.view().assignments] == [False, False]


# ---- DO-3: the confirmation

CONFIRMATIONS = [
    ("send_express needs the number", "send_express", None, None, "waybill_required"),
    ("send_express with it", "send_express", None, NUMBER, None),
    ("online without any number", "online_order", None, None, "waybill_required"),
    ("online with the known one", "online_order", NUMBER, NUMBER, None),
    ("online, the known one left out", "online_order", NUMBER, None, None),
    ("online with another one", "online_order", NUMBER, OTHER, "waybill_conflict"),
    ("an impossible number", "online_order", NUMBER, "123", "waybill_invalid"),
    ("a number of another order", "online_order", None, THIRD, "waybill_in_use"),
]


@pytest.mark.parametrize(
    ("kind", "known", "given", "answer"), [c[1:] for c in CONFIRMATIONS], ids=[f"DO-3 {c[0]}" for c in CONFIRMATIONS]
)
def test_confirmation(kind: str, known: str | None, given: str | None, answer: str | None) -> None:
    stage = accepted(known, kind)
    stage.push("5 10:06", "LP2", waybill_no=THIRD)
    assert stage.confirm("5 10:10", given) == answer
    assert (stage.state() == "picked_up") == (answer is None)
    assert stage.view().waybill_no == (known or (given if answer is None else None))


# ---- where two codes fit, the earlier in REPLAY's list stands

FIRST = [
    ("order before station", lambda s: s.accept("5 11:00", "Z", "LP9"), "order_unknown"),
    ("station before holder", lambda s: s.accept("5 11:00", "Z"), "station_unknown"),
    ("holder before state", lambda s: s.accept("5 11:00", "B"), "not_holder"),
    ("state before reason", lambda s: s.fail("5 11:00", "accept", "no such reason"), "not_allowed_in_state"),
    ("not accepting before same station", lambda s: s.transfer("5 11:00", "N"), "station_not_accepting"),
    ("holder before number", lambda s: s.confirm("5 11:00", "123", "B"), "not_holder"),
    ("impossible before conflict", lambda s: s.confirm("5 11:00", "123"), "waybill_invalid"),
    ("in use before conflict", lambda s: s.confirm("5 11:00", OTHER), "waybill_in_use"),
    ("in use before locked", lambda s: s.supply("5 11:00", OTHER), "waybill_in_use"),
]


@pytest.mark.parametrize(("act", "code"), [c[1:] for c in FIRST], ids=[c[0] for c in FIRST])
def test_the_first_code_that_fits(act: Callable[[Stage], str | None], code: str) -> None:
    stage = accepted()
    stage.push("5 10:06", "LP2", waybill_no=OTHER)
    assert act(stage) == code
