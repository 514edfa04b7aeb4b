"""Inboxes, contacts, and what is on its way outside the console."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, or_, select

from channels.feedback import WAITING
from notify.messages import STATION, WAYS, Addressee, in_batches
from storage.tables.channels import channels
from storage.tables.notify import contacts, deliveries, messages

PAGE = 50
MOST_COUNTED = 100  # a badge says "99+" from here on
Cursor = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of `messages`, newest first, and where the next page begins."""

    rows: Sequence[Row[Any]]
    following: Cursor | None


def inbox(
    conn: Connection, whose: Addressee, unread_only: bool = False, after: Cursor | None = None, limit: int = PAGE
) -> Page:
    """What an addressee was told."""
    m = messages.c
    query = select(messages).where(m.to_kind == whose[0], m.to_code == whose[1])
    if unread_only:
        query = query.where(m.read_at.is_(None))
    if after is not None:
        query = query.where(or_(m.created_at < after[0], and_(m.created_at == after[0], m.id < after[1])))
    rows = conn.execute(query.order_by(m.created_at.desc(), m.id.desc()).limit(limit + 1)).all()
    more = len(rows) > limit
    return Page(rows[:limit], (rows[limit - 1].created_at, rows[limit - 1].id) if more else None)


def unread(conn: Connection, whose: Addressee) -> int:
    """How many messages nobody has read, up to MOST_COUNTED."""
    m = messages.c
    some = select(m.id).where(m.to_kind == whose[0], m.to_code == whose[1], m.read_at.is_(None)).limit(MOST_COUNTED)
    return conn.execute(select(func.count()).select_from(some.subquery())).scalar_one()


def contact_list(conn: Connection, whose: Addressee | None = None) -> Sequence[Row[Any]]:
    """Contacts of one addressee, or all."""
    c = contacts.c
    query = select(contacts).order_by(c.to_kind, c.to_code, c.way, c.address)
    if whose is not None:
        query = query.where(c.to_kind == whose[0], c.to_code == whose[1])
    return conn.execute(query).all()


def letters(conn: Connection, state: str = "", limit: int = PAGE) -> Sequence[Row[Any]]:
    """What goes outside, newest first: the delivery with its message's addressee, kind and subject."""
    d, m = deliveries.c, messages.c
    query = select(deliveries, m.to_kind, m.to_code, m.kind, m.subject, m.created_at).join(
        messages, m.id == d.message_id
    )
    if state:
        query = query.where(d.state == state)
    return conn.execute(query.order_by(d.id.desc()).limit(limit)).all()


def ways_set_up(conn: Connection) -> set[str]:
    """Those of e-mail, SMS and WeCom by which something can be sent."""
    c = channels.c
    query = select(c.name).where(c.name.in_(WAYS), c.feedback_on, c.feedback_url.is_not(None))
    return set(conn.scalars(query))


def ways_with_due(conn: Connection, now: datetime) -> list[str]:
    """Ways that are set up and by which something is to be sent now: a lane each."""
    d = deliveries.c
    query = select(d.way).where(d.state == WAITING, d.next_at <= now, d.way.in_(ways_set_up(conn)))
    return list(conn.scalars(query.distinct().order_by(d.way)))


def told_by_keys(conn: Connection, keys: Sequence[str]) -> list[Row[Any]]:
    """The messages of these keys, whoever they are to."""
    found: list[Row[Any]] = []
    for some in in_batches(keys):
        found += conn.execute(select(messages).where(messages.c.key.in_(some)).order_by(messages.c.id)).all()
    return found


def read_by_prefix(
    conn: Connection, prefixes: Sequence[str], told_at: Sequence[datetime]
) -> dict[str, tuple[int, int]]:
    """Beginning of keys -> how many messages stations were told at these instants, and how many of them are read."""
    if not prefixes:
        return {}
    m = messages.c
    prefix = case(*((m.key.startswith(one, autoescape=True), one) for one in prefixes), else_="").label("prefix")
    rows = select(prefix, m.read_at).where(m.to_kind == STATION, m.created_at.in_(told_at)).subquery()
    query = select(rows.c.prefix, func.count(), func.count(rows.c.read_at)).group_by(rows.c.prefix)
    return {row[0]: (row[1], row[2]) for row in conn.execute(query)}


def letters_of(conn: Connection, message_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """Message -> its letters by e-mail, SMS and WeCom."""
    found: dict[int, list[Row[Any]]] = {}
    for some in in_batches(message_ids):
        query = select(deliveries).where(deliveries.c.message_id.in_(some)).order_by(deliveries.c.id)
        for row in conn.execute(query):
            found.setdefault(row.message_id, []).append(row)
    return found
