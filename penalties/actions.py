"""Takes cases one step, with what their step posts (VIO-4, APPEAL-3). Locks, reads, decides, writes; never commits."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, bindparam, literal, select, update

from basics.refusal import Refusal
from basics.steps import step
from basics.words import CaseState
from penalties import lifecycle
from penalties.booking.actions import post
from penalties.hiding.queries import masked
from penalties.ledger import Posting, fine, fine_key, reversal
from penalties.queries import posting_of
from penalties.silence.actions import end_silence
from storage.sql import among, insert_from, insert_ignore
from storage.tables import penalties as t
from storage.tables.dispatch import orders
from storage.tables.sla import violations

Some = TypeVar("Some")
BY_PEOPLE = (lifecycle.CONFIRM, lifecycle.DISMISS, lifecycle.OVERTURN)
AT_ONCE = 2_000  # cases in one statement: a database takes only so many parameters


@dataclass(frozen=True, slots=True)
class Change:
    """One step of one case: `act` is a word of penalties/lifecycle.py, `at` the deciding instant. `cause`: the common
    one under which many are decided as one."""

    violation_id: int
    act: str
    at: datetime
    by: str
    reason: str
    cause: str = ""


def open_cases(conn: Connection, found: Iterable[tuple[int, str]], now: datetime) -> None:
    """A case *suspected* for each (violation id, region); a second call changes nothing."""
    rows = [
        {
            "violation_id": violation, "region": region, "state": CaseState.SUSPECTED, "opened_at": now,
            "changed_at": now, "steps": 0,
        }
        for violation, region in found
    ]  # fmt: skip
    insert_ignore(conn, t.cases, rows, ["violation_id"])


def open_cases_of(conn: Connection, order_ids: Sequence[int], now: datetime) -> None:
    """A case *suspected* for each violation of these orders that has none."""
    v, instant = violations.c, t.cases.c.opened_at.type
    row: dict[str, ColumnElement[Any]] = {
        "violation_id": v.id, "region": v.region, "state": literal(CaseState.SUSPECTED.value),
        "opened_at": literal(now, instant), "changed_at": literal(now, instant), "steps": literal(0),
    }  # fmt: skip
    query = select(*row.values()).where(among(conn, v.order_id, order_ids)).order_by(v.id)
    insert_from(conn, t.cases, list(row), query, ["violation_id"])


def change(conn: Connection, changes: Sequence[Change], now: datetime) -> list[Refusal | None]:
    """Take each case one step; a step that its table does not allow is refused `no_open_suspicion`.

    A confirmation posts the fine, a disproof of a confirmed one its reversal, each under the key of its cause.
    """
    lock(conn, sorted({one.violation_id for one in changes}))
    answers: list[Refusal | None] = []
    for some in _batches(_masked(conn, changes)):
        answers += _change(conn, some, now)
    return answers


def _masked(conn: Connection, changes: Sequence[Change]) -> Sequence[Change]:
    """What a person gives as a reason, without the customer (ROLE-2); news gives none of its own words."""
    said = [(one.violation_id, one.reason) for one in changes if one.act in BY_PEOPLE]
    if not said:
        return changes
    kept = masked(conn, said)
    return [replace(one, reason=kept[one.reason]) if one.act in BY_PEOPLE else one for one in changes]


def _batches(many: Sequence[Some]) -> Iterator[Sequence[Some]]:
    return (many[start : start + AT_ONCE] for start in range(0, len(many), AT_ONCE))


def _change(conn: Connection, changes: Sequence[Change], now: datetime) -> list[Refusal | None]:
    cases = _cases(conn, {one.violation_id for one in changes})
    answers: list[Refusal | None] = []
    log, postings, reversed_ids = [], [], {}
    for one in changes:
        case = cases.get(one.violation_id)
        before = CaseState(case["state"]) if case else None
        after = step(lifecycle.CASE, before, one.act) if before else None
        if case is None or before is None or after is None:
            answers.append(Refusal("no_open_suspicion", "没有待稽核的疑似违规 / no open suspicion"))
            continue
        case["state"], case["steps"] = after, case["steps"] + 1
        log.append(_log_row(one, before, after, case["steps"]))
        if after is CaseState.CONFIRMED:
            postings.append(_fine_of(case))
        if after is CaseState.OVERTURNED:
            reversed_ids[one.violation_id] = one.at
        answers.append(None)
    _write(conn, log, now)
    post(conn, postings, now)
    end_silence(conn, reversed_ids, now)  # what was over before the news is HQ's, whenever it is noticed
    _close_appeals(conn, [one for one in changes if one.violation_id in reversed_ids])
    fines = posting_of(conn, list(reversed_ids))
    post(conn, [reversal(fines[vid], at) for vid, at in reversed_ids.items()], now)
    return answers


def lock(conn: Connection, ids: Sequence[int]) -> None:
    """All cases, ascending, before the first fact is read: of two reviewers the second sees the first's verdict, and a
    statement that waited would still see the facts from before it waited."""
    c = t.cases.c
    for some in _batches(ids):
        query = select(c.violation_id).where(c.violation_id.in_(some)).order_by(c.violation_id)
        conn.execute(query.with_for_update())


def _cases(conn: Connection, ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Cases with what their fine needs."""
    v, o = violations.c, orders.c
    query = (
        select(
            t.cases.c.violation_id, t.cases.c.state, t.cases.c.steps, v.seq, v.kind, v.station, v.house,
            v.happened_at, v.edition,
            v.fine_fen, o.channel, o.logistics_no,
        )
        .join(violations, v.id == t.cases.c.violation_id)
        .join(orders, o.id == v.order_id)
        .where(t.cases.c.violation_id.in_(ids))
    )  # fmt: skip
    return {row.violation_id: dict(row._mapping) for row in conn.execute(query)}


