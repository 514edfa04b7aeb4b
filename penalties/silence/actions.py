"""Passes appeals on to HQ: those a province was silent about, and those it passed on itself (APPEAL-2)."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, literal, select, update

from penalties.appeals import HQ, PROVINCE, SYSTEM, AppealState
from storage.sql import among, insert_from
from storage.tables.penalties import appeals

a = appeals.c
SILENT = "省平台逾期未处理,自动转总部 / the province was silent"


def end_silence(conn: Connection, by_then: Mapping[int, datetime], now: datetime) -> None:
    """Of these violations (-> as of when), whose cases the caller holds: what the province was silent about until the
    end of its period is closed at that end, and opens at HQ at that instant."""
    if not by_then:
        return
    query = select(a.id, a.violation_id, a.due_at).where(
        among(conn, a.violation_id, by_then), a.stage == PROVINCE, a.state == AppealState.OPEN
    )
    over = [{"_id": row.id} for row in conn.execute(query) if row.due_at <= by_then[row.violation_id]]
    if over:
        closed = {"closed_at": a.due_at, "closed_by": SYSTEM, "reason": SILENT}
        conn.execute(
            update(appeals).where(a.id == bindparam("_id")).values(state=AppealState.PASSED_ON, **closed), over
        )
    open_at_hq(conn, by_then, now)


def open_at_hq(conn: Connection, violation_ids: Collection[int], now: datetime) -> None:
    """A row at HQ for each of these that its province passed on, opened when that was closed."""
    instant = a.recorded_at.type
    row = {
        "violation_id": a.violation_id, "stage": literal(HQ), "state": literal(AppealState.OPEN.value),
        "station": a.station, "province": a.province, "opened_at": a.closed_at, "recorded_at": literal(now, instant),
        "text": a.text, "by": a.by, "by_mail": a.by_mail, "closed_by": literal(""), "reason": literal(""),
    }  # fmt: skip
    query = (
        select(*row.values())
        .where(among(conn, a.violation_id, violation_ids), a.stage == PROVINCE, a.state == AppealState.PASSED_ON)
        .order_by(a.violation_id)
    )
    insert_from(conn, appeals, list(row), query, ["violation_id", "stage"])
