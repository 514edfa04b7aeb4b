"""Reads what the fairness report counts: facts of orders and violations, who decided first, and misrouting."""

from collections.abc import Collection
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, and_, exists, select

from basics.words import CaseState
from reports.archive.queries import facts_of
from reports.facts.columns.queries import read
from reports.facts.selecting.queries import Wanted, statement
from reports.fairness.counting import DECISIONS, DIMENSIONS, PASSED, by, by_cause, by_reviewer, finest, known
from reports.fairness.pages import Counted, fairness
from reports.kinds import Asked, NoReport, Say
from reports.paper.document import Document
from reports.periods import unfrozen
from storage.tables.dispatch import assignments
from storage.tables.geo import stations
from storage.tables.penalties import case_log
from storage.tables.sla import violations

v, log, s = violations.c, case_log.c, stations.c


def document(conn: Connection, asked: Asked, say: Say) -> Document:
    """The fairness report of a period, of the network or a province, as things stand now. NoReport."""
    period = unfrozen(asked)
    own = _stations(conn, asked.scope)
    say(0, 3, "读取订单与违规 / reading orders and violations")
    facts = facts_of(conn, asked.archive, *period, ("orders", "violations"), own)
    say(1, 3, "读取判定 / reading decisions")
    cases = known(facts["violations"], _decisions(conn, *period), _passed(conn, *period)).collect().lazy()
    say(2, 3, "计数 / counting")
    counts = finest(facts, cases)
    counted = Counted({one: by(counts, one) for one in DIMENSIONS}, by_reviewer(cases), by_cause(cases))
    return fairness(asked, counted)


def _stations(conn: Connection, scope: str) -> Collection[str] | None:
    """Of the scope; None is the whole network. NoReport."""
    if scope == "network":
        return None
    level, _, code = scope.partition(":")
    found = list(conn.scalars(select(s.code).where(s.province == code))) if level == "province" else []
    if not found:
        raise NoReport("scope_unknown", "没有这个范围 / no such scope")
    return found


def _decisions(conn: Connection, start: datetime, end: datetime) -> pl.DataFrame:
    """Who decided each suspicion: it is decided once, what follows is an appeal or news (VIO-4)."""
    decided = (CaseState.CONFIRMED, CaseState.DISMISSED)
    query = select(log.violation_id, log.by).join_from(case_log, violations, v.id == log.violation_id)
    query = query.where(log.to_state.in_(decided), v.happened_at >= start, v.happened_at < end)
    return read(conn, query, DECISIONS)


def _passed(conn: Connection, start: datetime, end: datetime) -> pl.DataFrame:
    """Of the assignments that the violations are of, whichever day they began: whether routing was wrong."""
    a = assignments.c
    mine = and_(v.order_id == a.order_id, v.seq == a.seq, v.happened_at >= start, v.happened_at < end)
    query = statement(conn, "holdings", Wanted(), ("order_id", "seq", "misrouted")).where(exists().where(mine))
    return read(conn, query, PASSED)
