"""What a log shows of untruths (VIO-2), asked of the finished log; by the areas as they were kept with each act."""

from collections.abc import Container, Iterator
from datetime import datetime
from typing import NamedTuple

from basics.words import DATA_CENTRE
from verify.log import OUT_OF_AREA, Holder, Meaning
from verify.orders import OrderRow


class Deed(NamedTuple):
    """A violation of the holder `seq`, and when it was done."""

    seq: int
    kind: str
    at: datetime
    station: str


def deeds(order: OrderRow, meaning: Meaning, late: Container[int]) -> Iterator[Deed]:
    """`late`: holders that missed their pickup clock."""
    for seq, holder in enumerate(meaning.holders, start=1):
        if holder.station == DATA_CENTRE:
            continue
        until = meaning.holders[seq].since if seq < len(meaning.holders) else None
        failed = meaning.failed if meaning.failed and _within(holder, until, meaning.failed.at) else None
        if failed and failed.untrue:
            yield Deed(seq, "V-FALSE-FAIL", failed.at, holder.station)
        confirmed = meaning.confirmed_at
        if confirmed and _within(holder, until, confirmed) and _unproved(order, meaning):
            yield Deed(seq, "V-FALSE-WAYBILL", confirmed, holder.station)
        harmed = seq in late or bool(failed and failed.stage == "pickup")
        accepted = holder.accepted_at
        if harmed and holder.wrong and accepted and _counts(meaning, accepted):
            yield Deed(seq, "V-WRONG-ACCEPT", accepted, holder.station)
        if until and _counts(meaning, until) and _sent_wrong(meaning, seq):
            yield Deed(seq, "V-TRANSFER", until, holder.station)


def _sent_wrong(meaning: Meaning, seq: int) -> bool:
    """Whether the holder after `seq` got it by a transfer, was the wrong one, and passed it on or said so."""
    target, *after = meaning.holders[seq : seq + 2]
    if target.cause != "transfer" or target.station == DATA_CENTRE or not target.sent_outside:
        return False
    if after and after[0].cause == "transfer" and _counts(meaning, after[0].since):
        return True
    failed = meaning.failed
    return bool(failed and failed.reason == OUT_OF_AREA and not after)


def _unproved(order: OrderRow, meaning: Meaning) -> bool:
    """No matching scan made in time. Whether the time was over when the order was last judged shows in `next_at`:
    until then it names the end of it, or something before."""
    if meaning.late_proof:
        return True
    if meaning.proof_until is None:
        return False
    return order.next_at is None or order.next_at > meaning.proof_until


def _within(holder: Holder, until: datetime | None, at: datetime) -> bool:
    return holder.since <= at and (until is None or at < until)


def _counts(meaning: Meaning, act: datetime) -> bool:
    return meaning.ended_at is None or act <= meaning.ended_at
