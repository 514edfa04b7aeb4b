"""What of the outbox a person looks at (CHAN-4), and who of the senders can be told (CHAN-7)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, true

from basics.days import iso
from channels.feedback import ASKED, NEWS, PARKED, WAITING
from channels.registry import CHANNELS, SENDERS
from channels.sender_texts import Telling
from storage.tables.channels import channels, outbox

PAGE, CHUNK = 50, 1_000
FRESH = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and the id after which the next page begins."""

    rows: Sequence[Row[Any]]
    following: int | None


def listed(conn: Connection, channel: str = "", state: str = PARKED, after: int = 0, limit: int = PAGE) -> Page:
    """Messages in a state, oldest first, to one channel or to all."""
    query = select(outbox).where(outbox.c.state == state, outbox.c.id > after, of_channel(channel))
    rows = conn.execute(query.order_by(outbox.c.id).limit(limit + 1)).all()
    return Page(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def by_ids(conn: Connection, ids: Collection[int]) -> Sequence[Row[Any]]:
    """These messages, by id."""
    query = select(outbox).order_by(outbox.c.id)
    found: list[Row[Any]] = []
    for some in batches(ids):
        found += conn.execute(query.where(these(some)))
    return found


def batches(ids: Collection[int]) -> list[list[int]]:
    """In order, each once, and no more at a time than a statement may name."""
    ordered = sorted(set(ids))
    return [ordered[at : at + CHUNK] for at in range(0, len(ordered), CHUNK)]


def these(ids: Collection[int]) -> ColumnElement[bool]:
    """The messages with these ids."""
    return outbox.c.id.in_(ids)


def of_channel(channel: str = "") -> ColumnElement[bool]:
    """All messages to a channel; "" for any."""
    return outbox.c.channel == channel if channel else true()


def all_stuck(now: datetime, channel: str = "") -> ColumnElement[bool]:
    """Messages to a channel ("": to any) that a person may send again together: all but those it asked to wait, and
    those to senders that are news no more: who wants them told names them."""
    return and_(of_channel(channel), _stuck(), ~_old_news(now))


def left_out(conn: Connection, now: datetime, channel: str = "") -> int:
    """How many messages to senders `all_stuck` leaves out, since they are older than 24 h."""
    query = select(func.count()).select_from(outbox).where(of_channel(channel), _stuck(), _old_news(now))
    return conn.scalar(query) or 0


def _stuck() -> ColumnElement[bool]:
    put_off = and_(outbox.c.state == WAITING, or_(outbox.c.put_off.is_(None), outbox.c.put_off != ASKED))
    return or_(outbox.c.state == PARKED, put_off)


def _old_news(now: datetime) -> ColumnElement[bool]:
    return and_(outbox.c.channel.in_(list(SENDERS)), outbox.c.created_at < now - NEWS)


def held_up(conn: Connection, which: ColumnElement[bool], now: datetime) -> dict[str, str]:
    """Channel -> why none of these messages that are due goes out yet: it is paused (until when), told nothing, or
    not set up."""
    c = channels.c
    query = (
        select(outbox.c.channel, c.feedback_on, c.feedback_url, c.paused_until)
        .join_from(outbox, channels, c.name == outbox.c.channel, isouter=True)
        .where(which, outbox.c.state == WAITING, outbox.c.next_at <= now)
        .distinct()
    )
    found = {}
    for row in conn.execute(query):
        if row.feedback_url is None:
            found[row.channel] = "没有回传地址 / has no address"
        elif not row.feedback_on:
            found[row.channel] = "回传已停用 / is switched off"
        elif row.paused_until is not None and row.paused_until > now:
            found[row.channel] = f"暂停至 / is paused until {iso(row.paused_until)}"
    return dict(sorted(found.items()))


def counts(conn: Connection, states: Collection[str]) -> dict[tuple[str, str], int]:
    """(channel, state) -> rows, of these states."""
    query = select(outbox.c.channel, outbox.c.state, func.count()).where(outbox.c.state.in_(states))
    return {(row[0], row[1]): row[2] for row in conn.execute(query.group_by(outbox.c.channel, outbox.c.state))}


def telling(conn: Connection) -> Telling:
    """Which senders are told of what, and how (CHAN-7), as set up now."""
    query = select(channels.c.name, channels.c.feedback_url, channels.c.settings)
    rows = {row.name: row for row in conn.execute(query)}
    ways = {name: rows[name] for name in SENDERS if name in rows and rows[name].feedback_url}
    return Telling(
        ways=frozenset(ways),
        channels=frozenset(n for n in CHANNELS if n in rows and rows[n].settings.get("tell_sender") == "on"),
        remarks=tuple((name, row.settings["remark"]) for name, row in ways.items() if row.settings.get("remark")),
    )


@dataclass(slots=True)
class TellingCache:
    """What `telling` said last, read again every few seconds: a push must not pay for it."""

    _read_at: datetime | None = None
    _telling: Telling = field(default_factory=Telling)
    _lock: Lock = field(default_factory=Lock)

    def get(self, conn: Connection, now: datetime) -> Telling:
        """As known now; a clock set back makes it stale too."""
        with self._lock:
            if self._read_at is None or not timedelta(0) <= now - self._read_at < FRESH:
                self._telling, self._read_at = telling(conn), now
            return self._telling
