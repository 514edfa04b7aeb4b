"""代录申诉: province or HQ enters an appeal that came by mail; when that came decides (APPEAL-1)."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import Blueprint, redirect, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from basics.days import SHANGHAI, shanghai
from basics.refusal import Refusal
from penalties.appealing.actions import Asked
from penalties.appealing.queries import standings
from penalties.appeals import HQ, PROVINCE, AppealState, Standing, refuse, why_not
from penalties.hearings import actions, queries
from people.access import Action
from web.auth import current_scope, needs
from web.console.acting import page as shown
from web.console.appeals_shown import (
    ACCEPT,
    OWN_STATION,
    TEXT_LIMIT,
    Files,
    audit,
    early,
    files_given,
    found,
    me,
    own,
    present,
    prose,
    refused,
    required,
    unseen,
)
from web.console.fields import argument, ids, invalid, text
from web.errors import Problem
from web.notes import say
from web.services import now, services
from web.transactions import seeing, transact

pages = Blueprint("appeals_mail", __name__)

NUMBER_LIMIT = 64
_MINUTE = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}", re.ASCII)
BAD_TIME = Refusal("time_invalid", "请填写收到时间 / when it was received", "received_at")


@pages.get("/appeals/mail")
@needs(Action.ENTER_APPEAL)
def page() -> str:
    """The order is looked up first; `number` is its logistics number."""
    return _page(argument("number", NUMBER_LIMIT), {})


def _page(number: str, typed: Mapping[str, str]) -> str:
    with seeing() as conn:
        rows = queries.of_order(conn, number, current_scope()) if number else ()
        hidden = unseen(conn, [row.id for row in rows])
        rows = [row for row in rows if row.id not in hidden]
        network = services().networks.get(conn)
    return shown(
        "appeal_mail.html", number=number, rows=rows, network=network, typed=typed, text_limit=TEXT_LIMIT,
        accept=ACCEPT, latest=shanghai(now()).strftime("%Y-%m-%dT%H:%M"),
    )  # fmt: skip


@pages.post("/appeals/mail")
@needs(Action.ENTER_APPEAL)
def enter() -> Response:
    """`violation`: one of the order's; `received_at`: a minute of the Shanghai clock; the letter is a file."""
    typed = {name: text(name, NUMBER_LIMIT) for name in ("number", "violation", "received_at")}
    said, received, picked = prose("text"), _minute(typed["received_at"]), ids("violation")
    typed["text"] = said
    if len(picked) != 1:
        raise invalid("violation", "required")
    [violation_id] = picked
    answer = entered(violation_id, typed["number"], said, received, files_given)
    if isinstance(answer, Refusal):
        return refused(answer, lambda: _page(typed["number"], typed))
    say("来信申诉已录入 / entered")
    return redirect(url_for("appeals.one", violation_id=violation_id), 303)


def entered(violation_id: int, number: str, said: str, received: datetime | None, files: Files) -> Refusal | int:
    """The appeal's number, or why it cannot be entered. Problem `not_found`."""
    refusal = required(said, "text", "来信摘要") or _refused_early(violation_id, number, received)
    if refusal is not None or received is None:
        return refusal or BAD_TIME
    return _enter(violation_id, said, received, files)


def _refused_early(violation_id: int, number: str, received: datetime | None) -> Refusal | None:
    """What is refused whatever the files hold: they are not looked at then."""
    at, book = now(), services().book
    with seeing() as conn:
        case = found(conn, violation_id)
        if case.logistics_no != number:
            raise Problem("not_found")
        # When it came decides whether it was in time: a decision about the station (APPEAL-2).
        if own(conn, case):
            return OWN_STATION
        if received is None:
            return BAD_TIME
        if received > at:
            return refuse("received_ahead", "received_at")
        standing = standings(conn, [violation_id], at)[violation_id]
        to, since = _next(standing)
        return early(conn, violation_id, why_not(standing, to, _instant(received, since), book))


def _enter(violation_id: int, said: str, received: datetime, files: Files) -> Refusal | int:
    given = files()
    if isinstance(given, Refusal):
        return given

    def work(conn: Connection) -> Refusal | int:
        case, at = found(conn, violation_id), services().clock()
        to, since = _next(standings(conn, [violation_id], at)[violation_id])
        asked = Asked(violation_id, to, said, me(), _instant(received, since), True, given)
        answer = actions.enter(conn, asked, services().book, at)
        if isinstance(answer, Refusal):
            return present(conn, answer, violation_id)
        audit(conn, f"entered {answer} by mail", case.order_id, at)
        return answer

    return transact(work)


def _next(standing: Standing) -> tuple[str, datetime | None]:
    """To HQ after the province upheld, else to the province; and since when that is open to the station."""
    stage = standing.stage(PROVINCE)
    if stage is not None and stage.state is AppealState.UPHELD:
        return HQ, stage.closed_at
    return PROVINCE, standing.published_at


def _instant(received: datetime, since: datetime | None) -> datetime:
    """A letter is known by its minute: one of the minute in which a stage opened to the station came after that."""
    return since if since is not None and received <= since < received + timedelta(minutes=1) else received


def _minute(given: str) -> datetime | None:
    try:
        return datetime.fromisoformat(given).replace(tzinfo=SHANGHAI) if _MINUTE.fullmatch(given) else None
    except ValueError:
        return None
