"""The error log of pushes that did not reach the inbox: a row for each, within bounds, and never at the cost of the
answer (issue 3, point 4)."""

import logging
from threading import Lock, Thread

from flask import g, request
from sqlalchemy import Engine

from basics.refusal import Refusal
from channels.adapter import Adapter, Answer
from channels.errors_seen.actions import TurnedAway, keep_turned_away
from channels.errors_seen.kept import LONGEST, kept, number_in
from channels.refusals import BUSY
from storage.session import writing
from web.credentials import channels_known
from web.services import now, services

log = logging.getLogger("lanshou.push")
# Of a source and of a channel, in each process: a flood must not become a flood of writes (B-30).
MOST_A_MINUTE, MOST_OF_CHANNEL, MOST_SOURCES = 10, 60, 10_000
PATIENCE = 0.5  # seconds
_counts: dict[tuple[str, str], int] = {}
_minute = 0
_lock = Lock()


def remember_turned_away(adapter: Adapter, refusal: Refusal, answer: Answer) -> None:
    """Write the request in hand into the error log. Whatever goes wrong here is logged and changes nothing."""
    if refusal.code == BUSY or not _counted(adapter.channel, request.remote_addr or ""):
        return  # a database that cannot keep up gets no more to do
    try:
        row = _row(adapter, refusal, answer)
        writer = Thread(target=_write, args=(services().engine, row), name="lanshou-error-log", daemon=True)
        writer.start()
        writer.join(PATIENCE)
    except Exception as error:
        log.warning("error log not written", extra={"error": type(error).__name__, "request_id": g.request_id})


def _write(engine: Engine, row: TurnedAway) -> None:
    """In a thread of its own: a slow database must not cost the channel its answer."""
    try:
        with writing(engine) as conn:
            keep_turned_away(conn, [row], row.at)
    except Exception as error:
        log.warning("error log not written", extra={"error": type(error).__name__, "request_id": row.request_id})


def _counted(channel: str, source: str) -> bool:
    """Whether this one is among the first of its minute."""
    global _minute
    minute = int(now().timestamp()) // 60
    with _lock:
        if minute != _minute or len(_counts) > MOST_SOURCES:
            _counts.clear()
            _minute = minute
        limits = {("source", source): MOST_A_MINUTE, ("channel", channel): MOST_OF_CHANNEL}
        if any(_counts.get(key, 0) >= most for key, most in limits.items()):
            return False
        for key in limits:
            _counts[key] = _counts.get(key, 0) + 1
    return True


def _row(adapter: Adapter, refusal: Refusal, answer: Answer) -> TurnedAway:
    body = _body(answer.status)
    headers = {name.lower(): value for name, value in request.headers.items()}
    line = f"{request.method} {request.full_path.rstrip('?')}"
    known = channels_known().get(adapter.channel)
    secrets = [key for keys in known.credential.secrets.values() for key in keys] if known else []
    return TurnedAway(
        channel=adapter.channel,
        at=now(),
        source=request.remote_addr or "",
        code=refusal.code,
        field=refusal.field,
        status=answer.status,
        request_id=g.request_id,
        logistics_no=number_in(body, adapter.prefixes) if body else None,
        request=kept(line, headers, body, secrets),
        answer=answer.body,
    )


def _body(status: int) -> bytes:
    """The body as far as it was read; of one that was not, only a short one that says how long it is."""
    read: bytes | None = getattr(request, "_cached_data", None)
    if status == 413 or read is not None:
        return read or b""
    short = request.content_length is not None and request.content_length <= LONGEST
    return request.get_data() if short and "Content-Encoding" not in request.headers else b""
