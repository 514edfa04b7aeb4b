"""自助查询 in the console and by API: composed, kept, shared, deleted; by HQ alone (ROLE-1)."""

import json
from collections.abc import Callable

import pytest
from flask import Blueprint
from sqlalchemy import update

from reports.ask.question import read
from reports.runs.queries import run_of
from reports.schedules.queries import schedules
from storage.session import reading
from storage.tables.reports import questions, runs
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from web import api, console
from web.console import reports_made, reports_runs
from web.console.ask_form import form_of, question_of

As = Callable[[str], Visitor]
WEEK = "2026-W19"
ASKED = f"/reports/ask?period={WEEK}&by=station&by=&what=orders&what=accept_rate&sort=orders"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def screens() -> list[Blueprint]:
    return [*api.ADDRESSES, *console.SCREENS]


@pytest.fixture
def filled(land: Land) -> Land:
    for number in ("KD1", "KD2"):
        land.order(number, local("09:00"))
    land.order("KD3", local("09:00"), "HZ02")
    land.accept("KD1", "HZ01", local("09:10"))
    land.sweep(local("13:00"))
    land.clock.at = local("10:00", "2026-05-11")
    return land


def test_composed_and_opened(filled: Land, as_: As) -> None:
    hq = as_("hq")
    page = hq.get(ASKED).text
    assert "HZ01" in page and "HZ02" in page and "合计" in page
    rows = page[page.index('href="/reports/weekly/2026-W19/rows') :].split('"')[1].replace("&amp;", "&")
    behind = hq.get(rows).text
    assert "KD1" in behind and "KD2" in behind and "KD3" not in behind
    for form in ("xlsx", "csv", "pdf", "json"):
        answer = hq.get(ASKED.replace("/ask?", f"/ask.{form}?"))
        assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"], form
    told = json.loads(hq.get(ASKED.replace("/ask?", "/ask.json?")).text)
    assert "3" in json.dumps(told["sections"][0]["rows"][-1])


def test_kept_shared_deleted(filled: Land, as_: As) -> None:
    hq = as_("hq")
    asks = json.dumps({"dimensions": ["station"], "measures": ["orders"], "limit": 7})
    assert hq.post("/reports/ask/save", {"asks": asks, "name": "=各网点", "shared": "1"}).status_code == 303
    page = hq.get("/reports/ask").text
    assert "=各网点" in page and "共享" in page
    [kept] = hq.get("/api/v1/reports/ask").get_json()["items"]
    assert kept["mine"] and read(kept["question"]).limit == 7
    opened = hq.get(f"/reports/ask?q={kept['id']}").text
    assert 'value="7"' in opened and "HZ01" in hq.get(f"/reports/ask?q={kept['id']}&period={WEEK}").text
    when = {"form": "xlsx", "every": "week"}
    assert hq.post(f"/reports/ask/{kept['id']}/schedule", when).status_code == 303
    assert hq.post(f"/reports/ask/{kept['id']}/schedule", {"form": "exe", "every": "week"}).status_code == 422
    assert hq.post("/reports/ask/99/schedule", when).status_code == 404
    with reading(filled.engine) as conn:
        assert [one.question_id for one in schedules(conn, ("hq", "")) if one.kind == "ask"] == [kept["id"]]
    assert hq.post(f"/reports/ask/{kept['id']}/delete", {}).status_code == 409, "it is scheduled"
    assert hq.post("/reports/ask/save", {"asks": asks, "name": "另一个"}).status_code == 303
    other = next(one["id"] for one in hq.get("/api/v1/reports/ask").get_json()["items"] if one["id"] != kept["id"])
    assert hq.post(f"/reports/ask/{other}/delete", {}).status_code == 303
    assert hq.post(f"/reports/ask/{other}/delete", {}).status_code == 404
    for name in ("", "x" * 61, "a\nb"):
        assert hq.post("/reports/ask/save", {"asks": asks, "name": name}).status_code == 422, name


@pytest.mark.parametrize("login", ["hz01", "zhejiang", "finance", "admin"])
def test_hq_alone(filled: Land, as_: As, login: str) -> None:
    visitor = as_(login)
    assert [visitor.get(path).status_code for path in ("/reports/ask", ASKED, "/api/v1/reports/ask")] == [403] * 3


