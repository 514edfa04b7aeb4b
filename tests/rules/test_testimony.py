"""VIO-2: what is kept with an act of where the point lay, by the areas valid then; and what a channel said."""

from dataclasses import replace
from typing import Any

import pytest
from shapely import box

from channels.messages import COURIERS_FAULT, WITHDRAWAL_CODES, Withdrawal
from channels.wechat import CANCEL_REASONS
from dispatch.facts import AskChange, Event, Target
from dispatch.places import key_of, point_of
from geo.areas import Area
from geo.named_places import NamedPlace
from geo.network import Network
from rulebook.book import Book
from tests.rules.courses import BOOK, EDITION, t
from tests.rules.stage import AREAS, IN_A, IN_A1, IN_B, NETWORK, NOWHERE, NUMBER, STATIONS, Stage

DISTRICTS = [("330102", "A"), ("330103", "B")]


def network(*more: Area, without: str = "") -> Network:
    return Network(STATIONS, [*(area for area in AREAS if area.station != without), *more], DISTRICTS, [])


def data(stage: Stage, kind: str) -> dict[str, Any]:
    [event] = [event for event in stage.life().events if event.kind == kind]
    return event.data


def held_by(to: str, where: tuple[float, float] | None = IN_B, net: Network = NETWORK) -> Stage:
    """Sent by A to `to` at 10:10."""
    stage = Stage(BOOK, net)
    more = {} if where else {"adcode": "330102"}
    stage.push(where=where, **more)
    holder = stage.view().station
    assert holder
    if holder == "DATA_CENTRE":
        stage.dispatch("5 10:10", to)
    elif holder != to:
        stage.transfer("5 10:10", to, holder)
    return stage


ACCEPTED: list[tuple[str, tuple[float, float] | None, str, dict[str, Any]]] = [
    ("inside", IN_A, "A", {}),
    ("inside its contracted area", IN_A1, "A", {}),
    ("inside another's", IN_B, "C", {"outside": True, "elsewhere": ["B"]}),
    ("a contracted area, inside parent and sister", IN_A1, "A2", {"outside": True, "elsewhere": ["A", "A1"]}),
    ("in nobody's area", NOWHERE, "A", {"outside": True, "elsewhere": []}),
    ("no point", None, "B", {}),
]  # fmt: skip


@pytest.mark.parametrize(("where", "station", "kept"), [c[1:] for c in ACCEPTED], ids=[c[0] for c in ACCEPTED])
def test_v_wrong_accept_what_an_acceptance_keeps(
    where: tuple[float, float] | None, station: str, kept: dict[str, Any]
) -> None:
    stage = held_by(station, where)
    assert stage.accept("5 10:20", station) is None
    assert data(stage, "accepted") == {"station": station, **kept}


def test_v_wrong_accept_a_station_that_accepts_nothing_is_not_kept_from_it() -> None:
    stage = held_by("C", net=network(Area("N", box(120.3, 30.0, 120.5, 30.2)), without="B"))
    stage.accept("5 10:20", "C")
    assert data(stage, "accepted")["elsewhere"] == []


def test_v_wrong_accept_the_level_1_station_may_act_and_the_holder_is_meant() -> None:
    """DO-1: accepted by A for A2, in whose own area it does not lie."""
    stage = held_by("A2", IN_A1)
    stage.accept("5 10:20", "A")
    assert data(stage, "accepted") == {"station": "A", "outside": True, "elsewhere": ["A", "A1"]}


SINCE = t("5 10:20")


@pytest.mark.parametrize(("at", "outside"), [("5 10:19:59.999999", False), ("5 10:20", True)])
def test_the_areas_of_the_acceptance_count(at: str, outside: bool) -> None:
    """C's area held the point until 10:20; an end instant belongs to the next version."""
    stage = held_by("C", net=network(Area("C", box(120.3, 30.0, 120.5, 30.2), valid_until=SINCE)))
    stage.accept(at, "C")
    assert bool(data(stage, "accepted").get("outside")) is outside


