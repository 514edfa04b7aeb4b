"""稽核台: HQ confirms or dismisses suspicions, singly or many at once, with a reason (VIO-4)."""

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from penalties.clusters import read_cause
from penalties.lists import queries as lists
from penalties.requests.queries import own_codes
from penalties.reviewing.precedents.queries import precedents
from penalties.reviewing.queries import blinded
from penalties.trail.queries import links_of
from people.access import Action
from rulebook.book import Book
from rulebook.rule_texts import RuleText, rule_text
from web.auth import current_actor, current_scope, needs
from web.console import acting, reviewing
from web.console.evidence import evidence_of
from web.console.fields import BIGGEST_ID, choice, cursor, cursor_text, ids, invalid, text
from web.errors import Problem
from web.notes import say
from web.services import services
from web.transactions import seeing

pages = Blueprint("review", __name__)


@pages.get("/review")
@needs(Action.REVIEW)
def page() -> str:
    """Open suspicions, oldest first; with `tab=decided` what was decided, newest first."""
    return acting.page("review.html", **_list())


@pages.get(f"/review/<int(max={BIGGEST_ID}):violation_id>")
@needs(Action.REVIEW)
def one(violation_id: int) -> str | Response:
    """One suspicion with its evidence, the rule and the nearest precedents; in a dialog when htmx asks."""
    actor = current_actor()
    with seeing() as conn:
        case = lists.suspicion(conn, violation_id)
        if case is None:
            raise Problem("not_found")
        if blinded(conn, actor, [violation_id]):
            return redirect(url_for("second_reviews.one", violation_id=violation_id), 302)
        own = own_codes(conn, actor) & {case.station, case.house}
        values = {
            "network": services().networks.get(conn), "precedents": precedents(conn, violation_id, actor),
            "steps": [(step, read_cause(step.cause)) for step in lists.steps_of(conn, violation_id)],
            "reasons": reviewing.reasons(conn), "money": links_of(conn, current_scope(), [violation_id]),
            "rule": rule_of(services().latest_book(conn), case.edition, case.kind),
        }  # fmt: skip
    return acting.page(
        "_case.html" if acting.wants_part() else "case.html", case=case, evidence=evidence_of(case.kind, case.evidence),
        own=bool(own), kept=reviewing.kept(), **values,
    )  # fmt: skip


@pages.post("/review/decide")
@needs(Action.REVIEW)
def decide() -> Response:
    """Confirm or dismiss the picked ones; a reason is needed. One alone that is decided already: 409 (B-101)."""
    actor, picked, decision, reason = current_actor(), ids("cases"), text("decision", 10), reviewing.reason_given()
    if decision not in reviewing.DECISIONS:
        raise invalid("decision", "unknown")
    if not picked or not reason:
        say("请勾选案件并填写理由(2 至 500 字)/ Pick cases and give a reason", "warning")
        given = request.form.get("reason", "")
        return make_response(acting.page("review.html", **_list() | {"reason": given, "picked": picked}), 422)
    outcome = reviewing.decide_all(actor, picked, decision, reason, seen=ids("seen"))
    reviewing.tell(outcome, decision)
    if outcome.done == 0:
        if all(refusal.code == "own_station" for refusal in outcome.refused) and outcome.refused:
            raise Problem("own_station", outcome.refused[0].message, status=403)
        if len(picked) == 1:
            with seeing() as conn:
                reviewing.tell_present(conn, actor, picked[0])
        return make_response(acting.page("review.html", **_list()), 409)
    return redirect(url_for("review.page", **reviewing.kept()), 303)  # type: ignore[arg-type]


def rule_of(book: Book, edition: str, kind: str) -> RuleText | None:
    """The rule as the edition has it whose fine counts; None where nobody knows that edition any more."""
    return next((rule_text(one, kind) for one in book.editions if one.name == edition), None)


def _list() -> dict[str, object]:
    tab, chosen = choice("tab", ("open", "decided")) or "open", reviewing.filters()
    with seeing() as conn:
        find = lists.decided if tab == "decided" else lists.suspicions
        found = find(conn, chosen, cursor())
        hidden = blinded(conn, current_actor(), [row.id for row in found.rows]) if tab == "decided" else set()
        values = reviewing.stakes(conn, chosen)
        reasons, network = reviewing.reasons(conn), services().networks.get(conn)
    return values | {
        "tab": tab,
        "rows": [(row, evidence_of(row.kind, row.evidence)) for row in found.rows],
        "hidden": hidden,
        "following": cursor_text(found.following),
        "network": network,
        "reasons": reasons,
        "reason": "",
        "picked": [],
    }
