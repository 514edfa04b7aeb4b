"""Closures, borders, findings, named places and what transfers say of them."""

from datetime import datetime

from basics.days import midnight
from basics.refusal import Refusal
from dispatch.borders import queries as borders
from dispatch.lists.queries import in_scope
from dispatch.memory.queries import decided_proposals, open_proposals
from geo.closing import queries
from geo.findings.queries import findings
from geo.fragments import plain
from geo.naming.queries import named_now
from people.access import Action
from people.masking import mask_text
from web.api.answers import refused, told
from web.api.fields import BIGGEST, Done, Page
from web.api.operation import Api
from web.api.places_shown import (
    AskClosure,
    Border,
    BordersQuery,
    Closure,
    ClosuresQuery,
    DecideClosures,
    DecideProposal,
    EndPlace,
    Finding,
    FindingsQuery,
    Granted,
    GrantedAll,
    NamePlace,
    Place,
    Places,
    Proposal,
    Proposals,
    ProposalsQuery,
)
from web.auth import current_scope
from web.console import closures, memory
from web.console import findings as findings_page
from web.console.borders import seen_by_actor
from web.console.fields import cursor, cursor_text
from web.errors import FieldError, Problem
from web.services import now, services
from web.transactions import seeing

api = Api("places", "停业、边界与地名 / Closures, borders, places")


@api.get("/closures", Action.SEE_AREAS, "停业 / Closures")
def closed(query: ClosuresQuery) -> Page[Closure]:
    """Of the stations that one sees."""
    with seeing() as conn:
        seen = closures.narrowed(closures.seen_by_actor(services().networks.get(conn)), query.station)
        if query.tab == "granted":
            found = queries.granted(conn, seen, now(), cursor())
        else:
            found = (queries.decided if query.tab == "decided" else queries.open_requests)(conn, seen, cursor())
    missing: dict[str, str | None] = {"reason": "", "asked_by": "", "note": "", "state": "granted"}
    missing |= {"asked_at": None, "decided_by": None, "decided_at": None}
    items = [Closure.model_validate({**missing, **row._mapping}) for row in found.rows]
    return Page[Closure](items=items, next=cursor_text(found.following) or None)


@api.post("/closures/ask", Action.ASK_CLOSURE, "申请停业 / Ask for a closure")
def ask_closure(body: AskClosure) -> Done:
    """HQ decides (ROUTE-6)."""
    return _done(closures.asked(body.station, body.start, body.end, body.reason))


@api.post(f"/closures/<int(max={BIGGEST}):request_id>/take-back", Action.ASK_CLOSURE, "撤回停业申请 / Take back")
def take_back(request_id: int) -> Done:
    """An open request; what is granted stays."""
    closures.taken_back(request_id)
    return Done()


@api.post("/closures/decide", Action.GRANT_CLOSURE, "审批停业 / Grant or decline closures")
def decide_closures(body: DecideClosures) -> GrantedAll:
    """An answer each."""
    notes = {one.request_id: one.note for one in body.items}
    if len(notes) < len(body.items):
        raise Problem("invalid", errors=(FieldError("items", "repeated"),))
    results = closures.decided(list(notes), body.decision == "grant", notes)
    return GrantedAll(
        results=[
            Granted(
                request_id=one,
                done=not isinstance(result, Refusal),
                refusal=told(result) if isinstance(result, Refusal) else None,
            )
            for one, result in zip(notes, results, strict=True)
        ]
    )


@api.get("/borders", Action.SEE_BORDERS, "边界判例 / Decided borders")
def decided_borders(query: BordersQuery) -> Page[Border]:
    """The latest decision first."""
    with seeing() as conn:
        found = borders.listed(conn, seen_by_actor(services().networks.get(conn)), query.station, cursor())
        numbers = in_scope(conn, current_scope(), {row.order_id for row in found.rows})
    items = [
        Border.model_validate({
            **row._mapping, "note": mask_text(row.note), "logistics_no": numbers.get(row.order_id, ""),
            "fragment": row.fragment or "",
        })
        for row in found.rows
    ]  # fmt: skip
    return Page[Border](items=items, next=cursor_text(found.following) or None)


@api.get("/areas/findings", Action.MANAGE_AREAS, "区域问题 / Findings in the areas")
def doubtful(query: FindingsQuery) -> Page[Finding]:
    """In the order of the last check."""
    most = findings_page.PAGE
    with seeing() as conn:
        found = findings(conn, query.kind or None, query.station or None, int(query.after or 0), most + 1)
    items = [Finding.model_validate(one) for one in found[:most]]
    return Page[Finding](items=items, next=str(found[most - 1].number) if len(found) > most else None)


@api.get("/memory", Action.ADOPT_PROPOSAL, "地名提案 / Proposals for places")
def proposals(query: ProposalsQuery) -> Proposals:
    """What transfers and dispatches say (ROUTE-1, ROUTE-4)."""
    with seeing() as conn:
        rows = decided_proposals(conn) if query.tab == "decided" else open_proposals(conn)
    return Proposals(items=[Proposal.model_validate(row) for row in rows])


@api.post(f"/memory/<int(max={BIGGEST}):proposal_id>/decide", Action.ADOPT_PROPOSAL, "采纳或否决 / Adopt or decline")
def decide_proposal(proposal_id: int, body: DecideProposal) -> Done:
    """Who comes second is told so."""
    return _memory(memory.decided(proposal_id, body.decision, body.note))


@api.get("/memory/places", Action.ADOPT_PROPOSAL, "地名归属 / Named places")
def places() -> Places:
    """Those that hold."""
    with seeing() as conn:
        return Places(items=[Place.model_validate(row) for row in named_now(conn, now())])


@api.post("/memory/places", Action.ADOPT_PROPOSAL, "登记地名 / Name a place")
def name_place(body: NamePlace) -> Done:
    """By hand."""
    return _memory(memory.named(body.adcode, plain(body.fragment), body.station, body.note))


@api.post(f"/memory/places/<int(max={BIGGEST}):place_id>/end", Action.ADOPT_PROPOSAL, "终止地名 / End a named place")
def end_place(place_id: int, body: EndPlace) -> Done:
    """Now, or on a day to come."""
    until = midnight(datetime.strptime(body.until, "%Y-%m-%d").date()) if body.until else None  # noqa: DTZ007
    return _memory(memory.ended(place_id, until, body.note))


def _done(refusal: Refusal | None) -> Done:
    closures.raise_refusal(refusal)
    return Done()


def _memory(refusal: Refusal | None) -> Done:
    if refusal is not None:
        raise refused(
            refusal, 404 if refusal.code in memory.ABSENT else 409 if refusal.code in memory.CONFLICTS else 422
        )
    return Done()
