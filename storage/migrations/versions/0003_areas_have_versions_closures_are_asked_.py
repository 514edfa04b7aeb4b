"""Areas have versions; closures are asked for; transfers vote"""

import sqlalchemy as sa
from alembic import op

from storage.tables.base import BigId, Instant, Json

revision = "0003"
down_revision: str | None = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "area_changes",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("effective_at", Instant(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("stations", Json, nullable=False),
        sa.CheckConstraint("source IN ('import', 'console')", name=op.f("ck_area_changes_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_changes")),
        sa.UniqueConstraint("key", name=op.f("uq_area_changes_key")),
    )
    op.create_table(
        "area_findings",
        sa.Column("id", BigId, nullable=False),
        sa.Column("network_version", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("station", sa.String(length=32), nullable=True),
        sa.Column("other", sa.String(length=32), nullable=True),
        sa.Column("adcode", sa.String(length=12), nullable=True),
        sa.Column("square_metres", sa.Double(), nullable=True),
        sa.Column("wkb", sa.LargeBinary(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_findings")),
        sa.UniqueConstraint("network_version", "number", name=op.f("uq_area_findings_network_version_number")),
    )
    op.create_table(
        "district_shapes",
        sa.Column("adcode", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("wkb", sa.LargeBinary(), nullable=False),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("adcode", name=op.f("pk_district_shapes")),
    )
    op.create_table(
        "proposals",
        sa.Column("id", BigId, nullable=False),
        sa.Column("adcode", sa.String(length=12), nullable=False),
        sa.Column("fragment", sa.String(length=100), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("votes_for", sa.Integer(), nullable=False),
        sa.Column("votes_against", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("counted_at", Instant(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_proposals_decided")),
        sa.CheckConstraint("state IN ('open', 'adopted', 'declined')", name=op.f("ck_proposals_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
        sa.UniqueConstraint(
            "adcode", "fragment", "station", "opened_at", name=op.f("uq_proposals_adcode_fragment_station_opened_at")
        ),
    )
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.create_index("ix_proposals_state_opened_at", ["state", "opened_at"], unique=False)
        batch_op.create_index(
            "uq_proposals_open",
            ["adcode", "fragment", "station"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "votes_counted",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", Instant(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_votes_counted_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_votes_counted")),
    )
    op.create_table(
        "border_entries",
        sa.Column("id", BigId, nullable=False),
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("adcode", sa.String(length=12), nullable=True),
        sa.Column("fragment", sa.String(length=100), nullable=False),
        sa.Column("lng", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("others", Json, nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_border_entries_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_border_entries")),
        sa.UniqueConstraint("order_id", "seq", name=op.f("uq_border_entries_order_id_seq")),
    )
    with op.batch_alter_table("border_entries", schema=None) as batch_op:
        batch_op.create_index("ix_border_entries_station_decided_at", ["station", "decided_at"], unique=False)
        batch_op.create_index("ix_border_entries_adcode_fragment", ["adcode", "fragment"], unique=False)
        batch_op.create_index("ix_border_entries_lat", ["lat"], unique=False)

    op.create_table(
        "closure_requests",
        sa.Column("id", BigId, nullable=False),
        sa.Column("station", sa.String(length=32), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name=op.f("ck_closure_requests_decided")),
        sa.CheckConstraint(
            "state IN ('asked', 'granted', 'declined', 'taken_back')", name=op.f("ck_closure_requests_state")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_closure_requests_order")),
        sa.ForeignKeyConstraint(["station"], ["stations.code"], name=op.f("fk_closure_requests_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure_requests")),
        sa.UniqueConstraint(
            "station",
            "starts_at",
            "ends_at",
            "asked_at",
            name=op.f("uq_closure_requests_station_starts_at_ends_at_asked_at"),
        ),
    )
    with op.batch_alter_table("closure_requests", schema=None) as batch_op:
        batch_op.create_index("ix_closure_requests_state_starts_at", ["state", "starts_at"], unique=False)

    op.create_table(
        "fragment_votes",
        sa.Column("id", BigId, nullable=False),
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("adcode", sa.String(length=12), nullable=False),
        sa.Column("fragment", sa.String(length=100), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("against", sa.String(length=40), nullable=True),
        sa.Column("cause", sa.String(length=10), nullable=False),
        sa.Column("lng", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_fragment_votes_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fragment_votes")),
        sa.UniqueConstraint("order_id", "seq", "fragment", name=op.f("uq_fragment_votes_order_id_seq_fragment")),
    )
    with op.batch_alter_table("fragment_votes", schema=None) as batch_op:
        batch_op.create_index("ix_fragment_votes_adcode_fragment", ["adcode", "fragment"], unique=False)
        batch_op.create_index("ix_fragment_votes_at", ["at"], unique=False)

    op.create_table(
        "named_places",
        sa.Column("id", BigId, nullable=False),
        sa.Column("adcode", sa.String(length=12), nullable=False),
        sa.Column("fragment", sa.String(length=100), nullable=False),
        sa.Column("station", sa.String(length=32), nullable=False),
        sa.Column("valid_from", Instant(), nullable=False),
        sa.Column("valid_until", Instant(), nullable=True),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.CheckConstraint("valid_until > valid_from", name=op.f("ck_named_places_validity")),
        sa.ForeignKeyConstraint(["station"], ["stations.code"], name=op.f("fk_named_places_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_named_places")),
        sa.UniqueConstraint(
            "adcode", "fragment", "valid_from", name=op.f("uq_named_places_adcode_fragment_valid_from")
        ),
    )
    with op.batch_alter_table("named_places", schema=None) as batch_op:
        batch_op.create_index(
            "uq_named_places_now",
            ["adcode", "fragment"],
            unique=True,
            sqlite_where=sa.text("valid_until IS NULL"),
            postgresql_where=sa.text("valid_until IS NULL"),
        )

    with op.batch_alter_table("areas", schema=None) as batch_op:
        batch_op.add_column(sa.Column("change_id", BigId, nullable=True))
        batch_op.create_index(batch_op.f("ix_areas_change_id"), ["change_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_areas_change_id"), "area_changes", ["change_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("areas", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_areas_change_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_areas_change_id"))
        batch_op.drop_column("change_id")

    with op.batch_alter_table("named_places", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_named_places_now",
            sqlite_where=sa.text("valid_until IS NULL"),
            postgresql_where=sa.text("valid_until IS NULL"),
        )

    op.drop_table("named_places")
    with op.batch_alter_table("fragment_votes", schema=None) as batch_op:
        batch_op.drop_index("ix_fragment_votes_at")
        batch_op.drop_index("ix_fragment_votes_adcode_fragment")

    op.drop_table("fragment_votes")
    with op.batch_alter_table("closure_requests", schema=None) as batch_op:
        batch_op.drop_index("ix_closure_requests_state_starts_at")

    op.drop_table("closure_requests")
    with op.batch_alter_table("border_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_border_entries_station_decided_at")

    op.drop_table("border_entries")
    op.drop_table("votes_counted")
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_proposals_open", sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'")
        )
        batch_op.drop_index("ix_proposals_state_opened_at")

    op.drop_table("proposals")
    op.drop_table("district_shapes")
    op.drop_table("area_findings")
    op.drop_table("area_changes")
