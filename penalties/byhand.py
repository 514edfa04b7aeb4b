"""Money moved by hand: what may be asked, and who may decide it (ROLE-3). Pure."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from basics.days import day_of, midnight, month_bounds, month_of
from basics.refusal import Refusal
from basics.text import TextError, clean, positive_decimal
from editions.rules import is_blank
from penalties.ledger import ADJUSTMENTS, CLEARING, Posting, is_closed
from rulebook.book import Book

ADJUSTMENT, GOODWILL, PAYOUT, CHANGE = "adjustment", "goodwill", "payout", "change"
SETTLEMENT, CLOSE_MONTH = "settlement", "close_month"
FORMS = (ADJUSTMENT, GOODWILL, PAYOUT, CHANGE)  # those that move one sum of one station
OF_MONTHS = (SETTLEMENT, CLOSE_MONTH)
KINDS = (*FORMS, *OF_MONTHS)
OPEN, APPROVED, DECLINED, WITHDRAWN = "open", "approved", "declined", "withdrawn"

RULE = "ROLE-3"
REASON_LIMIT = 500
MOST_FEN = 100_000_000  # 1,000,000 yuan: more in one request is a slip of the keyboard

# code: what people read; those that name a sum or a day are made where it is known
TEXTS = {
    "kind_unknown": "没有这种申请 / There is no such kind of request",
    "amount_invalid": "金额须为大于 0 的数字,最多两位小数 / An amount above 0 with at most two decimals",
    "amount_too_large": "单笔最多 1,000,000 元 / At most 1,000,000 yuan at a time",
    "reason_required": "请填写理由 / A reason is needed",
    "text_invalid": "文字含有控制字符 / The text holds control characters",
    "text_too_long": f"理由最多 {REASON_LIMIT} 字 / At most {REASON_LIMIT} characters",
    "station_unknown": "没有这个网点 / There is no such station",
    "not_a_house": "提现只能由一级网点申请 / Only a level-1 station has a balance to be paid out",
    "month_invalid": "请填写月份,如 2026-05 / A month, such as 2026-05",
    "month_open": "该月尚未结束 / The month is not over yet",
    "month_ahead": "该月尚未开始 / The month has not begun",
    "month_closed": "该月已关账,请填写变更单 / The month is closed: use a change form",
    "closed_already": "该月已关账 / The month is closed already",
    "month_not_closed": "该月未关账,请用调整单 / The month is open: use an adjustment",
    "month_not_settled": "该月尚未结算,不能关账 / The month is not settled yet",
    "earlier_month_open": "须按月份顺序关账,请先关更早的月份 / Months close in order: an earlier one is open",
    "settle_first": "有差额未结算,请先再次结算 / There are differences: settle them first",
    "nothing_to_settle": "没有差额,无需再次结算 / Nothing has changed since it was settled",
    "posting_unknown": "账本中没有这笔分录 / There is no posting of this key",
    "posting_elsewhere": "该分录不属于这个网点和月份 / That posting is of another station or month",
    "credit_too_small": "余额不足 / The credit balance is smaller",
    "not_payable": "余额未超过提现起点 / The credit is not above what can be paid out",
    "four_eyes": "申请人不能审批自己的申请,须由另一人审批 / The maker may not decide; somebody else does",
    "own_station": "不能处理自己网点的款项 / Nobody decides about his own station",
    "not_maker": "只有申请人能撤回 / Only the maker can withdraw it",
    "request_unknown": "没有这个申请 / There is no such request",
    "request_decided": "该申请已有结论 / This request is decided already",
    "already_asked": "该月已有待审批的结算或关账申请 / A settlement or closing of this month waits already",
    "version_conflict": "内容已与您看到的不同,请刷新后核对 / It is not what you have seen; reload and look again",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks for. `amount_fen` of FORMS: + the station owes more. `key`: of the form, so that one sent
    twice asks once. `about`: the key of a posting concerned. `seen`: of a settlement or closing the digest of the
    dry run that its maker has read."""

    kind: str
    key: str
    reason: str
    station: str = ""
    amount_fen: int = 0
    month: str = ""
    about: str = ""
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """How the ledger stands for the station of a request: `house` None for an unknown station; `balance_fen` > 0: the
    house owes. `posting`: the one concerned, as (month, happened_at, accounts); None: there is none of this key.
    `first_month`: of the first order or posting."""

    house: str | None
    level: int = 1
    balance_fen: int = 0
    closed: Collection[str] = ()
    posting: tuple[str, datetime, Collection[str]] | None = None
    first_month: str = ""


def refuse(code: str, field: str | None = None, detail: str = "") -> Refusal:
    """A refusal of `TEXTS`; `detail` stands behind its words."""
    return Refusal(code, TEXTS[code] + (f": {detail}" if detail else ""), field)


def fen(typed: str) -> int | Refusal:
    """Yuan as a person types them, without a sign, in fen (RELIABILITY D13, B-104)."""
    try:
        amount = positive_decimal(typed) * 100
    except TextError:
        return refuse("amount_invalid", "amount")
    if amount != int(amount):
        return refuse("amount_invalid", "amount")
    return refuse("amount_too_large", "amount") if amount > MOST_FEN else int(amount)


def signed_fen(kind: str, direction: str, amount: int) -> int:
    """+ the station owes more: a pay-out takes its credit away, goodwill is always a credit."""
    if kind == PAYOUT:
        return amount
    return -amount if kind == GOODWILL or direction == "credit" else amount


