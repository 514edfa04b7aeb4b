"""Reports for programs, and those that others make or that are sent by themselves."""

from typing import Any

import pytest
from flask import Blueprint

from reports.runs import actions as runs
from reports.schedules.queries import schedules
from storage.session import reading, writing
from tests.web.console.conftest import Land
from tests.web.console.reports_scenes import WEEK, As, frozen, week
from web import api, console
from web.console import reports_made

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PAGE = f"/reports/weekly/{WEEK}"


@pytest.fixture
def screens() -> list[Blueprint]:
    return [*api.ADDRESSES, *console.SCREENS]


def test_the_api_says_the_same(land: Land, as_: As) -> None:
    week(land)
    frozen(land)
    visitor = as_("zhejiang")
    told: Any = visitor.get(f"/api/v1/reports/one?kind=weekly&period={WEEK}").get_json()
    assert (told["scope"], told["number"], len(told["frozen"]), told["later"]) == ("province:浙江省", 0, 1, [])
    cell = next(row[1] for one in told["sections"] if one["key"] == "summary" for row in one["rows"])
    rows: Any = visitor.get("/api/v1/reports/rows", query_string={
        "kind": "weekly", "period": WEEK, "cell": cell["opens"], "number": "0"}).get_json()  # fmt: skip
    assert rows["figure"] == rows["over"] == cell["value"] == len(rows["items"]) == 6
    assert visitor.get(f"/api/v1/reports/one?kind=weekly&period={WEEK}&scope=network").status_code == 404
    kinds: Any = visitor.get("/api/v1/reports").get_json()["items"]
    assert {one["kind"] for one in kinds} >= {"weekly", "honesty"} and "fairness" not in {one["kind"] for one in kinds}


def test_a_great_many_orders_are_for_another_process(land: Land, as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked twice within the hour it is made once; how far it is; another's run does not exist (ROLE-1)."""
    week(land)
    monkeypatch.setattr(reports_made, "BIG", 7)
    visitor = as_("hq")
    assert "在后台生成" in visitor.get(PAGE).text
    assert "在后台生成" not in as_("hz01").get(PAGE).text, "two orders are few"
    form = {"kind": "weekly", "period": WEEK, "scope": "network"}
    first = visitor.post("/reports/runs/ask", form).location
    assert first == visitor.post("/reports/runs/ask", form).location
    number = int(first.rpartition("/")[2])
    assert "排队中" in visitor.get(first).text and as_("finance").get(first).status_code == 404
    with writing(land.engine) as conn:
        taken = runs.take(conn, land.clock.at)
        assert taken is not None and taken.asked["period"] == WEEK and taken.kind == "weekly"
        runs.advance(conn, taken, 1, 3, "读取本周 / reading the week", land.clock.at)
    busy = visitor.get(first).text
    assert "读取本周" in busy and 'value="33"' in busy and "hx-trigger" in busy
    monkeypatch.undo()
    made = visitor.get(f"{PAGE}.json?number=now").data
    with writing(land.engine) as conn:
        assert taken is not None and runs.finish(conn, taken, made, land.clock.at)
    done = visitor.get(first).text
    assert "rows?number=now" in done and "hx-trigger" not in done
    assert visitor.get(f"{first}.csv").status_code == 200 and visitor.get(f"{first}.exe").status_code == 404
    assert visitor.get(f"/api/v1/reports/runs/{number}").get_json()["state"] == "done"


def test_a_run_that_failed_says_why(land: Land, as_: As) -> None:
    visitor = as_("hq")
    path = visitor.post("/reports/runs/ask", {"kind": "weekly", "period": WEEK, "scope": ""}).location
    with writing(land.engine) as conn:
        taken = runs.take(conn, land.clock.at)
        assert taken is not None and taken.id == int(path.rpartition("/")[2])
        runs.give_up(conn, taken, "没有省份 / no such province", land.clock.at)
    page = visitor.get(path).text
    assert "未能完成:没有省份" in page and "hx-trigger" not in page


ADD = {"kind": "weekly", "scope": "station:HZ01", "form": "pdf", "every": "month"}
REFUSED = [
    ("hz01", ADD | {"scope": "network"}, 422), ("hz01", ADD | {"scope": "station:HZ02"}, 422),
    ("hz01", ADD | {"to_kind": "hq"}, 404), ("hz01", ADD | {"kind": "fairness"}, 422),
    ("hz01", ADD | {"form": "exe"}, 422), ("zhejiang", ADD | {"to_kind": "station", "to_code": "HZ01"}, 404),
    ("hq", ADD | {"scope": "network", "to_kind": "station", "to_code": "HZ01"}, 422),
    ("hq", ADD | {"to_kind": "station", "to_code": "HZ02"}, 422),
    ("hq", ADD | {"to_kind": "province", "to_code": "x"}, 422),
    ("hq", ADD | {"to_kind": "hq", "to_code": "x"}, 422), ("hq", ADD | {"to_kind": "robot"}, 422),
    ("hq", ADD | {"kind": "honesty", "scope": "network", "every": "day"}, 422),
]  # fmt: skip


def test_role_1_a_report_is_sent_to_nobody_who_may_not_see_it(land: Land, as_: As) -> None:
    said = [as_(login).post("/reports/schedules/add", form).status_code for login, form, _ in REFUSED]
    assert said == [status for _, _, status in REFUSED]


def test_a_schedule_is_added_once_and_ended(land: Land, as_: As) -> None:
    """One's own; a weekly report is sent every week, whatever was chosen."""
    visitor = as_("hz01")
    for _ in range(2):
        assert visitor.post("/reports/schedules/add", ADD).status_code == 303
    with reading(land.engine) as conn:
        (one,) = schedules(conn, ("station", "HZ01"))
    assert (one.kind, one.every, one.made_by) == ("weekly", "week", "西湖王芳")
    assert (
        one.key in visitor.get("/reports/schedules").text and one.key not in as_("hz02").get("/reports/schedules").text
    )
    assert as_("hz02").post("/reports/schedules/end", {"key": one.key}).status_code == 404
    assert visitor.post("/reports/schedules/end", {"key": one.key}).status_code == 303
    with reading(land.engine) as conn:
        assert schedules(conn, ("station", "HZ01")) == []
