"""What the channels page and `lanshou channels show` tell: traffic by the hour, secrets' ages, and the error log."""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as part_of
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, literal, or_, select

from storage.tables.channels import channel_secrets, channels, inbox, push_errors

HOUR, HOURS = timedelta(hours=1), 24
SHOWN_FOR = timedelta(days=7)
INBOX, DOOR = "inbox", "door"  # refused by what it said, or turned away before it was read


@dataclass(frozen=True, slots=True)
class Hour:
    """Verified pushes of one hour, those refused among them; `away`: requests turned away before."""

    start: datetime
    pushes: int = 0
    refused: int = 0
    away: int = 0


@dataclass(frozen=True, slots=True)
class Traffic:
    """The last 24 hours, oldest first, the present one last; and the last verified push ever."""

    hours: tuple[Hour, ...]
    last_push: datetime | None

    @property
    def pushes(self) -> int:
        return sum(hour.pushes for hour in self.hours)

    @property
    def refusals(self) -> int:
        return sum(hour.refused + hour.away for hour in self.hours)


@dataclass(frozen=True, slots=True)
class SecretAge:
    """A secret that is valid now, without the secret. `valid_until` None: until a newer one comes."""

    part: str
    added_at: datetime
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class SetUp:
    """A channel or sender as set up, nothing unsealed."""

    name: str
    enabled: bool
    feedback_url: str | None
    feedback_on: bool
    failures: int
    paused_until: datetime | None
    settings: dict[str, str]
    secrets: tuple[SecretAge, ...] = ()

    def lacks(self, needs: Sequence[str]) -> list[str]:
        """Which of these secrets and settings are not there."""
        there = {secret.part for secret in self.secrets} | {part for part, text in self.settings.items() if text}
        return [part for part in needs if part not in there]


@dataclass(frozen=True, slots=True)
class Seen:
    """A line of the error log. `key` orders lines of one instant; `status` is that of our answer."""

    origin: str
    id: int
    at: datetime
    source: str
    code: str
    field: str
    status: int | None
    number: str
    key: int
    answer: str = ""
    request_id: str = ""
    message_key: str = ""
    request: bytes = part_of(default=b"", repr=False)  # somebody else's data


def set_up(conn: Connection, now: datetime) -> dict[str, SetUp]:
    """Every channel and sender that was set up, by name."""
    s = channel_secrets.c
    valid = select(s.channel, s.part, s.added_at, s.valid_until).where(s.valid_until.is_(None) | (s.valid_until > now))
    secrets: dict[str, list[SecretAge]] = {}
    for row in conn.execute(valid.order_by(s.part, s.valid_until.is_not(None), s.id.desc())):
        secrets.setdefault(row.channel, []).append(SecretAge(row.part, row.added_at, row.valid_until))
    return {
        row.name: SetUp(
            row.name, row.enabled, row.feedback_url, row.feedback_on, row.failures, row.paused_until,
            dict(row.settings), tuple(secrets.get(row.name, ())),
        )
        for row in conn.execute(select(channels))
    }  # fmt: skip


def traffic(conn: Connection, names: Sequence[str], now: datetime) -> dict[str, Traffic]:
    """By channel; hours without a push are there with zeros."""
    first = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - (HOURS - 1) * HOUR
    starts = [first + n * HOUR for n in range(HOURS)]
    taken, away = _taken_by_hour(conn, first), _away_by_hour(conn, first)
    last = _last_pushes(conn, names, taken)
    return {
        name: Traffic(tuple(_hour(start, taken.get(key), away.get(key)) for start, key in keys), last.get(name))
        for name, keys in ((name, [(start, (name, start.strftime(_KEY))) for start in starts]) for name in names)
    }


_KEY = "%Y-%m-%d %H"  # of an hour, in UTC: whole hours begin at the same instants in China
_ByHour = dict[tuple[str, str], Row[Any]]


def _hour(start: datetime, taken: Row[Any] | None, away: Row[Any] | None) -> Hour:
    pushes, refused = (taken.pushes, taken.refused) if taken else (0, 0)
    return Hour(start, pushes, refused, away.away if away else 0)


def _hour_of(conn: Connection, column: ColumnElement[datetime]) -> ColumnElement[str]:
    if conn.dialect.name == "postgresql":
        return func.to_char(func.timezone("UTC", column), "YYYY-MM-DD HH24").label("hour")
    return func.strftime(_KEY, column).label("hour")


