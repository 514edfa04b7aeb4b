"""Postings of the double-entry ledger: integer fen, a key made from the cause, lines that sum to zero (LEDGER-1).

Each posting carries a link of the chain: SHA-256 over the link before it and all that is stored of this one.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from basics.days import month_of
from basics.words import ADJUSTMENTS, CLEARING, FINES, OWN_ACCOUNTS, REFUNDS, REWARDS

__all__ = [
    "ADJUSTMENTS", "CLEARING", "FINES", "NO_CHAIN", "OWN_ACCOUNTS", "REFUNDS", "REWARDS", "Posting", "fine",
    "fine_key", "link", "reversal",
]  # fmt: skip

NO_CHAIN = ""  # before the first posting


@dataclass(frozen=True, slots=True)
class Posting:
    """One transaction. `lines` are (account, fen), debits positive. ValueError unless they sum to 0.

    `month`: the one it belongs to; "" that in which it happened. `why`: a settlement's reason, without any customer.
    `request_id`: the approved request of people behind it.
    """

    key: str
    happened_at: datetime
    station: str
    logistics_no: str
    rule: str
    edition: str
    lines: tuple[tuple[str, int], ...]
    violation_id: int | None = None
    month: str = ""
    why: str = ""
    request_id: int | None = None

    def __post_init__(self) -> None:
        if sum(amount for _, amount in self.lines) != 0 or any(amount == 0 for _, amount in self.lines):
            raise ValueError(f"lines of {self.key} do not sum to zero")

    def content_hash(self) -> str:
        """SHA-256 over what makes it this posting and no other: the same key with other content is an error. When it
        was booked, and into which month, may differ from one attempt to the next."""
        parts = [self.happened_at.astimezone(UTC).isoformat(), self.station, self.logistics_no, self.rule, self.edition]
        parts += [f"{account}={amount}" for account, amount in sorted(self.lines)]
        return sha256("\n".join(parts).encode()).hexdigest()

    def booked_in(self, closed: Collection[str], now: datetime) -> str:
        """The month it is booked in: its own while that is open, else the one of `now`."""
        own = self.month or month_of(self.happened_at)
        return month_of(now) if is_closed(own, closed) else own


def is_closed(month: str, closed: Collection[str]) -> bool:
    """Months close in order: closed is each up to the last closed one, also one from before the first order."""
    return month in closed or month < max(closed, default="")


def link(
    before: str, seq: int, key: str, content_hash: str, recorded_at: datetime, month: str, why: str,
    violation_id: int | None, request_id: int | None,
) -> str:  # fmt: skip
    """The next link of the chain (RELIABILITY D7)."""
    parts = [
        before, seq, key, content_hash, recorded_at.astimezone(UTC).isoformat(), month, why, violation_id, request_id,
    ]  # fmt: skip
    return sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def fine_key(channel: str, logistics_no: str, seq: int, kind: str) -> str:
    return f"fine:{channel}/{logistics_no}:{seq}:{kind}"


def fine(
    key: str, house: str, station: str, logistics_no: str, kind: str, amount: int, happened_at: datetime,
    edition: str, violation_id: int,
) -> Posting:  # fmt: skip
    """A confirmed violation: the house owes, `fines` receives; tagged with the station that violated."""
    return Posting(
        key, happened_at, station, logistics_no, kind, edition, ((house, amount), (FINES, -amount)), violation_id
    )


def reversal(original: Posting, at: datetime) -> Posting:
    """The opposite entry of a fine that fell (APPEAL-3), dated at the deciding instant; it belongs to the month in
    which its fine is booked."""
    lines = tuple((account, -amount) for account, amount in original.lines)
    return Posting(
        f"{original.key}:reversed", at, original.station, original.logistics_no, original.rule, original.edition,
        lines, original.violation_id, original.month,
    )  # fmt: skip
