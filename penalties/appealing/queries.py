"""Reads how violations stand for an appeal (APPEAL-1, APPEAL-2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from basics.refusal import Refusal
from basics.words import CaseState
from penalties.appeals import HQ, PROVINCE, AppealState, Stage, Standing, as_of, until, why_not
from rulebook.book import Book
from storage.sql import among
from storage.tables import penalties as t
from storage.tables.geo import stations
from storage.tables.sla import violations

v, c, a = violations.c, t.cases.c, t.appeals.c


@dataclass(frozen=True, slots=True)
class Appealable:
    """What a station can do about a violation now. `until` is exclusive: of the step that comes next. `refusal`: why
    no stage is open to it, None when one is."""

    published_at: datetime | None
    until: datetime | None
    stage_open_to: str | None
    refusal: Refusal | None


def appealable(conn: Connection, violation_ids: Sequence[int], book: Book, now: datetime) -> dict[int, Appealable]:
    """Each of these violations; one that does not exist is refused `not_confirmed`."""
    found = standings(conn, violation_ids, now)
    return {one: _appealable(found[one], book, now) for one in violation_ids}


def _appealable(one: Standing, book: Book, now: datetime) -> Appealable:
    refusals = {to: why_not(one, to, now, book) for to in (PROVINCE, HQ)}
    stage = next((to for to, refusal in refusals.items() if refusal is None), None)
    following = HQ if one.stage(PROVINCE) else PROVINCE
    return Appealable(one.published_at, until(one, book), stage, None if stage else refusals[following])


def standings(conn: Connection, violation_ids: Sequence[int], now: datetime) -> dict[int, Standing]:
    """How each of these stands now, what silence has passed on included; also of ids that no violation has."""
    stages: dict[int, dict[str, Stage]] = {}
    query = select(a.violation_id, a.stage, a.state, a.opened_at, a.due_at, a.closed_at)
    for row in conn.execute(query.where(among(conn, a.violation_id, violation_ids))):
        stage = Stage(AppealState(row.state), row.opened_at, row.due_at, row.closed_at)
        stages.setdefault(row.violation_id, {})[row.stage] = stage
    published = _published(conn, violation_ids)
    found = {one: Standing(one) for one in violation_ids}
    cases = (
        select(v.id, c.state, v.station, func.coalesce(stations.c.province, v.region).label("province"))
        .join(t.cases, c.violation_id == v.id)
        .outerjoin(stations, stations.c.code == v.station)
        .where(among(conn, v.id, violation_ids))
    )
    for known in conn.execute(cases):
        number = known.id
        one = Standing(number, known.state, known.station, known.province, published.get(number), stages.get(number))
        found[number] = as_of(one, now)
    return found


def _published(conn: Connection, violation_ids: Sequence[int]) -> dict[int, datetime]:
    """When a notice or supplement first told each of these as confirmed."""
    n, item = t.notices.c, t.notice_items.c
    query = (
        select(item.violation_id, func.min(n.published_at))
        .join(t.notices, n.id == item.notice_id)
        .where(among(conn, item.violation_id, violation_ids), item.state == CaseState.CONFIRMED)
        .group_by(item.violation_id)
    )
    return {row[0]: row[1] for row in conn.execute(query)}


def silent(conn: Connection, now: datetime, limit: int) -> list[int]:
    """Violations whose province has been silent to the end of its period, those first that ended first."""
    query = (
        select(a.violation_id)
        .where(a.state == AppealState.OPEN, a.stage == PROVINCE, a.due_at <= now)
        .order_by(a.due_at, a.violation_id)
        .limit(limit)
    )
    return list(conn.scalars(query))
