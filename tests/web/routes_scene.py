"""One data set with something of every sort in it, the nine who may knock, and every address of the application."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, func, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from dispatch.batch import World
from geo.queries import NetworkCache, load_network
from people.actions import add_users, start_session
from people.tokens import PAD, form_token
from pickups.couriers.actions import add as add_courier
from replay.network import load_folder
from storage.schema import complete_metadata
from storage.session import connect, reading, writing
from storage.tables.geo import closure_requests
from storage.tables.penalties import appeal_files, money_requests, postings
from storage.tables.people import audit
from tests.paths import REPO
from tests.rules.test_appeal_files import PDF_FILE
from tests.web.conftest import BOOK, USERS, Clock, Visitor
from tests.web.console.conftest import STAFF, Land, local
from tests.web.console.money import ask, credit
from tests.web.console.test_notices import MONDAY, WEEK, confirm, publish
from web import api, console, push
from web.build import build_web
from web.services import Services

WHO = ("nobody", "hz01", "hz01a", "hz02", "zhejiang", "xinjiang", "hq", "finance", "admin")
STATIONS = ("hz01", "hz01a", "hz02")  # to whom a thing of the level-2 station is another matter than one of HZ01
OWN, CHILD = "HZ01", "HZ01A"
# What is said where an empty form would be turned away before anybody asks whose thing it is.
SAID: dict[str, dict[str, Any]] = {
    "/orders/<order_id>/fail": {"stage": "accept", "reason": "duplicate"},
    "/orders/<order_id>/transfer": {"to": "HZ03"},
    "/orders/<order_id>/waybill": {"waybill_no": "LS0000000016"},
    "/orders/<order_id>/look": {"reason": "核实地址"},
    "/orders/<order_id>/dispatch": {"to": "HZ03"},
    "/callers/<order_id>/answer": {"answer": "agree", "ask": "1"},
    "/appeals/<violation_id>/ask": {"to": "province", "text": "客户改期"},
    "/appeals/<violation_id>/decide": {"decision": "uphold", "reason": "不成立"},
    "/couriers/<courier>/rename": {"name": "新名"},
    "/couriers/<courier>/active": {"active": "0"},
    "/api/v1/orders/<order_id>/answer": {"answer": "agree", "ask": 1},
    "/api/v1/couriers/<courier>/active": {"active": False},
}
VISITS = frozenset({"audit", "audit_links", "sessions", "api_keys"})  # what a look may leave


@dataclass
class Scene:
    """`values`: the arguments of addresses, by whose thing it is."""

    app: Flask
    engine: Engine
    file: Path
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    unaudited: list[str] = field(default_factory=list)

    def note(self, method: str, told: "Answer", is_file: bool) -> None:
        """What changed something, took a file out of the house, or was forbidden has left its row (I-22, B-116)."""
        leaves = told.status == 403 or (told.status in OK and (method != "GET" or is_file))
        if told.who == "nobody" or told.path.startswith("/login") or not leaves:
            return
        with reading(self.engine) as conn:
            if not conn.scalar(select(func.count()).where(audit.c.request_id == told.request_id)):
                self.unaudited.append(f"{told.who}: {method} {told.path} {told.status}")

    def visitor(self, login: str) -> Visitor:
        client = self.app.test_client()
        if login in self.tokens:
            client.set_cookie("lanshou", self.tokens[login])
        return Visitor(client)

    def send(self, visitor: Visitor, login: str, method: str, path: str, rule: str = "") -> TestResponse:
        """With what SAID has for the rule, else an empty form or an empty JSON body; and the form token where somebody
        is logged in."""
        said = SAID.get(rule) or SAID.get(rule.removeprefix("/api/v1"), {})
        token = form_token(self.tokens.get(login, ""), b"0" * PAD)
        if path.startswith("/api/") and method != "GET":
            return visitor.client.open(path, method=method, json=said, headers={"X-CSRF-Token": token})
        data = {"csrf_token": token, **said} if method != "GET" else None
        return visitor.client.open(path, method=method, data=data, headers={"Accept": "text/html"})

    def digest(self) -> dict[str, str]:
        """Of every table that a look must leave alone (B-132)."""
        found = {}
        with reading(self.engine) as conn:
            for table in complete_metadata().sorted_tables:
                if table.name not in VISITS:
                    rows = sorted(map(repr, conn.execute(select(table))))
                    found[table.name] = sha256("\n".join(rows).encode()).hexdigest()
        return found

    def keep(self) -> None:
        """Remember the database as it is."""
        self._copy(self.engine.url.database, self.file)

    def restore(self) -> None:
        """What a request has changed is gone."""
        self._copy(self.file, self.engine.url.database)

    @staticmethod
    def _copy(source: Any, target: Any) -> None:
        one, two = sqlite3.connect(source), sqlite3.connect(target)
        one.backup(two)
        one.close()
        two.close()


def make(template: Path, folder: Path) -> Scene:
    """The stories' plain network with orders, cases, a notice, appeals with files, postings and requests of money."""
    engine = connect(f"sqlite:///{shutil.copy(template, folder / 'routes.db')}", throw_away=True)
    clock = Clock(local("08:30"))
    services = Services(engine, clock, NetworkCache(), BOOK, master=b"m" * 32)
    scene = Scene(build_web(services, (push.pages, *api.ADDRESSES, *console.SCREENS)), engine, folder / "kept.db")
    with writing(engine) as conn:
        load_folder(conn, REPO / "tests" / "stories" / "_networks" / "plain", clock())
        users = [*USERS, *STAFF]
        ids = dict(zip((one.login for one in users), add_users(conn, users, clock() - timedelta(days=1)), strict=True))
    with reading(engine) as conn:
        land = Land(engine, World(load_network(conn), BOOK), clock)
    cases = _cases(land)
    with writing(engine) as conn:
        for login in WHO[1:]:
            scene.tokens[login] = start_session(conn, ids[login], "10.0.0.1", clock())  # type: ignore[arg-type]
    credit(engine, OWN, 50_000)
    assert ask(scene.visitor("finance")).status_code == 303
    _appeal(scene, OWN, cases[0])
    _appeal(scene, CHILD, cases[1])
    with writing(engine) as conn:
        couriers = {one: add_courier(conn, one, "赵师傅") for one in (OWN, CHILD)}
    scene.values = {OWN: _values(land, OWN, cases[0], ids), CHILD: _values(land, CHILD, cases[1], ids)}
    for whose, courier in couriers.items():
        scene.values[whose] |= {"courier": courier, "request_id": _closure(scene, whose)}
    scene.keep()
    return scene


