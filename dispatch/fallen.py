"""What is left of the holders when an end is told later than updates that came after it (REPLAY fine print 1)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from dispatch.facts_of_life import Assignment


def without_fallen(assignments: Sequence[Assignment], ended_at: datetime, versions: int) -> list[Assignment]:
    """Assignments without those of updates after the end. What a holder did there stays an act on the order."""
    standing: list[Assignment] = []
    for one in assignments:
        if not (one.update and one.started_at > ended_at):
            standing.append(_placed(one, ended_at, versions))
        elif standing and one.accepted_at is not None:
            standing[-1] = replace(standing[-1], accepted_at=one.accepted_at)
    return standing


def _placed(one: Assignment, ended_at: datetime, versions: int) -> Assignment:
    """The assignment by the last point told before the end, of which `versions` contents are left."""
    sent = one.by_version[min(versions, len(one.by_version)) - 1] if one.by_version else one.sent_outside
    moves = tuple(move for move in one.moves if move.at <= ended_at)
    outside = next((move.outside for move in reversed(moves)), sent)
    blamed = next((move.outside for move in reversed(moves) if not move.settled), sent)
    return replace(one, outside=outside, sent_outside=sent, moves=moves, blamed=blamed)


def after(at: datetime | None, ended_at: datetime | None) -> bool:
    """Whether it came after the end."""
    return at is not None and ended_at is not None and at > ended_at
