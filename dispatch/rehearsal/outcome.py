"""What a draft of the rulebook changes in the cases of a period: verdicts under both, and the decisions that were made.

A decision is not made again: what the draft still finds keeps the verdict that HQ gave, at the draft's price; what it
no longer finds falls. What it finds besides nobody has decided, so it is counted apart, and once as if all of it but
what is likely excused had been confirmed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

Key = tuple[int, str]  # seq of the assignment, kind: one violation of an order (VIO-1)
Span = tuple[datetime, datetime]
CONFIRMED, UNDECIDED = "confirmed", frozenset({"", "suspected", "cleared"})


@dataclass(frozen=True, slots=True)
class Found:
    """A suspicion: of whom, when, and what it costs in fen. `excused`: likely so (VIO-3)."""

    station: str
    happened_at: datetime
    fine_fen: int
    excused: bool


@dataclass(frozen=True, slots=True)
class Case:
    """A stored violation with the state of its case."""

    found: Found
    state: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One violation of the period, before and under the draft; None: not of this period, or none at all. `state` is
    that of its case, "" where there is none."""

    kind: str
    state: str
    before: Found | None
    after: Found | None

    @property
    def fined_before(self) -> int:
        return self.before.fine_fen if self.before and self.state == CONFIRMED else 0

    @property
    def fined_after(self) -> int:
        return self.after.fine_fen if self.after and self.state == CONFIRMED else 0

    @property
    def new(self) -> bool:
        """Found by the draft alone, and not decided."""
        return self.after is not None and self.before is None and self.state in UNDECIDED


def outcomes(
    stored: Mapping[Key, Case], present: Mapping[Key, Found], draft: Mapping[Key, Found], span: Span
) -> Iterator[Outcome]:
    """One order's violations of the span. `present` and `draft`: what judging it now finds under the rulebook as it is
    and under the draft. Only where these two differ does the draft change anything: what is stored may differ from
    both, because a decided case stays as it was reviewed."""
    for key in sorted(stored.keys() | draft.keys() | present.keys()):
        case = stored.get(key)
        state = case.state if case else ""
        before = case.found if case and state != "cleared" else None if case else present.get(key)
        after = before if present.get(key) == draft.get(key) else _as_stored(before, present.get(key), draft.get(key))
        before, after = _within(before, span), _within(after, span)
        if before or after:
            yield Outcome(key[1], state, before, after)


def _as_stored(before: Found | None, present: Found | None, draft: Found | None) -> Found | None:
    """What the draft finds, of the station that was charged, moved as the draft moves what is found at present."""
    if draft is None or before is None or present is None:
        return draft
    at = before.happened_at + (draft.happened_at - present.happened_at)
    return replace(draft, station=before.station, excused=before.excused, happened_at=at)


def _within(found: Found | None, span: Span) -> Found | None:
    return found if found and span[0] <= found.happened_at < span[1] else None
