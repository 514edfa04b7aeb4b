"""Lets go attempts to log in when the security log may forget them (RELIABILITY 11.2)."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete

from storage.tables.people import login_attempts, second_factor_attempts

ATTEMPTS = timedelta(days=190)  # six months at least; throttles look back a day


def forget_attempts(conn: Connection, now: datetime) -> None:
    """Logins and addresses of who tried."""
    for table in (login_attempts, second_factor_attempts):
        conn.execute(delete(table).where(table.c.attempted_at < now - ATTEMPTS))
