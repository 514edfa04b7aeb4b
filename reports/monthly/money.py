"""What a month's money was, as values: settlements, places, refund chains, statements. Pure; amounts are fen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

# Kinds of postings on a station's account, in the order of a statement; + the station owes more.
KINDS = ("fine", "reversal", "reward", "refund_1", "refund_2", "other")


@dataclass(frozen=True, slots=True)
class Settled:
    """One settlement of the month; number 0 is the first. `items`: how many postings and fen (+ stations receive) of
    each kind."""

    number: int
    at: datetime
    edition: str
    items: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Item:
    """A posting of a settlement, + the station receives."""

    number: int
    station: str
    kind: str
    amount_fen: int
    why: str


@dataclass(frozen=True, slots=True)
class Places:
    """A province's places of REWARD-1 and how many were earned; the others lapse."""

    province: str
    stations: int
    places: int
    winners: int


@dataclass(frozen=True, slots=True)
class Account:
    """A house's month: opening, what moved by kind, closing; + it owes."""

    house: str
    opening_fen: int = 0
    moved: Mapping[str, int] = field(default_factory=dict)

    @property
    def closing_fen(self) -> int:
        """STATEMENT-1: opening and every entry."""
        return self.opening_fen + sum(self.moved.values())


@dataclass(frozen=True, slots=True)
class Chain:
    """The fines of a house in the month, and what came back of them (REFUND-1). `first` and `second`: fen given back
    for the two months after, None where that month is not settled. `ended`: which of them had a confirmed violation."""

    house: str
    fines_fen: int
    first: int | None
    second: int | None
    ended: tuple[bool, bool] = (False, False)

    @property
    def outcomes(self) -> tuple[str, str]:
        """Of each part: open (the month is not settled), paid, ended (a violation), lapsed (no online order)."""
        return self._outcome(self.first, self.ended[0]), self._outcome(self.second, any(self.ended))

    def _outcome(self, paid: int | None, ended: bool) -> str:
        if paid is None:
            return "open"
        return "paid" if paid > 0 else "ended" if ended else "lapsed"


OUTCOMES = {
    "paid": ("已返", "given back"), "ended": ("因新违规终止", "ended by a violation"),
    "lapsed": ("无线上订单,该部分失效", "lapsed: no online order"),
    "open": ("该月尚未结算", "its month is not settled"),
}  # fmt: skip


def summed(accounts: Iterable[Account], name: str) -> Account:
    """Several as one."""
    some = list(accounts)
    moved = {kind: sum(one.moved.get(kind, 0) for one in some) for kind in KINDS}
    return Account(name, sum(one.opening_fen for one in some), moved)


def counted(chains: Sequence[Chain], part: int) -> dict[str, tuple[int, int, int]]:
    """Outcome -> houses, their fines, and what was given back for the first (0) or second (1) month after."""
    found = {}
    for outcome in OUTCOMES:
        those = [one for one in chains if one.outcomes[part] == outcome]
        paid = sum((one.first if part == 0 else one.second) or 0 for one in those)
        found[outcome] = (len(those), sum(one.fines_fen for one in those), paid)
    return found
