"""I-14, I-15: every posting has its cause; what people asked for was signed by two (ROLE-3)."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from basics.days import month_of
from verify.finding import Finding, differs
from verify.ledger import FINE, REVERSED, Lines, PostingRow

_KEYS = {
    "fine": re.compile(r"fine:[^/]+/.+:\d+:[A-Z-]+(:reversed)?", re.DOTALL),
    "settle": re.compile(r"settle:(?P<month>\d{4}-\d{2}):(?P<station>.+):(?P<kind>reward|refund_1|refund_2):\d+"),
    "request": re.compile(r"request:(?P<id>\d+)"),
}
_FORMS = ("adjustment", "goodwill", "payout", "change")  # requests that post; the others settle or close a month
_OTHER_SIDE = {"payout": "clearing", "reward": "rewards", "refund_1": "refunds", "refund_2": "refunds"}
_RULES = {"reward": "REWARD-1", "refund_1": "REFUND-1", "refund_2": "REFUND-1"}


class CausedRow(PostingRow, Protocol):
    """A posting beside its violation, its approved request and its line of a settlement, as far as there are any."""

    seq: int
    month: str
    recorded_at: datetime
    why: str
    request_id: int | None
    r_kind: str | None
    r_state: str | None
    r_maker: str
    r_checker: str | None
    r_month: str | None
    r_station: str | None
    r_amount: int | None
    r_house: str | None
    r_decided_at: datetime | None
    r_digest: str | None
    i_station: str | None
    i_kind: str
    i_amount: int
    i_why: str
    s_month: str
    s_settled_at: datetime


def cause_findings(posting: CausedRow, lines: Lines, editions: Collection[str]) -> Iterator[Finding]:
    """The first thing that is wrong with a posting's cause."""
    problem = None if posting.edition in editions else f"没有这个规则版本 / no such edition: {posting.edition}"
    if problem := problem or _cause(posting, lines):
        yield Finding("I-15", "postings", f"{posting.seq} ({posting.key})", problem)


def _cause(posting: CausedRow, lines: Lines) -> str | None:
    name = posting.key.partition(":")[0]
    found = _KEYS[name].fullmatch(posting.key) if name in _KEYS else None
    if found is None:
        return "键的形式不明 / its key has no known form"
    causes = {
        "fine": posting.violation_id is not None,
        "settle": posting.i_station is not None,
        "request": posting.request_id is not None and name != "settle",
    }
    if [cause for cause, there in causes.items() if there] != [name]:
        return "没有入账依据，或依据与键不符 / no cause, or another than its key says"
    if (unsigned := _unsigned(posting)) is not None:
        return unsigned
    if name == "settle":
        return _settled(posting, found, dict(lines))
    return _asked(posting, found, dict(lines)) if name == "request" else None


def _unsigned(posting: CausedRow) -> str | None:
    if posting.request_id is None:
        return None
    if posting.r_kind is None:
        return f"没有申请 {posting.request_id} / there is no such request"
    if posting.r_state != "approved" or posting.r_checker is None:
        return f"申请 {posting.request_id} 未获批准 / request not approved: {posting.r_state}"
    return same_hand(posting.r_maker, posting.r_checker)


def same_hand(maker: str, checker: str) -> str | None:
    """ROLE-3: what is wrong when one person signed twice. By the account's number, which stands behind the name: a
    name may change between two signatures."""
    if maker.rpartition("#")[2] == checker.rpartition("#")[2]:
        return f"制单人与复核人相同 / maker and checker are one: {maker}"
    return None


def _settled(posting: CausedRow, key: re.Match[str], lines: Mapping[str, Any]) -> str | None:
    """SETTLE-1: what the settlement's own line says."""
    named = (posting.s_month, posting.i_station, posting.i_kind)
    if named != (key["month"], key["station"], key["kind"]):
        return differs("结算 / settlement", ":".join(map(str, named)), posting.key)
    if posting.r_kind is not None and (posting.r_kind, posting.r_month) != ("settlement", posting.s_month):
        return differs("申请 / request", f"{posting.r_kind} {posting.r_month}", f"settlement {posting.s_month}")
    expected = {posting.i_station: -posting.i_amount, _OTHER_SIDE[posting.i_kind]: posting.i_amount}
    if lines != expected:
        return differs("分录 / lines", dict(lines), expected)
    if (posting.rule, posting.why, posting.station) != (_RULES[posting.i_kind], posting.i_why, posting.i_station):
        return differs("依据 / rule, station, reason", f"{posting.rule} {posting.station} {posting.why}", posting.i_why)
    return None if posting.i_why else "没有理由 / without a reason (SETTLE-1)"


