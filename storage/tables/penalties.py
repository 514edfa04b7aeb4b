"""Cases, reviews, notices, appeals, the ledger, what people ask of it, settlements. Written by penalties/ only."""

from sqlalchemy import (
    BigInteger,
    Boolean,
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
    text,
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
    Index("ix_cases_decided_at", "decided_at", "violation_id"),
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
    # Under which common cause many were decided as one (VIO-4); "" for one alone.
    Column("cause", String(160), nullable=False),
    UniqueConstraint("violation_id", "step"),
)

# A sample of decided cases that a second reviewer judges without seeing the first one's verdict. It changes nothing.
second_reviews = Table(
    "second_reviews",
    metadata,
    Column("violation_id", BigId, ForeignKey("violations.id"), primary_key=True, autoincrement=False),
    Column("sampled_at", Instant, nullable=False),
    Column("first_by", String(80), nullable=False),
    Column("first_decision", String(10), nullable=False),
    Column("second_by", String(80)),
    Column("second_decision", String(10)),
    Column("reason", Text, nullable=False),
    Column("decided_at", Instant),
    CheckConstraint("second_by IS NULL OR second_by <> first_by", name="blind"),
    CheckConstraint("(second_by IS NULL) = (decided_at IS NULL)", name="decided"),
    Index("ix_second_reviews_waiting", "decided_at", "sampled_at"),
)

# What people ask of the ledger, decided by another one (ROLE-3); the kinds are words of penalties/byhand.py.
# `amount_fen`: + the station owes more. `month` is the one concerned, `about` the key of a posting concerned.
money_requests = Table(
    "money_requests",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),  # of the form: one sent twice asks once
    Column("kind", String(16), nullable=False),
    Column("state", String(10), nullable=False),
    Column("station", String(40)),
    Column("amount_fen", BigInteger),
    Column("month", String(7)),
    Column("about", String(160), nullable=False),
    Column("reason", Text, nullable=False),
    Column("content", Json, nullable=False),
    Column("digest", String(64), nullable=False),  # of all that the checker is shown: another one is a conflict
    Column("maker", String(80), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("checker", String(80)),
    Column("decided_at", Instant),
    Column("decision", Text, nullable=False),
    CheckConstraint("state IN ('open', 'approved', 'declined', 'withdrawn')", name="state"),
    CheckConstraint("state NOT IN ('approved', 'declined') OR checker IS NOT NULL", name="checked"),
    CheckConstraint("checker IS NULL OR checker <> maker", name="four_eyes"),
    CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
    Index("ix_money_requests_state", "state", "made_at"),
    # Of a month one settlement or one closing waits at a time.
    Index(
        "uq_money_requests_waiting", "month", unique=True,
        sqlite_where=text("state = 'open' AND kind IN ('settlement', 'close_month')"),
        postgresql_where=text("state = 'open' AND kind IN ('settlement', 'close_month')"),
    ),
)  # fmt: skip

