"""The review desk, violations and their evidence packs (VIO-4)."""

from typing import Any

from flask import Response
from sqlalchemy import Row

from basics.refusal import Refusal
from dispatch.evidence.queries import charges
from penalties.clusters import clusters
from penalties.lists import queries as lists
from penalties.requests.queries import own_codes
from penalties.reviewing import actions, queries
from penalties.reviewing.causes import queries as causes
from penalties.reviewing.precedents.queries import precedents
from penalties.reviewing.queries import blinded
from people.access import Action
from web.api.answers import refused, told
from web.api.fields import BIGGEST, Done, From, Page
from web.api.operation import Api
from web.api.review_shown import (
    Apart,
    Before,
    CauseDecision,
    CauseQuery,
    Causes,
    CauseShown,
    CausesQuery,
    Decision,
    Figure,
    Figures,
    Kind,
    Members,
    Outcome,
    Pack,
    ReviewQuery,
    Said,
    Second,
    SecondLooks,
    SecondWaiting,
    Suspicion,
    Violation,
    ViolationsQuery,
    WholeCase,
)
from web.auth import current_actor, current_scope
from web.console import packs, reviewing
from web.console.causes import cause_of
from web.console.deeds import Fact
from web.console.evidence import evidence_of
from web.console.fields import MOST_PICKED, cursor, cursor_text
from web.console.second_reviews import STATUS
from web.errors import Problem
from web.pack import contents
from web.services import now
from web.transactions import seeing, transact

api = Api("review", "稽核 / Review")
ONE = f"<int(max={BIGGEST}):violation_id>"


@api.get("/review", Action.REVIEW, "待稽核与已处理 / Suspicions")
def listed(query: ReviewQuery) -> Page[Suspicion]:
    """With the evidence in words."""
    chosen = reviewing.filters()
    with seeing() as conn:
        find = lists.decided if query.tab == "decided" else lists.suspicions
        found = find(conn, chosen, cursor(), query.limit)
        hidden = blinded(conn, current_actor(), [row.id for row in found.rows]) if query.tab == "decided" else set()
    items = [suspicion(row, row.id in hidden) for row in found.rows]
    return Page[Suspicion](items=items, next=cursor_text(found.following) or None)


@api.get(f"/review/{ONE}", Action.REVIEW, "一件疑似违规 / One suspicion")
def one(violation_id: int) -> WholeCase:
    """With precedents. Whoever may give it a second look sees no verdict here."""
    actor = current_actor()
    with seeing() as conn:
        case = lists.suspicion(conn, violation_id)
        if case is None:
            raise Problem("not_found")
        blind = bool(blinded(conn, actor, [violation_id]))
        own = own_codes(conn, actor) & {case.station, case.house}
        like, reasons = precedents(conn, violation_id, actor), reviewing.reasons(conn)
    told_before = [
        Before.model_validate({**one.case._mapping, "verdict": one.case.to_state, "appeals": list(one.appeals)})
        for one in like
    ]
    return WholeCase(case=suspicion(case, blind), precedents=told_before, reasons=reasons, own=bool(own))


@api.post("/review/decide", Action.REVIEW, "确认或驳回 / Confirm or dismiss")
def decide(body: Decision) -> Outcome:
    """Many at once; what is likely excused is decided one by one (VIO-3)."""
    picked = list(dict.fromkeys(body.cases))
    return _told(reviewing.decide_all(current_actor(), picked, body.decision, body.reason, seen=body.seen))


@api.get("/review/causes", Action.REVIEW, "按原因 / By cause")
def by_cause(query: CausesQuery) -> Causes:
    """Clusters of the oldest open suspicions."""
    with seeing() as conn:
        suspects = causes.suspects(conn, reviewing.filters())
    found = [one for one in clusters(suspects) if not query.by or one.cause.dimension == query.by]
    items = [
        CauseShown(
            key=one.cause.key, dimension=one.cause.dimension, value=one.cause.value, count=one.count, fen=one.fen,
            oldest=one.oldest, excused=one.excused, kinds=[Kind(kind=kind, count=n) for kind, n in one.kinds],
        )
        for one in found[: query.limit]
    ]  # fmt: skip
    return Causes(items=items, looked_at=len(suspects))


