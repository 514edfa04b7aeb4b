"""I-14: a case is what its log says (VIO-4): its state, its steps, and who decided it when and why."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from basics.words import CaseState
from verify.finding import Finding, differs

_STEPS = frozenset(
    {
        ("suspected", "confirmed"), ("suspected", "dismissed"), ("suspected", "cleared"),
        ("confirmed", "overturned"), ("cleared", "suspected"),
    }
)  # fmt: skip


class StepRow(Protocol):
    """What is read of `case_log`."""

    step: int
    at: datetime
    by: str
    from_state: str
    to_state: str
    reason: str


class DecidedRow(Protocol):
    """What is read of a violation and its case; `state` None where the case is missing."""

    id: int
    state: str | None
    steps: int | None
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None


def fold_findings(case: DecidedRow, log: Sequence[StepRow], reversed_at: datetime | None) -> Iterator[Finding]:
    """The first difference between a case and its log, by the numbers of its steps. `reversed_at`: the date of the
    reversal, which is that of the decision (APPEAL-3)."""
    problem = None if case.state is None else _path(log) or _end(case, log)
    if problem is None and reversed_at is not None and log and log[-1].at != reversed_at:
        problem = differs("冲正日期 / date of the reversal", reversed_at, log[-1].at)
    if problem:
        yield Finding("I-14", "cases", f"{case.id} ({case.state})", problem)


def _path(log: Sequence[StepRow]) -> str | None:
    before = CaseState.SUSPECTED.value
    for number, row in enumerate(log, 1):
        if row.step != number or row.from_state != before or (before, row.to_state) not in _STEPS:
            return f"记录第 {number} 步不符 / step {number} of its log: {row.step} {row.from_state} -> {row.to_state}"
        before = row.to_state
    return None


def _end(case: DecidedRow, log: Sequence[StepRow]) -> str | None:
    last = log[-1] if log else None
    due = {
        "state": last.to_state if last else CaseState.SUSPECTED.value, "steps": len(log),
        "decided_at": last.at if last else None, "decided_by": last.by if last else None,
        "reason": last.reason if last else None,
    }  # fmt: skip
    return next(
        (differs(name, getattr(case, name), value) for name, value in due.items() if getattr(case, name) != value), None
    )
