"""ROUTE-6 in the database: one decision each, whoever comes at the same moment; a granted request is a closure."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, func, select

from basics.refusal import Refusal
from geo.actions import import_closures, import_stations
from geo.closing.actions import ask, decide, take_back
from geo.closing.queries import PAGE, decided, granted, open_requests, standing_of
from geo.closing_rules import Asked
from geo.queries import NetworkCache, network_version
from geo.stations import Closure
from storage.session import reading, writing
from storage.tables.geo import closure_requests, closures
from tests.rules.courses import t
from tests.rules.stage import STATIONS
from tests.rules.together import together

NOW = t("5 12:00")


@pytest.fixture
def network(engine: Engine) -> Engine:
    with writing(engine) as conn:
        import_stations(conn, STATIONS, t("1 00:00"))
    return engine


def asked(conn: Connection, start: str = "6 10:00", end: str = "6 12:00", station: str = "A") -> int:
    assert ask(conn, Asked(station, t(start), t(end), "盘点"), "甲", NOW) is None
    return conn.scalars(select(func.max(closure_requests.c.id))).one()


def code(result: Closure | Refusal | None) -> str | None:
    return result.code if isinstance(result, Refusal) else None


def states(engine: Engine) -> list[tuple[str, str | None]]:
    r = closure_requests.c
    with reading(engine) as conn:
        return [(row.state, row.decided_by) for row in conn.execute(select(r.state, r.decided_by).order_by(r.id))]


def test_route_6_granting_makes_the_closure(network: Engine) -> None:
    """Of that one station (A1 stays open), known to the network at once."""
    cache = NetworkCache()
    with writing(network) as conn:
        request = asked(conn)
        before = network_version(conn)
        cache.get(conn)
    with writing(network) as conn:
        assert decide(conn, [request], True, "总部", {}, NOW) == [Closure("A", t("6 10:00"), t("6 12:00"))]
    with reading(network) as conn:
        assert network_version(conn) == before + 1
        known = cache.get(conn)
        assert [known.closed(code, t("6 10:00")) for code in ("A", "A1")] == [True, False]
        assert not known.closed("A", t("6 12:00"))
        assert len(granted(conn, ["A"], NOW, None).rows) == 1 and not granted(conn, ["B"], NOW, None).rows
    assert states(network) == [("granted", "总部")]


def test_route_6_each_of_many_gets_its_answer(network: Engine) -> None:
    with writing(network) as conn:
        first, second = asked(conn), asked(conn, "5 12:00", "5 13:00", "B")
        third = asked(conn, station="C")
        assert take_back(conn, third, {"C"}, "丙", NOW) is None
        later = t("5 12:00:01")
        results = decide(conn, [third, 999, second, first, first], True, "总部", {first: "同意"}, later)
    assert [code(one) for one in results] == ["closure_decided", "closure_unknown", "closure_began", None, None]
    assert states(network) == [("granted", "总部"), ("asked", None), ("taken_back", "丙")]
    with writing(network) as conn:
        assert [code(one) for one in decide(conn, [second], False, "总部", {}, later)] == ["note_required"]
        assert [code(one) for one in decide(conn, [second], False, "总部", {second: "过时"}, later)] == [None]
        assert conn.scalar(select(func.count()).select_from(closures)) == 1
        assert [row.note for row in decided(conn, None, None).rows if row.id == second] == ["过时"]


def test_route_6_what_stands_in_the_way_of_asking(network: Engine) -> None:
    """An imported closure does; a request that can no longer be granted, or was declined, does not."""
    with writing(network) as conn:
        import_closures(conn, [Closure("A", t("7 10:00"), t("7 12:00")), Closure("A", t("4 08:00"), NOW)], NOW)
        assert standing_of(conn, "A", NOW) == [Closure("A", t("7 10:00"), t("7 12:00"))]
        refused = ask(conn, Asked("A", t("7 11:00"), t("7 13:00"), "盘点"), "甲", NOW)
        assert code(refused) == "closure_overlaps"
        request = asked(conn, "5 12:00", "5 20:00")
        assert code(ask(conn, Asked("A", t("5 15:00"), t("5 16:00"), "盘点"), "甲", NOW)) == "closure_overlaps"
        assert code(ask(conn, Asked("A1", t("5 15:00"), t("5 16:00"), "盘点"), "甲", NOW)) is None
        after = t("5 12:30")  # HQ was silent beyond the start
        assert ask(conn, Asked("A", t("5 13:00"), t("5 20:00"), "盘点"), "甲", after) is None
        assert [code(one) for one in decide(conn, [request], True, "总部", {}, after)] == ["closure_began"]


def test_a_foreign_request_does_not_exist(network: Engine) -> None:
    """ROLE-1; and what is decided cannot be taken back."""
    with writing(network) as conn:
        request = asked(conn)
        assert code(take_back(conn, request, {"B"}, "乙", NOW)) == "closure_unknown"
        assert code(take_back(conn, 999, {"A"}, "甲", NOW)) == "closure_unknown"
        decide(conn, [request], True, "总部", {}, NOW)
        assert code(take_back(conn, request, {"A"}, "甲", NOW)) == "closure_decided"


@pytest.mark.parametrize("second_grants", [True, False])
def test_route_6_two_at_hq_at_once_make_one_decision(network: Engine, second_grants: bool) -> None:
    with writing(network) as conn:
        request = asked(conn)
    mine, other = together(
        network,
        lambda conn: decide(conn, [request], True, "总部甲", {}, NOW),
        lambda conn: decide(conn, [request], second_grants, "总部乙", {request: "不行"}, NOW),
    )
    assert [code(one) for one in (*mine, *other)] == [None, "closure_decided"]
    assert states(network) == [("granted", "总部甲")]
    with reading(network) as conn:
        assert conn.scalar(select(func.count()).select_from(closures)) == 1


def test_route_6_granted_while_it_is_taken_back(network: Engine) -> None:
    with writing(network) as conn:
        request = asked(conn)
    mine, other = together(
        network,
        lambda conn: take_back(conn, request, {"A"}, "甲", NOW),
        lambda conn: decide(conn, [request], True, "总部", {}, NOW),
    )
    assert mine is None and [code(one) for one in other] == ["closure_decided"]
    assert states(network) == [("taken_back", "甲")]


def test_route_6_two_of_a_station_ask_at_once(network: Engine) -> None:
    one, two = Asked("A", t("6 10:00"), t("6 12:00"), "盘点"), Asked("A", t("6 11:00"), t("6 13:00"), "装修")
    mine, other = together(network, lambda conn: ask(conn, one, "甲", NOW), lambda conn: ask(conn, two, "乙", NOW))
    assert mine is None and code(other) == "closure_overlaps"
    assert states(network) == [("asked", None)]


def test_pages_have_no_gap(network: Engine) -> None:
    rows = [
        {
            "station": "A", "starts_at": t("6 10:00"), "ends_at": t("6 12:00"), "reason": "盘点", "asked_by": "甲",
            "asked_at": NOW + timedelta(seconds=n), "state": "asked", "note": "",
        }
        for n in range(PAGE + 1)
    ]  # fmt: skip
    with writing(network) as conn:
        conn.execute(closure_requests.insert(), rows)
        first = open_requests(conn, None, None)
        second = open_requests(conn, None, first.following)
    ids = [row.id for page in (first, second) for row in page.rows]
    assert len(first.rows) == PAGE and len(ids) == len(set(ids)) == PAGE + 1 and second.following is None
