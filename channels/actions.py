"""Writes of channels/: set-up, the inbox that makes a push count once, and the outbox (CHAN-3, CHAN-4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, func, insert, select, update

from basics.refusal import Refusal
from basics.text import TextError, clean
from channels import sealing
from channels.adapter import Answer
from channels.feedback import Feedback, Outcome, Reply, asked_pause, next_attempt, pause
from channels.registry import ADAPTERS
from storage.sql import insert_ignore
from storage.tables.channels import channel_secrets, channels, inbox, outbox

OVERLAP = timedelta(hours=24)  # an old secret stays valid so long beside a new one
LEASE = timedelta(minutes=2)  # longer than one round of sending; after a crash the row is due again
_URL_LIMIT = 500


# Set-up


def set_channel(
    conn: Connection,
    master: bytes,
    name: str,
    now: datetime,
    *,
    secret: str | None = None,
    feedback_url: str | None = None,
    enabled: bool | None = None,
    overlap: timedelta = OVERLAP,
) -> Refusal | None:
    """Create or change one channel; what is None stays. A new secret leaves the older ones valid for `overlap`.

    Refused: channel_unknown, secret_invalid, url_invalid. Where the URL leads, `wire.check_target` looks.
    """
    adapter = ADAPTERS.get(name)
    if adapter is None:
        return Refusal("channel_unknown", "没有这个渠道 / no such channel", "name")
    try:
        key = adapter.read_secret(secret) if secret is not None else None
    except ValueError as error:
        return Refusal("secret_invalid", f"密钥不可用 / unusable secret: {error}", "secret")
    if feedback_url is not None and not _plausible(feedback_url):
        return Refusal("url_invalid", "回调地址不可用 / unusable address", "feedback_url")
    fresh = {"name": name, "enabled": True, "feedback_on": True, "failures": 0, "created_at": now}
    insert_ignore(conn, channels, [fresh], ["name"])
    changes: dict[str, Any] = {}
    if enabled is not None:
        changes["enabled"] = enabled
    if feedback_url is not None:
        changes |= {"feedback_url": feedback_url, "feedback_on": True, "failures": 0, "paused_until": None}
    if changes:
        conn.execute(update(channels).where(channels.c.name == name).values(changes))
    if key is not None:
        _add_secret(conn, master, name, key, now, overlap)
    return None


def _plausible(url: str) -> bool:
    try:
        return clean(url, _URL_LIMIT).startswith(("https://", "http://"))
    except TextError:
        return False


def _add_secret(
    conn: Connection, master: bytes, name: str, key: bytes, now: datetime, overlap: timedelta
) -> None:
    present = channel_secrets.c.channel == name, channel_secrets.c.valid_until.is_(None)
    held = conn.scalars(select(channel_secrets.c.sealed).where(*present)).all()
    if any(sealing.unseal(master, sealed) == key for sealed in held):
        return
    conn.execute(update(channel_secrets).where(*present).values(valid_until=now + overlap))
    sealed = sealing.seal(master, key, now)
    conn.execute(insert(channel_secrets).values(channel=name, sealed=sealed, added_at=now))


# Inbox


@dataclass(frozen=True, slots=True)
class Arrival:
    """A verified push. `message_key` is the channel's message id."""

    channel: str
    message_key: str
    sha256: str
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Earlier:
    """The same message id was here before. `answer` None: within this very batch, its answer is still to come."""

    same_body: bool
    answer: Answer | None


def remember(conn: Connection, arrivals: Sequence[Arrival]) -> list[Earlier | None]:
    """Keep the raw messages; for each None when it is new, else what became of it (CHAN-3: the first answer again).

    Another process that is handling the same id makes this wait until it has committed.
    """
    rows = {(a.channel, a.message_key): a for a in reversed(arrivals)}
    new = insert_ignore(
        conn,
        inbox,
        [
            {name: getattr(a, name) for name in ("channel", "message_key", "sha256", "body", "received_at")}
            for a in reversed(rows.values())
        ],
        ["channel", "message_key"],
        ["channel", "message_key"],
    )
    unclaimed = {(row.channel, row.message_key) for row in new}
    found: list[Earlier | None] = []
    known = _known(conn, [key for key in rows if key not in unclaimed])
    for arrival in arrivals:
        key = (arrival.channel, arrival.message_key)
        if key in unclaimed:
            unclaimed.remove(key)
            found.append(None)
        elif key in known:
            found.append(_earlier(arrival, known[key]))
        else:
            found.append(Earlier(rows[key].sha256 == arrival.sha256, None))
    return found


def _known(conn: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row[Any]]:
    if not keys:
        return {}
    query = select(inbox).where(
        inbox.c.channel.in_({channel for channel, _ in keys}),
        inbox.c.message_key.in_([message_key for _, message_key in keys]),
    )
    return {(row.channel, row.message_key): row for row in conn.execute(query)}


def _earlier(arrival: Arrival, row: Row[Any]) -> Earlier:
    known = row.answer_status is not None
    answer = Answer(row.answer_status, row.answer_type, row.answer_body) if known else None
    return Earlier(row.sha256 == arrival.sha256, answer)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a new arrival was answered. `refused` is the code, None when it was taken."""

    channel: str
    message_key: str
    answer: Answer
    logistics_no: str | None = None
    refused: str | None = None


def keep_answers(conn: Connection, answered: Sequence[Answered]) -> None:
    """Store the first answers, in the transaction of what they answer."""
    if not answered:
        return
    statement = (
        update(inbox)
        .where(inbox.c.channel == bindparam("b_channel"), inbox.c.message_key == bindparam("b_key"))
        .values(
            logistics_no=bindparam("b_no"),
            refused=bindparam("b_refused"),
            answer_status=bindparam("b_status"),
            answer_type=bindparam("b_type"),
            answer_body=bindparam("b_body"),
        )
    )
    rows = [
        {
            "b_channel": one.channel,
            "b_key": one.message_key,
            "b_no": one.logistics_no,
            "b_refused": one.refused,
            "b_status": one.answer.status,
            "b_type": one.answer.content_type,
            "b_body": one.answer.body,
        }
        for one in answered
    ]
    conn.execute(statement, rows)
