"""Whose minutes and each clock step by step: on the order page, and in the API, as known now or at a past minute."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Blueprint, Flask

from dispatch.batch import World
from dispatch.facts import Call, Target
from geo.actions import import_closures
from geo.stations import Closure
from sla.minutes import minutes_of
from storage.session import writing
from tests.rules.clock_rules import CALL_BOOK
from tests.rules.courses import held, order, t
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from web import api
from web.console import SCREENS
from web.console.clock_story import WIDTH, bars

As = Callable[[str], Visitor]


@pytest.fixture
def screens() -> list[Blueprint]:
    return [*api.ADDRESSES, *SCREENS]


def test_accept_2_the_bar_and_what_was_gone_before(land: Land, as_: As) -> None:
    order = land.order("KD1", local("09:00"))
    land.transfer("KD1", "HZ01", local("09:20"), "HZ02")
    land.clock.at = local("09:50")
    text = as_("zhejiang").get(f"/orders/{order}").text
    assert [float(width) for width in re.findall(r'<rect class="part-station[^>]* width="([\d.]+)"', text)[:2]] == [
        400.0, 600.0,
    ]  # fmt: skip
    assert "共 50 分" in text
    rows = re.findall(r"<tr>.*?</tr>", text[text.index("minutes-holders") :], re.S)
    [row] = [one for one in rows if "(HZ02)</td>" in one and "30 分" in one and "20 分" in one][:1]
    assert re.search(r"20 分\s*<div[^>]*>.*\(HZ01\)", row, re.S)
    assert "Transferred 2026-05-04 09:20:00, 10 min before the deadline" in text


def test_as_of_a_past_minute(land: Land, as_: As) -> None:
    order = land.order("KD1", local("09:00"))
    land.accept("KD1", "HZ01", local("09:20"))
    land.clock.at = local("12:00")
    visitor = as_("hz01")
    before = visitor.get(f"/orders/{order}?at=2026-05-04T09:10").text
    assert "回看" in before and "Nothing has ended it" in before and "Verdict: running" in before
    assert "Accepted 2026-05-04 09:20:00" in visitor.get(f"/orders/{order}").text
    assert "当时尚未收到此单" in visitor.get(f"/orders/{order}?at=2026-05-04T08:59").text
    for wrong in ("2026-05-04T12:01", "gestern", "2026-99-01T00:00", "0001-01-01T00:00"):
        answer = visitor.get(f"/orders/{order}?at={wrong}")
        assert answer.status_code == 200 and 'role="alert"' in answer.text


def test_route_6_only_what_was_granted_by_then_counts(land: Land, as_: As) -> None:
    order = land.order("KD1", local("09:00"))
    land.clock.at = local("09:10")
    with writing(land.engine) as conn:
        import_closures(conn, [Closure("HZ01", local("09:15"), local("10:15"))], local("09:10"))
    land.clock.at = local("12:00")
    get = as_("hq").get
    now: Any = get(f"/api/v1/orders/{order}/clocks").json
    then: Any = get(f"/api/v1/orders/{order}/clocks?at=2026-05-04T09:09:59%2B08:00").json
    dues = [next(one["due_at"] for one in told["clocks"] if one["kind"] == "accept") for told in (then, now)]
    assert dues == ["2026-05-04T09:30:00+08:00", "2026-05-04T10:30:00+08:00"]
    assert now["minutes"]["of_kind"]["closed"] == 3_600_000_000


def test_the_api(land: Land, as_: As) -> None:
    order = land.order("KD1", local("09:00"))
    land.transfer("KD1", "HZ01", local("09:20"), "HZ02")
    land.clock.at = local("09:50")
    told: Any = as_("hz02").get(f"/api/v1/orders/{order}/clocks").json
    assert told["logistics_no"] == "KD1" and told["at"] == "2026-05-04T09:50:00+08:00"
    minutes = told["minutes"]
    assert sum(part["microseconds"] for part in minutes["parts"]) == minutes["microseconds"] == 3_000_000_000
    assert [part["holder"] for part in minutes["parts"]] == ["HZ01", "HZ02"]
    assert told["holders"][1]["lost_before"] == {
        "microseconds": 1_200_000_000, "by": [{"kind": "station", "holder": "HZ01", "microseconds": 1_200_000_000}],
    }  # fmt: skip
    [first, *_] = told["clocks"]
    assert (first["kind"], first["verdict"], first["decided_by"]) == ("accept", "kept", "2026-05-04T09:20:00+08:00")
    assert first["steps"][0]["what"] == "start" and first["steps"][-1]["what"] == "edition"


@pytest.mark.parametrize(
    ("at", "code"),
    [("gestern", "no_instant"), ("2026-05-04T09:00:00", "no_instant"), ("2026-05-04T12:00:01%2B08:00", "future"),
     ("2026-05-04T08:59:59%2B08:00", "not_known_then")],
)  # fmt: skip
def test_the_api_refuses(land: Land, as_: As, at: str, code: str) -> None:
    order = land.order("KD1", local("09:00"))
    land.clock.at = local("12:00")
    answer = as_("hz01").get(f"/api/v1/orders/{order}/clocks?at={at}")
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    problem: Any = answer.json
    assert problem["errors"] == [{"field": "at", "code": code}]


@pytest.mark.parametrize("number", [2**63 - 1, 2**63, 10**22, "-1", "x"])
def test_a_number_that_is_no_order_is_no_error_of_ours(land: Land, as_: As, number: object) -> None:
    for path in (f"/api/v1/orders/{number}/clocks", f"/orders/{number}"):
        assert as_("hq").get(path).status_code == 404


def test_f_37_what_another_machine_wrote_a_moment_ahead_of_our_clock(land: Land, as_: As) -> None:
    order = land.order("KD1", local("09:00:05"))
    land.clock.at = local("09:00:02")
    visitor = as_("hz01")
    assert "当时尚未收到此单" not in visitor.get(f"/orders/{order}").text
    told: Any = visitor.get(f"/api/v1/orders/{order}/clocks").json
    assert told["at"] == "2026-05-04T09:00:05+08:00"
    land.accept("KD1", "HZ01", local("09:10:05"))
    land.clock.at = local("09:10:01")
    assert "Accepted 2026-05-04 09:10:05" in visitor.get(f"/orders/{order}").text
    told = visitor.get(f"/api/v1/orders/{order}/clocks").json
    assert [one["verdict"] for one in told["clocks"] if one["kind"] == "accept"] == ["kept"]
    assert visitor.get(f"/api/v1/orders/{order}/clocks?at=2026-05-04T09:10:05%2B08:00").status_code == 422  # not yet


def test_promise_1_and_pickup_2_on_page_and_in_the_api(land: Land, as_: As) -> None:
    order = land.order("KD1", local("09:00"))
    land.accept("KD1", "HZ01", local("09:10"))
    visitor = as_("zhejiang")
    text = visitor.get(f"/orders/{order}").text
    part = text[text.index('id="promise"') :]
    assert "未到时" in part and "never fined" in part and "No window was booked: 2 h of elapsed time" in part
    land.clock.at = local("11:00:00.000001")
    told: Any = as_("zhejiang").get(f"/api/v1/orders/{order}/clocks").json
    assert (told["promise"]["outcome"], told["promise"]["due_at"]) == ("not_kept", "2026-05-04T11:00:00+08:00")
    assert told["no_pickup_clock"] == [] and "No pickup clock" not in text
    land.sweep(local("01:00:00.000001", "2026-05-05"))
    land.transfer("KD1", "HZ01", local("09:00", "2026-05-05"), "HZ02")
    visitor = as_("zhejiang")
    assert "(HZ01), assignment 1, missed its own, and an order is late once" in visitor.get(f"/orders/{order}").text
    told = visitor.get(f"/api/v1/orders/{order}/clocks").json
    assert [(one["seq"], one["late_by"], one["rule"]) for one in told["no_pickup_clock"]] == [(2, 1, "PICKUP-2")]


def test_role_1_the_order_of_others_does_not_exist(land: Land, as_: As, app: object) -> None:
    order = land.order("KD1", local("09:00"))
    for who, status in (("hz01", 200), ("zhejiang", 200), ("hz02", 404), ("xinjiang", 404), ("finance", 403)):
        assert as_(who).get(f"/api/v1/orders/{order}/clocks").status_code == status
    assert as_("hz01").get("/api/v1/orders/999/clocks").status_code == 404
    assert Visitor(app.test_client()).get(f"/api/v1/orders/{order}/clocks").status_code == 401  # type: ignore[attr-defined]


def test_do_1_the_holder_records_a_call(land: Land, as_: As) -> None:
    order = land.order("KD1", local("09:00"))
    visitor, page = as_("hz01"), f"/orders/{order}"
    assert "已致电寄件人" in visitor.get(page).text
    assert visitor.post(f"{page}/call", {"remark": "无人接听"}, page).status_code == 303
    text = visitor.get(page).text
    assert "致电寄件人" in text and "无人接听" in text
    assert as_("hz02").post(f"{page}/call", {"remark": ""}, "/orders").status_code == 404
    assert as_("zhejiang").post(f"{page}/call", {"remark": ""}, page).status_code == 403


def test_the_shortest_part_is_seen_and_the_bar_is_full() -> None:
    course = order(held("5 10:00"), held("5 10:00:01", by="B", cause="transfer"))
    found = bars(minutes_of(course, t("5 18:00")).parts)
    assert found[0].width > 3 and abs(sum(bar.width for bar in found) - WIDTH) < 0.1
    assert found[1].x == found[0].width
    assert bars(()) == []


def test_a_clock_of_the_edition_on_desk_and_page_needs_no_code(land: Land, as_: As, app: Flask) -> None:
    services = app.extensions["lanshou"]
    app.extensions["lanshou"] = replace(services, shipped=CALL_BOOK)
    land.world = World(land.world.network, CALL_BOOK)
    order = land.order("KD1", local("09:00"))
    land.accept("KD1", "HZ01", local("09:10"))
    land.clock.at = local("10:00")
    visitor = as_("hz01")
    assert "时钟 first_call" in visitor.get("/desk?tab=to_pick_up").text
    text = visitor.get(f"/orders/{order}").text
    assert "时钟 first_call" in text and "Length 2 h of duty time [clock.first_call.length]" in text
    land.do(local("10:10"), Call(Target("KD1"), "HZ01"))
    assert "Called the sender 2026-05-04 10:10:00, 50 min before the deadline" in visitor.get(f"/orders/{order}").text
    assert "时钟 first_call" not in visitor.get("/desk?tab=to_pick_up").text
