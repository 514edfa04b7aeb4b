"""I-12 and part of I-14: postings balance, and fines are those of the cases (LEDGER-1, VIO-4, APPEAL-3)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Protocol

from basics.words import CaseState
from verify.finding import Finding, differs

Lines = Sequence[tuple[str, Any]]  # account, fen
FINE, REVERSED = "fine:", ":reversed"


class PostingRow(Protocol):
    """What is read of `postings`."""

    id: int
    key: str
    content_hash: str
    happened_at: datetime
    station: str
    logistics_no: str
    rule: str
    edition: str
    violation_id: int | None


class CaseRow(Protocol):
    """What is read of a violation, its order and its case; `state` None where the case is missing."""

    id: int
    state: str | None
    channel: str
    logistics_no: str
    seq: int
    kind: str
    station: str
    house: str
    happened_at: datetime
    edition: str
    fine_fen: int


def posting_findings(posting: PostingRow, lines: Lines) -> Iterator[Finding]:
    """A posting has lines of whole fen, none 0, that sum to 0, and is still what was posted."""
    problem = _unbalanced(lines)
    if problem is None and posting.content_hash != _hash(posting, lines):
        problem = "内容与入账时不同 / not what was posted: its content hash differs"
    if problem:
        yield Finding("I-12", "postings", f"{posting.id} ({posting.key})", problem)


def _unbalanced(lines: Lines) -> str | None:
    if not lines:
        return "没有分录 / no lines"
    for account, fen in lines:
        if type(fen) is not int or fen == 0:
            return f"{account}: {fen!r} 不是非零整数分 / is no whole number of fen but 0"
    total = sum(fen for _, fen in lines)
    return None if total == 0 else f"分录合计 {total} 分，应为 0 / its lines sum to {total} fen, not 0"


def _hash(posting: PostingRow, lines: Lines) -> str:
    """SHA-256 over all but the key, as the column is defined."""
    parts = [posting.happened_at.astimezone(UTC).isoformat(), posting.station, posting.logistics_no, posting.rule]
    parts += [posting.edition, *(f"{account}={fen}" for account, fen in sorted(lines))]
    return sha256("\n".join(parts).encode()).hexdigest()


def case_findings(case: CaseRow, postings: Sequence[PostingRow], lines: Mapping[int, Lines]) -> Iterator[Finding]:
    """A confirmed case has its one fine, an overturned one the fine and its exact reversal, any other none."""
    fine = f"{FINE}{case.channel}/{case.logistics_no}:{case.seq}:{case.kind}"
    debit = {case.house: case.fine_fen, "fines": -case.fine_fen}
    credit = {account: -fen for account, fen in debit.items()}
    expected = {
        CaseState.CONFIRMED.value: {fine: debit},
        CaseState.OVERTURNED.value: {fine: debit, fine + REVERSED: credit},
    }.get(case.state or "", {})
    found = {posting.key: posting for posting in postings if posting.key.startswith(FINE)}
    problem = _unlike(case, expected, found, lines)
    if problem:
        yield Finding("I-12", "cases", f"{case.id} ({fine.removeprefix(FINE)} {case.state})", problem)


def _unlike(
    case: CaseRow,
    expected: Mapping[str, Mapping[str, int]],
    found: Mapping[str, PostingRow],
    lines: Mapping[int, Lines],
) -> str | None:
    if case.state is None:
        return "违规没有案件 / a violation without its case"
    if absent := [key for key in expected if key not in found]:
        return f"缺少入账 / not posted: {absent[0]}"
    if extra := [key for key in found if key not in expected]:
        return f"多余的入账 / posted without reason: {extra[0]}"
    for key, amounts in expected.items():
        booked = dict(lines.get(found[key].id, ()))
        if booked != amounts:
            return differs(key, booked, dict(amounts))
        # A reversal is dated at the instant of its decision (APPEAL-3).
        names = ("station", "edition", "logistics_no", "rule", *(() if key.endswith(REVERSED) else ("happened_at",)))
        for name in names:
            due = case.kind if name == "rule" else getattr(case, name)
            if getattr(found[key], name) != due:
                return differs(f"{key} {name}", getattr(found[key], name), due)
    return None