def is_month(month: str) -> bool:
    """Whether there is such a month, `2026-05`."""
    try:
        month_bounds(month)
    except ValueError:
        return False
    return True


def has_rules(month: str, book: Book) -> bool:
    """Whether there is such a month, and an edition for it."""
    return is_month(month) and month >= month_of(midnight(book.editions[0].effective))


def next_to_close(closed: Collection[str], first: str | None) -> str | None:
    """Months close in order: the one after the last closed one, or the first of all; None before there is any."""
    return month_of(month_bounds(max(closed))[1]) if closed else first


def is_over(month: str, now: datetime) -> bool:
    """B-105: a running or coming month is neither settled nor closed."""
    return now >= month_bounds(month)[1]


def settle_until(month: str, book: Book) -> datetime:
    """DAY-1: the first instant at which it is too late to settle a month: the end of the 5th of the next."""
    following = day_of(month_bounds(month)[1])
    day = book.edition_on(following).settled_by
    return midnight(following.replace(day=day)) + timedelta(days=1)


def refuse_reason(reason: str) -> Refusal | None:
    """ROLE-3: a reason that somebody can read."""
    try:
        clean(reason, REASON_LIMIT)
    except TextError as error:
        return refuse(error.code, "reason")
    return refuse("reason_required", "reason") if is_blank(reason) else None


def refuse_asked(asked: Asked, account: Account, book: Book, now: datetime) -> Refusal | None:
    """Why one of FORMS cannot be asked for as things stand, the first reason; None: it can."""
    if asked.kind not in FORMS:
        return refuse("kind_unknown", "kind")
    if not (0 < abs(asked.amount_fen) <= MOST_FEN):
        return refuse("amount_too_large" if asked.amount_fen else "amount_invalid", "amount")
    if asked.kind in (PAYOUT, GOODWILL) and (asked.amount_fen > 0) != (asked.kind == PAYOUT):
        return refuse("amount_invalid", "amount")
    if account.house is None:
        return refuse("station_unknown", "station")
    if asked.kind == PAYOUT and account.level != 1:
        return refuse("not_a_house", "station")
    return (
        refuse_reason(asked.reason)
        or _refuse_month(asked, account, now)
        or refuse_payout(asked.kind, asked.amount_fen, account.balance_fen, book.at(now).payout_above)
    )


def _refuse_month(asked: Asked, account: Account, now: datetime) -> Refusal | None:
    if asked.kind == CHANGE:
        return _refuse_change(asked, account)
    if asked.kind == PAYOUT or not asked.month:
        return None if not asked.month else refuse("month_invalid", "month")
    if not is_month(asked.month):
        return refuse("month_invalid", "month")
    if now < month_bounds(asked.month)[0]:
        return refuse("month_ahead", "month")
    if is_closed(asked.month, account.closed):
        return refuse("month_closed", "month")
    # Else the months from there on would all have to be settled and closed.
    return refuse("month_invalid", "month") if asked.month < (account.first_month or month_of(now)) else None


def _refuse_change(asked: Asked, account: Account) -> Refusal | None:
    if not is_month(asked.month):
        return refuse("month_invalid", "month")
    if not is_closed(asked.month, account.closed):
        return refuse("month_not_closed", "month")
    if account.posting is None:
        return refuse("posting_unknown", "about")
    month, _, accounts = account.posting
    return None if month == asked.month and account.house in accounts else refuse("posting_elsewhere", "about")


def refuse_payout(kind: str, amount_fen: int, balance_fen: int, above_fen: int) -> Refusal | None:
    """A pay-out needs a credit above the edition's sum (at it is not above it), and takes no more than the credit.
    While it waits it reserves nothing: it is judged again when it is approved."""
    if kind != PAYOUT:
        return None
    if -balance_fen <= above_fen:
        return refuse("not_payable", "amount")
    return refuse("credit_too_small", "amount") if amount_fen > -balance_fen else None


def refuse_month(month: str, book: Book, now: datetime) -> Refusal | None:
    """B-105: only a month that is over can be settled and closed."""
    if not has_rules(month, book):
        return refuse("month_invalid", "month")
    return None if is_over(month, now) else refuse("month_open", "month")


def refuse_close(settled: int, closed: bool, earlier_open: bool) -> Refusal | None:
    """A month is closed once, after all before it, and after it was settled: what comes later is booked into the
    current month."""
    if closed:
        return refuse("closed_already", "month")
    if earlier_open:
        return refuse("earlier_month_open", "month")
    return None if settled else refuse("month_not_settled", "month")


def digest_of(
    kind: str, station: str | None, amount_fen: int | None, month: str | None, about: str, reason: str,
    content: Mapping[str, Any], maker: str,
) -> str:  # fmt: skip
    """SHA-256 over all that a checker decides about (B-103)."""
    parts = [kind, station, amount_fen, month, about, reason, content, maker]
    return sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def posting(request: Any, house: str, happened_at: datetime, edition: str) -> Posting:
    """What an approved one of FORMS posts; `request` is its row. The reason stays with the request: no free text goes
    into the ledger, but the digest of all that was signed, which the chain then holds."""
    other = CLEARING if request.kind == PAYOUT else ADJUSTMENTS
    lines = ((house, request.amount_fen), (other, -request.amount_fen))
    key = f"request:{request.id}"
    month, why = request.month or month_of(happened_at), f"sha256:{request.digest}"
    return Posting(
        key, happened_at, request.station, "", RULE, edition, lines, month=month, why=why, request_id=request.id
    )
