"""Publishes notices and tells whom they concern, in one transaction (NOTICE-1). Reads, writes; never commits."""

from datetime import datetime

from sqlalchemy import Connection

from basics.refusal import Refusal
from notify.actions import notify
from penalties.notice_texts import Notice, messages
from penalties.notices import appeal_end, cells, figures
from penalties.noticing.queries import draft, offered
from rulebook.book import Book
from storage.sql import insert_ignore
from storage.tables import penalties as t


def publish_notice(
    conn: Connection, week: str, now: datetime, by: str = "", seen: int | None = None, book: Book | None = None
) -> Refusal | int:
    """Freeze the notice of a week that is over, or a supplement when there is one already, and tell it. Its number.

    `seen`: the number that whoever publishes was shown; then `already_published` when another was quicker, and
    `nothing_new` instead of an empty supplement, `week_too_old` before the record
    begins. With `book` stations are told until when they may appeal.
    """
    found = draft(conn, week, now) if seen is None else offered(conn, week, now)
    if isinstance(found, Refusal):
        return found
    if seen is not None and found.number != seen:
        return _taken()
    if seen and not found.items:
        return Refusal("nothing_new", "没有新的变化,无需补充 / nothing has changed since", "week")
    frozen = figures(found.items, found.provinces)
    row = {"week": week, "number": found.number, "published_at": now, "figures": frozen, "published_by": by}
    new = insert_ignore(conn, t.notices, [row], ["week", "number"], returning=["id"])
    if not new:
        return _taken()
    items = [
        {"notice_id": new[0].id, "violation_id": one.violation_id, "state": one.state, "fine_fen": one.fine_fen}
        for one in found.items
    ]
    if items:
        conn.execute(t.notice_items.insert(), items)
    until = appeal_end(book, now) if book else None
    notice = Notice(week, found.number, now, cells(frozen), found.items, found.provinces, until)
    notify(conn, messages(notice), now)
    return found.number


def _taken() -> Refusal:
    return Refusal("already_published", "通报刚被发布 / somebody has just published it", "week")
