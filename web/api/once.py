"""The same writing request twice is done once: `Idempotency-Key`."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from flask import g, request
from sqlalchemy import Connection

from people.answers.actions import IN_HAND, claim, keep
from people.answers.queries import answered
from web.auth import current_actor
from web.errors import FieldError, Problem
from web.gate import whole_body
from web.services import now
from web.transactions import together

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,100}", re.ASCII)
REUSED = "该幂等键已用于其他内容 / This key was used for another request"
IN_PROGRESS = "相同的请求正在处理 / The same request is being done"


def key_given() -> str | None:
    """The key of this request; None without one. Problem when it is none."""
    key = request.headers.get(HEADER)
    if key is not None and not _KEY.fullmatch(key):
        errors = (FieldError(HEADER, "key_invalid"),)
        raise Problem("invalid", "幂等键须为 1–100 个可见字符 / 1 to 100 visible characters", errors=errors)
    return key


def once(key: str, work: Callable[[], Any]) -> Any:
    """The answer of `work`, done in one transaction together with what is kept of it; or what was kept before.

    A refusal changes nothing and is not kept: the same key may try again.
    """
    user, asked = current_actor().user_id, _hash()

    def whole(conn: Connection) -> Any:
        if not claim(conn, user, key, asked, now()):
            earlier = answered(conn, user, key)
            if earlier is None or earlier.status == IN_HAND:
                raise Problem("in_progress", IN_PROGRESS, status=409, retry_after=1)
            if earlier.asked_hash != asked:
                raise Problem("idempotency_key_reused", REUSED, status=422)
            g.answered_before = True
            return earlier.answer
        answer = work()
        keep(conn, user, key, 200, answer)
        return answer

    return together(whole)


def _hash() -> str:
    told = f"{request.method} {request.full_path}\n".encode() + whole_body()
    return hashlib.sha256(told).hexdigest()
