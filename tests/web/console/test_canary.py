"""I-24, ROLE-2: nobody's name, phone or door is in any masked answer, file, header, log, message, job or audit row.

One order whose sender and receiver are canaries goes through everything; then every address of the console is asked by
every role. The same walk shows that looking changes nothing (B-132), that nothing is inline (B-109) and that no page is
kept by a browser (B-133).
"""

import io
import logging
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Blueprint, Flask
from sqlalchemy import Engine, select
from werkzeug.routing import Rule

from app import cli
from dispatch.facts import Call, Dispatch, Target
from penalties.appealing.actions import Asked, appeal
from penalties.appeals import PROVINCE, FileGiven
from penalties.noticing.actions import publish_notice
from penalties.reviewing.actions import Verdict, decide
from people.access import Actor
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables.base import metadata
from storage.tables.penalties import cases
from tests.pdf import words_of
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from web import push
from web.console import SCREENS

As = Callable[[str], Visitor]
NAME, OTHER = "欧阳金丝雀", "司徒画眉"
PHONE, OTHER_PHONE, LANDLINE = "13877665544", "13911223388", "0571-87654321"
DOOR = "9876号4幢501室"
CANARIES = ("金丝雀", "画眉", PHONE, OTHER_PHONE, "87654321", "4幢501", "9876号", "canary@example.com")
CONTENT: dict[str, Any] = {
    "sender": {"name": NAME, "phone": PHONE, "other_phone": LANDLINE, "email": "canary@example.com"},
    "receiver": {"name": OTHER, "phone": OTHER_PHONE, "address": f"上海市黄浦区人民大道{DOOR}"},
    "address": f"浙江省杭州市西湖区文三路{DOOR}",
    "remark": f"找{NAME},电话{PHONE},{DOOR}", "goods": f"{OTHER}的书 {LANDLINE}",
}  # fmt: skip
SAID = f"{NAME} {PHONE} {DOOR}"
# Where the whole is kept, for who may look and until its time is over (RELIABILITY 11.3).
WHOLE = {"orders", "events", "inbox", "push_errors", "outbox", "appeals", "appeal_files"}
LOOKS_ASIDE = {"audit", "audit_links", "sessions"}  # the last use of a session is one too
ROLES = ("hq", "hz01", "zhejiang", "finance", "admin")


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """One database: what is shown does not depend on which."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'test.db')}"


@pytest.fixture
def screens() -> list[Blueprint]:
    return [push.pages, *SCREENS]


def dump(engine: Engine, skip: set[str]) -> dict[str, str]:
    with reading(engine) as conn:
        return {
            table.name: "\n".join(str(tuple(row)) for row in conn.execute(select(table)))
            for table in metadata.sorted_tables
            if table.name not in skip
        }


def happen(land: Land, engine: Engine) -> None:
    """Held back, dispatched, called, passed on, failed, picked up, withdrawn; suspected, confirmed, told, appealed."""
    for number in ("KD1", "KD2", "KD3", "KD4", "KD5", "KD6"):
        land.order(number, local("09:00"), **CONTENT)
    land.order("KD7", local("09:00"), "gap", **CONTENT)
    land.do(local("09:05"), Dispatch(Target("KD7"), "HZ02", "hq"))
    for number in ("KD1", "KD2", "KD6"):
        land.accept(number, "HZ01", local("09:10"))
    land.do(local("09:11"), Call(Target("KD1"), "HZ01", SAID))
    land.transfer("KD3", "HZ01", local("09:12"), "HZ02", f"给{SAID}")
    land.fail("KD4", "HZ01", local("09:13"), "wrong_number", PHONE)
    land.confirm("KD2", "HZ01", local("09:30"), "55000000000001")
    land.withdraw("KD5", local("09:31"))
    land.sweep(local("10:30"))
    land.sweep(local("02:00", "2026-05-05"))
    reviewer = Actor(3, "总部赵敏", "hq", None, None)
    with writing(engine) as conn:
        found = list(conn.scalars(select(cases.c.violation_id).order_by(cases.c.violation_id)))
        assert len(found) >= 3
        at = local("09:00", "2026-05-11")
        decide(conn, [Verdict(one, "confirm", f"属实 {SAID}") for one in found[:-1]], reviewer, 100, at)
        publish_notice(conn, "2026-W19", at)
        letter = FileGiven(f"{NAME}.txt", "text/plain", SAID.encode())
        asked = Asked(found[0], PROVINCE, f"客户 {SAID} 改期", "乙", files=[letter], received_at=at, by_mail=False)
        [entered] = appeal(conn, [asked], packaged(), at)
        assert isinstance(entered, int), entered
    land.clock.at = local("10:00", "2026-05-11")


def addresses(app: Flask, ids: dict[str, list[Any]]) -> Iterator[str]:
    """Every GET of the route map, with each of the values that fit its argument."""
    urls = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint not in ("static", "healthz", "readyz"):
            yield from filter(None, (_built(urls, rule, values) for values in _values(rule, ids)))


def _values(rule: Rule, ids: dict[str, list[Any]]) -> list[dict[str, Any]]:
    usual = [1, "HZ01", "kuaidi100", "2026-05", "2026-W19"]
    if not rule.arguments:
        return [{}]
    [most, *rest] = sorted(rule.arguments, key=lambda name: name not in ids)
    return [{most: value} | dict.fromkeys(rest, 1) for value in ids.get(most, usual)]


def _built(urls: Any, rule: Rule, values: dict[str, Any]) -> str | None:
    try:
        return str(urls.build(rule.endpoint, values, "GET"))
    except ValueError:
        return None


def readable(answer: Any) -> str:
    """An answer as somebody reads it: the cells of a workbook, the lines of a PDF."""
    body = answer.get_data()
    if answer.mimetype == "application/pdf":
        return "".join(words_of(body))
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            return "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    return str(body.decode("utf-8", "replace"))


def found_in(text: str) -> list[str]:
    return [one for one in CANARIES if one in text]


def walk(visitor: Visitor, paths: list[str]) -> tuple[list[str], set[int], list[str]]:
    """What is wrong at which address; the statuses met; and the addresses that there are."""
    wrong, statuses, there = [], set(), []
    for path in paths:
        answer = visitor.get(path)
        statuses.add(answer.status_code)
        there += [path] if answer.status_code != 404 else []
        if answer.status_code >= 500:
            wrong.append(f"{path}: {answer.status_code}")
        if answer.mimetype == "text/event-stream":
            answer.close()
            continue
        text = readable(answer)
        wrong += [f"{path}: {one}" for one in found_in(text + str(answer.headers))]
        if answer.mimetype == "text/html" and re.search(r"<script(?![^>]*\bsrc=)|\son\w+=\"|\sstyle=|<style", text):
            wrong.append(f"{path}: inline")
        if "no-store" not in answer.headers.get("Cache-Control", ""):
            wrong.append(f"{path}: may be kept")
    return wrong, statuses, there


def said_by_commands(folder: Path) -> str:
    """What commands print of these orders, and of a file of orders with canaries in the wrong places."""
    rows = folder / "orders.csv"
    head = "logistics_no,created_at,sender_name,sender_phone,address,datum,lng"
    rows.write_text(f"{head}\nCSV1,{PHONE},{NAME},{SAID},{DOOR},{NAME},{LANDLINE}\n", encoding="utf-8")
    lines = [["explain", f"KD{n}", *more] for n in (1, 2, 4, 5) for more in ([], ["--json"])]
    lines += [["verify"], ["outbox", "list"], ["notice", "show", "2026-W19"], ["retention", "--dry-run"]]
    lines += [["statement", "HZ01", "2026-05"], ["report", "weekly", "2026-W19"], ["orders", "import", str(rows)]]
    answers = [CliRunner().invoke(cli, line) for line in lines]
    assert [one.exit_code for one in answers] == [0] * (len(lines) - 1) + [1], [one.output[-200:] for one in answers]
    return "\n".join(one.output + one.stderr + repr(one.exception) for one in answers)


def test_i_24_canaries_of_commands(land: Land, engine: Engine, database_url: str, tmp_path: Path) -> None:
    happen(land, engine)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DATABASE_URL", database_url)
        assert found_in(said_by_commands(tmp_path)) == []


def test_i_24_canaries(land: Land, app: Flask, as_: As, engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    """B-109, B-132, B-133 too."""
    with caplog.at_level(logging.DEBUG):
        happen(land, engine)
        kept = dump(engine, WHOLE)
        assert found_in(dump(engine, set())["orders"]) == list(CANARIES), "the search would find them"
        assert {name: found_in(text) for name, text in kept.items() if found_in(text)} == {}
        for body in (f'{{"type": "pickup.order", "data": "{SAID}"', f"logistics_interface={SAID}", SAID):
            for channel in ("crm", "cainiao", "wechat", "alipay", "kuaidi100", "touchpal"):
                answer = app.test_client().post(f"/push/{channel}", data=body.encode())
                assert found_in(answer.text + str(answer.headers)) == []
        with reading(engine) as conn:
            ids = {
                "order_id": list(conn.scalars(select(metadata.tables["orders"].c.id))),
                "violation_id": list(conn.scalars(select(cases.c.violation_id))),
                "own_name": [],  # a file is what its sender gave: who may open it sees it, and that is kept
            }
        paths = list(addresses(app, ids))
        assert len(paths) > 60
        # A look is noted, a notice opened is a message read, and that a desk was looked at is what DUTY-3 asks for.
        quiet = {"audit", "audit_links", "sessions", "login_attempts", "presence", "messages"}
        before: dict[str, str] = {}
        wrong = []
        for login in ROLES:
            visitor = as_(login)
            before = before or dump(engine, quiet)
            mine = dump(engine, LOOKS_ASIDE)
            found, statuses, there = walk(visitor, paths)
            if login == "hq":
                paths = there  # what HQ does not find nobody finds
                assert dump(engine, LOOKS_ASIDE) == mine, "B-132 as it is written: as HQ, looks aside"
            wrong += [f"{login} {one}" for one in found]
            assert 200 in statuses
        assert not wrong, "\n".join(wrong)
        changed = {name for name, text in dump(engine, quiet).items() if text != before[name]}
        assert changed == set(), "B-132: looking changes nothing"
        after = dump(engine, WHOLE)
        assert {name: found_in(text) for name, text in after.items() if found_in(text)} == {}
    logged = "\n".join(f"{one.getMessage()} {vars(one)}" for one in caplog.records)
    assert found_in(logged) == []
