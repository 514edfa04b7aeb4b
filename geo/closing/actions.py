"""Writes requests for closures and, when one is granted, the closure itself (ROUTE-6).

A granted closure moves deadlines: the caller lets the orders be judged again in the same transaction
(`dispatch.actions.look_again`), which this room does not know.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, insert, select, update

from basics.refusal import Refusal
from geo.actions import import_closures
from geo.closing.queries import standing_of
from geo.closing_rules import Asked, State, refuse, refuse_ask, refuse_decision
from geo.stations import Closure
from storage.locks import lock_names
from storage.tables.geo import closure_requests

r = closure_requests.c


def ask(conn: Connection, asked: Asked, by: str, now: datetime) -> Refusal | None:
    """Store what a station asks for. Two of its people at once: the second sees what the first asked."""
    lock_names(conn, [f"closures {asked.station}"])
    refusal = refuse_ask(asked, standing_of(conn, asked.station, now), now)
    if refusal is None:
        row = {
            "station": asked.station, "starts_at": asked.start, "ends_at": asked.end, "reason": asked.reason,
            "asked_by": by, "asked_at": now, "state": "asked", "note": "",
        }  # fmt: skip
        conn.execute(insert(closure_requests), [row])
    return refusal


def decide(
    conn: Connection, requests: Sequence[int], granted: bool, by: str, notes: Mapping[int, str], now: datetime
) -> list[Closure | Refusal]:
    """HQ's word on each request, in their order: the closure granted or declined, or why it could not be decided so.

    Two people at once: the second waits for the lock and finds it decided.
    """
    query = select(closure_requests).where(r.id.in_(requests)).order_by(r.id)
    found = {row.id: row for row in conn.execute(query.with_for_update())}  # lock, read, then judge (DESIGN law 7)
    refused = {one: _refuse(found.get(one), granted, notes.get(one, ""), now) for one in requests}
    ready = [one for one in dict.fromkeys(requests) if refused[one] is None]
    settled = set(_settle(conn, ready, "granted" if granted else "declined", by, notes, now))
    closures = {one: Closure(found[one].station, found[one].starts_at, found[one].ends_at) for one in settled}
    if granted and closures:
        import_closures(conn, list(closures.values()), now)
    return [closures.get(one) or refused[one] or refuse("closure_decided") for one in requests]


def _refuse(row: Row[Any] | None, granted: bool, note: str, now: datetime) -> Refusal | None:
    if row is None:
        return refuse("closure_unknown")
    return refuse_decision(row.state, row.starts_at, granted, note, now)


def take_back(conn: Connection, request_id: int, stations: Collection[str], by: str, now: datetime) -> Refusal | None:
    """The station no longer wants it. A request of a station outside `stations` does not exist for the asker."""
    row = conn.execute(select(closure_requests).where(r.id == request_id).with_for_update()).one_or_none()
    if row is None or row.station not in stations:
        return refuse("closure_unknown")
    return None if _settle(conn, [row.id], "taken_back", by, {}, now) else refuse("closure_decided")


def _settle(
    conn: Connection, requests: Sequence[int], state: State, by: str, notes: Mapping[int, str], now: datetime
) -> list[int]:
    """Those that were still undecided: the second net under the lock."""
    if not requests:
        return []
    note = case({one: notes.get(one, "") for one in requests}, value=r.id, else_="")
    settle = update(closure_requests).where(r.id.in_(requests), r.state == "asked")
    values = {"state": state, "decided_by": by, "decided_at": now, "note": note}
    return list(conn.scalars(settle.values(values).returning(r.id)))
