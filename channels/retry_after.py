"""How long a channel asks us to wait, in its header Retry-After (F-46)."""

import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from channels.feedback import LONGEST_RETRY_AFTER

_SECONDS = re.compile(r"[0-9]{1,18}", re.ASCII)


def retry_after(header: str | None, now: datetime | None = None) -> timedelta | None:
    """Whole seconds, or a date of HTTP; at most a day. None when it is neither, or over."""
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return min(timedelta(seconds=min(int(text), 10**9)), LONGEST_RETRY_AFTER)
    if now is None or len(text) > 40:
        return None
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if at.tzinfo is None or at <= now:
        return None
    return min(at - now, LONGEST_RETRY_AFTER)
