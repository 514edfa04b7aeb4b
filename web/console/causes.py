"""按原因: open suspicions that have one cause in common, decided as one case (VIO-4)."""

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from basics.text import TextError, clean
from geo.addresses import packaged as gazetteer
from penalties.clusters import DIMENSIONS, EXCUSE, LONGEST_KEY, Cause, clusters, read_cause
from penalties.lists import queries as lists
from penalties.requests.queries import own_codes
from penalties.reviewing.causes import queries as causes
from people.access import Action
from web.auth import current_actor, needs
from web.console import acting, reviewing
from web.console.evidence import evidence_of
from web.console.fields import MOST_PICKED, choice, ids, invalid, text
from web.errors import Problem
from web.notes import say
from web.services import services
from web.transactions import seeing

pages = Blueprint("causes", __name__)

SHOWN = 100


@pages.get("/review/causes")
@needs(Action.REVIEW)
def page() -> str:
    """Clusters of the oldest open suspicions, biggest first; `by` is one of DIMENSIONS."""
    by, chosen = choice("by", DIMENSIONS), reviewing.filters()
    with seeing() as conn:
        suspects = causes.suspects(conn, chosen)
        values = reviewing.stakes(conn, chosen)
        network = services().networks.get(conn)
    every = clusters(suspects)
    found = [one for one in every if not by or one.cause.dimension == by]
    counts = {one: sum(cluster.cause.dimension == one for cluster in every) for one in DIMENSIONS}
    return acting.page(
        "causes.html", tab="causes", by=by, counts=counts, total=len(every), found=found[:SHOWN],
        more=len(found) - SHOWN, looked_at=len(suspects), all_looked_at=len(suspects) < causes.LOOKED_AT,
        network=network, place_name=place_name, **values,
    )  # fmt: skip


@pages.get("/review/causes/one")
@needs(Action.REVIEW)
def one() -> str:
    """One cluster as one case, with the oldest of its suspicions; 404 when `cause` is none."""
    return _one(cause_of(request.args.get("cause", "")))


def _one(cause: Cause, reason: str = "", picked: list[int] | None = None) -> str:
    actor, chosen = current_actor(), reviewing.filters()
    with seeing() as conn:
        members = causes.members(conn, chosen, cause)
        rows = lists.suspicions_of(conn, [member.id for member in members[:MOST_PICKED]])
        network, reasons = services().networks.get(conn), reviewing.reasons(conn)
        own = own_codes(conn, actor)
    if picked is None:
        picked = [row.id for row in rows if not row.excuse or cause.dimension == EXCUSE]
    return acting.page(
        "cause.html", tab="causes", cause=cause, members=len(members), fen=sum(one.fine_fen for one in members),
        excused=sum(one.excuse != "" for one in members), network=network, reason=reason, reasons=reasons,
        rows=[(row, evidence_of(row.kind, row.evidence), bool(own & {row.station, row.house})) for row in rows],
        ticked=set(picked), kept=reviewing.kept(), place_name=place_name,
    )  # fmt: skip


@pages.post("/review/causes/decide")
@needs(Action.REVIEW)
def decide() -> Response:
    """One decision with one reason on the ticked ones, which the form carries: what joined since is not decided."""
    actor, cause, picked = current_actor(), cause_of(request.form.get("cause", "")), ids("cases")
    decision, reason = text("decision", 10), reviewing.reason_given()
    if decision not in reviewing.DECISIONS:
        raise invalid("decision", "unknown")
    if not picked or not reason:
        say("请勾选案件并填写理由(2 至 500 字)/ Pick cases and give a reason", "warning")
        return make_response(_one(cause, request.form.get("reason", ""), picked), 422)
    outcome = reviewing.decide_all(actor, picked, decision, reason, cause)
    reviewing.tell(outcome, decision)
    if outcome.done == 0:
        return make_response(_one(cause, reason, picked), 409)
    return redirect(url_for("causes.page", **reviewing.kept()), 303)  # type: ignore[arg-type]


def cause_of(given: str) -> Cause:
    try:
        cause = read_cause(clean(given, LONGEST_KEY))
    except TextError:
        cause = None
    if cause is None:
        raise Problem("not_found")
    return cause


def place_name(value: str) -> str:
    """`330106/文三路` as 浙江省杭州市西湖区 文三路."""
    adcode, _, fragment = value.partition("/")
    return f"{gazetteer().name(adcode) or adcode} {fragment}"
