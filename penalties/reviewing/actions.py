"""Decisions of the review desk, and second looks (VIO-4). Locks, reads, decides, writes; never commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from basics.refusal import Refusal
from basics.words import CaseState
from editions.rules import same_person, signed
from penalties.actions import Change, change, lock
from penalties.hiding.queries import masked
from penalties.lifecycle import CONFIRM, DISMISS
from penalties.requests.queries import own_codes
from penalties.reviewing.sample import sampled
from people.access import Actor
from storage.sql import among, insert_ignore
from storage.tables import penalties as t
from storage.tables.sla import violations

SHORTEST_REASON, LONGEST_REASON = 2, 500
DECISIONS = (CONFIRM, DISMISS)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`act` is CONFIRM or DISMISS. `cause`: the common one under which many are decided as one."""

    violation_id: int
    act: str
    reason: str
    cause: str = ""


def decide(
    conn: Connection, verdicts: Sequence[Verdict], by: Actor, percent: int, now: datetime
) -> list[Refusal | None]:
    """An answer for each: `own_station` (APPEAL-2), `reason_needed`, `no_open_suspicion` when it is decided already.

    Of what was decided `percent` in a hundred wait for a second look.
    """
    lock(conn, sorted({one.violation_id for one in verdicts}))
    own = _own(conn, by, [one.violation_id for one in verdicts])
    refused = [_refusal(one, own) for one in verdicts]
    wanted = [one for one, refusal in zip(verdicts, refused, strict=True) if refusal is None]
    changes = [Change(one.violation_id, one.act, now, by.name, one.reason, one.cause) for one in wanted]
    answers = change(conn, changes, now)
    rows = [
        {
            "violation_id": one.violation_id, "sampled_at": now, "first_by": signed(by.name, by.user_id),
            "first_decision": one.act, "reason": "",
        }
        for one, answer in zip(wanted, answers, strict=True)
        if answer is None and sampled(one.violation_id, percent)
    ]  # fmt: skip
    insert_ignore(conn, t.second_reviews, rows, ["violation_id"])
    told = iter(answers)
    return [refusal or next(told) for refusal in refused]


def second(conn: Connection, violation_id: int, decision: str, reason: str, by: Actor, now: datetime) -> Refusal | None:
    """A second look: kept once, changes nothing. Refused: `not_sampled`, `own_decision`, `own_station`,
    `reason_needed`, `second_done`, `case_moved` (news or an appeal has changed the case since)."""
    lock(conn, [violation_id])
    s, v = t.second_reviews.c, violations.c
    query = (
        select(s.first_by, s.decided_at, v.station, v.house, t.cases.c.state)
        .join(violations, v.id == s.violation_id)
        .join(t.cases, t.cases.c.violation_id == s.violation_id)
        .where(s.violation_id == violation_id)
    )
    row, me = conn.execute(query).one_or_none(), signed(by.name, by.user_id)
    if row is None:
        return Refusal("not_sampled", "此案未抽中复核 / not in the sample")
    if same_person(row.first_by, me):
        return Refusal("own_decision", "不能复核自己的决定 / your own decision")
    if own_codes(conn, by) & {row.station, row.house}:
        return _own_station()
    if row.decided_at is not None:
        return Refusal("second_done", "已由他人复核 / reviewed already")
    if row.state not in (CaseState.CONFIRMED, CaseState.DISMISSED):
        return Refusal("case_moved", "案情已变化,不再复核 / the case has moved on")
    if decision not in DECISIONS or not _says_why(reason):
        return _reason_needed()
    reason = masked(conn, [(violation_id, reason)])[reason]
    done = update(t.second_reviews).where(s.violation_id == violation_id, s.decided_at.is_(None))
    conn.execute(done.values(second_by=me, second_decision=decision, reason=reason, decided_at=now))
    return None


def _refusal(one: Verdict, own: set[int]) -> Refusal | None:
    if one.violation_id in own:
        return _own_station()
    return None if one.act in DECISIONS and _says_why(one.reason) else _reason_needed()


def _says_why(reason: str) -> bool:
    return len(reason.strip()) >= SHORTEST_REASON and len(reason) <= LONGEST_REASON


def _own_station() -> Refusal:
    return Refusal("own_station", "不能处理本人所属网点的案件 / nobody decides about his own station")


def _reason_needed() -> Refusal:
    return Refusal("reason_needed", f"理由至少 {SHORTEST_REASON} 个字 / a reason is needed", "reason")


def _own(conn: Connection, by: Actor, ids: Sequence[int]) -> set[int]:
    """APPEAL-2: those of the actor's own station, of its house, or of an area of that house."""
    own = own_codes(conn, by)
    if not own:
        return set()
    v = violations.c
    rows = conn.execute(select(v.id, v.station, v.house).where(among(conn, v.id, ids)))
    return {row.id for row in rows if own & {row.station, row.house}}