def _cases(land: Land) -> list[int]:
    """Late of HZ01 and of its level-2 station, confirmed, published; and an order that waits at each of them now."""
    for number, place in (("KD1", OWN), ("KD2", CHILD)):
        land.order(number, local("10:00", "2026-05-06"), place)
    land.sweep(local("14:00", "2026-05-06"))
    found = [one for one, kind, _ in land.cases() if kind == "V-ACCEPT"]
    land.clock.at = MONDAY
    confirm(land, *found)
    publish(land)
    for number, place in (("KD3", OWN), ("KD4", CHILD)):
        land.order(number, land.clock.at, place, sender={"name": "单独一人", "phone": f"1390000000{number[-1]}"})
    return found


def _appeal(scene: Scene, station: str, case: int) -> None:
    token = form_token(scene.tokens[station.lower()], b"0" * PAD)
    form = {"csrf_token": token, "to": "province", "text": "客户改期", "files": [(BytesIO(PDF_FILE), "来信.pdf")]}
    answer = scene.visitor(station.lower()).client.post(
        f"/appeals/{case}/ask", data=form, content_type="multipart/form-data"
    )
    assert answer.status_code == 303, answer.text


def _closure(scene: Scene, station: str) -> Any:
    form = {"station": station, "start": "2026-06-01T08:00", "end": "2026-06-02T08:00", "reason": "装修"}
    form["csrf_token"] = form_token(scene.tokens[station.lower()], b"0" * PAD)
    assert scene.visitor(station.lower()).client.post("/closures/ask", data=form).status_code == 303
    with reading(scene.engine) as conn:
        return conn.scalar(select(func.max(closure_requests.c.id)))


def _values(land: Land, station: str, case: int, ids: Any) -> dict[str, Any]:
    with reading(land.engine) as conn:
        seq = conn.scalar(select(func.min(postings.c.seq)).where(postings.c.violation_id == case))
        names = list(conn.scalars(select(appeal_files.c.own_name).order_by(appeal_files.c.id)))
        number = conn.scalar(select(func.max(money_requests.c.id)))
    return {
        "order_id": land.id("KD3" if station == OWN else "KD4"), "violation_id": case, "seq": seq, "station": station,
        "own_name": names[0 if station == OWN else 1], "number": number, "month": "2026-05", "week": WEEK,
        "user_id": ids["hz02"], "channel": "crm", "origin": "door", "act": "disable", "name": "crm",
        "filename": "app.css", "kind": "weekly", "period": WEEK, "form": "pdf",
    }  # fmt: skip


OK = frozenset({200, 201, 202, 204, 303})
PARTS = re.compile(r"<(?:any\(.*\)|int\(.*?\)|path):")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one of WHO was told."""

    who: str
    status: int
    request_id: str
    path: str

    @property
    def said(self) -> str:
        return "ok" if self.status in OK else str(self.status)


def rules(app: Flask) -> list[Rule]:
    """Every rule but the files, which say nothing of anybody, and the channels' door, which is no person's."""
    found = [rule for rule in app.url_map.iter_rules() if rule.endpoint not in ("static", "push.push")]
    return sorted(found, key=lambda rule: rule.rule)


def shown(method: str, rule: Rule) -> str:
    """`GET /orders/<order_id>`: as the table has it."""
    return f"{method} {PARTS.sub('<', rule.rule)}"


def answers(scene: Scene, rule: Rule) -> Iterator[tuple[str, str, list[Answer]]]:
    """(method, whose thing, what each was told); what an answer has changed is undone."""
    for method, path, whose in addresses(scene, rule):
        found = []
        for who in WHO if whose == OWN else STATIONS:
            answer = scene.send(scene.visitor(who), who, method, path, PARTS.sub("<", rule.rule))
            found.append(Answer(who, answer.status_code, answer.headers.get("X-Request-Id", ""), path))
            scene.note(method, found[-1], "attachment" in answer.headers.get("Content-Disposition", ""))
            answer.close()
            if method != "GET" and answer.status_code in OK:
                scene.restore()
        yield method, whose, found


def addresses(scene: Scene, rule: Rule) -> Iterator[tuple[str, str, str]]:
    """(method, path, whose) of one rule: of a thing of HZ01 and, where a station is asked after, of its level-2 one."""
    for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
        for whose in (OWN, CHILD) if rule.arguments else (OWN,):
            values = {one: scene.values[whose].get(one, 1) for one in rule.arguments}
            if rule.rule.startswith("/rulebook/"):
                values["name"] = BOOK.editions[0].name
            built = scene.app.url_map.bind("localhost").build(rule.endpoint, values, method)
            yield method, built, whose
