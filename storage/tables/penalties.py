"""Cases, the ledger and notices. Written by penalties/ only. The ledger is append-only (LEDGER-1)."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.tables.base import BigId, Instant, Json, metadata

cases = Table(
    "cases",
    metadata,
    Column("violation_id", BigId, ForeignKey("violations.id"), primary_key=True, autoincrement=False),
    Column("region", String(40), nullable=False),
    Column("state", String(12), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("decided_at", Instant),
    Column("decided_by", String(80)),
    Column("reason", Text),
    Column("changed_at", Instant, nullable=False),
    Column("steps", Integer, nullable=False),  # rows of case_log
    Index("ix_cases_state", "state", "opened_at"),
)

case_log = Table(
    "case_log",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("violation_id", BigId, ForeignKey("violations.id"), nullable=False),
    Column("step", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", String(80), nullable=False),
    Column("from_state", String(12), nullable=False),
    Column("to_state", String(12), nullable=False),
    Column("reason", Text, nullable=False),
    UniqueConstraint("violation_id", "step"),
)

# A posting, known by a key made from its cause; its lines sum to zero. Same key, other content is an error.
postings = Table(
    "postings",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(160), nullable=False, unique=True),
    Column("content_hash", String(64), nullable=False),
    Column("happened_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("station", String(40), nullable=False),
    Column("logistics_no", String(64), nullable=False),
    Column("rule", String(20), nullable=False),
    Column("edition", String(20), nullable=False),
    Column("violation_id", BigId, ForeignKey("violations.id"), index=True),
)

lines = Table(
    "ledger_lines",
    metadata,
    Column("posting_id", BigId, ForeignKey("postings.id"), primary_key=True),
    Column("account", String(40), primary_key=True),
    Column("amount_fen", BigInteger, nullable=False),
    CheckConstraint("amount_fen <> 0", name="amount_not_zero"),
    Index("ix_ledger_lines_account", "account"),
)

# NOTICE-1: number 0 is the notice of the week, 1.. its supplements; `figures` is frozen.
notices = Table(
    "notices",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("week", String(8), nullable=False),
    Column("number", Integer, nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("figures", Json, nullable=False),
    UniqueConstraint("week", "number"),
)

# What a notice holds: from then on it can be appealed (APPEAL-1).
notice_items = Table(
    "notice_items",
    metadata,
    Column("notice_id", BigId, ForeignKey("notices.id"), primary_key=True),
    Column("violation_id", BigId, ForeignKey("violations.id"), primary_key=True),
    Column("state", String(12), nullable=False),
    Column("fine_fen", BigInteger, nullable=False),
)
