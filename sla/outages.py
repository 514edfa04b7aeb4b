"""When we, or a channel, were away (VIO-3): spans, and how much of a clock's time they took."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

OURS = "web"  # the console and the push edge: without them no station can act and no channel can push


@dataclass(frozen=True, slots=True)
class Outage:
    """`source` was away in [since, until); until None: it still is."""

    source: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Availability:
    """The record of outages. `known_since`: source -> from when on its record is whole; a source that is not there has
    none."""

    known_since: Mapping[str, datetime] = field(default_factory=dict)
    outages: Sequence[Outage] = ()

    def lost(self, source: str, since: datetime, until: datetime) -> timedelta | None:
        """How much of [since, until) a source was away; each instant once. None: the record does not reach back to
        `since`, and what it has shows no outage."""
        spans = sorted(
            (max(one.since, since), until if one.until is None else min(one.until, until))
            for one in self.outages
            if one.source == source and one.since < until and (one.until is None or one.until > since)
        )
        total, reached = timedelta(0), since
        for start, end in spans:
            total += max(end - max(start, reached), timedelta(0))
            reached = max(reached, end)
        known = self.known_since.get(source)
        if not total and (known is None or known > since):
            return None
        return total
