"""Clocks and violations. Written by sla/ only."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from storage.tables.base import BigId, Instant, Json, metadata

clocks = Table(
    "clocks",
    metadata,
    Column("order_id", BigId, ForeignKey("orders.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("region", String(40), nullable=False),
    Column("station", String(40), nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("verdict", String(10), nullable=False),
    Column("decided_by", Instant),
    Column("edition", String(20), nullable=False),
    Index("ix_clocks_station_due_at", "station", "due_at"),
    Index("ix_clocks_due_at", "due_at"),
)

# What was found; whether it costs money is the case's state (penalties). One of a kind for each assignment (VIO-1).
violations = Table(
    "violations",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("order_id", BigId, ForeignKey("orders.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("region", String(40), nullable=False),
    Column("station", String(40), nullable=False),
    Column("house", String(40), nullable=False),
    Column("happened_at", Instant, nullable=False),
    Column("edition", String(20), nullable=False),
    Column("excuse", String(20), nullable=False),
    Column("fine_fen", BigInteger, nullable=False),
    Column("evidence", Json, nullable=False),
    UniqueConstraint("order_id", "seq", "kind"),
    Index("ix_violations_station_happened_at", "station", "happened_at"),
    Index("ix_violations_happened_at", "happened_at"),
)
