"""What is known of channels, their messages and what they still have to hear."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from channels import sealing
from channels.adapter import Credential
from channels.feedback import WAITING
from storage.tables.channels import channel_secrets, channels, outbox

MOST = 500
log = logging.getLogger("lanshou.channels")


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel or sender as set up."""

    name: str
    enabled: bool
    credential: Credential
    feedback_url: str | None
    feedback_on: bool
    failures: int
    paused_until: datetime | None


def load_channels(conn: Connection, master: bytes, now: datetime) -> dict[str, Channel]:
    """All channels and senders that were set up.

    One with a secret that cannot be unsealed has none at all, so that it is not set up, and harms no other. (One that
    was replaced does not count: the new one is good.) ValueError when none can be unsealed: the master key is another.
    """
    valid = (channel_secrets.c.valid_until.is_(None)) | (channel_secrets.c.valid_until > now)
    keys: dict[str, dict[str, tuple[bytes, ...]]] = {}
    spoilt: set[str] = set()
    why: ValueError | None = None
    newest_first = channel_secrets.c.valid_until.is_not(None), channel_secrets.c.id.desc()
    for row in conn.execute(select(channel_secrets).where(valid).order_by(*newest_first)):
        try:
            secret = sealing.unseal(master, row.sealed)
        except ValueError as error:
            why = error
            if row.valid_until is None:
                spoilt.add(row.channel)
            continue
        parts = keys.setdefault(row.channel, {})
        parts[row.part] = (*parts.get(row.part, ()), secret)
    if why is not None and not keys:
        raise why
    for name in sorted(spoilt):
        keys.pop(name, None)
        _say_spoilt(name)
    return {
        row.name: Channel(
            name=row.name,
            enabled=row.enabled,
            credential=Credential(keys.get(row.name, {}), row.settings),
            feedback_url=row.feedback_url,
            feedback_on=row.feedback_on,
            failures=row.failures,
            paused_until=row.paused_until,
        )
        for row in conn.execute(select(channels))
    }


@lru_cache
def _say_spoilt(name: str) -> None:
    """Once a process: channels are read every few seconds."""
    log.error("a secret of channel %s cannot be unsealed: it is not set up until the secret is entered again", name)


def sendable(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Conditions on outbox joined with channels: due, and to a channel that can be told something. One whose orders
    bring addresses of their own (Kuaidi100) needs `feedback_url` too: for orders without one, and as the switch."""
    return (
        outbox.c.state == WAITING,
        outbox.c.next_at <= now,
        channels.c.feedback_on,
        channels.c.feedback_url.is_not(None),
        channels.c.paused_until.is_(None) | (channels.c.paused_until <= now),
    )


def channels_with_due(conn: Connection, now: datetime) -> list[str]:
    """Channels that something can be sent to now. Each gets its own lane: a dead one harms no other."""
    query = (
        select(outbox.c.channel)
        .join(channels, channels.c.name == outbox.c.channel)
        .where(*sendable(now))
        .distinct()
        .order_by(outbox.c.channel)
    )
    return list(conn.scalars(query))


def told(conn: Connection, order_ids: Sequence[int]) -> Sequence[Row[Any]]:
    """All that was, is or will be told of some orders, in the order of telling (DO-7: whom it told)."""
    query = select(outbox).where(outbox.c.order_id.in_(order_ids)).order_by(outbox.c.order_id, outbox.c.seq)
    return conn.execute(query).all()


def outbox_counts(conn: Connection) -> dict[tuple[str, str], int]:
    """(channel, state) -> rows."""
    query = select(outbox.c.channel, outbox.c.state, func.count()).group_by(outbox.c.channel, outbox.c.state)
    return {(row[0], row[1]): row[2] for row in conn.execute(query)}
