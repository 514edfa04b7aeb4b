"""Reads editions and proposals; holds the rulebook of a process in memory."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Row, exists, func, select

from editions.rules import APPROVED, text_hash
from rulebook.book import Book, Edition, EditionError, read_edition
from storage.tables.editions import edition_proposals, editions

FRESH = timedelta(seconds=30)
MOST_LISTED = 200


class EditionAltered(RuntimeError):
    """What the database has as an edition is not what was approved; the message names it. Nothing may be decided by
    such a rulebook."""


def approved(conn: Connection) -> Sequence[Row[Any]]:
    """Every edition that is or will be in force, by effective day; the shipped one too, once it is pinned."""
    return conn.execute(select(editions).order_by(editions.c.effective)).all()


def proposals(conn: Connection) -> Sequence[Row[Any]]:
    """Proposals, newest first, without their texts."""
    columns = [column for column in edition_proposals.c if column.name != "text"]
    return conn.execute(select(*columns).order_by(edition_proposals.c.id.desc()).limit(MOST_LISTED)).all()


def proposal(conn: Connection, number: int) -> Row[Any] | None:
    """One proposal with its text."""
    return conn.execute(select(edition_proposals).where(edition_proposals.c.id == number)).one_or_none()


def edition_text(conn: Connection, name: str) -> str | None:
    """The text of an edition as it is stored; None when there is none of this name."""
    return conn.scalar(select(editions.c.text).where(editions.c.name == name))


def load_book(conn: Connection, shipped: Book, read: dict[str, Edition]) -> Book:
    """The shipped editions and those approved since. `read`: texts that were read before, by their hash; grows.

    EditionAltered when a text is not what its hash says or was approved, an approved edition is gone, or a shipped
    edition is not the one that this database was begun with.
    """
    p = edition_proposals.c
    same = (p.name == editions.c.name) & (p.sha256 == editions.c.sha256) & (p.state == APPROVED)
    # Each of the two statements sees an approval whole or not at all, so none is mistaken for a loss.
    was_approved = exists().where(same).label("was_approved")
    rows = conn.execute(select(editions, was_approved).order_by(editions.c.effective)).all()
    gone = conn.scalar(select(func.min(p.name)).where(p.state == APPROVED, ~exists().where(editions.c.name == p.name)))
    if gone is not None:
        raise EditionAltered(_altered(gone, "已批准,但数据库中没有这一版", "it was approved and is gone"))
    for row in rows:
        _check(row, shipped, read)
    if rows and (lost := {edition.name for edition in shipped.editions} - {row.name for row in rows}):
        raise EditionAltered(_altered(min(lost), "数据库中没有这一版", "the database does not have it"))
    names = {edition.name for edition in shipped.editions}
    later = [read[row.sha256] for row in rows if row.name not in names]
    return Book((*shipped.editions, *later)) if later else shipped


def _check(row: Row[Any], shipped: Book, read: dict[str, Edition]) -> None:
    if text_hash(row.text) != row.sha256:
        raise EditionAltered(_altered(row.name, "文本与审批时的哈希不符", "its text is not the one that was approved"))
    if row.sha256 not in read:
        try:
            read[row.sha256] = read_edition(row.text)
        except EditionError as error:
            raise EditionAltered(_altered(row.name, "文本无法读取", f"cannot be read: {error}")) from None
    edition = read[row.sha256]
    if (edition.name, edition.effective) != (row.name, date.fromisoformat(row.effective)):
        raise EditionAltered(_altered(row.name, "名称或生效日与文本不符", "name or effective day differ from its text"))
    ours = any(one.name == row.name for one in shipped.editions)
    if not ours and not row.was_approved:
        raise EditionAltered(_altered(row.name, "没有批准这一文本的提案", "no proposal of this text was approved"))
    if any(one.name == row.name and one.text_sha256 != row.sha256 for one in shipped.editions):
        raise EditionAltered(
            _altered(
                row.name, "随产品发布的文本与本库最初的不同", "the text shipped is not the one this database began with"
            )
        )


def _altered(name: str, chinese: str, english: str) -> str:
    return (
        f"规则版本 {name} 被改动: {chinese},已停止工作;请运行 lanshou verify"
        f" / edition {name} was altered, {english}: nothing is decided by it; run `lanshou verify`"
    )


class BookCache:
    """The rulebook of a process, read again twice a minute: approved editions come weeks before they take effect."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._read: dict[str, Edition] = {}
        self._held: tuple[datetime, Book, Book] | None = None  # read at, shipped, and what came of it

    def held(self, shipped: Book, now: datetime) -> Book | None:
        """What was read within the last half minute; a clock set back makes it stale too."""
        held = self._held
        if held is None or held[1] is not shipped or not timedelta(0) <= now - held[0] < FRESH:
            return None
        return held[2]

    def get(self, conn: Connection, shipped: Book, now: datetime) -> Book:
        """The shipped editions with those approved. EditionAltered."""
        known = self.held(shipped, now)
        if known is None:
            with self._lock:
                known = self.held(shipped, now) or self._load(conn, shipped, now)
        return known

    def latest(self, conn: Connection, shipped: Book, now: datetime) -> Book:
        """The same, read now: for whoever looks at editions, maybe at the one just approved. EditionAltered."""
        with self._lock:
            return self._load(conn, shipped, now)

    def _load(self, conn: Connection, shipped: Book, now: datetime) -> Book:
        known = load_book(conn, shipped, self._read)
        self._held = (now, shipped, known)
        return known
