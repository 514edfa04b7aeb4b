"""停业: a station asks for a closure, HQ grants it beforehand or declines it (ROUTE-6)."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from flask import Blueprint, make_response, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from basics.days import SHANGHAI
from basics.refusal import Refusal
from dispatch.actions import look_again
from geo.closing import actions, queries
from geo.closing_rules import MOST_AHEAD, NOTE_LIMIT, REASON_LIMIT, Asked, began, refuse
from geo.network import Network
from geo.stations import CODE_LIMIT, Closure
from people.access import Action, Role, may
from web.auth import current_actor, current_scope, needs
from web.console.acting import page as shown
from web.console.fields import BIGGEST_ID, argument, choice, cursor, cursor_text, invalid, picked, text
from web.errors import Problem, wants_json
from web.language import side, t
from web.notes import say
from web.services import now, services
from web.transactions import seeing, transact

pages = Blueprint("closures", __name__)

TABS = ("asked", "granted", "decided")
_MINUTE = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}", re.ASCII)
ABSENT, CONFLICTS = "closure_unknown", frozenset({"closure_decided", "closure_began", "closure_overlaps"})


@pages.get("/closures")
@needs(Action.SEE_AREAS)
def page() -> str:
    """Asked, granted or decided; `station`: of that one."""
    return _render({})


def _render(typed: Mapping[str, str]) -> str:
    """The page; `typed` stands in the form again after a refusal."""
    tab, station, after = choice("tab", TABS) or "asked", argument("station", CODE_LIMIT), cursor()
    actor = current_actor()
    with seeing() as conn:
        network = services().networks.get(conn)
        seen = narrowed(seen_by_actor(network), station)
        if tab == "granted":
            found = queries.granted(conn, seen, now(), after)
        elif tab == "decided":
            found = queries.decided(conn, seen, after)
        else:
            found = queries.open_requests(conn, seen, after)
        decides = tab == "asked" and may(actor, Action.GRANT_CLOSURE)
        hits = queries.hits(conn, [row.id for row in found.rows]) if decides else {}
    return shown(
        "closures.html", tab=tab, tabs=TABS, station=station, network=network, rows=found.rows, hits=hits,
        following=cursor_text(found.following), decides=decides, own=_own(network), began=began, most=MOST_AHEAD.days,
        reason_limit=REASON_LIMIT, note_limit=NOTE_LIMIT, asks=may(actor, Action.ASK_CLOSURE), typed=typed,
    )  # fmt: skip


@pages.post("/closures/ask")
@needs(Action.ASK_CLOSURE)
def ask() -> Response:
    """Times are those of a Shanghai clock. For a station of another house the answer is that there is none."""
    typed = {"station": text("station", CODE_LIMIT), "reason": text("reason", REASON_LIMIT)}
    typed |= {name: text(name, 20) for name in ("start", "end")}
    refusal = asked(typed["station"], _minute(typed["start"]), _minute(typed["end"]), typed["reason"])
    if refusal is not None:
        if wants_json():
            raise_refusal(refusal)
        say(refusal.message, "danger")
        return make_response(_render(typed), 409 if refusal.code in CONFLICTS else 422)
    say("停业申请已提交,等待总部批准 / asked, HQ decides")
    return redirect(url_for("closures.page"), 303)


def asked(station: str, start: datetime | None, end: datetime | None, reason: str) -> Refusal | None:
    """Ask for a closure of one's own station; None: asked. Problem `not_found` for another's."""
    by = current_actor().name
    with seeing() as conn:
        own = _own(services().networks.get(conn))
    if station not in own:
        raise Problem("not_found")
    if start is None or end is None:
        return refuse("time_invalid", "end" if start else "start")
    wanted = Asked(station, start, end, reason)
    return transact(lambda conn: actions.ask(conn, wanted, by, now()))


@pages.post(f"/closures/<int(max={BIGGEST_ID}):request_id>/take-back")
@needs(Action.ASK_CLOSURE)
def take_back(request_id: int) -> Response:
    """An open request; what is granted stays."""
    taken_back(request_id)
    say("停业申请已撤回 / taken back")
    return redirect(url_for("closures.page"), 303)


def taken_back(request_id: int) -> None:
    """Problem when it is not one's own, or not open any more."""
    by = current_actor().name
    with seeing() as conn:
        own = _own(services().networks.get(conn))
    raise_refusal(transact(lambda conn: actions.take_back(conn, request_id, own, by, now())))