def test_v_wrong_accept_from_the_log_to_the_suspicion() -> None:
    stage = held_by("C")
    stage.accept("5 10:20", "C")
    stage.fail("5 12:00", "pickup", "cannot_reach", "C")
    assert stage.suspected("5 12:00") == [(2, "V-WRONG-ACCEPT")]


def test_what_a_caller_agrees_later_blames_nobody() -> None:
    """CHAN-8: inside when it was accepted, moved out with the holder's consent."""
    stage = Stage()
    stage.push()
    stage.accept("5 10:20")
    stage.tell("5 10:30", AskChange(Target("LP1"), "change", {"lng": IN_B[0], "lat": IN_B[1]}))
    stage.fail("5 12:00", "pickup", "cannot_reach")
    assert stage.suspected("5 12:00") == []


# ---- "out of area"

FAILED = [
    ("inside", IN_A, "A", ["A"]),
    ("inside a contracted area of it", IN_A1, "A", ["A", "A1"]),
    ("a contracted area, inside another of its house", IN_A1, "A2", ["A", "A1"]),
    ("truly", IN_B, "C", []),
    ("in nobody's", NOWHERE, "A", []),
    ("no point", None, "B", []),
]


@pytest.mark.parametrize(("where", "station", "inside"), [c[1:] for c in FAILED], ids=[c[0] for c in FAILED])
def test_v_false_fail_what_a_failure_keeps(where: tuple[float, float] | None, station: str, inside: list[str]) -> None:
    stage = held_by(station, where)
    assert stage.fail("5 10:20", "accept", "out_of_area", station) is None
    assert data(stage, "failed")["inside"] == inside
    found = [(seq, kind) for seq, kind in stage.suspected("5 10:20") if kind == "V-FALSE-FAIL"]
    assert found == ([(len(stage.holders()), "V-FALSE-FAIL")] if inside else [])


def test_other_reasons_keep_nothing() -> None:
    stage = held_by("A", IN_A)
    stage.fail("5 10:20", "accept", "cannot_reach")
    assert "inside" not in data(stage, "failed")


@pytest.mark.parametrize(("at", "inside"), [("5 10:19:59.999999", ["A"]), ("5 10:20", [])])
def test_the_areas_of_the_failure_count(at: str, inside: list[str]) -> None:
    stage = held_by("A", IN_A, network(Area("A", box(120.0, 30.0, 120.1, 30.2), valid_until=SINCE), without="A"))
    stage.fail(at, "accept", "out_of_area")
    assert data(stage, "failed")["inside"] == inside


def test_events_from_before_say_nothing() -> None:
    """An act of which nothing was kept is not suspected."""
    stage = held_by("C")
    life = stage.life()
    stage.batch.log(life, Event("accepted", t("5 10:20"), t("5 10:20"), "C", {"station": "C"}))
    said = {"station": "C", "stage": "pickup", "reason": "out_of_area", "detail": ""}
    stage.batch.log(life, Event("failed", t("5 12:00"), t("5 12:00"), "C", said))
    # C was sent what it does not cover, and says so: that was kept before, and is B's affair, who sent it.
    assert stage.suspected("5 12:00") == [(1, "V-TRANSFER")]


# ---- what the channel said


def told(stage: Stage, at: str, code: str | None, made: str | None = None) -> str | None:
    return stage.tell(at, Withdrawal("", "LP1", "sender", "取件太慢", t(made or at), None, code))


def cancelled(reason: str = "customer_cancelled") -> Stage:
    stage = Stage()
    stage.push()
    stage.fail("5 10:20", "accept", reason)
    return stage


@pytest.mark.parametrize("code", [*WITHDRAWAL_CODES, None])
def test_v_false_fail_the_channels_own_reason(code: str | None) -> None:
    """A withdrawal after a failure is refused all the same (CHAN-6)."""
    stage = cancelled()
    assert told(stage, "5 11:00", code) == "already_closed"
    assert stage.suspected("5 11:00") == ([(1, "V-FALSE-FAIL")] if code in COURIERS_FAULT else [])
    assert stage.state() == "accept_failed"


