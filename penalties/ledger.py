"""Postings of the double-entry ledger: integer fen, a key made from the cause, lines that sum to zero (LEDGER-1)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

FINES, REWARDS, REFUNDS = "fines", "rewards", "refunds"
OWN_ACCOUNTS = frozenset({FINES, REWARDS, REFUNDS})


@dataclass(frozen=True, slots=True)
class Posting:
    """One transaction. `lines` are (account, fen), debits positive. ValueError unless they sum to 0."""

    key: str
    happened_at: datetime
    station: str
    logistics_no: str
    rule: str
    edition: str
    lines: tuple[tuple[str, int], ...]
    violation_id: int | None = None

    def __post_init__(self) -> None:
        if sum(amount for _, amount in self.lines) != 0 or any(amount == 0 for _, amount in self.lines):
            raise ValueError(f"lines of {self.key} do not sum to zero")

    def content_hash(self) -> str:
        """SHA-256 over everything but the key: the same key with other content is an error."""
        parts = [self.happened_at.astimezone(UTC).isoformat(), self.station, self.logistics_no, self.rule, self.edition]
        parts += [f"{account}={amount}" for account, amount in sorted(self.lines)]
        return sha256("\n".join(parts).encode()).hexdigest()


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
    """The opposite entry of a fine that fell (APPEAL-3), dated at the deciding instant."""
    lines = tuple((account, -amount) for account, amount in original.lines)
    return Posting(
        f"{original.key}:reversed", at, original.station, original.logistics_no, original.rule, original.edition,
        lines, original.violation_id,
    )  # fmt: skip
