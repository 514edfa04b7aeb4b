"""申诉: what can be appealed against, what waits for one's decision, and what became of each (APPEAL-1..3)."""

import re
from urllib.parse import quote

from flask import Blueprint, Response, redirect, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from basics.refusal import Refusal
from penalties.appealing.actions import Asked, Decided
from penalties.appealing.queries import appealable, standings
from penalties.appeals import HQ, OVERTURN, PASS_ON, PROVINCE, UPHOLD, decided, why_not
from penalties.hearings import actions, queries
from penalties.hearings.queries import Cursor
from people.access import Action, Role, may
from web.auth import current_actor, current_scope, needs
from web.console.acting import page as shown
from web.console.appeals_shown import (
    OWN_STATION,
    STAGES,
    STATES,
    VIOLATION,
    Files,
    audit,
    early,
    files_given,
    found,
    free_of,
    left,
    me,
    one_page,
    own,
    present,
    prose,
    refused,
    required,
    stage_of_actor,
    unseen,
)
from web.console.fields import choice, cursor, cursor_text, invalid, text
from web.errors import Problem
from web.notes import say
from web.services import doubted, now, services
from web.transactions import seeing, transact

pages = Blueprint("appeals", __name__)

_OWN_NAME = re.compile(r"[0-9a-f]{40}", re.ASCII)
DECISIONS = {OVERTURN: "已撤销违规 / overturned", UPHOLD: "已维持 / upheld", PASS_ON: "已转总部 / passed on to HQ"}


@pages.get("/appeals")
@needs(Action.SEE_APPEAL)
def page() -> str:
    """A station's violations that can be appealed against; for province and HQ what waits for them, what this person
    decided, and all."""
    actor, at, book, tabs = current_actor(), now(), services().book, tabs_of_actor()
    tab, after = choice("tab", tabs) or tabs[0], cursor()
    with seeing() as conn:
        listed = listed_on(conn, tab, after)
        numbers = [row.id if tab == "published" else row.violation_id for row in listed.rows]
        can, hidden = appealable(conn, numbers, book, at), unseen(conn, numbers)
        network = services().networks.get(conn)
    return shown(
        "appeals.html", tab=tab, tabs=tabs, rows=listed.rows, following=cursor_text(listed.following), can=can,
        network=network, left=left, at=at, states=STATES, stage_words=STAGES, enters=may(actor, Action.ENTER_APPEAL),
        hidden=hidden,
    )  # fmt: skip


def tabs_of_actor() -> tuple[str, ...]:
    """The lists that the person asking has, the first one first."""
    if current_actor().role == Role.STATION:
        return ("published", "all")
    return ("waiting", "mine", "all") if stage_of_actor() else ("all",)


def listed_on(conn: Connection, tab: str, after: Cursor | None) -> queries.Page:
    """A page of one of them."""
    scope, stage = current_scope(), stage_of_actor()
    if tab == "published":
        return queries.published(conn, scope, after)
    if tab == "waiting" and stage:
        return queries.waiting(conn, scope, stage, now(), after)
    if tab == "mine":
        return queries.closed_by(conn, scope, me(), after)
    return queries.entered(conn, scope, after)


@pages.get(f"/appeals/{VIOLATION}")
@needs(Action.SEE_APPEAL)
def one(violation_id: int) -> str | AnyResponse:
    """One violation: its stages with who, when, why and files, and the form of the next step. Whoever may look at it
    a second time does that first (VIO-4)."""
    with seeing() as conn:
        if unseen(conn, [violation_id]):
            return redirect(url_for("second_reviews.one", violation_id=violation_id), 302)
    return one_page(violation_id, {})


@pages.post(f"/appeals/{VIOLATION}/ask")
@needs(Action.APPEAL)
def ask(violation_id: int) -> AnyResponse:
    """`to` is province or hq; the period counts by when it began to come, however long its files took."""
    said, to = prose("text"), text("to", 10)
    if to not in (PROVINCE, HQ):
        raise invalid("to", "unknown")
    answer = asked(violation_id, to, said, files_given)
    if isinstance(answer, Refusal):
        return refused(answer, lambda: one_page(violation_id, {"text": said}))
    say(f"申诉已提交{STAGES[to].chinese} / appealed")
    return redirect(url_for("appeals.one", violation_id=violation_id), 303)


