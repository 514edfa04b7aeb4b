"""I-02 and I-04: orders, their scans and their holders against the log."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

from verify.finding import Finding, differs
from verify.log import Entry, Holder, Meaning


class OrderRow(Protocol):
    """What is read of `orders`."""

    id: int
    channel: str
    logistics_no: str
    state: str
    station: str | None
    waybill_no: str | None
    accepted_at: datetime | None
    picked_up_at: datetime | None
    ended_at: datetime | None
    asked_at: datetime | None
    adcode: str | None
    next_at: datetime | None
    created_at: datetime
    version: int


class AssignmentRow(Protocol):
    """What is read of `assignments`."""

    seq: int
    station: str
    started_at: datetime
    ended_at: datetime | None
    cause: str
    by: str
    outside: bool
    accepted_at: datetime | None


def key_of(order: OrderRow, *parts: Any) -> str:
    """How a finding names a row of an order: its id, its number, and what else is in the key."""
    return " ".join([f"{order.id} ({order.channel} {order.logistics_no})", *map(str, parts)])


def state_findings(order: OrderRow, meaning: Meaning, entries: int) -> Iterator[Finding]:
    """I-02: the row is what the log says."""
    last = meaning.holders[-1] if meaning.holders else None
    expected = {
        "state": meaning.state,
        "station": last.station if last else None,
        "waybill_no": meaning.waybill_no,
        "accepted_at": meaning.accepted_at,
        "picked_up_at": _picked_up_at(order, meaning),
        "ended_at": meaning.ended_at,
        "asked_at": meaning.asked_at,
        "adcode": meaning.adcode,
        "version": entries,
    }
    for name, value in expected.items():
        if getattr(order, name) != value:
            yield Finding("I-02", "orders", key_of(order), differs(name, getattr(order, name), value))
            return


def _picked_up_at(order: OrderRow, meaning: Meaning) -> datetime | None:
    """PICKUP-1. Whether the 24 h of an unproved confirmation were over when the row was written shows in `next_at`:
    until then it names their end, or something before it."""
    if meaning.proof_until is None:
        return meaning.picked_up_at
    looked_before = order.next_at is not None and order.next_at <= meaning.proof_until
    return meaning.picked_up_at if looked_before else None


def scan_findings(
    order: OrderRow, meaning: Meaning, log: Sequence[Entry], rows: Sequence[tuple[str, datetime]]
) -> Iterator[Finding]:
    """I-02: the scans of the present number, (station, instant), are those of the log (DO-4)."""
    number = meaning.waybill_no
    if order.waybill_no != number:
        return  # found already, and `rows` are those of another number
    told = [e for e in log if e.kind == "scanned" and e.data["waybill_no"] == number]
    logged = {(e.data["station"], e.happened_at) for e in told}
    for station, at in sorted(logged ^ set(rows)):
        table, words = ("scans", "not stored") if (station, at) in logged else ("events", "not in the log")
        message = f"扫描记录与日志不符 / a scan of the number is {words}: {number} {station} {at.isoformat()}"
        yield Finding("I-02", table, key_of(order), message)


def holder_findings(order: OrderRow, meaning: Meaning, rows: Sequence[AssignmentRow]) -> Iterator[Finding]:
    """I-04: holders follow each other without gap or overlap, the last is open, and they are those of the log."""
    for place, row in enumerate(rows):
        following = rows[place + 1] if place + 1 < len(rows) else None
        problem = _chain(place + 1, row, following) or _unlike(row, meaning.holders[place : place + 1])
        if problem:
            yield Finding("I-04", "assignments", key_of(order, row.seq), problem)
            return
    if len(rows) < len(meaning.holders):
        missing = meaning.holders[len(rows)].station
        message = f"日志中的持有者不在表中 / a holder of the log is not stored: {missing}"
        yield Finding("I-04", "assignments", key_of(order, len(rows) + 1), message)


def _chain(place: int, row: AssignmentRow, following: AssignmentRow | None) -> str | None:
    if row.seq != place:
        return differs("seq", row.seq, place)
    until = following.started_at if following else None
    return None if row.ended_at == until else differs("ended_at", row.ended_at, until)


def _unlike(row: AssignmentRow, told: Sequence[Holder]) -> str | None:
    if not told:
        return f"日志中没有这个持有者 / the log knows no such holder: {row.station}"
    holder = told[0]
    pairs = (
        ("station", row.station, holder.station),
        ("started_at", row.started_at, holder.since),
        ("cause", row.cause, holder.cause),
        ("by", row.by, holder.by),
        ("outside", row.outside, holder.outside),
        ("accepted_at", row.accepted_at, holder.accepted_at),
    )
    return next((differs(*pair) for pair in pairs if pair[1] != pair[2]), None)