@pages.post("/closures/decide")
@needs(Action.GRANT_CLOSURE)
def decide() -> Response:
    """The row whose button was pressed, or each ticked one; `decision` is grant or decline, maybe with the row's id."""
    said, _, one = text("decision", 40).partition(":")
    if not said and "one" in request.form:  # Enter in a note, without scripts
        return _nothing_picked()
    if said not in ("grant", "decline") or (one and not re.fullmatch(r"[0-9]{1,18}", one, re.ASCII)):
        raise invalid("decision", "unknown")
    requests = [int(one)] if one else picked("requests")
    to_all = "" if one else text("note", NOTE_LIMIT)
    notes = {each: to_all or text(f"note-{each}", NOTE_LIMIT) for each in requests}
    if not requests:
        return _nothing_picked()
    results = decided(requests, said == "grant", notes)
    if one and wants_json():
        raise_refusal(next((result for result in results if isinstance(result, Refusal)), None))
    _tell(results, said)
    return redirect(url_for("closures.page"), 303)


def decided(requests: Sequence[int], grant: bool, notes: Mapping[int, str]) -> list[Closure | Refusal]:
    """One decision on all of them, an answer each."""
    by = current_actor().name

    def work(conn: Connection) -> list[Closure | Refusal]:
        results = actions.decide(conn, requests, grant, by, notes, now())
        closed = [(result.station, result.start) for result in results if isinstance(result, Closure)]
        look_again(conn, closed if grant else [], now())
        return results

    return transact(work)


def _nothing_picked() -> Response:
    say("请先勾选申请 / Pick some requests first", "warning")
    return redirect(url_for("closures.page"), 303)


def _tell(results: Sequence[Closure | Refusal], said: str) -> None:
    """What became of each; refusals first."""
    refused: dict[str, int] = {}
    for result in results:
        if isinstance(result, Refusal):
            refused[result.message] = refused.get(result.message, 0) + 1
    for message, count in refused.items():
        why = side(message)
        say(t(f"失败 {count} 项,{why}", f"{count} failed, {why}"), "danger")
    done = [result.station for result in results if isinstance(result, Closure)]
    if done:
        words = ("已批准", "granted") if said == "grant" else ("已驳回", "declined")
        listed = "、".join(done)
        many = len(done)
        say(t(f"{words[0]} {many} 项 / {words[1]}:{listed}", f"{many} {words[1]}: {listed}"))


def raise_refusal(refusal: Refusal | None) -> None:
    if refusal is None:
        return
    if refusal.code == ABSENT:
        raise Problem("not_found")
    if refusal.code in CONFLICTS:
        raise Problem(refusal.code, refusal.message, status=409)
    raise invalid(refusal.field or "", refusal.code, refusal.message)


def _minute(given: str) -> datetime | None:
    """A minute of the Shanghai clock, as a browser's field for date and time sends it; None: that is none."""
    try:
        return datetime.fromisoformat(given).replace(tzinfo=SHANGHAI) if _MINUTE.fullmatch(given) else None
    except ValueError:
        return None


def _own(network: Network) -> frozenset[str]:
    """The stations that the actor may ask for: his own, a level-1 station's level-2 ones too (DO-1)."""
    return frozenset(code for code in current_scope().stations if code in network.stations)


def seen_by_actor(network: Network) -> Collection[str] | None:
    """Whose closures the actor sees; None: all. No customer stands in them, so whoever manages areas sees all."""
    actor, scope = current_actor(), current_scope()
    if scope.everywhere or actor.role == Role.ADMIN:
        return None
    if scope.province is not None:
        return [code for code, station in network.stations.items() if station.province == scope.province]
    return scope.stations


def narrowed(seen: Collection[str] | None, station: str) -> Collection[str] | None:
    if not station:
        return seen
    return [station] if seen is None or station in seen else []
