"""Writes clocks and violations of judged orders; what is new or disproved goes on to penalties."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, update

from penalties import actions as penalties
from penalties.lifecycle import DISPROVE, SUSPECT
from sla.clocks import Clock
from sla.queries import StoredViolation, stored_clocks, stored_violations
from sla.suspicions import Suspicion
from storage.sql import insert_ignore, upsert
from storage.tables import sla as t

Key = tuple[int, int, str]  # order, seq, kind
NEWS = "新消息证明无违规 / news disproved it"


@dataclass(frozen=True, slots=True)
class Judged:
    """One order's verdicts. `fresh`: nothing is stored of it yet. `prospects`: see sla/suspicions.py. `overturned`:
    confirmed violations that news
    disproved, by (seq, kind), with the instant of the news."""

    order_id: int
    region: str
    fresh: bool
    clocks: Sequence[Clock]
    suspicions: Sequence[Suspicion]
    prospects: Mapping[tuple[int, str], Suspicion | None] = field(default_factory=dict)
    overturned: Mapping[tuple[int, str], datetime] = field(default_factory=dict)


def record(conn: Connection, judged: Sequence[Judged], house_of: Mapping[str, str], now: datetime) -> None:
    """Store clocks and violations as judged, writing only what changed, and take the cases along.

    The caller holds the orders' locks. `house_of`: station -> level-1 station.
    """
    known = [one.order_id for one in judged if not one.fresh]
    _record_clocks(conn, judged, stored_clocks(conn, known))
    _record_violations(conn, judged, stored_violations(conn, known), house_of, now)


def _record_clocks(conn: Connection, judged: Sequence[Judged], stored: Mapping[Key, tuple[Any, ...]]) -> None:
    rows, wanted = [], set()
    for one in judged:
        for clock in one.clocks:
            key = (one.order_id, clock.seq, clock.kind.value)
            wanted.add(key)
            if stored.get(key) != (clock.station, clock.starts_at, clock.due_at, clock.verdict.value, clock.decided_by):
                rows.append(_clock_row(one, clock))
    upsert(conn, t.clocks, rows, ["order_id", "seq", "kind"])
    gone = [{"_o": o, "_s": s, "_k": k} for o, s, k in stored.keys() - wanted]
    if gone:
        c = t.clocks.c
        conn.execute(
            delete(t.clocks).where(c.order_id == bindparam("_o"), c.seq == bindparam("_s"), c.kind == bindparam("_k")),
            gone,
        )


def _clock_row(one: Judged, clock: Clock) -> dict[str, Any]:
    return {
        "order_id": one.order_id, "seq": clock.seq, "kind": clock.kind.value, "region": one.region,
        "station": clock.station, "starts_at": clock.starts_at, "due_at": clock.due_at,
        "verdict": clock.verdict.value, "decided_by": clock.decided_by, "edition": clock.edition,
    }  # fmt: skip


def _record_violations(
    conn: Connection,
    judged: Sequence[Judged],
    stored: Mapping[Key, StoredViolation],
    house_of: Mapping[str, str],
    now: datetime,
) -> None:
    new, changed, cases = [], [], []
    wanted: dict[Key, Suspicion] = {}
    overturned = {(one.order_id, *key): at for one in judged for key, at in one.overturned.items()}
    for one in judged:
        for suspicion in one.suspicions:
            key = (one.order_id, suspicion.seq, suspicion.kind)
            wanted[key] = suspicion
            row = _violation_row(one, suspicion, house_of)
            old = stored.get(key)
            if old is None:
                new.append(row)
            elif old.state in ("suspected", "cleared") and old.differs(row):
                changed.append({f"_{name}": value for name, value in row.items()})  # a decided one stays as reviewed
            if old is not None and old.state == "cleared":
                cases.append(penalties.Change(old.id, SUSPECT, now, "system", "新消息 / news"))
    for key, old in stored.items():
        if old.state in ("suspected", "confirmed") and (key not in wanted or key in overturned):
            cases.append(penalties.Change(old.id, DISPROVE, overturned.get(key, now), "system", NEWS))
    _write_violations(conn, new, changed, now)
    if cases:
        penalties.change(conn, cases, now)


def _violation_row(one: Judged, s: Suspicion, house_of: Mapping[str, str]) -> dict[str, Any]:
    return {
        "order_id": one.order_id, "seq": s.seq, "kind": s.kind, "region": one.region, "station": s.station,
        "house": house_of.get(s.station, s.station), "happened_at": s.happened_at, "edition": s.edition,
        "excuse": s.excuse, "fine_fen": s.fine_fen, "evidence": s.evidence,
    }  # fmt: skip


def _write_violations(
    conn: Connection, new: Sequence[dict[str, Any]], changed: Sequence[dict[str, Any]], now: datetime
) -> None:
    found = insert_ignore(conn, t.violations, new, ["order_id", "seq", "kind"], returning=["id", "region"])
    penalties.open_cases(conn, [(row.id, row.region) for row in found], now)
    if not changed:
        return
    c = t.violations.c
    values: dict[str, Any] = {
        name: bindparam(f"_{name}")
        for name in ("station", "house", "happened_at", "edition", "excuse", "fine_fen", "evidence")
    }
    conn.execute(
        update(t.violations)
        .where(c.order_id == bindparam("_order_id"), c.seq == bindparam("_seq"), c.kind == bindparam("_kind"))
        .values(**values),
        list(changed),
    )
