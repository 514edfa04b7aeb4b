"""What a station keeps about its day beside the orders: couriers, who goes where, and the signed sheet of the day.
Written by pickups/ only."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from storage.tables.base import BigId, Instant, Json, metadata

couriers = Table(
    "couriers",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("station", String(40), nullable=False),
    Column("name", String(40), nullable=False),
    Column("active", Boolean, nullable=False),
    UniqueConstraint("station", "name"),
)

# Which courier goes for an order; the last row of an order's `seq` counts.
courier_assignments = Table(
    "courier_assignments",
    metadata,
    Column("order_id", BigId, ForeignKey("orders.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("courier_id", BigId, ForeignKey("couriers.id")),  # None: taken back
    Column("at", Instant, nullable=False),
    Column("by", String(80), nullable=False),
    Index("ix_courier_assignments_courier_id", "courier_id"),
)

# The day closed and signed by its station (DAY-1): what it showed then, never changed afterwards.
day_sheets = Table(
    "day_sheets",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("station", String(40), nullable=False),
    Column("day", String(10), nullable=False),
    Column("figures", Json, nullable=False),
    Column("unscanned", Json, nullable=False),  # order ids that were left, each with the word of the station
    Column("digest", String(64), nullable=False),  # of what was shown when it was signed
    Column("signed_by", String(80), nullable=False),
    Column("signed_at", Instant, nullable=False),
    UniqueConstraint("station", "day"),
)