def _taken_by_hour(conn: Connection, first: datetime) -> _ByHour:
    i = inbox.c
    rows = select(i.channel, i.refused, i.received_at, _hour_of(conn, i.received_at)).where(i.received_at >= first)
    c = rows.subquery().c
    query = select(
        c.channel,
        c.hour,
        func.count().label("pushes"),
        func.count(c.refused).label("refused"),
        func.max(c.received_at, type_=i.received_at.type).label("last"),
    ).group_by(c.channel, c.hour)
    return {(row.channel, row.hour): row for row in conn.execute(query)}


def _away_by_hour(conn: Connection, first: datetime) -> _ByHour:
    e = push_errors.c
    c = select(e.channel, _hour_of(conn, e.at)).where(e.at >= first).subquery().c
    query = select(c.channel, c.hour, func.count().label("away")).group_by(c.channel, c.hour)
    return {(row.channel, row.hour): row for row in conn.execute(query)}


def _last_pushes(conn: Connection, names: Sequence[str], taken: _ByHour) -> dict[str, datetime]:
    """Of who was heard in these hours, from them; of the others, who have few rows or none, from the whole inbox."""
    last: dict[str, datetime] = {}
    for (channel, _), row in taken.items():
        last[channel] = max(row.last, last.get(channel, row.last))
    silent = [name for name in names if name not in last]
    if silent:
        i = inbox.c
        query = select(i.channel, func.max(i.received_at, type_=i.received_at.type)).where(i.channel.in_(silent))
        last |= {row[0]: row[1] for row in conn.execute(query.group_by(i.channel))}
    return last


Cursor = tuple[datetime, int]


def errors(
    conn: Connection, channel: str, now: datetime, after: Cursor | None = None, limit: int = 50
) -> tuple[list[Seen], Cursor | None]:
    """The channel's error log of the last week, newest first: one page, and where the next begins."""
    found = sorted(
        [*_refused(conn, channel, now, after, limit + 1), *_turned_away(conn, channel, now, after, limit + 1)],
        key=lambda one: (one.at, one.key),
        reverse=True,
    )
    page = found[:limit]
    return page, (page[-1].at, page[-1].key) if len(found) > limit else None


def one_error(conn: Connection, channel: str, origin: str, row_id: int, now: datetime) -> Seen | None:
    """One line with request and answer."""
    if origin == INBOX:
        i = inbox.c
        query = select(inbox).where(i.id == row_id, i.channel == channel, i.refused.is_not(None), _recent(i, now))
        row = conn.execute(query).one_or_none()
        if row is None:
            return None
        return Seen(
            INBOX, row.id, row.received_at, "", row.refused, "", row.answer_status, row.logistics_no or "", 2 * row.id,
            row.answer_body or "", "", row.message_key, row.body,
        )  # fmt: skip
    e = push_errors.c
    row = conn.execute(select(push_errors).where(e.id == row_id, e.channel == channel)).one_or_none()
    if row is None:
        return None
    return Seen(
        DOOR, row.id, row.at, row.source, row.code, row.field or "", row.status, row.logistics_no or "",
        2 * row.id + 1, row.answer, row.request_id, "", row.request,
    )  # fmt: skip


def _recent(columns: Any, now: datetime) -> ColumnElement[bool]:
    return columns.received_at >= now - SHOWN_FOR  # type: ignore[no-any-return]


def _refused(conn: Connection, channel: str, now: datetime, after: Cursor | None, limit: int) -> list[Seen]:
    i = inbox.c
    query = (
        select(i.id, i.received_at, i.refused, i.answer_status, i.logistics_no)
        .where(i.channel == channel, i.refused.is_not(None), _recent(i, now), _before(i.received_at, 2 * i.id, after))
        .order_by(i.received_at.desc(), i.id.desc())
        .limit(limit)
    )
    return [
        Seen(INBOX, row.id, row.received_at, "", row.refused, "", row.answer_status, row.logistics_no or "", 2 * row.id)
        for row in conn.execute(query)
    ]


def _turned_away(conn: Connection, channel: str, now: datetime, after: Cursor | None, limit: int) -> list[Seen]:
    e = push_errors.c
    query = (
        select(e.id, e.at, e.source, e.code, e.field, e.status, e.logistics_no)
        .where(e.channel == channel, e.at >= now - SHOWN_FOR, _before(e.at, 2 * e.id + 1, after))
        .order_by(e.at.desc(), e.id.desc())
        .limit(limit)
    )
    return [
        Seen(
            DOOR, row.id, row.at, row.source, row.code, row.field or "", row.status, row.logistics_no or "",
            2 * row.id + 1,
        )
        for row in conn.execute(query)
    ]  # fmt: skip


def _before(at: ColumnElement[datetime], key: ColumnElement[int], after: Cursor | None) -> ColumnElement[bool]:
    if after is None:
        return literal(True)
    return or_(at < after[0], and_(at == after[0], key < after[1]))
