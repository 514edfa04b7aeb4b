"""Best and worst with small numbers handled fairly: by the Wilson score interval, in whole numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isqrt

from reports.paper.document import Share

LEAST = 20  # clocks; a station with fewer is not ranked
TOP = 10
WHOLE = 1_000_000
_Z2 = 38_416  # 1.96 squared, in ten thousandths: the interval holds the true share 95 times of 100
_SCALE = 1_000_000


@dataclass(frozen=True, slots=True)
class Placed:
    """A station's share and its interval in millionths."""

    code: str
    share: Share
    low: int
    high: int


def bounds(share: Share) -> tuple[int, int]:
    """The interval's ends in millionths, the lower rounded down and the upper up. ZeroDivisionError of nothing."""
    kept, clocks = share
    under = _Z2 * (_Z2 * clocks + 40_000 * kept * (clocks - kept)) * _SCALE * _SCALE
    root = isqrt(under // clocks)
    root += root * root * clocks < under  # upwards, so that the interval is never too narrow
    middle, width = (20_000 * kept + _Z2) * _SCALE, 20_000 * clocks + 2 * _Z2
    low, high = (middle - root) * WHOLE // (width * _SCALE), -(-(middle + root) * WHOLE // (width * _SCALE))
    return max(0, low), min(WHOLE, high)


def placed(shares: Mapping[str, Share], least: int = LEAST) -> list[Placed]:
    """Those with enough clocks, the best first: by the lower end, ties by code."""
    found = [Placed(code, share, *bounds(share)) for code, share in shares.items() if share.of >= least]
    return sorted(found, key=lambda one: (-one.low, one.code))


def best(ranked: list[Placed]) -> list[Placed]:
    """At most TOP and at most half of them, so that nobody is among the best and the worst; nobody who kept none."""
    return [one for one in ranked[: _half(ranked)] if one.share.part > 0]


def worst(ranked: list[Placed]) -> list[Placed]:
    """The same from the other side, by the upper end; nobody who kept all."""
    listed = {one.code for one in best(ranked)}
    lowest = sorted((one for one in ranked if one.code not in listed), key=lambda one: (one.high, one.code))
    return [one for one in lowest[: _half(ranked)] if one.share.part < one.share.of]


def place(ranked: list[Placed], code: str) -> int | None:
    """1 for the best; equals share a place. None for one that is not ranked."""
    lows = {one.code: one.low for one in ranked}
    return None if code not in lows else 1 + sum(low > lows[code] for low in lows.values())


def _half(ranked: list[Placed]) -> int:
    return min(TOP, len(ranked) // 2)
