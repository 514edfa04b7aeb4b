"""Orders, their logs, holders, numbers and scans. Written by dispatch/ only.

`region` is the province in which the order was first routed ("" when no station was certain). It never changes and
is in every hot table, so that they can be partitioned or sharded by it later.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
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

from storage.tables.base import BigId, Instant, Json, metadata

orders = Table(
    "orders",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("region", String(40), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("logistics_no", String(64), nullable=False),
    Column("business_type", String(20), nullable=False),
    Column("online", Boolean, nullable=False),
    Column("state", String(20), nullable=False),
    Column("station", String(40)),
    Column("routing_cause", String(20), nullable=False),
    Column("candidates", Json, nullable=False),
    Column("waybill_no", String(64)),
    Column("waybill_by", String(10)),
    Column("content", Json, nullable=False),
    Column("sender_phone", String(40)),
    Column("lng", Double),  # GCJ-02 degrees of the usable point
    Column("lat", Double),
    Column("adcode", String(12)),
    Column("missing", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("released_at", Instant),
    Column("window_start", Instant),
    Column("window_end", Instant),
    Column("assigned_at", Instant),
    Column("accepted_at", Instant),
    Column("confirmed_at", Instant),
    Column("picked_up_at", Instant),
    Column("ended_at", Instant),
    Column("withdrawal_origin", String(10)),
    Column("withdrawal_reason", Text),
    Column("withdrawal_handled_at", Instant),
    Column("accept_due_at", Instant),  # running clocks of the present holder, for the desk
    Column("transfer_due_at", Instant),
    Column("pickup_due_at", Instant),
    Column("promise_at", Instant, nullable=False),
    Column("alias", String(64)),  # another name under which its channel may speak of it
    Column("asked_at", Instant),  # a caller's wish that waits for the holder's word (CHAN-8)
    Column("next_at", Instant),  # when the sweep must look again; null when nothing will fall due
    Column("version", Integer, nullable=False),  # number of events; a stale one is refused (RELIABILITY D6)
    Column("pseudonymised_at", Instant),  # nobody's personal data is left in it (retention, RELIABILITY 11.3)
    UniqueConstraint("channel", "logistics_no"),
    Index("ix_orders_logistics_no", "logistics_no"),
    Index("ix_orders_alias", "alias"),
    Index("ix_orders_next_at", "next_at"),
    Index("ix_orders_station_state", "station", "state", "accept_due_at"),
    Index("ix_orders_created_at", "created_at", "id"),
    Index("ix_orders_region_created_at", "region", "created_at"),
    Index("ix_orders_state_created_at", "state", "created_at"),
    Index("ix_orders_sender_phone", "sender_phone"),
)

_people = orders.c.pseudonymised_at.is_(None)  # what the nightly retention still has to look at
Index("ix_orders_with_people", orders.c.created_at, orders.c.id, sqlite_where=_people, postgresql_where=_people)

events = Table(
    "events",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("order_id", BigId, ForeignKey("orders.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("region", String(40), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("happened_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("by", String(80), nullable=False),
    Column("data", Json, nullable=False),
    UniqueConstraint("order_id", "seq"),
)

assignments = Table(
    "assignments",
    metadata,
    Column("order_id", BigId, ForeignKey("orders.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("region", String(40), nullable=False),
    Column("station", String(40), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("cause", String(10), nullable=False),
    Column("by", String(80), nullable=False),
    Column("outside", Boolean, nullable=False),
    Column("accepted_at", Instant),
    Index("ix_assignments_station_started_at", "station", "started_at"),
    Index("ix_assignments_started_at", "started_at"),
)

# Present numbers only: one order has a number at a time (WAYBILL-1). Not partitioned, so the key can be unique.
waybills = Table(
    "waybills",
    metadata,
    Column("waybill_no", String(64), primary_key=True),
    Column("order_id", BigId, ForeignKey("orders.id"), nullable=False, unique=True),
)

scans = Table(
    "scans",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("waybill_no", String(64), nullable=False),
    Column("station", String(40), nullable=False),
    Column("scanned_at", Instant, nullable=False),
    Column("told_at", Instant, nullable=False),
    Column("operator", String(80), nullable=False),
    UniqueConstraint("waybill_no", "station", "scanned_at"),
    Index("ix_scans_station", "station"),
)

# Orders that a sweep could not judge: after a few tries they wait for a person (RELIABILITY F-15).
troubles = Table(
    "troubles",
    metadata,
    Column("order_id", BigId, ForeignKey("orders.id"), primary_key=True, autoincrement=False),
    Column("tries", Integer, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("error", Text, nullable=False),
)

# Withdrawals and numbers told before their order (CHAN-6). `channel` "" means: whichever has the number.
waiting = Table(
    "waiting",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("logistics_no", String(64), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("told_at", Instant, nullable=False),
    Column("by", String(80), nullable=False),
    Column("data", Json, nullable=False),
    UniqueConstraint("channel", "logistics_no", "digest"),
    Index("ix_waiting_logistics_no", "logistics_no"),
)

# WAYBILL-1: blocks of numbers issued to a station, both ends included; blocks do not overlap.
waybill_stock = Table(
    "waybill_stock",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("station", String(40), nullable=False),
    Column("first", String(30), nullable=False),
    Column("last", String(30), nullable=False),
    Column("imported_at", Instant, nullable=False),
    Column("by", String(80), nullable=False),
    Column("withdrawn_at", Instant),  # imported by mistake; kept, but nobody's stock any more
    Column("withdrawn_by", String(80)),
    CheckConstraint("first <= last", name="order"),
    CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn"),
    Index("ix_waybill_stock_station", "station"),
)
Index(
    "uq_waybill_stock_first",
    waybill_stock.c.first,
    unique=True,
    sqlite_where=waybill_stock.c.withdrawn_at.is_(None),
    postgresql_where=waybill_stock.c.withdrawn_at.is_(None),
)

# ROUTE-4: a transfer, a dispatch or a pickup says "this fragment belongs to that station". Kept; no address in it.
fragment_votes = Table(
    "fragment_votes",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("order_id", BigId, ForeignKey("orders.id"), nullable=False),
    Column("seq", Integer, nullable=False),  # of the assignment that votes
    Column("region", String(40), nullable=False),
    Column("adcode", String(12), nullable=False),
    Column("fragment", String(100), nullable=False),
    Column("station", String(40), nullable=False),
    Column("against", String(40)),  # whom the order left; null for a pickup where routing sent it
    Column("cause", String(10), nullable=False),
    Column("lng", Double),  # GCJ-02
    Column("lat", Double),
    Column("at", Instant, nullable=False),
    UniqueConstraint("order_id", "seq", "fragment"),
    Index("ix_fragment_votes_adcode_fragment", "adcode", "fragment"),
    Index("ix_fragment_votes_at", "at"),
)

# How far the counting of votes has read: the last line of the orders' logs.
votes_counted = Table(
    "votes_counted",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("event_id", BigInteger, nullable=False),
    Column("counted_at", Instant, nullable=False),
    CheckConstraint("id = 1", name="single"),
)

# "This fragment belongs to that station", with enough votes: a person adopts or declines it, nothing else does.
proposals = Table(
    "proposals",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("adcode", String(12), nullable=False),
    Column("fragment", String(100), nullable=False),
    Column("station", String(40), nullable=False),
    Column("votes_for", Integer, nullable=False),
    Column("votes_against", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("counted_at", Instant, nullable=False),
    Column("decided_at", Instant),
    Column("decided_by", String(80)),
    Column("note", String(500), nullable=False),
    UniqueConstraint("adcode", "fragment", "station", "opened_at"),
    CheckConstraint("state IN ('open', 'adopted', 'declined')", name="state"),
    CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
    Index("ix_proposals_state_opened_at", "state", "opened_at"),
)
Index(
    "uq_proposals_open",
    proposals.c.adcode,
    proposals.c.fragment,
    proposals.c.station,
    unique=True,
    sqlite_where=proposals.c.state == "open",
    postgresql_where=proposals.c.state == "open",
)

# Border register: a dispute that HQ decided by sending the order to one of those who had passed it on (ROUTE-5).
border_entries = Table(
    "border_entries",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("order_id", BigId, ForeignKey("orders.id"), nullable=False),
    Column("seq", Integer, nullable=False),  # of the assignment that decided it
    Column("region", String(40), nullable=False),
    Column("adcode", String(12)),
    Column("fragment", String(100), nullable=False),  # street, estate or building; no house number, no name
    Column("lng", Double),  # GCJ-02
    Column("lat", Double),
    Column("station", String(40), nullable=False),  # to which it belongs
    Column("others", Json, nullable=False),  # stations that had passed it on
    Column("decided_at", Instant, nullable=False),
    Column("decided_by", String(80), nullable=False),
    Column("note", String(500), nullable=False),
    UniqueConstraint("order_id", "seq"),
    Index("ix_border_entries_station_decided_at", "station", "decided_at"),
    Index("ix_border_entries_adcode_fragment", "adcode", "fragment"),
    Index("ix_border_entries_lat", "lat"),
)

# A draft of the rulebook on a period that is over, asked for by a person and worked off by a job (docs/rulebook.md).
rehearsals = Table(
    "rehearsals",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),  # of the form: one sent twice asks once
    Column("asked_by", String(80), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("first_day", String(10), nullable=False),
    Column("last_day", String(10), nullable=False),
    Column("edition", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("state", String(10), nullable=False),
    Column("done", Integer, nullable=False),  # orders looked at so far
    Column("total", Integer, nullable=False),
    Column("figures", Json, nullable=False),
    Column("taken_at", Instant),
    Column("ended_at", Instant),
    CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
    Index("ix_rehearsals_state", "state", "asked_at"),
)

# What a station's desk shows has changed: an open console asks for the sum of the numbers (decision 17).
desk_changes = Table(
    "desk_changes",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("station", String(40), nullable=False),
    Column("number", BigInteger, nullable=False),
    Index("ix_desk_changes_station", "station"),
)
