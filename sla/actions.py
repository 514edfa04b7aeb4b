"""Writes clocks and violations of judged orders; what is new or disproved goes on to penalties."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, null, select, update

from basics.words import Verdict
from penalties import actions as penalties
from penalties.lifecycle import DISPROVE, SUSPECT
from sla.clocks import Clock
from sla.queries import StoredViolation, past_due, stored_clocks, stored_violations
from sla.suspicions import Suspicion
from storage.sql import among, insert_from, insert_ignore, pairs, upsert
from storage.tables import sla as t

Key = tuple[int, int, str]  # order, seq, kind
CLOCK_COLUMNS = (  # by which a stored clock differs from a fresh one
    "station", "starts_at", "due_at", "verdict", "decided_by",
    "late_kind", "late_edition", "late_excuse", "late_fine_fen", "late_evidence",
)  # fmt: skip
NOTHING_LATE = dict.fromkeys(name for name in CLOCK_COLUMNS if name.startswith("late_"))
NEWS = "新消息证明无违规 / news disproved it"


@dataclass(frozen=True, slots=True)
class Judged:
    """One order's verdicts. `fresh`: nothing is stored of it yet. `prospects`: see sla/suspicions.py. `overturned`:
    confirmed violations that news disproved, by (seq, kind), with the instant of the news."""

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
    _record_clocks(conn, judged, stored_clocks(conn, known, CLOCK_COLUMNS))
    _record_violations(conn, judged, stored_violations(conn, known), house_of, now)


def _record_clocks(conn: Connection, judged: Sequence[Judged], stored: Mapping[Key, tuple[Any, ...]]) -> None:
    rows, wanted = [], set()
    for one in judged:
        for clock in one.clocks:
            key = (one.order_id, clock.seq, clock.kind)
            wanted.add(key)
            row = _clock_row(one, clock)
            if stored.get(key) != tuple(row[name] for name in CLOCK_COLUMNS):
                rows.append(row)
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
        "order_id": one.order_id, "seq": clock.seq, "kind": clock.kind, "region": one.region,
        "station": clock.station, "starts_at": clock.starts_at, "due_at": clock.due_at,
        "verdict": clock.verdict.value, "decided_by": clock.decided_by, "edition": clock.edition,
        **_late(one, clock),
    }  # fmt: skip


def _late(one: Judged, clock: Clock) -> dict[str, Any]:
    """What a running clock will be suspected of (storage/tables/sla.py)."""
    key = (clock.seq, clock.kind)
    foreseen = one.prospects.get(key)
    if foreseen is None:
        return NOTHING_LATE | {"late_kind": "" if key in one.prospects else None}
    return {
        "late_kind": foreseen.kind, "late_edition": foreseen.edition, "late_excuse": foreseen.excuse,
        "late_fine_fen": foreseen.fine_fen, "late_evidence": foreseen.evidence,
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
            at = overturned.get(key) or _displaced(wanted, key) or now
            cases.append(penalties.Change(old.id, DISPROVE, at, "system", NEWS))
    _write_violations(conn, new, changed, now)
    if cases:
        penalties.change(conn, cases, now)


def _displaced(wanted: Mapping[Key, Suspicion], key: Key) -> datetime | None:
    """VIO-1: when time alone turned a V-ACCEPT into a V-TRANSFER, where an edition gives transfers longer."""
    order, seq, kind = key
    by = wanted.get((order, seq, "V-TRANSFER")) if kind == "V-ACCEPT" else None
    return by.happened_at if by else None


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


def fire(conn: Connection, order_ids: Sequence[int], house_of: Mapping[str, str], now: datetime) -> None:
    """Every clock of these orders that ran out before `now` is missed, and what was judged in advance is suspected:
    a few statements, however many they are. The rows are those that `record` would write.

    The caller holds the orders' locks and has seen that each of these clocks is `known` (sla.queries.ripe).
    """
    c, v = t.clocks.c, t.violations.c
    houses = pairs(conn, house_of)
    late = past_due(conn, order_ids, now)
    found = {
        v.order_id: c.order_id, v.seq: c.seq, v.kind: c.late_kind, v.region: c.region, v.station: c.station,
        v.house: func.coalesce(houses.c.value, c.station), v.happened_at: c.due_at, v.edition: c.late_edition,
        v.excuse: c.late_excuse, v.fine_fen: c.late_fine_fen, v.evidence: c.late_evidence,
    }  # fmt: skip
    query = (
        select(*found.values())
        .select_from(t.clocks.outerjoin(houses, houses.c.key == c.station))
        .where(late, c.late_kind != "")
        .order_by(c.due_at, c.order_id, c.seq)
    )
    insert_from(conn, t.violations, [column.name for column in found], query, ["order_id", "seq", "kind"])
    penalties.open_cases_of(conn, order_ids, now)
    forgotten = dict.fromkeys(NOTHING_LATE, null())
    conn.execute(update(t.clocks).where(late).values(verdict=Verdict.MISSED.value, decided_by=c.due_at, **forgotten))


def judge_in_full(conn: Connection, order_ids: Sequence[int]) -> None:
    """What was judged in advance of these orders no longer holds. Of all their running clocks, or one past due would
    fire in advance and put off the look at the others. The caller holds the orders' locks."""
    c = t.clocks.c
    running = among(conn, c.order_id, order_ids), c.verdict == Verdict.RUNNING.value
    conn.execute(update(t.clocks).where(*running).values(late_kind=None))
