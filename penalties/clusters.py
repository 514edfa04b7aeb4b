"""Open suspicions by their common cause (VIO-4): a cluster is decided as one case. Pure.

A cause is a key: `station:HZ01`, `channel:cainiao`, `dispatcher:<who dispatched>`, `place:330106/文三路`,
`excuse:late_push`, `minutes:channel:cainiao:<from>-<until>` (seconds since 1970, both included). A suspicion may be in
several.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from geo.fragments import LONGEST_TEXT, fragments

MINUTES, CHANNEL, DISPATCHER, STATION, PLACE, EXCUSE = DIMENSIONS = (
    "minutes", "channel", "dispatcher", "station", "place", "excuse",
)  # fmt: skip
FEWEST = 3
GAP = timedelta(minutes=5)  # between two of the same minutes
LONGEST = timedelta(minutes=60)  # a stream that never pauses is no burst
LONGEST_KEY = 160

_BURST = re.compile(r"(station|channel):(.+):([0-9]{1,11})-([0-9]{1,11})", re.ASCII | re.DOTALL)
# 浙江省杭州市西湖区: what the order's district says already; an estate, 翠苑小区, is none.
_ABOVE = re.compile(
    r"(?:[\u4e00-\u9fff]{2,8}?(?:自治区|省))?(?:[\u4e00-\u9fff]{2,8}?(?:自治州|地区|市|盟))?"
    r"(?:[\u4e00-\u9fff]{2,8}?(?<![小社园校院发业])(?:区|县|旗|市)(?!场))?"
)


@dataclass(frozen=True, slots=True)
class Suspect:
    """What clusters look at. `dispatcher`: who dispatched it to the station, "" when nobody did; `place`: district and
    fragment of its address, "" when unknown."""

    id: int
    kind: str
    happened_at: datetime
    station: str
    house: str
    channel: str
    dispatcher: str
    place: str
    edition: str
    excuse: str
    fine_fen: int


@dataclass(frozen=True, slots=True)
class Cause:
    """One of DIMENSIONS and its value. Of the same minutes `value` is the code of a `scope`, station or channel."""

    dimension: str
    value: str
    scope: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def key(self) -> str:
        """As it stands in the log of each case that was decided under it."""
        if self.since is None or self.until is None:
            return f"{self.dimension}:{self.value}"
        ends = f"{math.floor(self.since.timestamp())}-{math.ceil(self.until.timestamp())}"
        return f"{self.dimension}:{self.scope}:{self.value}:{ends}"

    def holds(self, one: Suspect) -> bool:
        """Whether this is a cause of that suspicion."""
        value: str = getattr(one, self.scope or self.dimension)
        if value != self.value:
            return False
        return self.since is None or self.until is None or self.since <= one.happened_at <= self.until


@dataclass(frozen=True, slots=True)
class Cluster:
    """At least FEWEST suspicions of one cause; `kinds` with how many of each, most first."""

    cause: Cause
    count: int
    fen: int
    oldest: datetime
    excused: int
    kinds: tuple[tuple[str, int], ...]


def read_cause(key: str) -> Cause | None:
    """A cause from its key; None when it is none."""
    dimension, _, rest = key.partition(":")
    if dimension not in DIMENSIONS or not rest or len(key) > LONGEST_KEY:
        return None
    if dimension != MINUTES:
        return Cause(dimension, rest)
    burst = _BURST.fullmatch(rest)
    if burst is None:
        return None
    since, until = (datetime.fromtimestamp(int(seconds), UTC) for seconds in burst.group(3, 4))
    return Cause(MINUTES, burst[2], burst[1], since, until)


def place_of(adcode: str | None, address: str | None) -> str:
    """`330106/文三路`: the widest place that the address names below its district; "" when it names none."""
    text = (address or "")[:LONGEST_TEXT].strip()
    above = _ABOVE.match(text)
    found = fragments(text[above.end() :] if above else text)
    return f"{adcode}/{found[-1]}" if adcode and found else ""


def clusters(suspects: Iterable[Suspect]) -> list[Cluster]:
    """Every cluster, biggest first; of the same size the one worth more, then by key. Linear but for one sorting."""
    groups: dict[tuple[str, str], list[Suspect]] = {}
    for one in sorted(suspects, key=lambda one: one.happened_at):
        for dimension, value in (
            (CHANNEL, one.channel), (DISPATCHER, one.dispatcher), (STATION, one.station), (PLACE, one.place),
            (EXCUSE, one.excuse),
        ):  # fmt: skip
            if value:
                groups.setdefault((dimension, value), []).append(one)
    by_cause = [(Cause(*known), of) for known, of in groups.items() if len(of) >= FEWEST]
    by_cause += [
        (_same_minutes(cause, burst), burst)
        for cause, of in by_cause
        if cause.dimension in (STATION, CHANNEL)
        for burst in _bursts(of)
        if len(burst) >= FEWEST
    ]
    return sorted(
        (_cluster(cause, of) for cause, of in by_cause), key=lambda one: (-one.count, -one.fen, one.cause.key)
    )


def _bursts(of: Sequence[Suspect]) -> list[list[Suspect]]:
    """Runs in time, none longer than LONGEST, in which no two neighbours are more than GAP apart."""
    runs: list[list[Suspect]] = []
    for one in of:
        last = runs[-1] if runs else None
        if last and one.happened_at - last[-1].happened_at <= GAP and one.happened_at - last[0].happened_at <= LONGEST:
            last.append(one)
        else:
            runs.append([one])
    return runs


def _same_minutes(of: Cause, burst: Sequence[Suspect]) -> Cause:
    return Cause(MINUTES, of.value, of.dimension, burst[0].happened_at, burst[-1].happened_at)


def _cluster(cause: Cause, of: Sequence[Suspect]) -> Cluster:
    kinds: dict[str, int] = {}
    for one in of:
        kinds[one.kind] = kinds.get(one.kind, 0) + 1
    return Cluster(
        cause, len(of), sum(one.fine_fen for one in of), of[0].happened_at, sum(one.excuse != "" for one in of),
        tuple(sorted(kinds.items(), key=lambda item: (-item[1], item[0]))),
    )  # fmt: skip
