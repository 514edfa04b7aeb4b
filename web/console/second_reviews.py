"""复核: a second look at a sample of decided cases, blind to the first; and how often people agree (VIO-4)."""

from flask import Blueprint, make_response, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from basics.refusal import Refusal
from penalties.lists import queries as lists
from penalties.reviewing import actions, queries
from penalties.reviewing.precedents.queries import precedents
from penalties.reviewing.sample import FEW
from people.access import Action
from web.auth import current_actor, needs
from web.console import acting, reviewing
from web.console.evidence import evidence_of
from web.console.fields import BIGGEST_ID, cursor, cursor_text, invalid, text
from web.console.review import rule_of
from web.errors import Problem
from web.notes import say
from web.services import now, services
from web.transactions import seeing, transact

pages = Blueprint("second_reviews", __name__)

ONE = f"/review/second/<int(max={BIGGEST_ID}):violation_id>"
STATUS = {"not_sampled": 404, "own_decision": 403, "own_station": 403, "second_done": 409, "case_moved": 409}


@pages.get("/review/second")
@needs(Action.REVIEW)
def page() -> str:
    """What waits for a second look of mine, and where second looks came to another verdict."""
    actor = current_actor()
    with seeing() as conn:
        rows = queries.waiting(conn, actor)
        apart = queries.disagreements(conn, cursor())
        hidden = queries.waiting_count(conn, actor) - len(rows)
        network = services().networks.get(conn)
    shown = apart[: queries.PAGE]
    following = (shown[-1].decided_at, shown[-1].violation_id) if len(apart) > queries.PAGE else None
    return acting.page(
        "second_reviews.html", tab="second", rows=[(row, evidence_of(row.kind, row.evidence)) for row in rows],
        more=hidden, apart=shown, following=cursor_text(following), network=network,
        percent=services().book.at(now()).second_review_percent, kept={},
    )  # fmt: skip


@pages.get("/review/figures")
@needs(Action.REVIEW)
def figures() -> str:
    """Agreement and overturn rate by rule and reviewer, with the counts they are made of."""
    with seeing() as conn:
        rows = queries.figures(conn)
    return acting.page("review_figures.html", tab="figures", rows=rows, few=FEW, looked_at=queries.LOOKED_AT, kept={})


@pages.get(ONE)
@needs(Action.REVIEW)
def one(violation_id: int) -> str:
    """The case as the first reviewer saw it; 404 when it does not wait for a second look of mine."""
    return _one(violation_id)


def _one(violation_id: int, reason: str = "") -> str:
    actor = current_actor()
    with seeing() as conn:
        case = lists.suspicion(conn, violation_id)
        if case is None or not queries.blinded(conn, actor, [violation_id]):
            raise Problem("not_found")
        values = {
            "network": services().networks.get(conn), "precedents": precedents(conn, violation_id, actor),
            "reasons": reviewing.reasons(conn),
            "rule": rule_of(services().latest_book(conn), case.edition, case.kind),
        }  # fmt: skip
    return acting.page(
        "second_review.html", tab="second", case=case, evidence=evidence_of(case.kind, case.evidence), reason=reason,
        kept={}, **values,
    )  # fmt: skip


@pages.post(ONE)
@needs(Action.REVIEW)
def decide(violation_id: int) -> Response:
    """Kept once, changes nothing; then the first verdict may be seen."""
    actor, decision, reason, at = current_actor(), text("decision", 10), reviewing.reason_given(), now()
    if decision not in reviewing.DECISIONS:
        raise invalid("decision", "unknown")
    if not reason:
        say("请填写理由(2 至 500 字)/ Give a reason", "warning")
        return make_response(_one(violation_id, request.form.get("reason", "")), 422)

    def work(conn: Connection) -> Refusal | None:
        return actions.second(conn, violation_id, decision, reason, actor, at)

    refused = transact(work)
    if refused is not None:
        status = STATUS.get(refused.code, 422)
        raise Problem("not_found") if status == 404 else Problem(refused.code, refused.message, status=status)
    say("复核意见已记录,不影响原决定 / second look kept, nothing changes")
    return redirect(url_for("second_reviews.page"), 303)