@pytest.mark.parametrize(
    "more",
    [
        "&what=orders&by=sender_phone", "&what=nothing", "&what=orders&limit=99999999", "&what=orders&limit=x",
        "&what=orders&f1=excuse&v1=x", "&what=orders&f1=province", "&what=orders&by=day&by=hour&by=week&by=month",
        "&what=orders&period=2026-01-01~2099-01-01", "&what=orders&period=9999-W99", "&what=orders&sort=fines_fen",
        "&what=orders&by=%27;DROP",
    ],
)  # fmt: skip
def test_nonsense_is_told_beside_the_form(filled: Land, as_: As, more: str) -> None:
    period = "" if "period" in more else f"&period={WEEK}"
    answer = as_("hq").get(f"/reports/ask?{more[1:]}{period}")
    assert answer.status_code == 422 and 'role="alert"' in answer.text and 'id="question"' in answer.text


def test_a_great_many_orders_another_process_counts(filled: Land, as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    hq = as_("hq")
    monkeypatch.setattr(reports_made, "BIG", 1)
    page = hq.get(ASKED).text
    assert 'action="/reports/ask/run"' in page, "a look puts nothing down"
    given = {"asks": json.dumps({"measures": ["orders", "accept_rate"], "dimensions": ["station"]}), "period": WEEK}
    first = hq.post("/reports/ask/run", given).location
    assert first == hq.post("/reports/ask/run", given).location and first.startswith("/reports/runs/")
    with reading(filled.engine) as conn:
        row = run_of(conn, int(first.rpartition("/")[2]))
        assert (
            row is not None and row.kind == "ask" and row.asked["more"]["asks"]["measures"] == ["orders", "accept_rate"]
        )
    assert hq.get(first).status_code == 200
    assert hq.get(ASKED.replace("/ask?", "/ask.csv?")).status_code == 409


def test_what_another_process_made_opens_its_rows(filled: Land, as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    """And it is nobody's any more who no longer sees the network (ROLE-1)."""
    hq = as_("hq")
    made = hq.get(ASKED.replace("/ask?", "/ask.json?")).data
    given = {"asks": json.dumps({"measures": ["orders"], "dimensions": ["station"]}), "period": WEEK}
    one = hq.post("/reports/ask/run", given).location
    with filled.engine.begin() as conn:
        conn.execute(update(runs).values(state="done"))
    monkeypatch.setattr(reports_runs, "document_of", lambda conn, number: made)
    page = hq.get(one).text
    link = page[page.index('href="/reports/weekly/2026-W19/rows') :].split('"')[1].replace("&amp;", "&")
    assert "/reports/ask/2026" not in page and "KD1" in hq.get(link).text
    monkeypatch.setattr(reports_runs, "may_see", lambda *of: False)
    assert hq.get(one).status_code == 404


def test_a_form_asks_what_was_kept(filled: Land, as_: As) -> None:
    """All filters, values with commas, none as a dash; the words of a table are its values."""
    kept = read({
        "measures": ["orders"], "filters": [
            {"dimension": code, "values": ["a,b", "", 'c"d'], "not_in": True}
            for code in ("province", "station", "house", "state", "adcode")
        ],
    })  # fmt: skip
    assert question_of(form_of(kept), {}) == kept
    hq = as_("hq")
    filters = "&f1=channel&v1=CRM,人工录入,快递100,Website,微信,淘宝/菜鸟&f2=online&v2=yes,NO"
    words = hq.get(ASKED.replace("&what=accept_rate", "") + filters)
    assert words.status_code == 200 and "HZ01" in words.text
    page = hq.get(f"{ASKED}&by=channel").text
    assert "HZ01" in page and ">crm<" not in page
    asks = json.dumps({"measures": ["orders"]})
    saved = hq.post("/reports/ask/save", {"asks": asks, "name": "x", "shared": "1", "period": WEEK}).location
    assert f"period={WEEK}" in saved
    again = hq.get(saved).text
    assert 'name="shared" value="1" checked' in again
    assert hq.post("/reports/ask/save", {"asks": asks[:-1] + ', "dimensions": ["no"]}', "name": "y"}).status_code == 422


def test_a_word_that_is_no_longer_there(filled: Land, as_: As) -> None:
    hq = as_("hq")
    saved = hq.post("/reports/ask/save", {"asks": json.dumps({"measures": ["orders"]}), "name": "x"}).location
    with filled.engine.begin() as conn:
        conn.execute(update(questions).values(asks={"measures": ["gone"]}))
    assert hq.get(saved).status_code == 422
