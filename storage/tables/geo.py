"""Tables that geo/ writes: the network. HQ's data centre is no row of `stations` (ROUTE-2)."""

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

from storage.tables.base import BigId, Instant, metadata

stations = Table(
    "stations",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("level", Integer, nullable=False),
    Column("parent", String(32), ForeignKey("stations.code"), index=True),
    Column("province", String(100), nullable=False, index=True),
    Column("duty", String(16), nullable=False),
    Column("accepts", Boolean, nullable=False),
    # Whom channels and senders are told to call; null when nobody said.
    Column("contact", String(64)),
    Column("phone", String(40)),
    Column("address", String(200)),
    Column("imported_at", Instant, nullable=False),
    CheckConstraint("level = 1 AND parent IS NULL OR level = 2 AND parent IS NOT NULL", name="level"),
    CheckConstraint("duty IN ('standard', 'xinjiang')", name="duty"),
    CheckConstraint("code <> 'DATA_CENTRE'", name="reserved"),
)

areas = Table(
    "areas",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("station", String(32), ForeignKey("stations.code"), nullable=False),
    # Number of the area among those of its station, from 1.
    Column("part", Integer, nullable=False),
    Column("datum", String(8), nullable=False),
    # GCJ-02, well-known binary; `original` is the GeoJSON geometry of one given in another datum.
    Column("wkb", LargeBinary, nullable=False),
    Column("original", Text),
    # Null: since ever, and still. Verdicts will need the areas valid at an instant (VIO-2).
    Column("valid_from", Instant),
    Column("valid_until", Instant),
    Column("imported_at", Instant, nullable=False),
    CheckConstraint("datum IN ('GCJ-02', 'WGS-84', 'BD-09')", name="datum"),
    CheckConstraint("datum = 'GCJ-02' OR original IS NOT NULL", name="original"),
    CheckConstraint("valid_until > valid_from", name="validity"),
)
# Of what is valid now, each part once.
Index(
    "uq_areas_station_part",
    areas.c.station,
    areas.c.part,
    unique=True,
    sqlite_where=areas.c.valid_until.is_(None),
    postgresql_where=areas.c.valid_until.is_(None),
)

districts = Table(
    "districts",
    metadata,
    Column("adcode", String(32), primary_key=True),
    Column("station", String(32), ForeignKey("stations.code"), primary_key=True, index=True),
)

closures = Table(
    "closures",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("station", String(32), ForeignKey("stations.code"), nullable=False),
    # Closed while starts_at <= at < ends_at (ROUTE-6).
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("imported_at", Instant, nullable=False),
    UniqueConstraint("station", "starts_at", "ends_at"),
    CheckConstraint("ends_at > starts_at", name="order"),
)

# One row, counted up by every import, so that whoever holds the network in memory knows when it is stale.
network_version = Table(
    "network_version",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    Column("changed_at", Instant, nullable=False),
    CheckConstraint("id = 1", name="single"),
)
