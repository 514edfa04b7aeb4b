"""What the edge knows of the request in hand, carried by its transaction to every audit row written in it. Pure."""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TRACE = "lanshou_trace"  # the execution option of a connection under which its Trace is found
# Never part of a digest: what is worth nothing as evidence, and what nobody may try to guess from one.
UNSIGNED = frozenset(
    {"csrf_token", "password", "old_password", "new_password", "again", "code", "secret", "token", "step_up"}
)


@dataclass(slots=True)
class Trace:
    """`submitted`: a digest of what was sent; `written`: how many audit rows the transaction has so far."""

    request_id: str | None = None
    api_key_id: int | None = None
    submitted: str | None = None
    written: int = 0


def derived_key(master: bytes) -> bytes:
    """The key of digests: who has the database but not the master key cannot guess a phone number from its digest."""
    return hmac.digest(master or b"\0", b"audit digest", "sha256")


def digest_of(key: bytes, what: str, sent: Mapping[str, Sequence[str]]) -> str:
    """A keyed digest of what was submitted to `what`, whatever the order of its fields."""
    fields = sorted((name, list(values)) for name, values in sent.items() if name not in UNSIGNED)
    return hmac.new(key, json.dumps([what, fields], ensure_ascii=False).encode(), "sha256").hexdigest()
