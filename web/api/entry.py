"""Orders as clerks type them, callers, the data centre's list, and scans."""

import secrets
from datetime import datetime
from typing import Any

from basics.days import shanghai
from basics.words import BUSINESS_TYPES
from channels.messages import AHEAD, Scan
from channels.registry import SOURCES as CHANNELS
from channels.registry import STAFF
from dispatch.actions import conduct
from dispatch.borders.queries import courses
from dispatch.changes import CHANGE, WITHDRAWAL
from dispatch.facts import AskChange, Item, Target
from dispatch.lists import queries as lists
from dispatch.lists.callers.queries import Said, find_order
from dispatch.paste import parse, parted
from dispatch.refusals import WORDS
from dispatch.screening import missing_fields
from dispatch.waybills import Finding, Known, guard
from people.access import Action
from web.api.answers import Refused, refused, told
from web.api.entry_shown import (
    AtDataCentre,
    Caller,
    CallerAsked,
    Change,
    Matched,
    MatchedAll,
    NewOrder,
    OrderEntered,
    Others,
    Parsed,
    Party,
    Pasted,
    Scanned,
    ScannedAll,
    Scans,
    Sender,
    Withdraw,
)
from web.api.fields import BIGGEST, Page, Taken
from web.api.operation import Api
from web.api.orders import ListQuery
from web.api.orders_shown import order_of
from web.auth import current_actor, current_scope
from web.console import acting, callers, data_centre, entry
from web.console.fields import cursor, cursor_text, list_filters
from web.console.order_form import Typed, content_of
from web.errors import FieldError, Problem
from web.services import now, services
from web.transactions import seeing, transact

api = Api("entry", "录单、来电、分件与扫描 / Entry, callers, data centre, scans")
ONE = f"/callers/<int(max={BIGGEST}):order_id>"


@api.post("/entry", Action.ENTER_ORDER, "录单 / Enter an order")
def save(body: NewOrder) -> OrderEntered:
    """It goes the way of every other order; what CHAN-5 would hold is refused unless `hold` says so."""
    typed, edition = Typed(_typed(body)), services().book.at(now())
    with seeing() as conn:
        served = services().networks.get(conn).serves.keys()
    content = content_of(typed, served, edition, now())
    unsure = body.waybill_no and guard(body.waybill_no, edition, Known()) is Finding.UNSURE
    if unsure and not body.sure and "waybill_no" not in typed.errors:
        raise Problem("waybill_again", WORDS["waybill_again"], errors=(FieldError("waybill_no", "waybill_again"),))
    _refuse_wrong(typed)
    missing = missing_fields(content)
    if missing and not body.hold:
        raise Problem(
            "missing", "资料不全 / Something is missing", errors=tuple(FieldError(one, "missing") for one in missing)
        )
    number, _ = transact(lambda conn: entry.store(conn, secrets.token_hex(16), content))
    with seeing(beyond=True) as conn:  # it may have been routed to another station
        row = find_order(conn, STAFF, number)
        ours = row is not None and bool(lists.in_scope(conn, current_scope(), [row.id]))
    if row is None:
        raise Problem("internal_error")
    return OrderEntered(
        logistics_no=number, order_id=row.id if ours else None, state=row.state, station=row.station,
        missing=row.missing,
    )  # fmt: skip


@api.post("/entry/parse", Action.ENTER_ORDER, "识别粘贴内容 / Take a pasted block apart", repeatable=False)
def paste(body: Pasted) -> Parsed:
    """Nothing is guessed."""
    own, rest = parted(body.text.replace("\r\n", "\n"), body.to)
    block = parse(own)
    return Parsed.model_validate({name: getattr(block, name, rest) for name in Parsed.model_fields})


@api.post("/entry/others", Action.ENTER_ORDER, "该寄件人的其他订单 / Other orders of a sender", repeatable=False)
def others(body: Sender) -> Others:
    """Each number looked up is a row of the audit, and they are limited."""
    rows = transact(lambda conn: entry.looked_up(conn, body.phone))
    return Others(items=[order_of(row) for row in rows or ()], too_many=rows is None)


@api.post("/callers/find", Action.TAKE_CALL, "核对来电人 / Match a caller", repeatable=False)
def find(body: Caller) -> MatchedAll:
    """Each attempt is a row of the audit; guessing is made to wait."""
    said = Said(body.number, body.phone, body.name)
    if len(said.kinds) < 2:
        raise Problem("too_few", callers.TOO_FEW)
    rows = transact(lambda conn: callers.find_callers(conn, said))
    return MatchedAll(items=[Matched(order=order_of(row), proof=callers.pass_for(row.id)) for row in rows])