@api.get("/review/causes/one", Action.REVIEW, "一个原因 / One cause")
def of_cause(query: CauseQuery) -> Members:
    """The oldest of its suspicions."""
    with seeing() as conn:
        members = causes.members(conn, lists.Filters(), cause_of(query.cause))
        rows = lists.suspicions_of(conn, [one.id for one in members[:MOST_PICKED]])
    return Members(items=[suspicion(row, False) for row in rows])


@api.post("/review/causes/decide", Action.REVIEW, "按原因处理 / Decide a cause")
def decide_cause(body: CauseDecision) -> Outcome:
    """One decision with one reason on those named that are of the cause."""
    picked, cause = list(dict.fromkeys(body.cases)), cause_of(body.cause)
    return _told(reviewing.decide_all(current_actor(), picked, body.decision, body.reason, cause))


@api.get("/review/second", Action.REVIEW, "复核 / Second looks")
def second_looks(query: From) -> SecondLooks:
    """`after` pages through the disagreements."""
    with seeing() as conn:
        rows = queries.waiting(conn, current_actor())
        apart = queries.disagreements(conn, cursor())
    shown = apart[: queries.PAGE]
    following = (shown[-1].decided_at, shown[-1].violation_id) if len(apart) > queries.PAGE else None
    return SecondLooks(
        waiting=[SecondWaiting.model_validate(row) for row in rows],
        apart=[Apart.model_validate(row) for row in shown],
        next=cursor_text(following) or None,
    )


@api.post(f"/review/second/{ONE}", Action.REVIEW, "提交复核 / Give a second look")
def second(violation_id: int, body: Second) -> Done:
    """Kept once, changes nothing."""
    actor, at = current_actor(), now()

    def work(conn: Any) -> Refusal | None:
        return actions.second(conn, violation_id, body.decision, body.reason, actor, at)

    refusal = transact(work)
    if refusal is not None:
        raise refused(refusal, STATUS.get(refusal.code, 422))
    return Done()


@api.get("/review/figures", Action.REVIEW, "稽核数据 / Figures of reviewers")
def figures() -> Figures:
    """By rule and reviewer."""
    with seeing() as conn:
        return Figures(items=[Figure.model_validate(row) for row in queries.figures(conn)])


@api.get("/violations", Action.SEE_OWN_CASES, "本网点疑似违规 / Violations of one's stations")
def violations(query: ViolationsQuery) -> Page[Violation]:
    """Newest first, by the station they are of."""
    with seeing() as conn:
        found = charges(conn, current_scope(), query.state, cursor(), query.limit)
    items = [Violation.model_validate(row) for row in found.rows]
    return Page[Violation](items=items, next=cursor_text(found.following) or None)


@api.get(f"/violations/{ONE}/pack", Action.SEE_CASE, "证据包 / An evidence pack")
def pack(violation_id: int) -> Pack:
    """All that speaks for and against it; the PDF is at `/pack.pdf`."""
    with seeing() as conn:
        _, packed = packs.pack_for(conn, violation_id)
    return Pack(contents=packed, sha256=contents.content_hash(packed))


@api.get(f"/violations/{ONE}/pack.pdf", Action.SEE_CASE, "证据包 PDF / The pack on paper", media="application/pdf")
def paper(violation_id: int) -> Response:
    """The same, typeset."""
    return packs.paper(violation_id)


def suspicion(row: Row[Any], blind: bool) -> Suspicion:
    """A row of the review desk's lists."""
    said = evidence_of(row.kind, row.evidence)
    facts = [*([said.ended] if said.ended else []), *said.checks, *said.deed]
    verdict = {"case_state": None, "decided_at": None, "decided_by": None, "reason": None} if blind else {}
    return Suspicion.model_validate({
        **row._mapping, "starts_at": said.starts_at, "due_at": said.due_at, "came_at": said.came_at,
        "evidence": [_fact(one) for one in facts], **verdict,
    })  # fmt: skip


def _fact(one: Fact) -> Said:
    return Said(label=one.label, text=one.value)


def _told(outcome: reviewing.Outcome) -> Outcome:
    return Outcome(
        done=outcome.done, excused=outcome.excused, checked=outcome.checked, strange=outcome.strange,
        refused=[one for one in map(told, outcome.refused) if one is not None],
    )  # fmt: skip
