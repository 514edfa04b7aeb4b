"""Waybill numbers: which are possible at all (WAYBILL-1)."""

from rulebook.book import Edition


def possible(number: object, edition: Edition) -> bool:
    """14 ASCII digits beginning 55 in edition 2017-01-01, and the check digit where the edition asks for one."""
    if not isinstance(number, str) or len(number) != edition.waybill_digits:
        return False
    if not (number.isascii() and number.isdigit() and number.startswith(edition.waybill_begins)):
        return False
    return edition.waybill_check_digit != "luhn" or _luhn(number)


def _luhn(number: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
