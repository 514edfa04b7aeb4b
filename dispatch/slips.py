"""Slips of the hand in a waybill number, and what was meant (WAYBILL-1, DO-9)."""

from collections.abc import Iterator

from dispatch.waybills import possible
from rulebook.book import Edition


def meant_by(typed: str, edition: Edition) -> set[str]:
    """The possible numbers of which `typed` is one slip away: one digit wrong, or two neighbours swapped.

    At most 9 n + n - 1 for n digits, 119 for fourteen that begin 55, and no more than twelve under a check digit. A
    digit missing or doubled changes the length: such a number is impossible and was never saved.
    """
    return {number for number in _near(typed) if number != typed and possible(number, edition)}


def _near(typed: str) -> Iterator[str]:
    for place, digit in enumerate(typed):
        for other in "0123456789":
            yield typed[:place] + other + typed[place + 1 :]
        yield typed[:place] + typed[place + 1 : place + 2] + digit + typed[place + 2 :]
