"""What the operations about money take and give."""

from typing import Annotated, Literal

from pydantic import Field

from penalties import byhand
from penalties.statements.entry import KINDS
from web.api.fields import CLEAN, Code, Count, Fen, From, Given, Instant, Month, Taken, Why
from web.console import money_forms
from web.console import statements as accounts

Amount = Annotated[str, Field(min_length=1, max_length=money_forms.AMOUNT_LIMIT, description="元 / yuan: 12.50"), CLEAN]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Reason = Annotated[Why, Field(max_length=byhand.REASON_LIMIT)]


class LedgerFilters(Taken):
    """The filters of the ledger."""

    account: Annotated[str, Field(max_length=40), CLEAN] = ""
    month: Month | Literal[""] = ""
    rule: Annotated[str, Field(max_length=20), CLEAN] = ""
    kind: Literal[("", *KINDS)] = ""  # type: ignore[valid-type]
    number: Annotated[str, Field(max_length=64), CLEAN] = ""


class LedgerQuery(LedgerFilters):
    """`after`: the number of the posting before the page."""

    after: Annotated[str, Field(max_length=18, pattern=r"^[0-9]*$")] = ""


class Movement(Given):
    """An account and by how much it moved."""

    account: str
    amount_fen: int


class Posting(Given):
    """One posting; its lines sum to zero."""

    seq: int
    key: str
    kind: str
    happened_at: Instant
    recorded_at: Instant
    month: str
    station: str
    logistics_no: str
    rule: str
    edition: str
    chain: str
    lines: list[Movement]


class Balances(Given):
    """The trial balance: `total_fen` is zero, or the books are wrong (I-12)."""

    items: list[Movement]
    total_fen: int
    seq: int
    chain: str


class RequestsQuery(From):
    """`tab`: waiting for me, made by me, or decided."""

    tab: Literal["waiting", "mine", "decided"] = "waiting"


class MoneyRequest(Given):
    """What somebody asked of the ledger; free text is masked. `digest` is what an approval names."""

    id: int
    kind: str
    state: str
    station: str | None
    amount_fen: int | None
    month: str | None
    about: str
    reason: str
    digest: str
    maker: str
    made_at: Instant
    checker: str | None
    decided_at: Instant | None
    decision: str


class AskMoney(Taken):
    """`amount` has no sign; `direction` of an adjustment or change says which way (B-104)."""

    kind: Literal[byhand.FORMS]  # type: ignore[valid-type]
    station: Code
    amount: Amount
    direction: Literal["", "charge", "credit"] = ""
    month: Month | Literal[""] = ""
    about: Annotated[str, Field(max_length=money_forms.ABOUT_LIMIT), CLEAN] = ""
    reason: Reason


class AskPayout(Taken):
    """Of the asker's own house."""

    amount: Amount
    reason: Reason


class RequestNumber(Given):
    """The request's number; somebody else decides it."""

    number: int


class DecideRequest(Taken):
    """`digest`: of the request as it was seen (B-103)."""

    decision: Literal["approve", "decline"]
    digest: Digest
    reason: Annotated[str, Field(max_length=byhand.REASON_LIMIT), CLEAN] = ""


class MonthQuery(Taken):
    """Which month."""

    month: Month


class SettlementItem(Given):
    """One posting that settling would make; + the station receives."""

    station: str
    kind: str
    amount_fen: int
    why: str
    difference: bool


class Run(Given):
    """What settling a month now would post. `digest` is what the first signature names."""

    month: str
    edition: str
    number: int
    places: int
    gap: int
    digest: str
    items: list[SettlementItem]


class ProposeMonth(Taken):
    """Ask for a month to be settled or closed, under the dry run that was seen (B-105)."""

    kind: Literal[byhand.OF_MONTHS]  # type: ignore[valid-type]
    month: Month
    digest: Digest
    reason: Annotated[str, Field(max_length=byhand.REASON_LIMIT), CLEAN] = ""


class AccountsQuery(From):
    """`q`: in code or name."""

    q: Annotated[str, Field(max_length=accounts.SEARCH_LIMIT), CLEAN] = ""


class Account(Given):
    """A house and its balance; above zero: it owes."""

    code: str
    name: str
    province: str
    balance_fen: Fen


class StationMonthQuery(MonthQuery):
    """Whose, and of which month."""

    station: Code


class Entry(Given):
    """A line of a statement with what it rests on, in words."""

    seq: int
    kind: str
    happened_at: Instant
    recorded_at: Instant
    station: str
    logistics_no: str
    rule: str
    edition: str
    amount_fen: int
    balance_fen: int
    why: str
    violation_id: int | None
    decided: str


class Statement(Given):
    """A month of a house's account, or the part of a level-2 station."""

    house: str
    station: str
    month: str
    opening_fen: int
    closing_fen: int
    closed_at: Instant | None
    entries: list[Entry]
    seq: Count
    chain: str