def _log_row(one: Change, before: CaseState, after: CaseState, step: int) -> dict[str, Any]:
    return {
        "violation_id": one.violation_id,
        "step": step,
        "at": one.at,
        "by": one.by,
        "from_state": before.value,
        "to_state": after.value,
        "reason": one.reason,
        "cause": one.cause,
    }


def _write(conn: Connection, log: Sequence[Mapping[str, Any]], now: datetime) -> None:
    if not log:
        return
    conn.execute(t.case_log.insert(), list(log))
    last = {row["violation_id"]: row for row in log}
    conn.execute(
        update(t.cases)
        .where(t.cases.c.violation_id == bindparam("_id"))
        .values(
            state=bindparam("_state"), decided_at=bindparam("_at"), decided_by=bindparam("_by"),
            reason=bindparam("_reason"), steps=bindparam("_step"), changed_at=bindparam("_now"),
        ),
        [
            {"_id": vid, "_state": row["to_state"], "_at": row["at"], "_by": row["by"], "_reason": row["reason"],
             "_step": row["step"], "_now": now}
            for vid, row in last.items()
        ],
    )  # fmt: skip


def _close_appeals(conn: Connection, fallen: Sequence[Change]) -> None:
    """What was asked for has come about, by news or by a decision (APPEAL-3)."""
    by_case = {one.violation_id: one for one in fallen}
    a = t.appeals.c
    query = select(a.id, a.violation_id, a.opened_at).where(among(conn, a.violation_id, by_case), a.state == "open")
    rows = [
        # News may have read its clock before the job opened the stage at HQ.
        {"_id": row.id, "_at": max(one.at, row.opened_at), "_by": one.by, "_why": one.reason}
        for row in (conn.execute(query) if by_case else ())
        for one in (by_case[row.violation_id],)
    ]
    if rows:
        at, by, why = (bindparam(name) for name in ("_at", "_by", "_why"))  # type: ignore[var-annotated]
        after = {"state": "overturned", "closed_at": at, "closed_by": by, "reason": why}
        conn.execute(update(t.appeals).where(a.id == bindparam("_id")).values(after), rows)


def _fine_of(case: Mapping[str, Any]) -> Posting:
    return fine(
        fine_key(case["channel"], case["logistics_no"], case["seq"], case["kind"]),
        case["house"], case["station"], case["logistics_no"], case["kind"], case["fine_fen"], case["happened_at"],
        case["edition"], case["violation_id"],
    )  # fmt: skip