def _asked(posting: CausedRow, key: re.Match[str], lines: Mapping[str, Any]) -> str | None:
    if int(key["id"]) != posting.request_id or posting.r_kind not in _FORMS:
        return differs("申请 / request", f"{posting.request_id} {posting.r_kind}", posting.key)
    amount, other = posting.r_amount or 0, _OTHER_SIDE.get(posting.r_kind, "adjustments")
    expected = {posting.r_house: amount, other: -amount}
    if lines != expected:
        return differs("分录 / lines", dict(lines), expected)
    if (posting.station, posting.rule) != (posting.r_station, "ROLE-3"):
        return differs("网点 / station and rule", f"{posting.station} {posting.rule}", f"{posting.r_station} ROLE-3")
    if posting.why != f"sha256:{posting.r_digest}":
        return differs("申请摘要 / digest of the request", posting.why, f"sha256:{posting.r_digest}")
    # A change is dated as what it changes.
    if posting.r_kind != "change" and posting.happened_at != posting.r_decided_at:
        return differs("happened_at", posting.happened_at, posting.r_decided_at)
    return None


def month_findings(posting: CausedRow, own: str, closed: Mapping[str, datetime]) -> Iterator[Finding]:
    """A posting is booked in its own month, or, when that was closed by then, in the month it was recorded in; into a
    closed month nothing is booked. Months close in order: with one all before it."""
    problem = None
    if (until := _closed_at(posting.month, closed)) is not None and posting.recorded_at > until:
        problem = f"关账后记入 {posting.month} / booked into a month after it was closed"
    elif posting.month != own:
        late = _closed_at(own, closed)
        if late is None or posting.recorded_at < late or posting.month != month_of(posting.recorded_at):
            problem = differs("month", posting.month, own)
    if problem:
        yield Finding("I-15", "postings", f"{posting.seq} ({posting.key})", problem)


def _closed_at(month: str, closed: Mapping[str, datetime]) -> datetime | None:
    """When the month itself was closed, else when the first later one was."""
    return closed.get(month) or min((at for later, at in closed.items() if later > month), default=None)


def own_month(posting: CausedRow) -> str | None:
    """The month that it concerns; None for a reversal, whose fine says it, and for what has no cause."""
    if posting.i_station is not None:
        return posting.s_month
    if posting.r_kind in _FORMS:
        return posting.r_month or month_of(posting.happened_at)
    return None if posting.key.endswith(REVERSED) else month_of(posting.happened_at)


def reversal_findings(
    postings: Sequence[CausedRow], lines: Mapping[int, Lines], closed: Mapping[str, datetime]
) -> Iterator[Finding]:
    """The postings of one violation: one fine, at most one reversal, after it, equal and opposite, in its month."""
    fines = [one for one in postings if one.key.startswith(FINE) and not one.key.endswith(REVERSED)]
    backs = [one for one in postings if one.key.endswith(REVERSED)]
    for extra in (*fines[1:], *backs[1:]):
        yield _i_14(extra, "同一违规重复入账 / posted more than once for one violation")
    for back in backs[:1]:
        if not fines:
            yield _i_14(back, "冲正没有对应的罚款 / a reversal without its fine")
            continue
        fine = fines[0]
        if back.seq < fine.seq:
            yield _i_14(back, f"冲正早于罚款 {fine.seq} / a reversal before its fine")
        if not _opposite(lines.get(back.id, ()), lines.get(fine.id, ())):
            yield _i_14(back, f"与罚款 {fine.seq} 不相反 / not equal and opposite to its fine")
        yield from month_findings(back, fine.month, closed)


def _opposite(some: Lines, others: Lines) -> bool:
    """SQLite stores whatever it is given, so an amount may be no number (I-12 says so)."""
    amounts = {account: fen for account, fen in others if isinstance(fen, int)}
    return dict(some) == {account: -fen for account, fen in amounts.items()}


def _i_14(posting: CausedRow, message: str) -> Finding:
    return Finding("I-14", "postings", f"{posting.seq} ({posting.key})", message)
