"""Frozen reports with the rows behind them, runs, schedules, saved questions, the archive. Written by reports/ only."""

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
)

from storage.tables.base import BigId, Instant, Json, metadata

# A period's figures as they were when it was frozen; number 0 first, 1.. its dated supplements. Nothing in it changes.
snapshots = Table(
    "report_snapshots",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("kind", String(10), nullable=False),  # weekly, monthly
    Column("period", String(8), nullable=False),  # 2026-W19, 2026-05
    Column("number", Integer, nullable=False),
    Column("edition", String(120), nullable=False),  # several where one began in the period
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("digest", String(64), nullable=False),  # over the digests of all parts that count for it
    Column("changed", Integer, nullable=False),  # cells that differ from the number before
    UniqueConstraint("kind", "period", "number"),
    CheckConstraint("number >= 0", name="number"),
)

# Frames as Parquet files: `figures` (every cell of every scope), `changes` (of a supplement: cell, was, is), and the
# facts behind them by province. A supplement holds only the parts that differ; else the number before's part counts.
parts = Table(
    "report_parts",
    metadata,
    Column("snapshot_id", BigId, ForeignKey("report_snapshots.id"), primary_key=True),
    Column("frame", String(20), primary_key=True),
    Column("province", String(100), primary_key=True),  # "" of figures and changes, and of rows without a province
    Column("rows", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
)

# A report being made: what was asked, by whom, how far it is. Another process does it.
runs = Table(
    "report_runs",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(160), nullable=False, unique=True),  # of its cause: one asked twice runs once
    Column("kind", String(12), nullable=False),
    Column("asked", Json, nullable=False),
    Column("asked_by", String(80), nullable=False),
    Column("user_id", BigInteger),  # whose eyes it is for; null: a schedule's
    Column("asked_at", Instant, nullable=False),
    Column("state", String(8), nullable=False),  # waiting, running, done, failed
    Column("started_at", Instant),
    Column("beat_at", Instant),  # the last sign of life of the process that makes it
    Column("done", Integer, nullable=False),
    Column("steps", Integer, nullable=False),
    Column("step", String(80), nullable=False),  # `中文 / English`
    Column("ended_at", Instant),
    Column("error", Text, nullable=False),
    Column("document", LargeBinary),  # as JSON, until it is forgotten
    CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
    Index("ix_report_runs_state", "state", "asked_at"),
    Index("ix_report_runs_user_id", "user_id", "asked_at"),
)

# What an HQ user composed (reports/ask): kept under a name, and scheduled by it.
questions = Table(
    "report_questions",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("name", String(60), nullable=False),
    Column("asks", Json, nullable=False),
    Column("shared", Boolean, nullable=False),
    Column("saved_at", Instant, nullable=False),
    Column("saved_by", String(80), nullable=False),
    UniqueConstraint("user_id", "name"),
)

# Who gets what every Monday or every month, in which form; ended ones stay.
schedules = Table(
    "report_schedules",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(160), nullable=False, unique=True),  # of the form: one sent twice is one
    Column("kind", String(12), nullable=False),  # weekly, monthly, fairness, honesty, operations, ask
    Column("question_id", BigId, ForeignKey("report_questions.id")),
    Column("scope", String(120), nullable=False),
    Column("to_kind", String(10), nullable=False),
    Column("to_code", String(100), nullable=False),
    Column("form", String(8), nullable=False),  # pdf, xlsx, line
    Column("every", String(8), nullable=False),  # week, month
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", String(80)),
    CheckConstraint("every IN ('week', 'month')", name="every"),
    CheckConstraint("form IN ('pdf', 'xlsx', 'line')", name="form"),
    CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
    Index("ix_report_schedules_to", "to_kind", "to_code"),
)

# `lanshou archive`: which facts of which closed month lie in which file, and what the month looked like then. A month
# that changed since is read from the database until it is archived again.
archived = Table(
    "archived_parts",
    metadata,
    Column("month", String(7), primary_key=True),
    Column("frame", String(20), primary_key=True),
    Column("province", String(100), primary_key=True),
    Column("path", String(200), nullable=False),  # under the archive's folder
    Column("rows", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("mark", Json, nullable=False),
    Column("archived_at", Instant, nullable=False),
)
