"""代录申诉: province or HQ enters an appeal that came by mail; when that came decides (APPEAL-1)."""

import re
from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, redirect, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from basics.days import SHANGHAI, shanghai
from basics.refusal import Refusal
from penalties.appealing.actions import Asked
from penalties.appealing.queries import standings
from penalties.appeals import HQ, PROVINCE, AppealState
from penalties.hearings import actions, queries
from people.access import Action
from storage.session import reading, run
from web.auth import current_scope, needs
from web.console.acting import page as shown
from web.console.appeals_shown import (
    ACCEPT,
    TEXT_LIMIT,
    audit,
    files_given,
    found,
    me,
    present,
    prose,
    refused,
    required,
)
from web.console.fields import argument, ids, invalid, text
from web.errors import Problem
from web.notes import say
from web.services import now, services

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
    with reading(services().engine) as conn:
        rows = queries.of_order(conn, number, current_scope()) if number else ()
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
    with reading(services().engine) as conn:
        if found(conn, violation_id).logistics_no != typed["number"]:
            raise Problem("not_found")
    given = files_given()

    def work(conn: Connection) -> Refusal | int:
        case, at = found(conn, violation_id), now()
        if isinstance(given, Refusal):
            return given
        if received is None:
            return BAD_TIME
        asked = Asked(violation_id, _next(conn, violation_id, at), said, me(), received, True, given)
        answer = actions.enter(conn, asked, services().book, at)
        if isinstance(answer, Refusal):
            return present(conn, answer, violation_id)
        audit(conn, f"entered {answer} by mail", case.order_id)
        return answer

    answer = required(said, "text", "来信摘要") or run(services().engine, work)
    if isinstance(answer, Refusal):
        return refused(answer, lambda: _page(typed["number"], typed))
    say("来信申诉已录入 / entered")
    return redirect(url_for("appeals.one", violation_id=violation_id), 303)


def _next(conn: Connection, violation_id: int, at: datetime) -> str:
    """To HQ after the province upheld, else to the province."""
    stage = standings(conn, [violation_id], at)[violation_id].stage(PROVINCE)
    return HQ if stage is not None and stage.state is AppealState.UPHELD else PROVINCE


def _minute(given: str) -> datetime | None:
    try:
        return datetime.fromisoformat(given).replace(tzinfo=SHANGHAI) if _MINUTE.fullmatch(given) else None
    except ValueError:
        return None
