"""The only reader of the wall clock (DESIGN law 5). Only web/, jobs/, commands/ and replay/ may ask it."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, aware, UTC."""
    return datetime.now(UTC)
