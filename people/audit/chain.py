"""The chain over the audit: each link is a digest of the one before and of one whole row (I-22). Pure."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Protocol


class AuditRow(Protocol):
    """A row of `audit`, whole."""

    id: int
    happened_at: datetime
    user_id: int
    what: str
    order_id: int | None
    subject: str
    reason: str
    address: str
    before: str | None
    after: str | None
    request_id: str | None
    api_key_id: int | None


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends: how many rows are linked, and the last link. Of an empty chain 0 and nothing."""

    seq: int = 0
    chain: str = ""


def follow(head: Head, row: AuditRow) -> Head:
    """The head after this row was linked, as decision 14 defines it."""
    content = [
        head.chain, head.seq + 1, row.id, row.happened_at.astimezone(UTC).isoformat(), row.user_id, row.what,
        row.order_id, row.subject, row.reason, row.address, row.before, row.after, row.request_id, row.api_key_id,
    ]  # fmt: skip
    text = json.dumps(content, ensure_ascii=False)
    return Head(head.seq + 1, sha256(text.encode()).hexdigest())