def test_each_code_is_kept_once_and_with_its_own_time() -> None:
    stage = cancelled()
    for at, code in (("5 11:00", "too_slow"), ("5 11:05", "too_slow"), ("5 11:10", "user_cancelled")):
        told(stage, at, code, "5 10:15")
    said = [event for event in stage.life().events if event.kind == "channel_said"]
    assert [(one.data["code"], one.happened_at) for one in said] == [
        ("too_slow", t("5 10:15")),
        ("user_cancelled", t("5 10:15")),
    ]
    assert stage.life().said == ("too_slow", "user_cancelled")
    assert stage.told() == ["failed"]  # the channel need not hear of what it said itself


def test_beside_another_reason_it_says_nothing() -> None:
    stage = cancelled("duplicate")
    told(stage, "5 11:00", "too_slow")
    assert stage.log() == ["created", "failed"]


def test_which_codes_blame_the_courier() -> None:
    """CHANNELS 2.3: WeChat's 5 to 7 are service failures; no other channel has a list."""
    assert {number for number, (_, code) in CANCEL_REASONS.items() if code in COURIERS_FAULT} == {"5", "6", "7"}
    assert COURIERS_FAULT.issubset(WITHDRAWAL_CODES)


# ---- V-FALSE-WAYBILL from the log


def confirmed_at_noon() -> Stage:
    stage = Stage()
    stage.push(waybill_no=NUMBER)
    stage.accept("5 10:10")
    stage.confirm("5 12:00", None)
    return stage


def test_v_false_waybill_scans_elsewhere_are_evidence() -> None:
    """DO-4: of another house, or before anybody held it; each once."""
    stage = confirmed_at_noon()
    stage.scan("6 09:00", station="C", made="5 18:00")
    stage.scan("6 09:00", station="B", made="5 17:00")
    stage.scan("6 09:05", station="B", made="5 17:00")
    stage.scan("6 09:00", station="A", made="5 09:59")
    assert stage.life().scans_elsewhere() == [
        ("A", t("5 09:59")),
        ("B", t("5 17:00")),
        ("C", t("5 18:00")),
    ]
    assert stage.suspected("6 12:00") == []
    assert stage.suspected("6 12:00:00.000001") == [(1, "V-FALSE-WAYBILL")]


def test_v_false_waybill_a_scan_told_late_clears_it() -> None:
    stage = confirmed_at_noon()
    assert stage.suspected("7 09:00") == [(1, "V-FALSE-WAYBILL")]
    stage.scan("7 10:00", made="6 12:00")
    assert stage.suspected("7 10:00") == []


def test_the_edition_says_how_long_a_proof_may_take() -> None:
    """DESIGN law 12."""
    short = replace(EDITION, scan_proof=EDITION.scan_proof / 2)
    stage = Stage(Book([short]))
    stage.push(waybill_no=NUMBER)
    stage.accept("5 10:10")
    stage.confirm("5 12:00", None)
    assert stage.suspected("6 00:00") == []
    assert stage.suspected("6 00:00:00.000001") == [(1, "V-FALSE-WAYBILL")]


@pytest.mark.parametrize(("owner", "outside", "inside"), [("C", False, ["C"]), ("B", True, [])])
def test_a_named_place_is_a_part_of_its_stations_area(owner: str, outside: bool, inside: list[str]) -> None:
    """Reading 49, for acceptance and failure alike."""
    net = Network(STATIONS, AREAS, DISTRICTS, [], [NamedPlace("330199", "翡翠城", owner, t("1 00:00"))])
    stages = [held_by("C", IN_A, net), held_by("C", IN_A, net)]
    for stage in stages:
        content = stage.view().content
        place = replace(point_of(content, EDITION), adcode="330199", fragments=("翡翠城",))
        stage.batch.read_places[(EDITION.name, *key_of(content))] = place
    stages[0].accept("5 10:20", "C")
    stages[1].fail("5 10:20", "accept", "out_of_area", "C")
    assert bool(data(stages[0], "accepted").get("outside")) is outside
    assert data(stages[0], "accepted").get("elsewhere", []) == (["A", "B"] if outside else [])
    assert data(stages[1], "failed")["inside"] == inside
