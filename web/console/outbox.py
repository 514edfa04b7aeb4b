"""回传: what channels and senders could not be told, each with the raw answer; a person sends it again or gives it up
(CHAN-4)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import Connection, Row
from werkzeug.wrappers import Response

from channels.feedback import GIVEN_UP, PARKED, WAITING
from channels.outbox.actions import give_up, send_again
from channels.outbox.queries import all_stuck, batches, by_ids, counts, held_up, left_out, listed, these
from channels.registry import OUTBOUND, SENDERS
from people.access import Action, Actor, may
from people.actions import AuditEntry, record
from people.masking import HIDDEN, mask_answer
from web.auth import current_actor, needs
from web.console.acting import page as shown
from web.console.fields import choice, invalid, picked, text
from web.console.logbook import mask_recipient
from web.notes import say
from web.services import now
from web.transactions import seeing, transact
from web.words import UNSENT, word

pages = Blueprint("outbox", __name__)

STATES = (PARKED, WAITING, GIVEN_UP)
LONGEST_SHOWN = 4_000  # characters of an answer
AGAIN, GIVE_UP, ALL_AGAIN = "again", "give_up", "all_again"
DONE = {
    AGAIN: "已安排重发 {} 条 / To be sent again",
    GIVE_UP: "已放弃 {} 条,不再发送 / Given up",
    ALL_AGAIN: "已安排重发 {} 条 / To be sent again",
}
_AFTER = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """A message as the list shows it. `answer` is masked and cut; `why` instead of it when it was never sent."""

    row: Row[Any]
    number: str
    to: str
    text: str
    answer: str
    why: str


@pages.get("/outbox")
@needs(Action.MANAGE_CHANNELS)
def page() -> str:
    """By channel and state, oldest first."""
    channel, state = choice("channel", tuple(OUTBOUND)), choice("state", STATES) or PARKED
    with seeing() as conn:
        found = listed(conn, channel, state, _after())
        known = counts(conn, STATES)
    totals = {one: sum(n for (name, s), n in known.items() if s == one and channel in ("", name)) for one in STATES}
    by_channel = {name: known.get((name, state), 0) for name in OUTBOUND}
    return shown(
        "outbox.html", lines=[line_of(row) for row in found.rows], following=found.following, channel=channel,
        state=state, totals=totals, by_channel={n: c for n, c in by_channel.items() if c or n == channel},
        sees_orders=may(current_actor(), Action.SEE_ORDER),
    )  # fmt: skip


def _after() -> int:
    given = request.args.get("after", "0")
    if not _AFTER.fullmatch(given):
        raise invalid("after", "cursor_invalid")
    return int(given)


def line_of(row: Row[Any]) -> Line:
    told: Mapping[str, Any] = row.payload
    number, raw = str(told.get("logistics_no") or ""), row.last_answer or ""
    keep = [one for one in (number, told.get("waybill_no")) if one]
    to_sender = row.channel in SENDERS
    to, cut = str(told.get("to") or "") if to_sender else "", raw[:LONGEST_SHOWN]
    return Line(
        row, number,
        mask_recipient(to) if to else "",
        str(told.get("text") or "") if to_sender else "",
        "" if raw in UNSENT else mask_answer(cut.replace(to, HIDDEN) if to else cut, keep),
        raw if raw in UNSENT else "",
    )  # fmt: skip


@pages.post("/outbox/act")
@needs(Action.MANAGE_CHANNELS)
def act() -> Response:
    """Send the picked ones again (a row's own button does) or give them up; or send again whatever is stuck, of the
    channel that the list shows.

    Each message has its line in the audit; all of a channel have one together.
    """
    actor, decision, channel = current_actor(), text("decision", 10) or AGAIN, text("channel", 20)
    if decision not in DONE:
        raise invalid("decision", "unknown")
    if channel and channel not in OUTBOUND:
        raise invalid("channel", "unknown")
    ids = picked("rows")
    if not ids and decision != ALL_AGAIN:
        say("请先勾选 / Pick something first", "warning")
    else:
        done, notes = transact(lambda conn: acted(conn, actor, decision, channel, ids))
        say(DONE[decision].format(done), "success" if done else "warning")
        if decision != ALL_AGAIN and done < len(ids):
            say(f"{len(ids) - done} 条已不在此状态 / changed meanwhile", "warning")
        for note in notes:
            say(note, "warning")
    state = request.form.get("state")
    return redirect(url_for("outbox.page", channel=channel or None, state=state if state in STATES else None), 303)


def acted(conn: Connection, actor: Actor, decision: str, channel: str, ids: list[int]) -> tuple[int, list[str]]:
    """How many, and what a person should know besides."""
    at = now()
    which = [all_stuck(at, channel)] if decision == ALL_AGAIN else [these(some) for some in batches(ids)]
    rows = [] if decision == ALL_AGAIN else by_ids(conn, ids)
    do = give_up if decision == GIVE_UP else send_again
    done = sum(do(conn, some, actor.name, at) for some in which)
    what, address = f"outbox_{decision}", request.remote_addr or ""
    if decision == ALL_AGAIN:
        entries = [AuditEntry(actor.user_id, what, f"{channel or '*'}: {done}", address)]
    else:
        entries = [
            AuditEntry(actor.user_id, what, f"{row.channel} {row.payload.get('logistics_no') or ''} #{row.id}", address,
                       row.order_id)
            for row in rows
            if row.state == PARKED or (decision == AGAIN and row.put_off)
        ]  # fmt: skip
    if done:
        record(conn, entries, at)
    notes = []
    if decision == ALL_AGAIN and (old := left_out(conn, at, channel)):
        notes.append(f"{old} 条短信/邮件超过 24 小时,未重发,可勾选重发 / older than 24 h left out: pick them")
    if done and decision != GIVE_UP:
        blocked = {name: why for some in which for name, why in held_up(conn, some, at).items()}
        notes += [
            f"{word('channel', name).chinese} {why};在「渠道」页恢复 / resume on the page 渠道"
            for name, why in blocked.items()
        ]
    return done, notes
