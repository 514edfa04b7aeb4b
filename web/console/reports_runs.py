"""Reports that another process makes: asked for, looked at while they are made, and what came of them."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, redirect, url_for
from sqlalchemy import Connection, Row
from werkzeug.wrappers import Response as AnyResponse

from basics.days import iso
from basics.refusal import Refusal
from people.access import Action
from reports.paper.document import Document
from reports.paper.text import NotADocument, from_json
from reports.runs import actions
from reports.runs.queries import document_of, run_of, runs_of
from web.auth import current_actor, current_scope, needs
from web.console import ask as composed
from web.console.acting import page as shown
from web.console.fields import BIGGEST_ID, text
from web.console.reports import folding
from web.console.reports_asked import Wanted, may_see, wanted_of
from web.console.reports_files import FORMS, sent
from web.console.reports_made import Made
from web.console.reports_shown import laid_out, tables
from web.errors import Problem
from web.services import now, services
from web.transactions import seeing, transact
from web.words_reports import KINDS

pages = Blueprint("reports_runs", __name__)
NUMBER = f"<int(max={BIGGEST_ID}):number>"
BUSY = (actions.WAITING, actions.RUNNING)


@pages.get("/reports/runs")
@needs(Action.SEE_REPORT)
def page() -> str:
    """One's own, newest first; who sees the whole network sees those of the timetable too."""
    rows = own_runs()
    return shown("reports_runs.html", rows=rows, busy=any(row.state in BUSY for row in rows), kinds=KINDS)


def own_runs() -> list[Row[Any]]:
    """The same for the API."""
    with seeing() as conn:
        rows: Sequence[Row[Any]] = runs_of(conn, current_actor().user_id)
        system = runs_of(conn, None) if current_scope().everywhere else ()
    return [*rows, *system]


@pages.post("/reports/runs/ask")
@needs(Action.SEE_REPORT)
def ask() -> AnyResponse:
    """A form sent twice within the hour asks once."""
    number = asked_for(text("kind", 12), text("period", 30), text("scope", 120))
    return redirect(url_for("reports_runs.one", number=number), 303)


def asked_for(kind: str, period: str, scope: str) -> int:
    """The run's number. Problem."""
    actor = current_actor()

    def work(conn: Connection) -> int:
        wanted = wanted_of(conn, kind, period, scope, None)
        found = actions.ask(conn, key_of(wanted), kind, whole(wanted), actor.name, actor.user_id, now())
        if isinstance(found, Refusal):
            raise Problem(found.code, found.message, status=409)
        return found

    return transact(work)


def whole(wanted: Wanted) -> dict[str, Any]:
    """What the process that makes it is told."""
    return {"kind": wanted.kind.code, "period": wanted.period, "scope": wanted.scope, "number": wanted.number}


def key_of(wanted: Wanted) -> str:
    """Of the person, the report and the hour."""
    said = (current_actor().user_id, wanted.kind.code, wanted.period, wanted.scope, iso(now())[:13])
    return f"web:{sha256(repr(said).encode()).hexdigest()}"


@pages.get(f"/reports/runs/{NUMBER}")
@needs(Action.SEE_REPORT)
def one(number: int) -> str:
    """How far it is; the report when it is done."""
    row, found = run_for(number)
    share = 100 * row.done // row.steps if row.steps else 0
    values: dict[str, Any] = {}
    if found is not None:
        kind = found.kind
        if kind == composed.KIND.code:
            word = found.period.replace("/", "~")
            kind, found = composed.rows_of(word), composed.with_rows(found, word)
        link = url_for("reports_rows.page", kind=kind, period=found.period.replace("/", "~"), number="now") + "&"
        values = {"tables": tables(Made(found), link), **folding(url_for("reports_runs.one", number=number), {})}
    return shown(
        "reports_run.html", row=row, busy=row.state in BUSY, document=found, kinds=KINDS, laid_out=laid_out,
        share=share, **values,
    )  # fmt: skip


@pages.get(f"/reports/runs/{NUMBER}.<form>")
@needs(Action.SEE_REPORT)
def file(number: int, form: str) -> Response:
    """What came of it, as `pdf`, `xlsx`, `csv` or `json`."""
    _, found = run_for(number)
    if found is None or form not in FORMS:
        raise Problem("not_found")
    return sent(found, form)


def run_for(number: int) -> tuple[Row[Any], Document | None]:
    """Problem `not_found` for another's, and for a report that is no longer within one's scope."""
    with seeing() as conn:
        row = run_of(conn, number)
        content = document_of(conn, number) if row is not None and row.user_id is not None else None
        network = services().networks.get(conn)
    own = row is not None and (
        row.user_id == current_actor().user_id or (row.user_id is None and current_scope().everywhere)
    )
    if row is None or not own:
        raise Problem("not_found")
    try:
        found = from_json(content.decode()) if content else None
    except (NotADocument, UnicodeDecodeError):
        found = None
    if found is not None and not may_see(found.scope, current_scope(), network):
        raise Problem("not_found")
    return row, found
