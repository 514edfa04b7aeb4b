"""Reads failures, what contradicts them, and how many orders each station had: a few statements."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select

from basics.words import DATA_CENTRE, CaseState, State
from reports.archive.queries import facts_of
from reports.honesty.counting import NO_CALL, Claim, Failure, Key, Station, no_call, of_evidence, standings
from reports.honesty.pages import honesty
from reports.kinds import Asked, NoReport, Say
from reports.paper.document import Document
from reports.periods import unfrozen
from rulebook.book import Book
from storage.tables import geo
from storage.tables.dispatch import assignments, events, orders
from storage.tables.penalties import cases
from storage.tables.sla import violations

o, a, e, v, s = orders.c, assignments.c, events.c, violations.c, geo.stations.c
Period = tuple[datetime, datetime]


def document(conn: Connection, asked: Asked, say: Say) -> Document:
    """The reason honesty map of a period, as things stand now. NoReport."""
    period = unfrozen(asked)
    stations = _stations(conn)
    inside = _inside(asked.scope, stations)
    say(0, 3, "读取失败 / reading failures")
    against = _against(conn, period)
    let_off = _let_off(conn, period)
    for order_id in _without_call(conn, period, _call_reasons(asked.book)):
        if order_id not in let_off:
            against[order_id].add(NO_CALL)
    say(1, 3, "计数 / counting")
    failures = facts_of(conn, asked.archive, *period, ("failures",))["failures"].collect()
    rows = failures.select("station", "stage", "reason", "order_id").iter_rows()
    found = [Failure(at, stage, reason, frozenset(against.get(order_id, ()))) for at, stage, reason, order_id in rows]
    bases = _bases(conn, period)
    say(2, 3, "对比 / comparing")
    ranked = [one for one in standings(stations, found, bases) if one.station.code in inside]
    reasons = asked.book.at(asked.now).reasons
    return honesty(asked, ranked, bases, {code: (one.zh, one.en) for code, one in reasons.items()})


def _stations(conn: Connection) -> list[Station]:
    query = select(s.code, s.name, func.coalesce(s.parent, s.code), s.province).order_by(s.code)
    return [Station(*row) for row in conn.execute(query)]


def _inside(scope: str, stations: Collection[Station]) -> set[str]:
    """Codes of the stations in the scope; of a station also its level-2 ones. NoReport."""
    level, _, code = scope.partition(":")
    found = {
        one.code
        for one in stations
        if scope == "network"
        or (level == "province" and one.province == code)
        or (level == "station" and code in (one.code, one.house))
    }
    if not found and scope != "network":
        raise NoReport("scope_unknown", "没有这个范围 / no such scope")
    return found


def _against(conn: Connection, period: Period) -> dict[int, set[str]]:
    """Order -> what its suspicion of V-FALSE-FAIL holds against the reason. One that is likely excused, dismissed or
    overturned holds nothing."""
    stands = or_(cases.c.state == CaseState.CONFIRMED, and_(cases.c.state == CaseState.SUSPECTED, v.excuse == ""))
    query = select(v.order_id, v.evidence).join(cases, cases.c.violation_id == v.id)
    query = query.where(v.kind == "V-FALSE-FAIL", stands, v.happened_at >= period[0], v.happened_at < period[1])
    found: dict[int, set[str]] = defaultdict(set)
    for order_id, evidence in conn.execute(query):
        found[order_id] |= of_evidence(evidence)
    return found


def _let_off(conn: Connection, period: Period) -> set[int]:
    """Orders whose failure HQ or an appeal has judged not to be a false one, or for which it is likely excused."""
    let_off = or_(
        cases.c.state.in_((CaseState.DISMISSED, CaseState.OVERTURNED)),
        and_(cases.c.state == CaseState.SUSPECTED, v.excuse != ""),
    )
    query = select(v.order_id).join(cases, cases.c.violation_id == v.id)
    query = query.where(v.kind == "V-FALSE-FAIL", let_off, v.happened_at >= period[0], v.happened_at < period[1])
    return set(conn.scalars(query))


def _call_reasons(book: Book) -> set[str]:
    """Reasons for which an edition asks for the time of a call (DO-2)."""
    return {one.code for edition in book.editions for one in edition.reasons.values() if one.asks == "call_time"}


def _without_call(conn: Connection, period: Period, reasons: Collection[str]) -> list[int]:
    """Failed orders whose reason says that the sender was called, and no call can have been made."""
    failed = and_(
        o.state.in_((State.ACCEPT_FAILED, State.PICKUP_FAILED)), o.ended_at >= period[0], o.ended_at < period[1],
        o.created_at < period[1],
    )  # fmt: skip
    said = and_(e.order_id == o.id, e.kind == "failed", e.data["reason"].as_string().in_(sorted(reasons)))
    claims: Select[Any] = select(
        o.id, o.created_at, e.happened_at, e.data["detail"].as_string(), o.pseudonymised_at
    ).join(events, said)
    called = events.alias("called")
    calls = select(o.id, called.c.happened_at).join(events, said)
    calls = calls.join(called, and_(called.c.order_id == o.id, called.c.kind == "called")).where(failed)
    made: dict[int, list[datetime]] = defaultdict(list)
    for order_id, at in conn.execute(calls):
        made[order_id].append(at)
    found = []
    for order_id, created_at, failed_at, typed, hidden_at in conn.execute(claims.where(failed)):
        known = None if hidden_at is not None else typed or ""
        if no_call(Claim(created_at, failed_at, known, tuple(made.get(order_id, ())))):
            found.append(order_id)
    return found


def _bases(conn: Connection, period: Period) -> dict[Key, int]:
    """(station, stage) -> assignments that began in the period, and those of them that were accepted."""
    query = select(a.station, func.count(), func.count(a.accepted_at)).where(
        a.started_at >= period[0], a.started_at < period[1], a.station != DATA_CENTRE
    )
    found: dict[Key, int] = {}
    for station, assigned, accepted in conn.execute(query.group_by(a.station)):
        found[(station, "accept")], found[(station, "pickup")] = assigned, accepted
    return found
