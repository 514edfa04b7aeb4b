"""系统健康: when we or a channel were away (VIO-3), and processes whose clocks are off (RELIABILITY D9)."""

import re
from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, make_response, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from basics.days import SHANGHAI
from basics.refusal import Refusal
from channels.registry import CHANNELS
from people.access import Action, may
from people.actions import AuditEntry, record
from sla.availability import actions as outages
from sla.availability import queries as record_of
from sla.clock_safety import actions as clocks
from sla.clock_safety import queries as clock_queries
from sla.outages import NOTE_LIMIT, OURS, TOLERANCE
from web.auth import current_actor, needs
from web.console.acting import page as shown
from web.console.fields import ids, text
from web.errors import Problem
from web.notes import say
from web.services import now, services
from web.transactions import seeing, transact

pages = Blueprint("availability", __name__)

SOURCES = (OURS, *CHANNELS)
MOST = 100  # rows of each list
PROCESS_LIMIT = 120
_MINUTE = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}", re.ASCII)


@pages.get("/availability")
@needs(Action.SEE_HEALTH)
def page() -> str:
    """Since when each source is known, the last outages, and the alarms of clocks."""
    return _render({})


def _render(typed: Mapping[str, str]) -> str:
    actor, at, watch = current_actor(), now(), services().watch
    with seeing() as conn:
        beats = {row.source: row for row in record_of.last_beats(conn)}
        found = record_of.listed(conn, MOST)
        alarms = clock_queries.alarms(conn, MOST)
    here = [row for row in found if row.withdrawn_at is None]
    away = {row.source for row in here if row.ended_at is None and at - row.started_at > TOLERANCE}
    if OURS in beats and at - beats[OURS].last_at > TOLERANCE:
        away.add(OURS)
    return shown(
        "availability.html", beats=beats, sources=SOURCES, outages=found, away=away, alarms=alarms, gone=clocks.GONE,
        apart=watch.apart if watch else None, note_limit=NOTE_LIMIT, typed=typed, system=outages.SYSTEM,
        enters=may(actor, Action.ENTER_OUTAGE), accepts=may(actor, Action.ACCEPT_CLOCK),
    )  # fmt: skip


@pages.post("/availability/outages")
@needs(Action.ENTER_OUTAGE)
def enter() -> Response:
    """An outage that is over, as a channel announced it; times are those of a Shanghai clock."""
    typed = {"source": text("source", 40), "note": text("note", NOTE_LIMIT)}
    typed |= {name: text(name, 20) for name in ("since", "until")}
    refusal = entered(typed["source"], _minute(typed["since"]), _minute(typed["until"]), typed["note"])
    if refusal is not None:
        say(refusal.message, "danger")
        return make_response(_render(typed), 409 if refusal.code == "outage_known" else 422)
    say("故障已登记,相关疑似将重新核查 / entered, suspicions are checked again")
    return redirect(url_for("availability.page"), 303)


def entered(source: str, since: datetime | None, until: datetime | None, note: str) -> Refusal | None:
    """Enter an outage; None: done."""
    actor, where = current_actor(), request.remote_addr or ""

    def work(conn: Connection) -> Refusal | None:
        if since is None or until is None:
            return Refusal("outage_time_invalid", "请填写开始和结束时间 / from and until are needed", "since")
        said = outages.enter(conn, source, SOURCES, (since, until), actor.name, note, now())
        if said is None:
            record(conn, [AuditEntry(actor.user_id, "outage", source, where, reason=note)], now())
        return said

    return transact(work)


@pages.post("/availability/outages/withdraw")
@needs(Action.ENTER_OUTAGE)
def withdraw() -> Response:
    """An outage that never was is taken back; what it excused is judged again."""
    picked, note = ids("outage"), text("note", NOTE_LIMIT)
    if len(picked) != 1 or not note:
        say("请填写理由 / Give a reason", "warning")
        return make_response(_render({}), 422)
    withdrawn(picked[0], note)
    say("故障已撤回,相关疑似将重新核查 / taken back, suspicions are checked again")
    return redirect(url_for("availability.page"), 303)


def withdrawn(outage: int, note: str) -> None:
    """Problem `not_found` when there is none to take back."""
    actor, where = current_actor(), request.remote_addr or ""

    def work(conn: Connection) -> Refusal | None:
        said = outages.withdraw(conn, outage, actor.name, now())
        if said is None:
            entry = AuditEntry(actor.user_id, "outage", f"withdrawn {outage}", where, reason=note)
            record(conn, [entry], now())
        return said

    if transact(work) is not None:
        raise Problem("not_found")


@pages.post("/availability/accept")
@needs(Action.ACCEPT_CLOCK)
def accept() -> Response:
    """An admin says that the clock of a process is to be gone by as it is; it goes on at its next look."""
    process, note = text("process", PROCESS_LIMIT), text("note", NOTE_LIMIT)
    if not note:
        say("请填写理由 / Give a reason", "warning")
        return make_response(_render({}), 422)
    accepted(process, note)
    say("已确认,该进程几秒内恢复 / accepted, it goes on in a few seconds")
    return redirect(url_for("availability.page"), 303)


def accepted(process: str, note: str) -> None:
    """Problem `not_found` for a process that nobody doubts."""
    actor, where = current_actor(), request.remote_addr or ""

    def work(conn: Connection) -> Refusal | None:
        said = clocks.accept(conn, process, actor.name, note, now())
        if said is None:
            record(conn, [AuditEntry(actor.user_id, "clock", process[:64], where, reason=note)], now())
        return said

    if transact(work) is not None:
        raise Problem("not_found")


def _minute(given: str) -> datetime | None:
    try:
        return datetime.fromisoformat(given).replace(tzinfo=SHANGHAI) if _MINUTE.fullmatch(given) else None
    except ValueError:
        return None
