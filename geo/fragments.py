"""Fragments of an address below its district: building, estate, street. What routing memory votes about."""

import re

LONGEST = 100
_PART = re.compile(
    r"([^\s,，、;；()（）\d号弄幢栋座室]{2,20}?(?:路|街|大道|巷|弄堂|胡同|小区|花园|苑|城|广场|大厦|园区|公寓|村))"
)


def fragments(rest: str) -> tuple[str, ...]:
    """Names of places in `rest`, an address without its district; the most exact, which stands last, first."""
    return tuple(reversed(list(dict.fromkeys(_PART.findall(rest[:500])))))
