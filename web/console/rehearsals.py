"""预演: what a draft of the rulebook would have cost and paid in a period that is over, before it takes effect."""

import re
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from basics.refusal import Refusal
from dispatch.rehearsal import actions
from dispatch.rehearsal.queries import asked_for, rehearsal
from editions.rules import MOST_BYTES, Draft, read_text
from people.access import Action
from people.actions import AuditEntry, record
from web.auth import current_actor, needs
from web.console.acting import page as shown
from web.console.fields import BIGGEST_ID, text
from web.errors import FieldError, Problem, wants_json
from web.notes import say
from web.services import now
from web.transactions import seeing, transact

pages = Blueprint("rehearsals", __name__)
_DAY = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}", re.ASCII)
NO_DAY = Refusal("day_invalid", "请填写日期 / Give a day", "first")
NO_TEXT = Refusal("text_required", "请选择文件或粘贴文本 / Choose a file or paste a text", "text")
PARTS = (("fines", "罚款", "fines"), ("rewards", "奖励", "rewards"), ("refunds", "返款", "refunds"))


@pages.get("/rehearsals")
@needs(Action.REHEARSE)
def page() -> str:
    """What was rehearsed, newest first, and the form for another one."""
    return _list({})


def _list(typed: Mapping[str, str]) -> str:
    with seeing() as conn:
        rows = asked_for(conn)
    busy = any(row.state in (actions.WAITING, actions.RUNNING) for row in rows)
    return shown("rehearsals.html", rows=rows, typed=typed, most_days=actions.MOST_DAYS, busy=busy)


@pages.post("/rehearsals")
@needs(Action.REHEARSE)
def ask() -> Response:
    """A draft, as a file or pasted, and the first and last day. A form sent twice asks once."""
    typed = {"first": text("first", 10), "last": text("last", 10), "text": request.form.get("text", "")[:MOST_BYTES]}
    days = _day(typed["first"]), _day(typed["last"])
    number = asked(_draft(typed["text"]), *days, request.form.get("form", "")[:64])
    if isinstance(number, Refusal):
        return _refused(number, typed)
    say("预演已开始,完成后在此显示结果 / It has begun; the figures will stand here")
    return redirect(url_for("rehearsals.one", number=number), 303)


def asked(draft: Draft | Refusal, first: date | None, last: date | None, form: str) -> int | Refusal:
    """Ask for a rehearsal: its number. The same person's same `form` asks once."""
    actor = current_actor()
    if isinstance(draft, Refusal) or first is None or last is None:
        return draft if isinstance(draft, Refusal) else NO_DAY
    told = [actor.user_id, form, draft.edition.text_sha256, first, last]
    key = sha256(repr(told).encode()).hexdigest()

    def work(conn: Any) -> Refusal | int:
        number = actions.ask(conn, key, draft.edition, draft.text, first, last, actor.name, now())
        if not isinstance(number, Refusal):
            subject = f"rehearsal {number} {draft.edition.name} {first} {last}"
            record(conn, [AuditEntry(actor.user_id, "rulebook", subject, request.remote_addr or "")], now())
        return number

    return transact(work)


def _refused(refused: Refusal, typed: Mapping[str, str]) -> Response:
    if wants_json():
        raise Problem("invalid", refused.message, errors=(FieldError(refused.field or "first", refused.code),))
    say(refused.message, "danger")
    return make_response(_list(typed), 422)


def _draft(pasted: str) -> Draft | Refusal:
    given = request.files.get("file")
    raw = given.read(MOST_BYTES + 1) if given and given.filename else pasted.replace("\r\n", "\n").encode()
    return read_text(raw) if raw.strip() else NO_TEXT


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed) if _DAY.fullmatch(typed) else None
    except ValueError:
        return None


@pages.get(f"/rehearsals/<int(max={BIGGEST_ID}):number>")
@needs(Action.REHEARSE)
def one(number: int) -> str:
    """Its figures by province and station; while it goes on, how far it is. `province`: its stations alone."""
    with seeing() as conn:
        row = rehearsal(conn, number)
    if row is None:
        raise Problem("not_found")
    province = request.args.get("province", "")
    stations = [one for one in row.figures.get("stations", ()) if one["province"] == province or not province]
    by_code = {one["station"]: one for one in row.figures.get("stations", ())}
    most = [
        (chinese, english, [by_code[code] for code in row.figures.get(which, ())])
        for which, chinese, english in (("winners", "受益最多", "win most"), ("losers", "受损最多", "lose most"))
    ]
    return shown(
        "rehearsal.html", row=row, found=row.figures, province=province, stations=stations, most=most, parts=PARTS,
        busy=row.state in (actions.WAITING, actions.RUNNING),
    )  # fmt: skip
