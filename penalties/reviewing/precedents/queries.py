"""The decided cases most like one, with what became of them (VIO-4). Nothing of a customer is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select

from basics.words import CaseState
from penalties.precedents import Likeness, late_by, nearest
from penalties.reviewing.queries import blinded
from people.access import Actor
from storage.tables.dispatch import assignments, orders
from storage.tables.penalties import appeals, case_log, cases
from storage.tables.sla import violations

LOOKED_AT = 20_000  # decisions, the last ones of all kinds
COMPARED = 2_000  # of them, the last ones of this kind

v, log = violations.c, case_log.c
_BY_PERSON = and_(log.from_state == CaseState.SUSPECTED, log.to_state.in_((CaseState.CONFIRMED, CaseState.DISMISSED)))
_LIKE = (
    v.id, v.kind, v.excuse, v.edition, v.station, v.house, v.region, orders.c.channel,
    assignments.c.cause.label("assigned"), v.evidence,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Precedent:
    """A decided case with its first verdict, its state now, and each stage of its appeal in order."""

    case: Row[Any]
    appeals: Sequence[Row[Any]]


def precedents(conn: Connection, violation_id: int, by: Actor) -> list[Precedent]:
    """The five decided cases nearest to this one, without those whose verdict `by` must not see."""
    own = conn.execute(_joined(select(*_LIKE)).where(v.id == violation_id)).one_or_none()
    if own is None:
        return []
    of = _likeness(own)
    found = [(row.id, _likeness(row)) for row in conn.execute(_decided(own.kind))]
    unseen = {violation_id, *blinded(conn, by, [one for one, _ in found])}
    ids = nearest(of, [one for one in found if one[0] not in unseen])
    shown = _joined(
        select(
            v.id, v.station, v.happened_at, v.excuse, v.edition, v.fine_fen, orders.c.channel, log.to_state,
            log.reason, log.at, log.by, cases.c.state.label("case_state"), cases.c.reason.label("last_reason"),
        ).select_from(violations)
    ).join(case_log, and_(log.violation_id == v.id, _BY_PERSON)).join(cases, cases.c.violation_id == v.id)  # fmt: skip
    rows = {row.id: row for row in conn.execute(shown.where(v.id.in_(ids)))}
    a = appeals.c
    heard: dict[int, list[Any]] = {}
    stages = select(a.violation_id, a.stage, a.state).where(a.violation_id.in_(ids)).order_by(a.id)
    for stage in conn.execute(stages).all():
        heard.setdefault(stage.violation_id, []).append(stage)
    return [Precedent(rows[one], heard.get(one, ())) for one in ids]


def _decided(kind: str) -> Select[Any]:
    last = select(log.id, log.violation_id).where(_BY_PERSON).order_by(log.id.desc()).limit(LOOKED_AT).subquery()
    query = _joined(select(*_LIKE).select_from(violations).join(last, last.c.violation_id == v.id))
    return query.where(v.kind == kind).order_by(last.c.id.desc()).limit(COMPARED)


def _joined(query: Select[Any]) -> Select[Any]:
    a = assignments.c
    made = and_(a.order_id == v.order_id, a.seq == v.seq)
    return query.join(orders, orders.c.id == v.order_id).outerjoin(assignments, made)


def _likeness(row: Row[Any]) -> Likeness:
    evidence = row.evidence
    return Likeness(
        row.kind, row.excuse, row.edition, row.station, row.house, row.region, row.channel, row.assigned or "",
        bool(evidence.get("outside")), str(evidence.get("reason") or ""), late_by(row.kind, evidence),
    )  # fmt: skip
