"""When HQ's dispatch decides a dispute, and what the register keeps of it (ROUTE-3..ROUTE-5, ROLE-2)."""

from typing import Any

import pytest

from basics.words import DATA_CENTRE
from dispatch.borders_rules import DIGITS, Entry, box, dispatched, entries_of, metres, nameless
from dispatch.routing import Place
from tests.rules.courses import t
from tests.rules.stage import IN_A, IN_B, NOWHERE, Stage

PLACE = Place(120.123456789, 30.1, "330102", fragments=("翠苑小区", "文三路"))


def entries(stage: Stage) -> list[Entry]:
    return entries_of(stage.life(), lambda _: PLACE)


def passed(*moves: tuple[str, str, str]) -> Stage:
    """Pushed to A, then transferred: (at, from, to)."""
    stage = Stage()
    stage.push("5 10:00")
    for at, station, to in moves:
        assert stage.transfer(at, to, station) is None
    return stage


def test_route_5_a_ping_pong_that_hq_ends() -> None:
    """A to B, B back to A: the data centre has it, and HQ gives it to B."""
    stage = passed(("5 10:05", "A", "B"), ("5 10:10", "B", "A"))
    assert stage.holders() == [("A", "routing"), ("B", "transfer"), ("HQ", "transfer")]
    stage.dispatch("5 10:20", "B")
    [entry] = entries(stage)
    assert (entry.seq, entry.station, entry.others) == (4, "B", ("A",))
    assert (entry.decided_at, entry.decided_by) == (t("5 10:20"), "tester")
    assert (entry.adcode, entry.fragment) == ("330102", "翠苑小区")
    assert (entry.lng, entry.lat) == (120.1235, 30.1)  # 10 m: no door


@pytest.mark.parametrize("to", ["A", "B"])
def test_route_5_hq_may_send_it_back_to_either(to: str) -> None:
    stage = passed(("5 10:05", "A", "B"), ("5 10:10", "B", "A"))
    assert stage.dispatch("5 10:20", to) is None
    assert stage.holders()[-1] == (to, "dispatch")


@pytest.mark.parametrize(
    ("moves", "to", "others"),
    [
        ((("5 10:05", "A", DATA_CENTRE),), "B", ("A",)),  # A could not tell: HQ can
        ((("5 10:05", "A", DATA_CENTRE),), "A", ()),  # it is A's after all
        ((("5 10:05", "A", "B"), ("5 10:10", "B", "C"), ("5 10:15", "C", "A")), "B", ("A", "C")),
        ((("5 10:05", "A", "B"), ("5 10:10", "B", DATA_CENTRE)), "C", ("A", "B")),  # neither of the two
    ],
)
def test_who_had_passed_it_on(moves: tuple[tuple[str, str, str], ...], to: str, others: tuple[str, ...]) -> None:
    stage = passed(*moves)
    stage.dispatch("5 10:20", to)
    [entry] = entries(stage)
    assert (entry.station, entry.others) == (to, others)


def test_no_dispute_no_entry() -> None:
    """Routing was not certain: nobody had passed it on."""
    stage = Stage()
    stage.push("5 10:00", where=(121.5, 31.5))
    stage.dispatch("5 10:20", "B")
    assert dispatched(stage.life()) and entries(stage) == []


def test_who_lost_it_by_an_update_passed_nothing_on() -> None:
    """CHAN-3: the sender moved from A's area into B's; only B gave it away."""
    stage = Stage()
    stage.push("5 10:00")
    stage.push("5 10:05", where=IN_B)
    stage.transfer("5 10:10", DATA_CENTRE, "B")
    assert [station for station, _ in stage.holders()] == ["A", "B", "HQ"]
    stage.dispatch("5 10:20", "C")
    assert entries(stage)[0].others == ("B",)


def moved(**told: Any) -> Stage:
    """A could not tell; then the sender told more, and HQ gave it to C."""
    stage = passed(("5 10:05", "A", DATA_CENTRE))
    stage.push("5 10:06", **told)
    assert stage.dispatch("5 10:20", "C") is None
    return stage


@pytest.mark.parametrize(
    "told", [{"where": IN_B}, {"where": (120.06, 30.1)}, {"address": "文一路1号"}, {"adcode": "330102"}]
)
def test_nobody_passed_on_a_place_that_he_never_saw(told: dict[str, Any]) -> None:
    """A gave away another place than HQ decided about: no dispute, no entry."""
    stage = moved(**told)
    assert dispatched(stage.life()) and entries(stage) == []


@pytest.mark.parametrize("told", [{}, {"goods": "书籍"}, {"sender": {"phone": "13900000000"}}])
def test_other_news_leaves_the_dispute(told: dict[str, Any]) -> None:
    assert [one.others for one in entries(moved(**told))] == [("A",)]


def test_only_transfers_of_the_present_place_count() -> None:
    """B saw it, A did not; a place that comes back is a new one: A may think otherwise of it now."""
    stage = passed(("5 10:05", "A", DATA_CENTRE))
    stage.dispatch("5 10:10", "B")
    stage.push("5 10:11", where=NOWHERE)
    stage.transfer("5 10:12", DATA_CENTRE, "B")
    stage.dispatch("5 10:20", "C")
    assert [(one.seq, one.others) for one in entries(stage)] == [(3, ("A",)), (5, ("B",))]


def test_an_entry_has_the_place_that_hq_decided_about() -> None:
    """News of the same batch that came after the dispatch is another place."""
    stage = passed(("5 10:05", "A", DATA_CENTRE))
    stage.dispatch("5 10:10", "B")
    stage.push("5 10:11", where=NOWHERE)
    [entry] = entries_of(stage.life(), lambda content: Place(content["lng"], content["lat"], None))
    assert (entry.lng, entry.lat) == IN_A


def test_each_decision_is_an_entry_of_its_own() -> None:
    """HQ's word was not the last one; what was stored before is not told again."""
    stage = passed(("5 10:05", "A", DATA_CENTRE))
    stage.dispatch("5 10:10", "B")
    stage.transfer("5 10:15", "A", "B")
    stage.dispatch("5 10:20", "C")
    assert [(one.seq, one.station, one.others) for one in entries(stage)] == [(3, "B", ("A",)), (5, "C", ("A", "B"))]
    stage.life().stored = len(stage.life().events) - 1
    assert [one.seq for one in entries(stage)] == [5]
    stage.life().stored += 1
    assert not dispatched(stage.life()) and entries(stage) == []


@pytest.mark.parametrize(
    ("fragments", "fragment"),
    [
        (("翠苑小区", "文三路"), "翠苑小区"),
        (("王小明公寓", "文三路"), "文三路"),  # a customer's name in it
        (("小区" * 51, "文三路"), "文三路"),  # longer than the column
        (("王小明公寓",), ""),
        ((), ""),
    ],
)
def test_role_2_no_name_in_the_register(fragments: tuple[str, ...], fragment: str) -> None:
    assert nameless(fragments, {"王小明"}) == fragment


def test_metres_and_the_box_around_a_point() -> None:
    """One minute of latitude is about 1,855 m on this earth; the box holds whatever is within 200 m."""
    assert metres(120, 30, 120, 30 + 1 / 60) == pytest.approx(1855.4, abs=0.2)
    assert metres(120, 60, 121, 60) == pytest.approx(metres(120, 0, 121, 0) / 2, rel=1e-9)
    west, south, east, north = box(120, 30)
    for lng, lat in ((west, 30), (east, 30), (120, south), (120, north)):
        assert 200 < metres(120, 30, lng, lat) < 205
    assert 10**-DIGITS * 111_320 < 12
