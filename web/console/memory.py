"""地名归属: what transfers and dispatches say of streets and estates; a person adopts or declines it (ROUTE-1, -4)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, make_response, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from basics.days import day_of, midnight
from basics.refusal import Refusal
from dispatch.memory import actions
from dispatch.memory.misrouted.queries import effects, misrouting, within
from dispatch.memory.queries import (
    Proposal,
    ballots,
    counted_at,
    decided_proposals,
    find_proposal,
    names_of,
    open_proposals,
)
from dispatch.misrouting import last_weeks, of_all
from dispatch.proposing import WITHIN, Ballot, Claim, Tally, impact, qualifies, tally
from geo.addresses import packaged as gazetteer
from geo.fragments import plain
from geo.naming import actions as naming
from geo.naming.queries import named_now, shapes_of
from geo.network import Network
from people.access import Action, may
from people.actions import AuditEntry, record
from web.auth import current_actor, needs
from web.console.acting import page as shown
from web.console.fields import BIGGEST_ID, choice, invalid, text
from web.errors import Problem
from web.notes import say
from web.services import now, services
from web.transactions import seeing, transact

pages = Blueprint("memory", __name__)

TABS = ("open", "decided", "places", "misrouting")
MONTH, WEEKS = timedelta(days=30), 8
MOST_READ = 300_000  # orders whose misrouting a page view adds up: two seconds or less
MOST_LISTED, MOST_BALLOTS, MOST_POINTS, MOST_DISTRICTS = 100, 200, 500, 50
MOST_DRAWN = 4  # stations on the map of a proposal
ABSENT = frozenset({"proposal_unknown", "place_unknown"})
NO_NOTE = Refusal("note_required", "请填写理由 / A reason is required", "note")
CONFLICTS = frozenset({"proposal_decided", "place_named", "place_ended"})


@pages.get("/memory")
@needs(Action.ADOPT_PROPOSAL)
def page() -> str:
    """`tab`: proposals that wait, what was decided, named places that hold, misrouting by district and week."""
    return _page(choice("tab", TABS) or "open")


@pages.get(f"/memory/<int(max={BIGGEST_ID}):proposal_id>")
@needs(Action.ADOPT_PROPOSAL)
def one(proposal_id: int) -> str:
    """A proposal: orders for and against it, map, and what adopting it would have changed last month."""
    return _one(proposal_id)


@pages.post(f"/memory/<int(max={BIGGEST_ID}):proposal_id>/decide")
@needs(Action.ADOPT_PROPOSAL)
def decide(proposal_id: int) -> Response:
    """Adopt or decline; who comes second is told so."""
    note, decision = text("note", 500), text("decision", 10)
    if decision not in ("adopt", "decline"):
        raise invalid("decision", "unknown")
    refusal = decided(proposal_id, decision, note)
    if refusal is not None:
        status = _status(refusal)
        return make_response(_one(proposal_id, note), status)
    say("已采纳,即刻起按此分配 / adopted" if decision == "adopt" else "已否决 / declined")
    return redirect(url_for("memory.page"), 303)


def decided(proposal_id: int, decision: str, note: str) -> Refusal | None:
    """Adopt or decline; None: done."""
    actor = current_actor()
    act = actions.adopt if decision == "adopt" else actions.decline

    def work(conn: Connection) -> Refusal | None:
        refusal = act(conn, proposal_id, actor.name, note, now())
        if refusal is None:
            _note(conn, "proposal", f"{decision} {proposal_id}", note)
        return refusal

    return transact(work)


@pages.post("/memory/places")
@needs(Action.ADOPT_PROPOSAL)
def name() -> Response:
    """A place named by hand; why is asked for."""
    given = {"adcode": text("adcode", 12), "fragment": plain(text("fragment", 100)), "station": text("station", 32)}
    note = text("note", 500)
    refusal = named(**given, note=note)
    if refusal is not None:
        status = _status(refusal)
        return make_response(_page("places", given | {"note": note}), status)
    say(f"{given['fragment']} 已归属 {given['station']} / named")
    return redirect(url_for("memory.page", tab="places"), 303)


def named(adcode: str, fragment: str, station: str, note: str) -> Refusal | None:
    """Name a place by hand; None: done."""
    actor, given = current_actor(), {"adcode": adcode, "fragment": fragment, "station": station}
    if gazetteer().today(adcode) != (adcode,):
        return Refusal("district_unknown", "没有这个区县代码 / no such district of today", "adcode")
    if not note:
        return NO_NOTE

    def work(conn: Connection) -> Refusal | None:
        refusal = naming.name_place(conn, naming.Naming(**given, by=actor.name, note=note), now(), typed=True)
        if refusal is None:
            _note(conn, "named_place", f"{given['adcode']} {given['fragment']} {given['station']}", note)
        return refusal

    return transact(work)


@pages.post(f"/memory/places/<int(max={BIGGEST_ID}):place_id>/end")
@needs(Action.ADOPT_PROPOSAL)
def end(place_id: int) -> Response:
    """End a named place now, or at the start of a day to come; why is asked for."""
    refusal = ended(place_id, _until(), text("note", 500))
    if refusal is not None:
        status = _status(refusal)
        return make_response(_page("places"), status)
    say("已终止 / ended")
    return redirect(url_for("memory.page", tab="places"), 303)


def ended(place_id: int, until: datetime | None, note: str) -> Refusal | None:
    """End a named place; None: done."""
    if not note:
        return NO_NOTE

    def work(conn: Connection) -> Refusal | None:
        refusal = naming.end_place(conn, place_id, until, now())
        if refusal is None:
            _note(conn, "named_place", f"end {place_id} {(until or now()).isoformat()}", note)
        return refusal

    return transact(work)


def _until() -> datetime | None:
    given = text("until", 10)
    try:
        return midnight(date.fromisoformat(given)) if given else None
    except (ValueError, OverflowError):
        raise invalid("until", "day_invalid") from None


def _status(refusal: Refusal) -> int:
    """Says why not; 404 for what is not there."""
    if refusal.code in ABSENT:
        raise Problem("not_found")
    say(refusal.message, "danger")
    return 409 if refusal.code in CONFLICTS else 422


def _note(conn: Connection, what: str, subject: str, reason: str) -> None:
    entry = AuditEntry(current_actor().user_id, what, subject, request.remote_addr or "", reason=reason)
    record(conn, [entry], now())


def _page(tab: str, given: dict[str, str] | None = None) -> str:
    with seeing() as conn:
        waiting = open_proposals(conn)
        values: dict[str, Any] = {"waiting": len(waiting), "counted_at": counted_at(conn)}
        network = services().networks.get(conn)
        if tab == "open":
            values["rows"] = rows_of(conn, waiting[:MOST_LISTED], network)
        elif tab == "decided":
            values["rows"] = decided_proposals(conn)
        elif tab == "places":
            rows = named_now(conn, now())
            values |= {"rows": rows, "effects": effects(conn, {row.id for row in rows}, now() - actions.KEPT)}
        else:
            values |= _misrouting(conn)
    return shown("memory.html", tab=tab, network=network, district=_district, given=given or {}, **values)


def _misrouting(conn: Connection) -> dict[str, Any]:
    weeks = within(conn, last_weeks(now(), WEEKS), MOST_READ)
    found = misrouting(conn, weeks) if weeks else []
    rows, every = found[:MOST_DISTRICTS], of_all(found, len(weeks))
    return {
        "asked": WEEKS,
        "most_read": MOST_READ,
        "heads": [("区县", "district"), *((name[5:], f"{day_of(start):%m-%d}") for name, start, _ in weeks)],
        "rows": rows,
        "every": every,
        "more": len(found),
        "top": max((week.share for one in (*rows, every) for week in one.weeks), default=0.0),
    }


def _district(adcode: str) -> str:
    """The district's name, its code when nobody knows one."""
    return gazetteer().name(adcode) or adcode


