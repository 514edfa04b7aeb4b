"""Tables that people/ writes: accounts, sessions, login attempts, and the audit of looks and acts."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, UniqueConstraint

from storage.tables.base import BigId, Instant, metadata

users = Table(
    "users",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("login", String(64), nullable=False),  # case-folded
    Column("display_name", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("station", String(32)),  # station staff only
    Column("province", String(100)),  # station and province staff
    Column("password_hash", String(256), nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("login"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("token_hash", String(64), nullable=False),  # SHA-256: a copy of the database opens no door
    Column("user_id", BigId, ForeignKey("users.id"), nullable=False),
    Column("address", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),  # the absolute end; idleness is judged from last_seen_at
    Column("ended_at", Instant),
    UniqueConstraint("token_hash"),
    Index("ix_sessions_user_id", "user_id"),
)

login_attempts = Table(
    "login_attempts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("login", String(64), nullable=False),
    Column("network", String(64), nullable=False),
    Column("address", String(64), nullable=False),
    Column("attempted_at", Instant, nullable=False),
    Column("succeeded", Boolean, nullable=False),
    Index("ix_login_attempts_attempted_at", "attempted_at"),
)

# Append only. `subject` is what was looked at or touched: an order's logistics number, a file, a path.
audit = Table(
    "audit",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("happened_at", Instant, nullable=False),
    Column("user_id", BigId, ForeignKey("users.id"), nullable=False),
    Column("what", String(32), nullable=False),
    Column("order_id", BigId),
    Column("subject", String(200), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("address", String(64), nullable=False),
    Index("ix_audit_user_id_what_happened_at", "user_id", "what", "happened_at"),
    Index("ix_audit_order_id", "order_id"),
)
