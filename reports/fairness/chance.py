"""Whether groups differ more than chance makes them: Pearson's chi-square, and intervals of rates. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import erfc, exp, isqrt, lgamma, log, sqrt

from reports.paper.document import Share

EXPECTED = 5  # cases that each group must be expected to have; smaller ones are put together
SURE = 0.01  # differences that chance makes less often than this are called larger than chance
HUNDREDTHS = 100
_Z2 = 38_416  # 1.96 squared, in ten thousandths
_SCALE = 1_000_000


@dataclass(frozen=True, slots=True)
class Chance:
    """A test's outcome: `groups` after small ones were put together, the statistic, and how often chance alone makes
    one that is as large."""

    groups: int
    statistic: Fraction
    p: float

    @property
    def freedom(self) -> int:
        """Degrees of freedom."""
        return self.groups - 1

    @property
    def larger(self) -> bool:
        """Than chance."""
        return self.p < SURE


def of_rates(groups: Sequence[Share]) -> Chance | None:
    """Events (`part`) against exposure (`of`), which may be less than the events: if all had the same rate, events
    would fall like the exposure. None: too few to tell."""
    events, exposure = sum(one.part for one in groups), sum(one.of for one in groups)
    if not events or not exposure:
        return None
    put = _together(groups, events, exposure)
    if len(put) < 2:
        return None
    found = Fraction(0)
    for part, of in put:
        expected = Fraction(events * of, exposure)
        found += (part - expected) ** 2 / expected
    return Chance(len(put), found, tail(float(found), len(put) - 1))


def of_shares(groups: Sequence[Share]) -> Chance | None:
    """Cases with (`part`) and without something, of all of a group (`of`). None: too few to tell."""
    parts, cases = sum(one.part for one in groups), sum(one.of for one in groups)
    if not 0 < parts < cases:
        return None
    put = _together(groups, min(parts, cases - parts), cases)
    if len(put) < 2:
        return None
    found = Fraction(0)
    for part, of in put:
        expected = Fraction(parts * of, cases)
        found += (part - expected) ** 2 / expected + (part - expected) ** 2 / (of - expected)
    return Chance(len(put), found, tail(float(found), len(put) - 1))


def tail(statistic: float, freedom: int) -> float:
    """How much of the chi-square distribution lies at and above the statistic, in closed form: a sum of Poisson terms,
    and for odd degrees of freedom a normal tail with it."""
    if statistic <= 0:
        return 1.0
    half, odd = statistic / 2, freedom % 2
    at = [number - odd / 2 for number in range(odd, (freedom + odd) // 2)]
    terms = sum(exp(-half + one * log(half) - lgamma(one + 1)) for one in at)
    return min(1.0, terms + (erfc(sqrt(half)) if odd else 0.0))


def per_thousand(share: Share) -> tuple[int, int]:
    """The score interval (95 %) of a Poisson rate, in hundredths per 1,000, the lower end rounded down and the upper
    up: where the true rate lies, events being `part` of an exposure `of`. ZeroDivisionError of nothing."""
    events, exposure = share
    under = _Z2 * (40_000 * events + _Z2) * _SCALE * _SCALE
    root = isqrt(under)
    root += root * root < under
    middle, width = (20_000 * events + _Z2) * _SCALE, 20_000 * exposure * _SCALE
    scale = 1_000 * HUNDREDTHS
    return max(0, (middle - root) * scale // width), -(-(middle + root) * scale // width)


def _together(groups: Sequence[Share], rarer: int, cases: int) -> list[Share]:
    """Groups of which EXPECTED of the rarer outcome are expected; the others as one, with the next smallest if that
    one is too small."""
    rest, put = Share(0, 0), list[Share]()
    for one in sorted(groups, key=lambda one: (one.of, one.part)):
        if rarer * one.of < EXPECTED * cases or (any(rest) and rarer * rest.of < EXPECTED * cases):
            rest = Share(rest.part + one.part, rest.of + one.of)
        else:
            put.append(one)
    if any(rest):
        put.append(rest)
    return put
