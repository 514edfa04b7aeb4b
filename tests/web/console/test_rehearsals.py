"""The screen 预演: HQ or an admin asks, a job works it off, the figures stand there; nobody else sees it."""

import pytest
from sqlalchemy import Engine, select

from basics.settings import from_environ
from jobs.environment import Environment
from jobs.rehearse import rehearsals as work_off
from penalties.actions import Change, change
from penalties.lifecycle import CONFIRM
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables.dispatch import rehearsals
from storage.tables.people import audit
from tests.rules.editions import TEXT, later_text
from tests.web.conftest import Clock
from tests.web.console.calls import As
from tests.web.console.conftest import Land, local

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SLOWER = later_text("2027-01-01", ("accept = { value = 30", "accept = { value = 60"))
MAY = {"first": "2026-05-01", "last": "2026-05-31"}


@pytest.fixture
def fined(land: Land, engine: Engine) -> Land:
    """HZ01 accepts one order after 45 minutes and is fined."""
    land.order("KD1", local("09:00"))
    land.sweep(local("09:40"))
    land.accept("KD1", "HZ01", local("09:45"))
    (violation, _, _), *_ = land.cases()
    with writing(engine) as conn:
        change(conn, [Change(violation, CONFIRM, local("12:00"), "HQ", "查实")], local("12:00"))
    land.clock.at = local("09:00", "2026-06-02")
    return land


def job(engine: Engine, clock: Clock) -> None:
    work_off(Environment(from_environ({}), engine, packaged(), clock))


def test_asked_worked_off_shown(as_: As, fined: Land, engine: Engine, clock: Clock) -> None:
    hq = as_("hq")
    sent = hq.post("/rehearsals", {**MAY, "text": SLOWER, "form": "1"}, page="/rehearsals")
    assert sent.status_code == 303
    again = hq.post("/rehearsals", {**MAY, "text": SLOWER, "form": "1"}, page="/rehearsals")
    assert again.headers["Location"] == sent.headers["Location"], "a form sent twice asks once"
    where = str(sent.headers["Location"])
    assert "等待中" in hq.get(where).text
    job(engine, clock)
    shown = hq.get(where).text
    assert "已完成" in shown and "100.00 元" in shown and "+300.00 元" in shown and "HZ01" in shown
    assert "尚未结算" in shown
    assert "HZ02" not in hq.get(f"{where}?province=浙江省").text, "a station without money is left out"
    assert "2027-01-01" in hq.get("/rehearsals").text
    with reading(engine) as conn:
        subjects = list(conn.scalars(select(audit.c.subject).where(audit.c.what == "rulebook")))
    assert any(subject.startswith("rehearsal 1 2027-01-01") for subject in subjects)


def test_what_is_in_force_changes_nothing(as_: As, fined: Land, engine: Engine, clock: Clock) -> None:
    admin = as_("admin")
    sent = admin.post("/rehearsals", {**MAY, "text": TEXT, "form": "2"}, page="/rehearsals")
    job(engine, clock)
    with reading(engine) as conn:
        figures = conn.execute(select(rehearsals.c.figures)).scalar_one()
    assert figures["total"]["fines_before"] == figures["total"]["fines_draft"] == 10_000
    assert figures["total"]["change"] == figures["total"]["change_worst"] == 0
    assert "+" not in admin.get(str(sent.headers["Location"])).text.partition("合计")[2].partition("</tr>")[0]


@pytest.mark.parametrize(
    "form",
    [
        {"first": "2026-05-31", "last": "2026-05-01", "text": SLOWER},
        {"first": "2026-06-01", "last": "2026-06-02", "text": SLOWER},  # today
        {"first": "2025-05-01", "last": "2026-05-31", "text": SLOWER},
        {"first": "2026-02-30", "last": "2026-05-31", "text": SLOWER},
        {"first": "' or 1=1", "last": "2026-05-31", "text": SLOWER},
        {**MAY, "text": ""},
        {**MAY, "text": "name = 1"},
        {**MAY, "text": "<script>alert(1)</script>"},
    ],
)
def test_what_cannot_be_rehearsed(as_: As, fined: Land, engine: Engine, form: dict[str, str]) -> None:
    answer = as_("hq").post("/rehearsals", form, page="/rehearsals")
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    with reading(engine) as conn:
        assert conn.execute(select(rehearsals.c.id)).all() == []


@pytest.mark.parametrize("login", ["hz01", "zhejiang", "finance"])
def test_nobody_else(as_: As, login: str) -> None:
    visitor = as_(login)
    assert visitor.get("/rehearsals").status_code == 403
    assert visitor.get("/rehearsals/1").status_code == 403
    assert visitor.post("/rehearsals", {**MAY, "text": SLOWER}, page="/rulebook").status_code == 403


def test_one_that_fails_is_marked_and_holds_up_no_other(as_: As, fined: Land, engine: Engine, clock: Clock) -> None:
    hq = as_("hq")
    hq.post("/rehearsals", {**MAY, "text": SLOWER, "form": "3"}, page="/rehearsals")
    hq.post("/rehearsals", {**MAY, "text": TEXT, "form": "4"}, page="/rehearsals")
    with writing(engine) as conn:
        conn.execute(rehearsals.update().where(rehearsals.c.id == 1).values(text="no edition"))
    job(engine, clock)
    assert "失败" in hq.get("/rehearsals/1").text and "已完成" in hq.get("/rehearsals/2").text
    assert hq.get("/rehearsals/99").status_code == 404
