"""Channels, what they sent us and what we must tell them. Written by channels/ only."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.tables.base import BigId, Instant, Json, metadata

channels = Table(
    "channels",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("enabled", Boolean, nullable=False),  # may it push
    Column("feedback_url", String(500)),
    Column("feedback_on", Boolean, nullable=False),  # turned off by 410, on again by a person
    Column("failures", Integer, nullable=False),  # attempts in a row that came to nothing
    Column("paused_until", Instant),
    Column("settings", Json, nullable=False, server_default="{}"),  # part -> text; nothing secret
    Column("created_at", Instant, nullable=False),
)

# Several may be valid at a time: a secret changes without a gap. `sealed`: see channels/sealing.py.
channel_secrets = Table(
    "channel_secrets",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("channel", String(20), ForeignKey("channels.name"), nullable=False),
    Column("part", String(20), nullable=False, server_default="secret"),
    Column("digest", String(64), nullable=False),  # keyed: knows the secret again, tells nothing about it
    Column("sealed", Text, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("valid_until", Instant),  # null: until a newer one comes
    UniqueConstraint("channel", "part", "digest"),
)

# `message_key`: the channel's message id or, where it sends none, type, number and digest of the bytes.
inbox = Table(
    "inbox",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("message_key", String(200), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("logistics_no", String(64)),
    Column("refused", String(64)),  # code; null when taken
    Column("answer_status", Integer),
    Column("answer_type", String(64)),
    Column("answer_body", Text),
    UniqueConstraint("channel", "message_key"),
    Index("ix_inbox_received_at", "received_at"),
)

# Requests that were turned away: for whoever connects a channel, and cut to what that takes. Kept for a while only.
push_errors = Table(
    "push_errors",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("at", Instant, nullable=False),
    Column("source", String(64), nullable=False),
    Column("code", String(64), nullable=False),
    Column("field", String(200)),
    Column("status", Integer, nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("logistics_no", String(64)),  # as far as we understood it
    Column("request", LargeBinary, nullable=False),
    Column("answer", Text, nullable=False),
    Index("ix_push_errors_channel_at", "channel", "at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("order_id", BigId),  # null: about a push that made no order
    Column("seq", Integer, nullable=False),
    Column("region", String(40), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("payload", Json, nullable=False),
    Column("state", String(8), nullable=False),  # waiting, sent, parked or given_up
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant),  # null unless waiting
    Column("put_off", String(8)),  # why a waiting one waits: `pause`, or `asked` by the channel; null while due or sent
    Column("last_status", Integer),
    Column("last_answer", Text),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("handled_by", String(64)),  # the person who sent it again or gave it up last, and when
    Column("handled_at", Instant),
    UniqueConstraint("order_id", "seq"),
    Index("ix_outbox_state_channel_next_at", "state", "channel", "next_at"),
)
