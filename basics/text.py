"""The one gate for free text (RELIABILITY D12) and for numbers that arrive as text (D13).

Both databases must see the same: SQLite would store a NUL or an over-long value that PostgreSQL refuses.
"""

import re
import unicodedata
from decimal import Decimal

# NUL and the other C0 characters but tab and newline; surrogates, which no UTF-8 can hold.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")
_POSITIVE = re.compile(r"[0-9]{1,7}(\.[0-9]{1,3})?", re.ASCII)


class TextError(ValueError):
    """A text or number that cannot be taken; `code`: text_invalid, text_too_long or number_invalid."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def clean(text: object, limit: int) -> str:
    """The text exactly as sent: it is checked, never normalised, so a name keeps its own form (NFC or not).

    TextError `text_invalid`: no string, a NUL, a lone surrogate, a control character but newline and tab.
    TextError `text_too_long`: more than `limit` characters. Bidirectional and zero-width characters are kept.
    """
    if not isinstance(text, str):
        raise TextError("text_invalid")
    if len(text) > limit:
        raise TextError("text_too_long")
    if _FORBIDDEN.search(text):
        raise TextError("text_invalid")
    return text


def is_format(character: str) -> bool:
    """Whether it only steers how others are drawn: bidirectional marks, zero-width and the like (B-15)."""
    return unicodedata.category(character) == "Cf"


def visible(text: str | None) -> str:
    """`张[U+202E]三`: what steers the drawing is kept and shown as a mark, so that it deceives nobody (B-15)."""
    return "".join(f"[U+{ord(one):04X}]" if is_format(one) else one for one in text or "")


def positive_decimal(raw: object) -> Decimal:
    """A number above zero from its ASCII digits: up to 7 before and 3 after the point, no sign, no exponent.

    TextError `number_invalid` otherwise. The pattern stands before Decimal: 9 characters can cost it half
    a minute.
    """
    if not isinstance(raw, str) or not _POSITIVE.fullmatch(raw):
        raise TextError("number_invalid")
    number = Decimal(raw)
    if number == 0:
        raise TextError("number_invalid")
    return number
