"""Writes of channels/: set-up, and the inbox that makes a push count once (CHAN-3). The outbox: see outbox/."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from basics.refusal import Refusal
from basics.text import TextError, clean
from channels import sealing
from channels.adapter import Answer, Outbound
from channels.outbox.actions import resume
from channels.refusals import BY_SET_UP
from channels.registry import OUTBOUND
from channels.values import COMMON, yes_or_no
from storage.sql import insert_ignore, upsert
from storage.tables.channels import channel_secrets, channels, inbox

OVERLAP = timedelta(hours=24)  # an old secret stays valid so long beside a new one
_URL_LIMIT = 500


# Set-up


def set_channel(
    conn: Connection, master: bytes, name: str, values: Mapping[str, str], now: datetime, overlap: timedelta = OVERLAP
) -> Refusal | None:
    """Create or change one channel or sender by its keys and values; what is not named stays.

    Keys: those of the channel's secrets and settings, `feedback_url`, and of COMMON. A new secret leaves the older ones
    of its part valid for `overlap`. Refused with the key as field: channel_unknown, key_unknown, value_invalid,
    secret_invalid, url_invalid; then nothing changes. Where the URL leads, `wire.check_target` looks.
    """
    out = OUTBOUND.get(name)
    if out is None:
        return Refusal("channel_unknown", "没有这个渠道 / no such channel", "name")
    changes: dict[str, Any] = {}
    settings: dict[str, str] = {}
    keys: dict[str, bytes] = {}
    for key, value in values.items():
        refusal = _one_value(out, key, value, changes, settings, keys)
        if refusal is not None:
            return refusal
    fresh = {"name": name, "enabled": True, "feedback_on": True, "failures": 0, "settings": {}, "created_at": now}
    insert_ignore(conn, channels, [fresh], ["name"])
    if settings:
        kept = conn.scalar(select(channels.c.settings).where(channels.c.name == name)) or {}
        changes["settings"] = {part: text for part, text in (kept | settings).items() if text}
    if changes:
        conn.execute(update(channels).where(channels.c.name == name).values(changes))
    if "feedback_url" in changes:
        resume(conn, name)
    for part, key_bytes in keys.items():
        _add_secret(conn, master, (name, part), key_bytes, now, overlap)
    return None


def _one_value(
    out: Outbound, key: str, value: str, changes: dict[str, Any], settings: dict[str, str], keys: dict[str, bytes]
) -> Refusal | None:
    """Check one value and put it where it belongs."""
    try:
        if key in out.secrets:
            keys[key] = out.secrets[key](value)
        elif key in out.settings:
            settings[key] = out.settings[key](value) if value else ""
        elif key in COMMON:
            settings[key] = COMMON[key](value) if value else ""
        elif key == "enabled":
            changes["enabled"] = yes_or_no(value)
        elif key == "feedback_url":
            if not _plausible(value, out.schemes):
                return Refusal("url_invalid", "回调地址不可用 / unusable address", key)
            changes["feedback_url"] = value
        else:
            known = ", ".join((*out.secrets, *out.settings, "feedback_url", "enabled", *COMMON))
            return Refusal("key_unknown", f"不认识这个设置 / unknown setting; 可用 / known: {known}", key)
    except ValueError as error:
        if key in out.secrets:
            return Refusal("secret_invalid", f"密钥不可用 / unusable secret: {error}", key)
        return Refusal("value_invalid", f"{key} 不可用 / unusable value: {error}", key)
    return None


def _plausible(url: str, schemes: Sequence[str]) -> bool:
    try:
        return clean(url, _URL_LIMIT).startswith(tuple(f"{scheme}://" for scheme in schemes))
    except TextError:
        return False


def _add_secret(
    conn: Connection, master: bytes, owner: tuple[str, str], key: bytes, now: datetime, overlap: timedelta
) -> None:
    """The new secret without an end; the others of its part without one end after the overlap. The same again:
    nothing."""
    (name, part), digest = owner, sealing.digest(master, key)
    table = channel_secrets.c
    others = (table.channel == name, table.part == part, table.digest != digest, table.valid_until.is_(None))
    conn.execute(update(channel_secrets).where(*others).values(valid_until=now + overlap))
    row = {"channel": name, "part": part, "digest": digest, "sealed": sealing.seal(master, key, now), "added_at": now}
    upsert(conn, channel_secrets, [row | {"valid_until": None}], ["channel", "part", "digest"])


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
    """The same message id was here before. `answer` None: in this very batch, its answer is still to come."""

    same_body: bool
    answer: Answer | None


def remember(conn: Connection, arrivals: Sequence[Arrival]) -> list[Earlier | None]:
    """Keep the raw messages; for each None when it is new, else the first answer to it (CHAN-3).

    Another process that is handling the same id makes this wait until it has committed.
    """
    rows = {(a.channel, a.message_key): a for a in reversed(arrivals)}
    new = insert_ignore(
        conn,
        inbox,
        [
            {name: getattr(a, name) for name in ("channel", "message_key", "sha256", "body", "received_at")}
            for _, a in sorted(rows.items())  # in one order everywhere: two processes must not wait for each other
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


def _earlier(arrival: Arrival, row: Row[Any]) -> Earlier | None:
    if row.refused in BY_SET_UP and row.sha256 == arrival.sha256:
        return None  # taken as new: what made us refuse it may have been mended
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
