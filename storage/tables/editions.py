"""Editions of the rulebook: proposals, and what was approved. Written by editions/ only; approved ones never change."""

from sqlalchemy import CheckConstraint, Column, Index, String, Table, Text, UniqueConstraint

from storage.tables.base import BigId, Instant, metadata

# An approved edition (ROLE-3, DAY-1), and the packaged first one with its hash. Append only.
editions = Table(
    "editions",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("name", String(20), nullable=False),
    Column("effective", String(10), nullable=False),  # a Shanghai day, 2026-12-01
    Column("text", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("maker", String(80), nullable=False),
    Column("checker", String(80), nullable=False),
    Column("approved_at", Instant, nullable=False),
    UniqueConstraint("name"),
    UniqueConstraint("effective"),
)

edition_proposals = Table(
    "edition_proposals",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("name", String(20), nullable=False),
    Column("effective", String(10), nullable=False),
    Column("text", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("state", String(10), nullable=False),
    Column("maker", String(80), nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("checker", String(80)),
    Column("decided_at", Instant),
    Column("decision", Text),  # the checker's words
    UniqueConstraint("name", "proposed_at"),
    CheckConstraint("state IN ('open', 'approved', 'declined')", name="state"),
    CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
    CheckConstraint("checker IS NULL OR checker <> maker", name="four_eyes"),
    Index("ix_edition_proposals_state", "state", "proposed_at"),
)