# A posting, known by a key made from its cause; its lines sum to zero. Same key, other content is an error.
postings = Table(
    "postings",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("seq", BigInteger, nullable=False, unique=True),  # from 1, without a gap
    Column("key", String(160), nullable=False, unique=True),
    Column("content_hash", String(64), nullable=False),
    Column("chain", String(64), nullable=False),  # over the chain before it and all of this posting
    Column("happened_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("month", String(7), nullable=False),  # in which it is booked: that of its cause while it was open
    Column("station", String(40), nullable=False),
    Column("logistics_no", String(64), nullable=False),
    Column("rule", String(20), nullable=False),
    Column("edition", String(20), nullable=False),
    Column("why", Text, nullable=False),  # of a settlement
    Column("violation_id", BigId, ForeignKey("violations.id"), index=True),
    Column("request_id", BigId, ForeignKey("money_requests.id"), index=True),
    Index("ix_postings_month", "month"),
    Index("ix_postings_happened_at", "happened_at"),
    Index("ix_postings_logistics_no", "logistics_no"),
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

# The chain's head at the end of each day, as the daily report printed it (RELIABILITY D7).
ledger_heads = Table(
    "ledger_heads",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("chain", String(64), nullable=False),
    Column("written_at", Instant, nullable=False),
)

# Nothing is booked into these any more.
closed_months = Table(
    "closed_months",
    metadata,
    Column("month", String(7), primary_key=True),
    Column("closed_at", Instant, nullable=False),
    Column("request_id", BigId, ForeignKey("money_requests.id"), nullable=False),
)

# A month settled: number 0 first, 1.. again, each with the differences only (SETTLE-1).
settlements = Table(
    "settlements",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("month", String(7), nullable=False),
    Column("number", Integer, nullable=False),
    Column("settled_at", Instant, nullable=False),
    Column("edition", String(20), nullable=False),
    Column("figures", Json, nullable=False),  # places by province and the gap to those of the edition
    Column("request_id", BigId, ForeignKey("money_requests.id")),
    UniqueConstraint("month", "number"),
)

settlement_items = Table(
    "settlement_items",
    metadata,
    Column("settlement_id", BigId, ForeignKey("settlements.id"), primary_key=True),
    Column("station", String(40), primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("amount_fen", BigInteger, nullable=False),  # + the station receives
    Column("why", Text, nullable=False),
    Column("posting_id", BigId, ForeignKey("postings.id"), nullable=False, unique=True),
    CheckConstraint("amount_fen <> 0", name="amount_not_zero"),
)

# How a level-1 station's month stands while it runs: what its settlement would say if the month ended now.
standings = Table(
    "standings",
    metadata,
    Column("month", String(7), primary_key=True),
    Column("station", String(40), primary_key=True),
    Column("province", String(100), nullable=False),
    Column("figures", Json, nullable=False),
    Column("counted_at", Instant, nullable=False),
    Index("ix_standings_province", "month", "province"),
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
    Column("published_by", String(80), nullable=False),
    UniqueConstraint("week", "number"),
)

# What a notice holds: from then on it can be appealed (APPEAL-1).
notice_items = Table(
    "notice_items",
    metadata,
    Column("notice_id", BigId, ForeignKey("notices.id"), primary_key=True),
    Column("violation_id", BigId, ForeignKey("violations.id"), primary_key=True, index=True),
    Column("state", String(12), nullable=False),
    Column("fine_fen", BigInteger, nullable=False),
)

# APPEAL-1..3: one row a stage reached. `opened_at` is when the appeal was received, `recorded_at` when it was entered;
# both are one for what a station entered itself. `due_at`: when the province's silence passes it on; null at HQ.
appeals = Table(
    "appeals",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("violation_id", BigId, ForeignKey("violations.id"), nullable=False),
    Column("stage", String(8), nullable=False),
    Column("state", String(10), nullable=False),
    Column("station", String(40), nullable=False),
    Column("province", String(100), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("text", Text, nullable=False),
    Column("by", String(80), nullable=False),
    Column("by_mail", Boolean, nullable=False),
    Column("closed_at", Instant),
    Column("closed_by", String(80), nullable=False),
    Column("reason", Text, nullable=False),
    UniqueConstraint("violation_id", "stage"),
    CheckConstraint("stage IN ('province', 'hq')", name="stage"),
    CheckConstraint("state IN ('open', 'overturned', 'upheld', 'passed_on')", name="state"),
    CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
    Index("ix_appeals_state", "state", "stage", "due_at"),
    Index("ix_appeals_station", "station", "opened_at"),
    Index("ix_appeals_opened_at", "opened_at", "id"),
    Index("ix_appeals_closed_by_closed_at", "closed_by", "closed_at"),
)

# Files of an appeal or of its decision (APPEAL-2), under a name of ours; `name` is what the sender called it.
appeal_files = Table(
    "appeal_files",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("appeal_id", BigId, ForeignKey("appeals.id"), nullable=False, index=True),
    Column("own_name", String(40), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("media_type", String(80), nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("by", String(80), nullable=False),
    Column("added_at", Instant, nullable=False),
)
