"""Messages to stations, province desks and HQ through the one door. Written by notify/ only."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
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

# One message to one addressee: his inbox in the console. `key` is made from its cause: told once.
messages = Table(
    "messages",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(160), nullable=False),
    Column("to_kind", String(10), nullable=False),
    Column("to_code", String(100), nullable=False),  # station, province; "" for HQ and finance
    Column("kind", String(20), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("link", String(200), nullable=False),  # a path of the console
    Column("order_id", BigInteger),
    Column("created_at", Instant, nullable=False),
    Column("until", Instant),  # after that it goes to no contact any more; null: a day (CHAN-7)
    Column("read_at", Instant),
    Column("read_by", String(80)),
    UniqueConstraint("key"),
    CheckConstraint("to_kind IN ('station', 'province', 'hq', 'finance')", name="to_kind"),
    Index("ix_messages_to", "to_kind", "to_code", "created_at"),
    Index("ix_messages_order_id", "order_id"),
)
Index(
    "ix_messages_unread",
    messages.c.to_kind,
    messages.c.to_code,
    sqlite_where=messages.c.read_at.is_(None),
    postgresql_where=messages.c.read_at.is_(None),
)

# The same message on its way by e-mail or SMS.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("message_id", BigId, ForeignKey("messages.id"), nullable=False),
    Column("way", String(8), nullable=False),
    Column("address", String(200), nullable=False),
    Column("state", String(8), nullable=False),  # waiting, sent, parked
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant),
    Column("last_answer", Text),
    Column("sent_at", Instant),
    UniqueConstraint("message_id", "way", "address"),
    CheckConstraint("way IN ('email', 'sms', 'wecom')", name="way"),
    Index("ix_deliveries_next_at", "next_at"),
)

# Where an addressee is reached outside the console, and for which kinds of message (none named: all).
contacts = Table(
    "contacts",
    metadata,
    Column("to_kind", String(10), primary_key=True),
    Column("to_code", String(100), primary_key=True),
    Column("way", String(8), primary_key=True),
    Column("address", String(200), primary_key=True),
    Column("kinds", Json, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("by", String(80), nullable=False),
    CheckConstraint("way IN ('email', 'sms', 'wecom')", name="way"),
)

# What goes with a message: the kept copy of a report, attached where the way can carry it.
message_files = Table(
    "message_files",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("message_id", BigId, ForeignKey("messages.id"), nullable=False),
    Column("name", String(120), nullable=False),
    Column("media_type", String(80), nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    UniqueConstraint("message_id", "name"),
)
