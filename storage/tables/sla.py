"""Clocks, violations, and what the judging of clocks rests on besides orders: outages, who looked at a desk, warnings.
Written by sla/ only."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.tables.base import BigId, Instant, Json, JsonOrNull, metadata

clocks = Table(
    "clocks",
    metadata,
    Column("order_id", BigId, ForeignKey("orders.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("region", String(40), nullable=False),
    Column("station", String(40), nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("verdict", String(10), nullable=False),
    Column("decided_by", Instant),
    Column("edition", String(20), nullable=False),
    # What is suspected of the station if nothing comes before the deadline, judged in advance while the clock runs, so
    # that a night's deadlines are fired by few statements. `late_kind` "": nothing; null: the order is judged in full.
    Column("late_kind", String(20)),
    Column("late_edition", String(20)),
    Column("late_excuse", String(20)),
    Column("late_fine_fen", BigInteger),
    Column("late_evidence", JsonOrNull),
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

# The product's own availability (VIO-3): when each source was last known to be well. `web` is our own.
beats = Table(
    "beats",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("since", Instant, nullable=False),  # from here on the record is whole
    Column("last_at", Instant, nullable=False),
    # Of a channel, since the last sign of life: the first failure, the last one, and the first order that failed.
    Column("failing_at", Instant),
    Column("failed_at", Instant),
    Column("failing_order", BigInteger),
)

# When a source was away: `web` our own console and push edge, else a channel's name. `ended_at` null: it still is.
outages = Table(
    "outages",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("source", String(40), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("noticed_at", Instant, nullable=False),  # when what this row says was last put down, changed or taken back
    Column("by", String(80), nullable=False),  # system, or who entered it
    Column("note", String(500), nullable=False),
    Column("withdrawn_at", Instant),  # taken back: it never was
    Column("withdrawn_by", String(80)),
    Column("thought_until", Instant),  # it was thought to last until then, and suspicions were judged by that
    Column("looked", Integer, nullable=False, default=0),  # how often suspicions that it concerns were judged again
    UniqueConstraint("source", "started_at"),
    Index("ix_outages_noticed_at", "noticed_at"),
)

# DUTY-3: when each station last looked at its desk, and when it did not for too long. `ended_at` null: still silent.
presence = Table(
    "presence",
    metadata,
    Column("station", String(40), primary_key=True),
    Column("seen_at", Instant, nullable=False),
)
silences = Table(
    "silences",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("station", String(40), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("noticed_at", Instant, nullable=False),
    UniqueConstraint("station", "started_at"),
    Index("ix_silences_started_at", "started_at"),
)

# DO-8: each step of the ladder that was taken for an assignment; kept as evidence.
rings = Table(
    "rings",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("order_id", BigId, ForeignKey("orders.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("step", String(20), nullable=False),
    Column("region", String(40), nullable=False),
    Column("station", String(40), nullable=False),
    Column("rung_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("risk", Double),  # share of like orders that were late; null: too few
    Column("ahead", Boolean, nullable=False),  # taken early, because of the risk
    Column("told", Json, nullable=False),
    UniqueConstraint("order_id", "seq", "step"),
    Index("ix_rings_station_rung_at", "station", "rung_at"),
)

# A station's own pace: what a forecast is made of (DO-8).
paces = Table(
    "paces",
    metadata,
    Column("station", String(40), primary_key=True),
    Column("counted_at", Instant, nullable=False),
    Column("figures", Json, nullable=False),
)

# A process whose clock and the database's differ (RELIABILITY D9, F-38).
clock_alarms = Table(
    "clock_alarms",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("process", String(120), nullable=False),
    Column("noticed_at", Instant, nullable=False),  # by the database's clock
    Column("last_at", Instant, nullable=False),
    Column("seconds", Double, nullable=False),  # ours minus the database's
    Column("ended_at", Instant),
    Column("accepted_by", String(80)),
    Column("accepted_at", Instant),
    Column("note", Text, nullable=False),
    UniqueConstraint("process", "noticed_at"),
)
