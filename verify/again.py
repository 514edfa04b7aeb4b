"""VIO-2, "the same sender ordered again": what the log of a failure keeps of that, against the other orders."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from rulebook.book import Book
from verify.finding import Finding, differs
from verify.log import CUSTOMER_CANCELLED, Again, Meaning
from verify.orders import OrderRow, key_of

MISSED = "日志未记寄件人再次下单 / the log does not say that the sender ordered again"
UNTRUE = "日志所记的再次下单不符 / the sender ordered again, but not as the log says"


def again_findings(order: OrderRow, meaning: Meaning, others: Sequence[Again], book: Book) -> Iterator[Finding]:
    """I-09, I-08: the log names the picked up order that was made first after the failure, up to the edition's time
    later, and none when there is none. `others`: those of the same phone, ascending."""
    failed = meaning.failed
    if failed is None or failed.reason != CUSTOMER_CANCELLED:
        return
    until = failed.at + book.at(failed.at).order_again
    first = next((one for one in others if one.created_at > failed.at), None)
    expected = first if first is not None and first.created_at <= until else None
    if failed.again != expected:
        invariant, words = ("I-09", MISSED) if failed.again is None else ("I-08", UNTRUE)
        message = f"{words}: {differs('ordered_again', _shown(failed.again), _shown(expected))}"
        yield Finding(invariant, "events", key_of(order, "ordered_again"), message)


def cancelled_at(log: Sequence[Any]) -> datetime | None:
    """When the log's order was failed as cancelled by the customer."""
    return next((e.happened_at for e in log if e.kind == "failed" and e.data.get("reason") == CUSTOMER_CANCELLED), None)


def _shown(one: Again | None) -> str | None:
    return None if one is None else f"{one.channel} {one.logistics_no} {one.created_at.isoformat()}"
