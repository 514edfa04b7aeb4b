"""Tables that geo/ writes: the network. HQ's data centre is no row of `stations` (ROUTE-2)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
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

# A change of service areas, by a person or by an import: whose areas, since when they hold. Never edited.
area_changes = Table(
    "area_changes",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),  # made from the cause: a form sent twice changes once
    Column("effective_at", Instant),  # null: since ever
    Column("recorded_at", Instant, nullable=False),
    Column("by", String(80), nullable=False),
    Column("source", String(12), nullable=False),
    Column("note", String(500), nullable=False),
    Column("stations", Json, nullable=False),
    CheckConstraint("source IN ('import', 'console')", name="source"),
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
    # Null: since ever, and still. A verdict goes by the areas valid at its instant (VIO-2).
    Column("valid_from", Instant),
    Column("valid_until", Instant),
    Column("imported_at", Instant, nullable=False),
    Column("change_id", BigId, ForeignKey("area_changes.id"), index=True),  # null: as it was before there were changes
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

# What a station asks for and HQ grants beforehand or declines (ROUTE-6); a granted one becomes a row of `closures`.
closure_requests = Table(
    "closure_requests",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("station", String(32), ForeignKey("stations.code"), nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("reason", String(500), nullable=False),
    Column("asked_by", String(80), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("state", String(12), nullable=False),
    Column("decided_by", String(80)),
    Column("decided_at", Instant),
    Column("note", String(500), nullable=False),
    UniqueConstraint("station", "starts_at", "ends_at", "asked_at"),
    CheckConstraint("ends_at > starts_at", name="order"),
    CheckConstraint("state IN ('asked', 'granted', 'declined', 'taken_back')", name="state"),
    CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="decided"),
    Index("ix_closure_requests_state_starts_at", "state", "starts_at"),
)

# District (区县) polygons, GCJ-02, as an operator imported them; the product itself ships none.
district_shapes = Table(
    "district_shapes",
    metadata,
    Column("adcode", String(12), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("wkb", LargeBinary, nullable=False),
    Column("imported_at", Instant, nullable=False),
)

# What is doubtful in the areas as of one version of the network; made anew as a whole (geo/checks.py).
area_findings = Table(
    "area_findings",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("network_version", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("station", String(32)),
    Column("other", String(32)),
    Column("adcode", String(12)),
    Column("square_metres", Double),
    Column("wkb", LargeBinary),  # the place in question, GCJ-02
    Column("cause", Text, nullable=False),
    Column("found_at", Instant, nullable=False),
    UniqueConstraint("network_version", "number"),
)

# A street, estate or building of a district that a person gave to a station: a part of its service area in words.
named_places = Table(
    "named_places",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("adcode", String(12), nullable=False),
    Column("fragment", String(100), nullable=False),
    Column("station", String(32), ForeignKey("stations.code"), nullable=False),
    Column("valid_from", Instant, nullable=False),
    Column("valid_until", Instant),
    Column("by", String(80), nullable=False),
    Column("note", String(500), nullable=False),
    UniqueConstraint("adcode", "fragment", "valid_from"),
    CheckConstraint("valid_until > valid_from", name="validity"),
)
Index(
    "uq_named_places_now",
    named_places.c.adcode,
    named_places.c.fragment,
    unique=True,
    sqlite_where=named_places.c.valid_until.is_(None),
    postgresql_where=named_places.c.valid_until.is_(None),
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
