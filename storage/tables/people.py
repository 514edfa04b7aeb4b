"""Tables that people/ writes: accounts, their keys and second factors, sessions, attempts, and the audit of acts and
looks."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from storage.tables.base import BigId, Instant, Json, metadata

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
    Column("language", String(2)),  # None: zh
    Column("toured_at", Instant),  # when the first-run tour was ended
    Column("single_sign_on", String(300)),  # issuer and subject of an OpenID Connect account
    UniqueConstraint("login"),
    UniqueConstraint("single_sign_on"),
)

# Time-based one-time passwords (RFC 6238). The seed is sealed with the installation's master key.
second_factors = Table(
    "second_factors",
    metadata,
    Column("user_id", BigId, ForeignKey("users.id"), primary_key=True),
    Column("sealed_seed", Text, nullable=False),
    Column("confirmed_at", Instant),  # None: shown, not yet answered with a right number
    Column("last_step", BigInteger, nullable=False),  # each step once (RELIABILITY B-128)
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("user_id", BigId, ForeignKey("users.id"), nullable=False),
    Column("code_hash", String(64), nullable=False),
    Column("used_at", Instant),
    UniqueConstraint("user_id", "code_hash"),
)

second_factor_attempts = Table(
    "second_factor_attempts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("user_id", BigId, ForeignKey("users.id"), nullable=False),
    Column("attempted_at", Instant, nullable=False),
    Column("succeeded", Boolean, nullable=False),
    Index("ix_second_factor_attempts_user_id_attempted_at", "user_id", "attempted_at"),
)

# A scanner's or integrator's key acts as its user, within `actions` alone.
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("key_hash", String(64), nullable=False),
    Column("shown", String(16), nullable=False),  # its first characters, to tell keys apart
    Column("user_id", BigId, ForeignKey("users.id"), nullable=False),
    Column("actions", Json, nullable=False),  # names of people.access.Action
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(80), nullable=False),
    Column("expires_at", Instant),
    Column("last_used_at", Instant),
    Column("revoked_at", Instant),
    UniqueConstraint("key_hash"),
    Index("ix_api_keys_user_id", "user_id"),
)

# What a writing request of the API was answered, so that the same key again is answered alike and done once.
api_answers = Table(
    "api_answers",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("user_id", BigId, ForeignKey("users.id"), nullable=False),
    Column("key", String(100), nullable=False),
    Column(
        "asked_hash", String(64), nullable=False
    ),  # of method, path and body: the same key with other content is refused
    Column("status", Integer, nullable=False),
    Column("answer", Json),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("user_id", "key"),
    Index("ix_api_answers_created_at", "created_at"),
)

saved_filters = Table(
    "saved_filters",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("user_id", BigId, ForeignKey("users.id"), nullable=False),
    Column("screen", String(40), nullable=False),
    Column("name", String(40), nullable=False),
    Column("query", String(1000), nullable=False),  # of the address, without its question mark
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("user_id", "screen", "name"),
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
    Column("agent", String(200), nullable=False),  # the browser, as it names itself
    Column(
        "second_factor", String(10), nullable=False
    ),  # not_needed, asked (nothing but answering it is served), given
    Column("stepped_up_at", Instant),  # when the second factor was last given in it
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
    Column("before", String(64)),  # digests of what was acted on, before and after (I-22)
    Column("after", String(64)),
    Column("request_id", String(16)),
    Column("api_key_id", BigId),
    Index("ix_audit_user_id_what_happened_at", "user_id", "what", "happened_at"),
    Index("ix_audit_order_id", "order_id"),
    Index("ix_audit_happened_at_id", "happened_at", "id"),
    Index("ix_audit_request_id", "request_id"),
)

# The chain over the audit, made a moment later by one writer: an act of a station must not wait for all others'.
audit_links = Table(
    "audit_links",
    metadata,
    Column("seq", BigId, primary_key=True),
    Column("audit_id", BigId, ForeignKey("audit.id"), nullable=False),
    Column("chain", String(64), nullable=False),
    Column("linked_at", Instant, nullable=False),
    UniqueConstraint("audit_id"),
)
