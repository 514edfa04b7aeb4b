"""Instants as a pack holds them."""

from datetime import datetime

from basics.days import shanghai


def exactly(at: datetime | None) -> str:
    """ISO 8601 at +08:00 to the microsecond; "" for none. As text they sort as they happened."""
    return "" if at is None else shanghai(at).isoformat()
