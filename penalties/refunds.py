"""What of a house's fines of a month comes back in the two months after it (REFUND-1)."""


def first_part(fines: int, percent: int) -> int:
    """Fen of the month's fines of a house that the next month earns, rounded down."""
    return fines * percent // 100


def rest(fines: int, percent: int) -> int:
    """Fen that the month after that earns."""
    return fines - first_part(fines, percent)


def earns(dirty: bool, online: int) -> bool:
    """Whether a month earns its part: clean, and with online orders. One without orders pays nothing, ends nothing."""
    return not dirty and online > 0
