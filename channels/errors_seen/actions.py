"""Writes of the error log, and the switch that a person has over a channel's feedback."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from channels.outbox.actions import resume
from storage.tables.channels import channels, push_errors

KEPT_FOR, MOST_KEPT = timedelta(days=7), 1_000  # rows of a channel
CODE, FIELD, SOURCE, NUMBER, ANSWER = 64, 200, 64, 64, 4_096  # characters


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """A request that was refused before it reached the inbox. `request` is cut and holds no secret (see kept.py)."""

    channel: str
    at: datetime
    source: str
    code: str
    field: str | None
    status: int
    request_id: str
    logistics_no: str | None
    request: bytes
    answer: str


def keep_turned_away(conn: Connection, rows: Sequence[TurnedAway], now: datetime) -> None:
    """Append to the error log, and let go what is older than a week or more than a thousand of a channel."""
    if not rows:
        return
    conn.execute(insert(push_errors), [_row(one) for one in rows])
    prune(conn, now)


def prune(conn: Connection, now: datetime) -> None:
    """Of each channel the last thousand of the last week stay: they hold what somebody sent, maybe personal data."""
    e = push_errors.c
    newest_first = func.row_number().over(partition_by=e.channel, order_by=(e.at.desc(), e.id.desc()))
    ranked = select(e.id, newest_first.label("place")).subquery()
    beyond = select(ranked.c.id).where(ranked.c.place > MOST_KEPT)
    conn.execute(delete(push_errors).where((e.at < now - KEPT_FOR) | e.id.in_(beyond)))


def _row(one: TurnedAway) -> dict[str, object]:
    """As long as the columns are; a NUL is no text for PostgreSQL."""
    row = asdict(one)
    for name, limit in (("code", CODE), ("field", FIELD), ("source", SOURCE), ("logistics_no", NUMBER)):
        row[name] = row[name] and row[name].replace("\x00", "")[:limit]
    return row | {"answer": one.answer.replace("\x00", "")[:ANSWER]}


def resume_feedback(conn: Connection, name: str) -> bool:
    """A person turns feedback on again after a 410, or ends a pause: what was put off is due. False when there is no
    such channel."""
    return resume(conn, name)


def stop_feedback(conn: Connection, name: str) -> bool:
    """Nothing is sent until somebody turns it on again; it waits. False when there is no such channel."""
    return conn.execute(update(channels).where(channels.c.name == name).values(feedback_on=False)).rowcount == 1
