"""The ledger in words: its daily report and the lines of the file of heads. Pure; Chinese first, English beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from basics.money import yuan
from penalties.ledger import OWN_ACCOUNTS


@dataclass(frozen=True, slots=True)
class Entry:
    """A posting as it stands in the ledger (its row), with its lines (account, fen) in the order of the accounts."""

    posting: Any
    lines: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """Postings of a day by rule; `moved_fen` is the sum of their debits. `reversed`: opposite entries (APPEAL-3)."""

    rule: str
    reversed: bool
    postings: int
    moved_fen: int


@dataclass(frozen=True, slots=True)
class Daily:
    """The ledger's day: what was booked on it, and the balances and the chain's head at its end."""

    day: date
    kinds: tuple[Kind, ...]
    balances: Mapping[str, int]  # by account, + owed to the network
    seq: int
    chain: str

    @property
    def trial(self) -> int:
        """Fen; anything but 0 is an error in the books (I-12)."""
        return sum(self.balances.values())


def daily_lines(daily: Daily) -> list[str]:
    """The report, a line each. It names no station and no customer, so it may leave the house by e-mail."""
    owing = [fen for account, fen in daily.balances.items() if account not in OWN_ACCOUNTS and fen > 0]
    owed = [fen for account, fen in daily.balances.items() if account not in OWN_ACCOUNTS and fen < 0]
    even = "平衡 / it balances" if daily.trial == 0 else f"不平 / IT DOES NOT BALANCE: {yuan(daily.trial)}"
    return [
        f"账本日报 {daily.day} / daily ledger report",
        f"当日入账 / booked that day: {sum(kind.postings for kind in daily.kinds)}",
        *(_kind_line(kind) for kind in daily.kinds),
        f"网点欠款 / stations owe: {yuan(sum(owing))} ({len(owing)})",
        f"网点贷方余额 / stations are owed: {yuan(-sum(owed))} ({len(owed)})",
        *(f"{account}: {yuan(daily.balances[account])}" for account in sorted(OWN_ACCOUNTS & set(daily.balances))),
        f"试算 / trial balance: {even}",
        f"链头 / head of the chain: {daily.seq}:{daily.chain}",
    ]


def _kind_line(kind: Kind) -> str:
    what = f"{kind.rule} 冲正 reversed" if kind.reversed else kind.rule
    return f"- {what}: {kind.postings}, {yuan(kind.moved_fen)}"


def head_line(when: str, seq: int, chain: str) -> str:
    """A line of the file of heads: `2026-11-22 1234 <SHA-256>`. `when`: the day at whose end it was, or an instant."""
    return f"{when} {seq} {chain}"


def missing_lines(text: str, wanted: Sequence[str]) -> str:
    """What to append to a file of heads so that it holds these lines; a line that a crash tore is ended first."""
    there = set(text.splitlines())
    new = [line for line in wanted if line not in there]
    torn = "\n" if new and text and not text.endswith("\n") else ""
    return torn + "".join(f"{line}\n" for line in new)
