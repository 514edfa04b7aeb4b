"""Pages of an order that has lost its people: they say so, and the evidence stays readable (RELIABILITY 11.3)."""

import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask
from sqlalchemy import Engine, select, update

from basics.retention import PSEUDONYM
from basics.settings import from_environ
from jobs.environment import Environment
from jobs.retention import due, let_go, retention
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables.base import metadata
from storage.tables.channels import outbox
from storage.tables.dispatch import orders
from storage.tables.penalties import appeals, cases
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from tests.web.console.test_canary import CANARIES, addresses, found_in, happen, walk
from web import push
from web.console import SCREENS

As = Callable[[str], Visitor]
DONE = local("12:00", "2026-05-12")
LATER = local("03:00", "2027-08-15")


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'test.db')}"


@pytest.fixture
def screens() -> list[Blueprint]:
    return [push.pages, *SCREENS]


@pytest.fixture
def env(land: Land, engine: Engine) -> Environment:
    """Everything that happened is decided, and 14 months are over."""
    happen(land, engine)
    with writing(engine) as conn:
        conn.execute(update(cases).where(cases.c.state == "suspected").values(state="dismissed", changed_at=DONE))
        conn.execute(update(appeals).values(state="upheld", closed_at=DONE, closed_by="x"))
        conn.execute(update(orders).where(orders.c.ended_at.is_(None)).values(ended_at=DONE))
        conn.execute(update(orders).values(next_at=None))
        conn.execute(update(outbox).values(state="sent", next_at=None, put_off=None))
    land.clock.at = LATER
    return Environment(from_environ({}), engine, packaged(), land.clock)


def test_the_job_works_by_night(env: Environment, land: Land) -> None:
    """Every hour from one to five in Shanghai; how much is due is said before, and nothing after."""
    assert [(one.what, one.count) for one in due(env)] == [
        ("orders", 7), ("messages", 0), ("evidence", 1), ("waiting", 0),
    ]  # fmt: skip
    for hour in (0, 5, 12, 23):
        land.clock.at = LATER.replace(hour=hour)
        retention(env)
        assert due(env)[0].count == 7
    land.clock.at = LATER.replace(hour=4, minute=59)
    retention(env)
    assert [one.count for one in due(env)] == [0, 0, 0, 0]
    let_go(env)


def test_pages(env: Environment, land: Land, app: Flask, as_: As) -> None:
    let_go(env)
    land.clock.at += timedelta(hours=6)
    with reading(env.engine) as conn:
        ids = {
            "order_id": list(conn.scalars(select(orders.c.id))),
            "violation_id": list(conn.scalars(select(cases.c.violation_id))),
            "own_name": list(conn.scalars(select(metadata.tables["appeal_files"].c.own_name))),
        }
    about = [path for path in addresses(app, ids) if re.search("order|violation|review|appeal|files|api", path)]
    wrong, statuses, _ = walk(as_("hq"), about)
    assert not wrong, "\n".join(wrong)
    assert 200 in statuses
    page = as_("hq").get(f"/orders/{land.id('KD1')}").text
    assert (
        page.count(PSEUDONYM) >= 4
        and "****" not in re.sub(r"(?s)<script.*?</script>", "", page).split("datagrid")[1][:900]
    )


def test_a_look_behind_the_mask_shows_no_more(env: Environment, land: Land, as_: As) -> None:
    let_go(env)
    order = land.id("KD1")
    seen: Any = as_("hq").post(f"/orders/{order}/look", {"reason": "稽核取证"}, page=f"/orders/{order}")
    assert seen.status_code in (200, 303) and found_in(seen.text) == [] and CANARIES


def test_evidence_stays_readable(env: Environment, land: Land, as_: As) -> None:
    with reading(env.engine) as conn:
        charged = list(conn.scalars(select(cases.c.violation_id)))
    visitor = as_("hq")
    assert charged
    let_go(env)
    for one in charged:
        answer = visitor.get(f"/violations/{one}/pack")
        assert answer.status_code == 200 and found_in(answer.text) == []