@api.post(f"{ONE}/change", Action.TAKE_CALL, "来电变更 / A caller's change")
def change(order_id: int, body: Change) -> CallerAsked:
    """An accepted order waits for its holder's word (CHAN-8)."""
    callers.check_proof(order_id, body.proof)
    typed = Typed(_words(body, ("proof", "agree")))
    with seeing() as conn:
        served = services().networks.get(conn).serves.keys()
    fields = callers.fields_of(typed, served)
    _refuse_wrong(typed)
    if not fields:
        raise Problem("invalid", "请填写要变更的内容 / nothing was entered")
    act = AskChange(Target(order_id=order_id), CHANGE, fields, station=callers.own_station())
    return _asked(order_id, act, body.agree)


@api.post(f"{ONE}/withdraw", Action.TAKE_CALL, "来电撤单 / A caller's withdrawal")
def withdraw(order_id: int, body: Withdraw) -> CallerAsked:
    """As for a change."""
    callers.check_proof(order_id, body.proof)
    act = AskChange(Target(order_id=order_id), WITHDRAWAL, reason=body.reason, station=callers.own_station())
    return _asked(order_id, act, body.agree)


@api.get("/data-centre", Action.DISPATCH, "分件台 / The data centre")
def waiting(query: ListQuery) -> Page[AtDataCentre]:
    """What no station is sure to serve, longest waiting first (ROUTE-2)."""
    filters = list_filters(CHANNELS, BUSINESS_TYPES)
    with seeing() as conn:
        found = lists.at_data_centre(conn, current_scope(), filters, cursor(), query.limit)
        known, world = courses(conn, [row.id for row in found.rows]), acting.world(conn)
    items = [_waiting(data_centre.line_of(row, known[row.id], world)) for row in found.rows]
    return Page[AtDataCentre](items=items, next=cursor_text(found.following) or None)


@api.post("/scans", Action.SCAN, "上传揽收扫描 / Import pickup scans")
def scans(body: Scans) -> ScannedAll:
    """Of one's own stations; good ones are kept whatever becomes of the others."""
    actor, own, at = current_actor(), current_scope().stations, now()
    foreign = {place for place, one in enumerate(body.items) if one.station not in own}
    ahead = {place for place, one in enumerate(body.items) if one.scanned_at > at + AHEAD} - foreign
    good = [one for place, one in enumerate(body.items) if place not in foreign | ahead]
    items = [Item(at, Scan(one.waybill_no, one.station, one.scanned_at, one.operator), actor.name) for one in good]
    answers = iter(transact(lambda conn: conduct(conn, items, acting.world(conn))))
    results = []
    for place, one in enumerate(body.items):
        if place in foreign:
            why: Refused | None = Refused(
                code="station_unknown", message="没有该网点 / No such station", field="station"
            )
        elif place in ahead:
            why = Refused(code="scanned_ahead", message="扫描时间在将来 / It lies in the future", field="scanned_at")
        else:
            why = told(next(answers))
        results.append(Scanned(waybill_no=one.waybill_no, done=why is None, refusal=why))
    return ScannedAll(results=results)


def _asked(order_id: int, act: AskChange, agree: bool) -> CallerAsked:
    asked = callers.ask_for(order_id, act, agree)
    if asked.refusal is not None:
        raise refused(asked.refusal)
    return CallerAsked(logistics_no=asked.number, waits=asked.waits, ours=asked.ours)


def _words(body: Taken, but: tuple[str, ...]) -> dict[str, str]:
    """As the form would hold them: every one a text, times on a Shanghai clock to the minute."""
    said: dict[str, str] = {}
    for name, value in body.model_dump(exclude=set(but)).items():
        if isinstance(value, datetime):
            said[name] = shanghai(value).strftime("%Y-%m-%dT%H:%M")
        else:
            said[name] = "" if value is None else str(value)
    said["weight"] = said.pop("weight_kg", "")
    return said


def _typed(body: NewOrder) -> dict[str, str]:
    said = _words(body, ("sender", "receiver", "sure", "hold"))
    for who, party in (("sender", body.sender), ("receiver", body.receiver or Party())):
        said |= {f"{who}_{part}": value for part, value in party.model_dump().items()}
    return said


def _refuse_wrong(typed: Typed) -> None:
    if typed.errors:
        detail = ";".join(typed.errors.values())[:500]
        raise Problem("invalid", detail, errors=tuple(FieldError(name, "invalid") for name in typed.errors))


def _waiting(line: Any) -> AtDataCentre:
    return AtDataCentre(
        order=order_of(line.row), cause=line.row.routing_cause, why=line.why, passed=line.passed,
        waited_seconds=int(line.lay.total_seconds()), disputed=line.disputed, sure=line.sure,
        candidates=[one.station.code for one in line.candidates],
    )  # fmt: skip