def asked(violation_id: int, to: str, said: str, files: Files) -> Refusal | int:
    """The appeal's number, or why there is none. The files are looked at when nothing else stands against it."""
    book = services().book
    with seeing() as conn:
        found(conn, violation_id)
        refusal = why_not(standings(conn, [violation_id], now())[violation_id], to, now(), book)
        refusal = required(said, "text", "申诉理由") or early(conn, violation_id, refusal)
    return refusal or _ask(violation_id, to, said, files)


def _ask(violation_id: int, to: str, said: str, files: Files) -> Refusal | int:
    given = files()
    if isinstance(given, Refusal):
        return given

    def work(conn: Connection) -> Refusal | int:
        case, at = found(conn, violation_id), services().clock()
        asked = Asked(violation_id, to, said, me(), now(), files=given)
        answer = actions.enter(conn, asked, services().book, at)
        if isinstance(answer, Refusal):
            return present(conn, answer, violation_id)
        audit(conn, f"entered {answer} to {to}", case.order_id, at)
        return answer

    return transact(work)


@pages.post(f"/appeals/{VIOLATION}/decide")
@needs(Action.DECIDE_APPEAL)
def decide(violation_id: int) -> AnyResponse:
    """At the stage of the person's role; `decision` is overturn, uphold or pass_on."""
    said, reason, stage = text("decision", 10), prose("reason"), stage_of_actor()
    if said not in DECISIONS or stage is None:
        raise invalid("decision", "unknown")
    answer = decided_by(violation_id, stage, said, reason, files_given)
    if answer is not None:
        return refused(answer, lambda: one_page(violation_id, {"reason": reason}))
    say(DECISIONS[said])
    return redirect(url_for("appeals.page"), 303)


def decided_by(violation_id: int, stage: str, said: str, reason: str, files: Files) -> Refusal | None:
    """What a stage decides of an appeal; None: done."""
    with seeing() as conn:
        answer = OWN_STATION if own(conn, found(conn, violation_id)) else required(reason, "reason", "理由")
        after = decided(standings(conn, [violation_id], now())[violation_id], stage, said)
        answer = answer or early(conn, violation_id, after)
    return answer or _decide(violation_id, stage, said, reason, files)


def _decide(violation_id: int, stage: str, said: str, reason: str, files: Files) -> Refusal | None:
    given = files()
    if isinstance(given, Refusal):
        return given

    def work(conn: Connection) -> Refusal | None:
        # Not the request's start: its files may come for minutes, and the day's ledger head be written down meanwhile.
        case, at = found(conn, violation_id), services().clock()
        wanted = Decided(violation_id, stage, said, reason, me(), given)
        answer = actions.rule(conn, wanted, services().book, at)
        if answer is not None:
            return present(conn, answer, violation_id)
        audit(conn, f"{said} {violation_id} {stage}", case.order_id, at, free_of(conn, violation_id)(reason))
        return None

    return transact(work)


@pages.get("/appeals/files/<own_name>")
@needs(Action.SEE_APPEAL)
def file(own_name: str) -> Response:
    """One file as an attachment, to whoever may see its appeal; who opened it is kept (B-100)."""
    content, media_type, name = opened_file(own_name)
    answer = Response(content, mimetype=media_type)
    suffix = name.rpartition(".")[2]
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"{own_name}.{suffix}\"; filename*=UTF-8''{quote(name, safe='')}"
    )
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def opened_file(own_name: str) -> tuple[bytes, str, str]:
    """Content, type and masked name of a file; who opened it is kept. Problem `not_found`."""
    if not _OWN_NAME.fullmatch(own_name):
        raise Problem("not_found")
    if doubted():
        raise Problem("clock_doubted")
    scope = current_scope()

    def work(conn: Connection) -> tuple[bytes, str, str] | None:
        row = queries.file(conn, own_name, scope)
        if row is None or unseen(conn, [row.violation_id]):
            return None
        audit(conn, f"opened {own_name}", row.order_id, now())
        # No file system takes the sign of what is hidden.
        return row.content, row.media_type, free_of(conn, row.violation_id)(row.name).replace("*", "_")

    opened = transact(work)
    if opened is None:
        raise Problem("not_found")
    if not opened[0]:
        raise Problem("file_gone")  # its time was over (RELIABILITY 11.3)
    return opened
