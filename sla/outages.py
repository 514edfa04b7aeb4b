"""When we, or a channel, were away (VIO-3): spans, and which of them fell into a clock's time."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from basics.refusal import Refusal
from sla.duty import disjoint

OURS = "web"  # the console and the push edge: without them no station can act and no channel can push
TOLERANCE = timedelta(seconds=30)  # a hiccup, or a restart, is no outage
LONGEST_ENTERED = timedelta(days=31)
NOTE_LIMIT = 500
_FOR_EVER = datetime.max.replace(tzinfo=UTC)

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Outage:
    """`source` was away in [since, until); until None: it still is."""

    source: str
    since: datetime
    until: datetime | None


class Availability:
    """The record of outages. `known_since`: source -> from when on its record is whole; a source that is not there has
    none."""

    def __init__(self, known_since: Mapping[str, datetime] | None = None, outages: Iterable[Outage] = ()) -> None:
        self._known_since = dict(known_since or {})
        by_source: dict[str, list[Span]] = {}
        for one in outages:
            by_source.setdefault(one.source, []).append((one.since, one.until or _FOR_EVER))
        self._spans = {source: disjoint(spans) for source, spans in by_source.items()}
        self._ends = {source: [until for _, until in spans] for source, spans in self._spans.items()}

    def known_since(self, source: str) -> datetime | None:
        """From when on the record of a source is whole; None: it has none."""
        return self._known_since.get(source)

    def goes_on(self, source: str, until: datetime) -> bool:
        """Whether a source is away now, since before `until`: nobody knows yet how much of that time it takes."""
        spans = self._spans.get(source, ())
        return bool(spans) and spans[-1][0] < until and spans[-1][1] == _FOR_EVER

    def away(self, source: str, since: datetime, until: datetime) -> list[Span]:
        """The parts of [since, until) in which a source was away, in order, each instant once."""
        spans = self._spans.get(source, ())
        found = []
        for start, end in spans[bisect_right(self._ends.get(source, []), since) :]:
            if start >= until:
                break
            found.append((max(start, since), min(end, until)))
        return found


def refuse_entry(
    source: str, sources: Iterable[str], since: datetime, until: datetime, now: datetime
) -> Refusal | None:
    """Why a person may not enter this outage; None: he may. It must be over, so that it excuses nothing ahead."""
    if source not in sources:
        return Refusal("outage_source_unknown", "没有这个来源 / no such source", "source")
    if since >= until:
        return Refusal("outage_time_invalid", "结束须晚于开始 / it must end after it began", "until")
    if until > now:
        return Refusal("outage_time_invalid", "只能登记已结束的故障 / enter it when it is over", "until")
    if until - since > LONGEST_ENTERED:
        days = LONGEST_ENTERED.days
        return Refusal("outage_time_invalid", f"最多 {days} 天 / at most {days} days", "until")
    return None
