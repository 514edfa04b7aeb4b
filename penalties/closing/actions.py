"""Closes a month of the ledger (LEDGER-1, ROLE-3): what concerns it later is booked into the month that runs."""

from datetime import datetime

from sqlalchemy import Connection, exists, select

from basics.days import month_bounds
from basics.refusal import Refusal
from penalties.booking.actions import LOCK
from penalties.booking.queries import head
from storage.locks import lock_names
from storage.sql import insert_ignore
from storage.tables import penalties as t


def close(conn: Connection, month: str, request_id: int, now: datetime) -> Refusal | None:
    """Close `2026-05`, which is over and was settled at least once, by an approved request.

    Whether settling it again would change anything is for the people to see who ask and approve. ValueError when there
    is no such month. Refusals: `month_not_over`, `month_not_settled`, `month_closed`.
    """
    if month_bounds(month)[1] > now:
        return Refusal("month_not_over", f"{month} 尚未结束 / the month is not over", "month")
    lock_names(conn, [LOCK])  # nobody is booking into it meanwhile
    if not conn.scalar(select(exists().where(t.settlements.c.month == month))):
        return Refusal("month_not_settled", f"{month} 尚未结算 / the month was not settled", "month")
    last = head(conn).recorded_at or now
    row = {"month": month, "closed_at": max(now, last), "request_id": request_id}
    if not insert_ignore(conn, t.closed_months, [row], ["month"], ["month"]):
        return Refusal("month_closed", f"{month} 已经关账 / the month is closed already", "month")
    return None
