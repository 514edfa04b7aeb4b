"""Refusals that somebody may want to see: a line in the log, at most ten a minute for each source (RELIABILITY 7)."""

import logging
from threading import Lock

from flask import g, request

from web.services import now

log = logging.getLogger("lanshou.security")
MOST_A_MINUTE, MOST_SOURCES = 10, 10_000
_seen: dict[str, tuple[int, int]] = {}
_lock = Lock()


def note(what: str, code: str) -> None:
    """Log a refused push or log-in, without what was sent."""
    source = request.remote_addr or ""
    minute = int(now().timestamp()) // 60
    with _lock:
        if len(_seen) > MOST_SOURCES:
            _seen.clear()
        last, count = _seen.get(source, (minute, 0))
        count = count + 1 if last == minute else 1
        _seen[source] = (minute, count)
    if count <= MOST_A_MINUTE:
        about = {"code": code, "source": source, "path": request.path, "request_id": g.get("request_id", "")}
        log.warning(what, extra=about)
