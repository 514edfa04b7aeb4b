"""Enters appeals and decides them (APPEAL-1..3). Locks the cases, reads, judges, writes; never commits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from basics.refusal import Refusal
from penalties import actions as cases
from penalties.appealing.queries import silent, standings
from penalties.appeals import (
    HQ,
    OVERTURN,
    PROVINCE,
    AppealState,
    FileGiven,
    Stage,
    Standing,
    decided,
    own_name,
    passed_on,
    province_until,
    refuse,
    why_not,
)
from penalties.silence.actions import end_silence, open_at_hq
from rulebook.book import Book
from storage.sql import among
from storage.tables import penalties as t

Key = tuple[int, str]  # violation and stage: of what there is one appeal
AT_ONCE = 2_000
a = t.appeals.c


@dataclass(frozen=True, slots=True)
class Asked:
    """One appeal. `to`: PROVINCE or HQ. `by_mail`: province or HQ enters a letter; then `received_at`, when that came,
    decides whether it was in time, and a file is needed. Of what a station enters itself it is when that began to come:
    what came with it may have taken long."""

    violation_id: int
    to: str
    text: str
    by: str
    received_at: datetime
    by_mail: bool = False
    files: Sequence[FileGiven] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision on an open appeal: `stage` PROVINCE or HQ, `decision` OVERTURN, UPHOLD or PASS_ON."""

    violation_id: int
    stage: str
    decision: str
    reason: str
    by: str
    files: Sequence[FileGiven] = ()


def appeal(conn: Connection, asked: Sequence[Asked], book: Book, now: datetime) -> list[Refusal | int]:
    """The id of each appeal, or why it is refused: not_confirmed, not_published, appeal_period_over, already_appealed,
    province_first, by mail file_required and received_ahead."""
    found = _held(conn, [one.violation_id for one in asked], now)
    answers: list[Refusal | Key] = []
    rows: dict[Key, dict[str, Any]] = {}
    for one in asked:
        standing, key = found[one.violation_id], (one.violation_id, one.to)
        at = min(one.received_at, now)
        refusal = _by_mail(one, now) or why_not(standing, one.to, at, book)
        if refusal is None:
            rows[key] = _row(one, standing, at, book, now)
            stage = Stage(AppealState.OPEN, at, rows[key]["due_at"])
            found[one.violation_id] = standing.reached(one.to, stage)
        answers.append(refusal or key)
    if rows:
        conn.execute(t.appeals.insert(), list(rows.values()))
    ids = _ids(conn, rows)
    entered = zip(asked, answers, strict=True)
    _keep(conn, ((ids[key], one.files, one.by) for one, key in entered if isinstance(key, tuple)), now)
    return [ids[one] if isinstance(one, tuple) else one for one in answers]


def decide(conn: Connection, wanted: Sequence[Decided], book: Book, now: datetime) -> list[Refusal | None]:
    """Decide each; `no_open_appeal` when it is not open at that stage, `not_allowed_in_state` for HQ passing on. A fine
    that falls is reversed (APPEAL-3).

    Nobody decides about his own station: that is asked where the person is known (own_codes of penalties.requests).
    """
    found = _held(conn, [one.violation_id for one in wanted], now)
    answers: list[Refusal | None] = []
    done: list[tuple[Decided, AppealState]] = []
    for one in wanted:
        after = decided(found[one.violation_id], one.stage, one.decision)
        if not isinstance(after, Refusal):
            done.append((one, after))
            found[one.violation_id] = _after(found[one.violation_id], one.stage, after, now)
        answers.append(after if isinstance(after, Refusal) else None)
    _close(conn, [(one, after) for one, after in done if one.stage == PROVINCE], now)
    open_at_hq(conn, [one.violation_id for one, after in done if after is AppealState.PASSED_ON], now)
    _close(conn, [(one, after) for one, after in done if one.stage == HQ], now)
    ids = _ids(conn, {(one.violation_id, one.stage) for one, _ in done if one.files})
    _keep(conn, ((ids[one.violation_id, one.stage], one.files, one.by) for one, _ in done if one.files), now)
    fallen = [one for one, after in done if after is AppealState.OVERTURNED]
    changes = [cases.Change(one.violation_id, OVERTURN, now, one.by, one.reason) for one in fallen]
    if any(cases.change(conn, changes, now)):
        raise ValueError("an open appeal against a violation that is not confirmed")
    return answers


