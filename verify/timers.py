"""I-06: whatever can run out has somebody who will look in time, and lists show its deadline."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from basics.words import ClockKind, State, Verdict
from rulebook.book import Book
from verify.finding import Finding, differs
from verify.log import Meaning
from verify.orders import OrderRow as AnyOrder
from verify.orders import key_of
from verify.verdicts import verdict

NOBODY = "无人到时查看 / nobody will look in time"
SHOWN = (  # the deadlines that an order's row repeats
    ("accept_due_at", ClockKind.ACCEPT),
    ("transfer_due_at", ClockKind.TRANSFER),
    ("pickup_due_at", ClockKind.PICKUP),
)


class OrderRow(AnyOrder, Protocol):
    """What is read of `orders`."""

    accept_due_at: datetime | None
    transfer_due_at: datetime | None
    pickup_due_at: datetime | None


class ClockRow(Protocol):
    """What is read of `clocks`."""

    seq: int
    kind: str
    due_at: datetime
    verdict: str
    edition: str


def timer_findings(
    order: OrderRow, meaning: Meaning, rows: Iterable[ClockRow], parked: bool, book: Book
) -> Iterator[Finding]:
    """At most one for the next look, and one for each deadline shown. `parked`: it could not be judged, and waits for a
    person (F-15). Of clocks that something ended speaks I-07."""
    running = [row for row in rows if row.verdict == Verdict.RUNNING and _nothing_ended(meaning, row, book)]
    until = min((_until(meaning, row) for row in running), default=None)
    lost = until is not None and (order.next_at is None or order.next_at > until)
    if not parked and (lost or (meaning.state == State.HELD and order.next_at is None)):
        shown = until.isoformat() if until else "CHAN-5"
        message = f"{NOBODY}: {differs('next_at', order.next_at, shown)}"
        yield Finding("I-06", "orders", key_of(order, "next_at"), message)
    due = {row.kind: row.due_at for row in running}
    for name, kind in SHOWN:
        if getattr(order, name) != due.get(kind):
            message = differs(name, getattr(order, name), due.get(kind))
            yield Finding("I-06", "orders", key_of(order, name), message)


def _nothing_ended(meaning: Meaning, row: ClockRow, book: Book) -> bool:
    """As the log has it; a holder that it does not know is no concern of a timer."""
    if row.seq > len(meaning.holders):
        return False
    try:
        own = book.named(row.edition).clock_rules.get(row.kind)
    except KeyError:
        own = None
    return verdict(meaning, row.seq, row.kind, row.due_at, own.kept_by if own else None) is None


def _until(meaning: Meaning, row: ClockRow) -> datetime:
    """PICKUP-1: a confirmation in time is believed until its 24 h of proof are over."""
    confirmed, proof = meaning.confirmed_at, meaning.proof_until
    if row.kind == ClockKind.PICKUP and confirmed is not None and confirmed <= row.due_at and proof is not None:
        return max(row.due_at, proof)
    return row.due_at
