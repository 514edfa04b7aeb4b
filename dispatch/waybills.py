"""Waybill numbers: which can be saved, and which of them are certain (WAYBILL-1)."""

from dataclasses import dataclass
from enum import StrEnum

from rulebook.book import Edition


class Finding(StrEnum):
    """What the guard says of a number. `UNSURE`: nothing speaks against it, and nothing for it either."""

    FINE = "fine"
    IMPOSSIBLE = "impossible"
    IN_USE = "in_use"
    ELSEWHERE = "elsewhere"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a number besides its digits. Houses are codes of level-1 stations.

    `issued_to`: in whose stock it lies, None where no block holds it. `house`: who holds the order, None for nobody and
    the data centre. `from_stock`: the number should come from the stock of that house, some of which is known.
    `scanned`: that house scanned the number, not before the order's creation.
    """

    in_use: bool = False
    issued_to: str | None = None
    house: str | None = None
    from_stock: bool = False
    scanned: bool = False


def guard(number: object, edition: Edition, known: Known) -> Finding:
    """WAYBILL-1. Labels of a block are consecutive: without a check digit a slip mostly hits the next parcel's label,
    so that the own stock bears nothing out. A scan does, as a second entry would."""
    if flaw(number, edition):
        return Finding.IMPOSSIBLE
    if known.in_use:
        return Finding.IN_USE
    own = known.issued_to is not None and known.issued_to == known.house
    if known.issued_to is not None and known.house is not None and not own:
        return Finding.ELSEWHERE
    borne_out = edition.waybill_check_digit != "none" and (own or not known.from_stock)
    return Finding.FINE if borne_out or known.scanned else Finding.UNSURE


def flaw(number: object, edition: Edition) -> str:
    """Why a number is impossible: `letters`, `length`, `beginning` or `check_digit`; "" when it is possible.

    In edition 2017-01-01 14 ASCII digits beginning 55, without a check digit.
    """
    if not isinstance(number, str) or not (number.isascii() and number.isdigit()):
        return "letters"
    if len(number) != edition.waybill_digits:
        return "length"
    if not number.startswith(edition.waybill_begins):
        return "beginning"
    return "check_digit" if edition.waybill_check_digit == "luhn" and not _luhn(number) else ""


def possible(number: object, edition: Edition) -> bool:
    """Whether any parcel can have that number."""
    return not flaw(number, edition)


def words_of(found: str, edition: Edition) -> str:
    """A flaw in words."""
    return {
        "letters": "只能是数字 / digits only",
        "length": f"应为 {edition.waybill_digits} 位 / {edition.waybill_digits} digits are needed",
        "beginning": f"应以 {edition.waybill_begins} 开头 / it must begin {edition.waybill_begins}",
        "check_digit": "校验位不符,请核对面单 / the check digit is wrong: look at the label again",
    }[found]


def _luhn(number: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