def rows_of(conn: Connection, waiting: Sequence[Proposal], network: Network) -> list[tuple[Proposal, Tally, bool]]:
    """Each with its votes as they are now, and whether they still are enough."""
    cast = ballots(conn, {one.key for one in waiting}, now() - WITHIN)
    found = [(one, tally(cast[one.key], one.station, network.house_of)) for one in waiting]
    return [(one, votes, qualifies(votes)) for one, votes in found]


def _one(proposal_id: int, note: str = "") -> str:
    with seeing() as conn:
        proposal = find_proposal(conn, proposal_id)
        if proposal is None:
            raise Problem("not_found")
        network = services().networks.get(conn)
        waiting, counted = len(open_proposals(conn)), counted_at(conn)
        [(_, votes, holds)] = rows_of(conn, [proposal], network)
        names = names_of(conn, (ballot.order_id for ballot in (*votes.votes_for, *votes.votes_against)))
        effect = impact(Claim(proposal.key, votes), names, day_of(now() - MONTH), network, now())
        drawn = _drawn(proposal, votes, [station for station, _ in effect.now_at])
        shapes = shapes_of(conn, [code for code in drawn if code in network.stations], now())
    stations = {code: network.stations[code].name for code in shapes}
    return shown(
        "memory.html", tab="one", waiting=waiting, counted_at=counted, proposal=proposal, votes=votes, holds=holds,
        effect=effect, note=note, map=_map(proposal.station, votes, shapes, stations), network=network,
        district=_district, most=MOST_BALLOTS, sees_orders=may(current_actor(), Action.SEE_ORDER),
    )  # fmt: skip


def _drawn(proposal: Proposal, votes: Tally, today: Sequence[str]) -> list[str]:
    """The stations whose areas the map shows: the proposed one, and where its orders are sent or come from."""
    others = [*today, *(station for station, _ in votes.sources), *(one.station for one in votes.votes_against)]
    return list(dict.fromkeys([proposal.station, *others]))[:MOST_DRAWN]


def _map(station: str, votes: Tally, shapes: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {
        "areas": [{"name": f"{names[code]} {code}", "own": code == station, "shapes": shapes[code]} for code in shapes],
        "for": _points(votes.votes_for),
        "against": _points(votes.votes_against),
    }


def _points(cast: Sequence[Ballot]) -> list[tuple[float, float]]:
    """(lat, lng) to some ten metres: enough to see whose area it is, and nobody's door."""
    there = [(ballot.lat, ballot.lng) for ballot in cast if ballot.lat is not None and ballot.lng is not None]
    return [(round(lat, 4), round(lng, 4)) for lat, lng in there[:MOST_POINTS]]
