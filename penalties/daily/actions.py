"""Writes down where the chain ended on a day, and tells headquarters and finance (RELIABILITY D7)."""

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from basics.days import midnight
from notify.actions import notify
from notify.messages import FINANCE, HQ, Message
from penalties.booking.actions import LOCK
from penalties.daily.queries import report
from penalties.ledger_text import Daily, daily_lines
from storage.locks import lock_names
from storage.sql import insert_ignore
from storage.tables.penalties import ledger_heads

LINK = "/inbox"
STILL_TOLD = timedelta(days=8)


def write_down(conn: Connection, day: date, now: datetime) -> Daily:
    """The report of a day that is over, with the head that is now kept in three places: here, in the messages, which
    leave the house by e-mail, and by the caller in the file of heads. Again changes nothing. A day long past is told to
    nobody: the heads after it vouch for it."""
    lock_names(conn, [LOCK])  # whoever books now is in the report, or books after this day
    daily = report(conn, day)
    row = {"day": day.isoformat(), "seq": daily.seq, "chain": daily.chain, "written_at": now}
    insert_ignore(conn, ledger_heads, [row], ["day"])
    if midnight(day) < now - STILL_TOLD:
        return daily
    subject = f"账本日报 / daily ledger report {day}: {daily.seq}:{daily.chain[:16]}"
    text = "\n".join(daily_lines(daily))
    notify(conn, [Message(f"ledger:{to}:{day}", (to, ""), "ledger", subject, text, LINK) for to in (FINANCE, HQ)], now)
    return daily
