"""稽核台: HQ confirms or dismisses suspicions, singly or many at once, with a reason (VIO-4)."""

from collections.abc import Sequence

from flask import Blueprint, make_response, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from basics.refusal import Refusal
from penalties.actions import Change, change, lock
from penalties.lifecycle import CONFIRM, DISMISS
from penalties.lists import queries as lists
from people.access import Action
from rulebook.book import Book
from rulebook.rule_texts import RuleText, rule_text
from sla.availability.queries import being_checked
from storage.session import reading, run
from web.auth import current_actor, needs
from web.console import acting
from web.console.evidence import evidence_of
from web.console.fields import BIGGEST_ID, choice, cursor, cursor_text, ids, invalid, text
from web.errors import Problem
from web.notes import say
from web.services import now, services
from web.words import EXCUSES

pages = Blueprint("review", __name__)

DECISIONS = {CONFIRM: "已确认违规 {} 件 / confirmed", DISMISS: "已驳回 {} 件 / dismissed"}
EXCUSE_FILTERS = (lists.NOT_EXCUSED, lists.EXCUSED, *EXCUSES)


@pages.get("/review")
@needs(Action.REVIEW)
def page() -> str:
    """Open suspicions, oldest first; with `tab=decided` what was decided, newest first."""
    return acting.page("review.html", **_list())


@pages.get(f"/review/<int(max={BIGGEST_ID}):violation_id>")
@needs(Action.REVIEW)
def one(violation_id: int) -> str:
    """One suspicion with its evidence and the rule; in a dialog when htmx asks."""
    with reading(services().engine) as conn:
        case = lists.suspicion(conn, violation_id)
        network, book = services().networks.get(conn), services().latest_book(conn)
    if case is None:
        raise Problem("not_found")
    return acting.page(
        "_case.html" if acting.wants_part() else "case.html", case=case, network=network,
        evidence=evidence_of(case.kind, case.evidence), rule=_rule(book, case.edition, case.kind),
    )  # fmt: skip


@pages.post("/review/decide")
@needs(Action.REVIEW)
def decide() -> Response:
    """Confirm or dismiss the picked ones; a reason is needed. One alone that is decided already: 409 (B-101)."""
    actor, picked, reason, decision = current_actor(), ids("cases"), text("reason", 500), text("decision", 10)
    if decision not in DECISIONS:
        raise invalid("decision", "unknown")
    if not picked or not reason:
        say("请勾选案件并填写理由 / Pick cases and give a reason", "warning")
        return make_response(acting.page("review.html", **_list() | {"reason": reason, "picked": picked}), 422)

    def work(conn: Connection) -> tuple[int, int, list[Refusal | None]]:
        # VIO-3, F-41: what is likely excused, or may soon be, is never confirmed among many, but by a person who has
        # seen this one.
        excused, checked = _kept_back(conn, picked) if decision == CONFIRM and len(picked) > 1 else ([], [])
        taken = [one for one in picked if one not in excused and one not in checked]
        decided = change(conn, [Change(one, decision, now(), actor.name, reason) for one in taken], now())
        return len(excused), len(checked), decided

    excused, checked, answers = run(services().engine, work)
    done = sum(answer is None for answer in answers)
    if excused:
        say(f"{excused} 件可能免责,须逐件处理 / likely excused, decide one by one", "warning")
    if checked:
        say(f"{checked} 件正在重新核查,请稍后再批量处理 / still being checked, try again later", "warning")
    if done:
        say(DECISIONS[decision].format(done))
    if done < len(answers):
        say(f"{len(answers) - done} 件已由他人处理 / decided already", "warning")
    if done == 0:
        return make_response(acting.page("review.html", **_list()), 409)
    return redirect(url_for("review.page", kind=_kept("kind"), excuse=_kept("excuse")), 303)


def _kept_back(conn: Connection, picked: Sequence[int]) -> tuple[list[int], list[int]]:
    """Those likely excused, and those still being checked. Locks the cases first: a judgement at the same moment waits,
    or was waited for."""
    lock(conn, picked)
    excused = lists.excused_of(conn, picked)
    return excused, [one for one in being_checked(conn, picked, now()) if one not in excused]


def _rule(book: Book, edition: str, kind: str) -> RuleText | None:
    """The rule as the edition has it whose fine counts; None where nobody knows that edition any more."""
    return next((rule_text(one, kind) for one in book.editions if one.name == edition), None)


def _kept(name: str) -> str | None:
    """A filter of the list, as the form hands it back."""
    return request.form.get(name) or None


def _list() -> dict[str, object]:
    tab = choice("tab", ("open", "decided")) or "open"
    kinds = tuple(dict.fromkeys(kind for edition in services().book.editions for kind in edition.fines))
    filters = lists.Filters(kind=choice("kind", kinds), excuse=choice("excuse", EXCUSE_FILTERS))
    with reading(services().engine) as conn:
        find = lists.decided if tab == "decided" else lists.suspicions
        found = find(conn, filters, cursor())
        counts = lists.open_counts(conn)
        network = services().networks.get(conn)
    by_kind = {kind: sum(n for (one, _), n in counts.items() if one == kind) for kind in kinds}
    excused = sum(n for (_, excuse), n in counts.items() if excuse)
    return {
        "tab": tab,
        "rows": [(row, evidence_of(row.kind, row.evidence)) for row in found.rows],
        "following": cursor_text(found.following),
        "filters": filters,
        "by_kind": {kind: n for kind, n in by_kind.items() if n or kind == filters.kind},
        "open_total": sum(counts.values()),
        "excused": excused,
        "network": network,
        "reason": "",
        "picked": [],
    }