def pass_on_due(conn: Connection, now: datetime) -> int:
    """Pass on what provinces were silent about until the end of their period. How many, at most AT_ONCE."""
    due = sorted(silent(conn, now, AT_ONCE))
    cases.lock(conn, due)
    end_silence(conn, dict.fromkeys(due, now), now)  # but what was decided while we waited
    return len(due)


def _held(conn: Connection, violation_ids: Iterable[int], now: datetime) -> dict[int, Standing]:
    """How they stand, their cases locked: of two appeals, or two decisions, at once the second sees the first."""
    ids = sorted(set(violation_ids))
    cases.lock(conn, ids)
    end_silence(conn, dict.fromkeys(ids, now), now)
    return standings(conn, ids, now)


def _by_mail(one: Asked, now: datetime) -> Refusal | None:
    if not one.by_mail:
        return None
    if one.received_at > now:
        return refuse("received_ahead", "received_at")
    return None if one.files else refuse("file_required", "files")


def _row(one: Asked, standing: Standing, at: datetime, book: Book, now: datetime) -> dict[str, Any]:
    published = standing.published_at
    due = province_until(published, now, book) if one.to == PROVINCE and published is not None else None
    return {
        "violation_id": one.violation_id, "stage": one.to, "state": AppealState.OPEN, "station": standing.station,
        "province": standing.province, "opened_at": at, "recorded_at": now, "due_at": due, "text": one.text,
        "by": one.by, "by_mail": one.by_mail, "closed_by": "", "reason": "",
    }  # fmt: skip


def _after(standing: Standing, stage: str, after: AppealState, now: datetime) -> Standing:
    if after is AppealState.PASSED_ON:
        return passed_on(standing, now)
    return standing.reached(stage, Stage(after, now, closed_at=now))


def _close(conn: Connection, done: Sequence[tuple[Decided, AppealState]], now: datetime) -> None:
    """One upheld or passed on; one overturned is closed by its case (penalties/actions.py)."""
    rows = [
        {"_id": one.violation_id, "_stage": one.stage, "_state": after, "_by": one.by, "_why": one.reason}
        for one, after in done
        if after is not AppealState.OVERTURNED
    ]
    if rows:
        conn.execute(
            update(t.appeals)
            .where(a.violation_id == bindparam("_id"), a.stage == bindparam("_stage"), a.state == AppealState.OPEN)
            .values(state=bindparam("_state"), closed_at=now, closed_by=bindparam("_by"), reason=bindparam("_why")),
            rows,
        )


def _ids(conn: Connection, keys: Iterable[Key]) -> dict[Key, int]:
    wanted = set(keys)
    if not wanted:
        return {}
    query = select(a.id, a.violation_id, a.stage).where(among(conn, a.violation_id, {one for one, _ in wanted}))
    return {(row.violation_id, row.stage): row.id for row in conn.execute(query)}


def _keep(conn: Connection, given: Iterable[tuple[int, Sequence[FileGiven], str]], now: datetime) -> None:
    """Files of these appeals, numbered after those that each has."""
    files = [(appeal_id, one, by) for appeal_id, some, by in given for one in some]
    if not files:
        return
    f = t.appeal_files.c
    query = select(f.appeal_id, func.count()).where(among(conn, f.appeal_id, {one for one, _, _ in files}))
    numbers = {row[0]: row[1] for row in conn.execute(query.group_by(f.appeal_id))}
    rows = []
    for appeal_id, one, by in files:
        numbers[appeal_id] = number = numbers.get(appeal_id, 0) + 1
        rows.append({
            "appeal_id": appeal_id, "own_name": own_name(appeal_id, number, one.content), "name": one.name,
            "media_type": one.media_type, "size": len(one.content), "sha256": sha256(one.content).hexdigest(),
            "content": one.content, "by": by, "added_at": now,
        })  # fmt: skip
    conn.execute(t.appeal_files.insert(), rows)
