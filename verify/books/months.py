"""I-15 to I-17, I-19: months that were settled or closed, and requests, agree with the ledger and with each other."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any, Protocol

from basics.days import month_bounds, month_of
from rulebook.book import Book
from verify.books.causes import same_hand
from verify.finding import Finding, differs

Sums = Mapping[tuple[str, str], int]  # (station, kind) -> fen that the station received


@dataclass(frozen=True, slots=True)
class SettledMonth:
    """A month as its last settlement left it. `fines`: by house the fen of fines that stood then, of violations that
    happened in the month before the last, in the last, and in the month itself. `doubtful`: houses of which something
    was booked while it was being settled."""

    month: str
    numbers: Sequence[int]
    figures: Mapping[str, Any]
    sums: Sums
    fines: Mapping[str, Sequence[int]]
    doubtful: Collection[str]


class RequestRow(Protocol):
    """What is read of an approved request, beside the posting, settlement or closed month that it led to."""

    id: int
    kind: str
    month: str | None
    maker: str
    checker: str | None
    posting_id: int | None
    settled: str | None
    closed: str | None


class SignedRow(Protocol):
    """What is read of any request: all that its digest is made over."""

    id: int
    kind: str
    station: str | None
    amount_fen: int | None
    month: str | None
    about: str
    reason: str
    content: Any
    maker: str
    checker: str | None
    digest: str


class ClosedRow(Protocol):
    """What is read of `closed_months`, beside its request. `booked`: later than it was decided,
    at the very instant of a posting."""

    month: str
    closed_at: datetime
    decided_at: datetime | None
    booked: bool
    kind: str | None
    state: str | None
    of_month: str | None


def settled_findings(settled: SettledMonth, book: Book) -> Iterator[Finding]:
    """What each house received of each kind is what the fines in the ledger say, and the winners are those written
    down, on no more than their places."""
    if list(settled.numbers) != list(range(len(settled.numbers))):
        yield Finding("I-17", "settlements", settled.month, f"编号不连续 / numbers with gaps: {settled.numbers}")
    for (station, kind), amount in settled.sums.items():
        problem = None if station in settled.doubtful else _wrong(settled, station, kind, amount, book)
        if problem:
            yield Finding(
                "I-19" if kind == "reward" else "I-16", "settlement_items", f"{settled.month} {station} {kind}", problem
            )
    yield from _winner_findings(settled, book)


def _wrong(settled: SettledMonth, station: str, kind: str, amount: int, book: Book) -> str | None:
    """Nothing, or the whole part: 60 % rounded down, or the rest (REFUND-1); a reward is one place (REWARD-1)."""
    older, last, own = settled.fines.get(station, (0, 0, 0))
    months = _before(settled.month)
    if kind == "reward":
        whole, clean = book.at(month_bounds(settled.month)[0]).reward_amount, own == 0
    else:
        fines = last if kind == "refund_1" else older
        percent = book.at(month_bounds(months[0 if kind == "refund_1" else 1])[0]).refund_first_month_percent
        part = fines * percent // 100
        whole, clean = (part, own == 0) if kind == "refund_1" else (fines - part, own == 0 and last == 0)
    if amount == 0 or (clean and amount == whole):
        return None
    return differs("合计 / in all", amount, f"0, {whole}" if clean else "0")


def _before(month: str) -> tuple[str, str]:
    """The month before, and the one before that."""
    first = month_bounds(month)[0]
    last = month_of(first - timedelta(seconds=1))
    return last, month_of(month_bounds(last)[0] - timedelta(seconds=1))


def _winner_findings(settled: SettledMonth, book: Book) -> Iterator[Finding]:
    places, stations = settled.figures.get("places", {}), settled.figures.get("stations", {})
    winners = settled.figures.get("winners", {})
    edition, total = book.at(month_bounds(settled.month)[0]), sum(stations.values())
    for province, count in stations.items():
        due = (2 * edition.reward_places * count + total) // (2 * total)
        if places.get(province) != due or len(winners.get(province, ())) > due:
            said = f"{places.get(province)}, {len(winners.get(province, ()))} 名 / winners"
            yield Finding("I-19", "settlements", f"{settled.month} {province}", differs("places", said, due))
    paid = {station for (station, kind), fen in settled.sums.items() if kind == "reward" and fen > 0}
    for station in sorted(paid ^ {one for some in winners.values() for one in some}):
        message = "得奖与名单不符 / rewarded and listed are not the same"
        yield Finding("I-19", "settlement_items", f"{settled.month} {station} reward", message)


def order_findings(closed: Mapping[str, datetime]) -> Iterator[Finding]:
    """Months are closed one after the other, none left out."""
    months = sorted(closed)
    for month, later in pairwise(months):
        if _before(later)[0] != month:
            message = f"{month} 之后有未关账的月份 / a month between it and {month} is open"
            yield Finding("I-15", "closed_months", later, message)
        elif closed[later] < closed[month]:
            yield Finding("I-15", "closed_months", later, f"早于 {month} 关账 / closed before {month}")


def signer_findings(request: SignedRow, users: Collection[int]) -> Iterator[Finding]:
    """Whoever signed has an account. A database without any, such as a replay's, is not asked."""
    for signer in (request.maker, request.checker):
        number = (signer or "").rpartition("#")[2]
        if users and signer is not None and not (number.isdecimal() and int(number) in users):
            message = f"没有这个用户 / no such user: {signer}"
            yield Finding("I-15", "money_requests", f"{request.id} ({request.kind})", message)


def digest_findings(request: SignedRow) -> Iterator[Finding]:
    """What two signed is what was asked: maker, reason, sum and all else that the checker was shown (B-103)."""
    parts = [
        request.kind, request.station, request.amount_fen, request.month, request.about, request.reason,
        request.content, request.maker,
    ]  # fmt: skip
    made = sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    if made != request.digest:
        message = differs("digest", request.digest, made)
        yield Finding("I-15", "money_requests", f"{request.id} ({request.kind})", message)


def request_findings(request: RequestRow) -> Iterator[Finding]:
    """An approved request was signed by two, and did what it asked for."""
    problem = same_hand(request.maker, request.checker or request.maker)
    if problem is None and request.kind == "settlement" and request.settled != request.month:
        problem = "已批准，但未结算 / approved, and nothing was settled by it"
    if problem is None and request.kind == "close_month" and request.closed != request.month:
        problem = f"{request.month} 已批准关账，但未关账 / approved, and the month is not closed"
    if problem is None and request.kind not in ("settlement", "close_month") and request.posting_id is None:
        problem = "已批准，但未入账 / approved, and not posted"
    if problem:
        yield Finding("I-15", "money_requests", f"{request.id} ({request.kind})", problem)


def closed_findings(closed: ClosedRow) -> Iterator[Finding]:
    """A month was closed after its end, by an approved request to close it."""
    problem = None
    if (closed.kind, closed.state, closed.of_month) != ("close_month", "approved", closed.month):
        problem = (
            f"没有获批的关账申请 / no approved request to close it: {closed.kind} {closed.state} {closed.of_month}"
        )
    elif closed.closed_at < month_bounds(closed.month)[1]:
        problem = "在月末之前关账 / closed before its end"
    # Or when the ledger's last posting was recorded, by a clock that was ahead.
    elif closed.closed_at != closed.decided_at and not closed.booked:
        problem = differs("closed_at", closed.closed_at, closed.decided_at)
    if problem:
        yield Finding("I-15", "closed_months", closed.month, problem)
