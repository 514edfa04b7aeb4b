"""How each clock ended by what the log says (CLOCK-2, PICKUP-1), asked of the finished log."""

from collections.abc import Iterator
from datetime import datetime

from basics.words import ClockKind, State, Verdict
from verify.log import Meaning


def verdict(
    meaning: Meaning, seq: int, kind: str, due: datetime, kept_by: frozenset[str] | None = None
) -> Verdict | None:
    """What became of the clock of the holder `seq`; None while nothing stopped it: it runs, or time ran out. `kept_by`:
    what a clock waits for that only an edition knows."""
    stops = _stops(meaning, seq, kind) if kept_by is None else _own_stops(meaning, seq, kept_by)
    at, keeps = min(stops, key=lambda stop: (stop[0], not stop[1]), default=(None, False))
    if at is None:
        return None
    if at > due:
        return Verdict.MISSED
    return Verdict.KEPT if keeps else Verdict.DROPPED


def _stops(meaning: Meaning, seq: int, kind: str) -> Iterator[tuple[datetime, bool]]:
    """Whatever stops the clock, and whether it is what the clock waits for. Acts after the end are none."""
    holder = meaning.holders[seq - 1]
    following = meaning.holders[seq] if seq < len(meaning.holders) else None
    end = meaning.ended_at
    if kind != ClockKind.PICKUP and holder.accepted_at is not None and _counts(holder.accepted_at, end):
        yield holder.accepted_at, kind == ClockKind.ACCEPT
    if following is not None and _counts(following.since, end):
        yield following.since, following.cause == "transfer" and kind != ClockKind.PICKUP
    if end is None:
        return
    if end < holder.since or (following is not None and following.since <= end):
        yield end, False
    elif kind == ClockKind.PICKUP and meaning.state == State.PICKED_UP:
        if meaning.picked_up_at is not None and meaning.proof_until is None:  # without proof the clock goes on
            yield meaning.picked_up_at, True
    else:
        yield end, kind == ClockKind.ACCEPT and meaning.state in (State.PICKED_UP, State.ACCEPT_FAILED)


def _own_stops(meaning: Meaning, seq: int, kept_by: frozenset[str]) -> Iterator[tuple[datetime, bool]]:
    """The same for a clock of the edition's own: what it waits for, and whatever takes the order from its holder."""
    holder, end = meaning.holders[seq - 1], meaning.ended_at
    following = meaning.holders[seq] if seq < len(meaning.holders) else None
    acts = {"accepted": holder.accepted_at, "called": holder.called_at, "numbered": meaning.numbered_at}
    for word, at in acts.items():
        if word in kept_by and at is not None and _counts(at, end):
            yield at, True
    if following is not None and _counts(following.since, end):
        yield following.since, following.cause == "transfer" and "transferred" in kept_by
    if end is not None:
        here = holder.since <= end and (following is None or end < following.since)
        yield end, here and meaning.state in kept_by


def _counts(act: datetime, end: datetime | None) -> bool:
    return end is None or act <= end
