"""Which rows of a table are hidden because too few cases are behind them, so that no sum gives them away. Pure."""

from collections.abc import Collection, Mapping
from typing import Any

LEAST = 5  # cases: a row with fewer, but not with none, is hidden


def hidden(cases: Mapping[Any, int], also: Collection[Any] = (), least: int = LEAST) -> frozenset[Any]:
    """Rows of a table whose sum is shown. `also` are hidden whatever they have.

    Another row of no cases is shown and hides nothing. Hidden rows are at least two and together `least` cases, for
    what the others leave of the sum is known: the smallest of the shown ones are hidden with them, ties in order of
    the table, until it is so or none is left.
    """
    found = {key for key, count in cases.items() if 0 < count < least or key in also}
    rest = sorted((key for key, count in cases.items() if count and key not in found), key=lambda key: cases[key])
    for key in rest:
        if not found or (len(found) > 1 and sum(cases[one] for one in found) >= least):
            break
        found.add(key)
    return frozenset(found)
