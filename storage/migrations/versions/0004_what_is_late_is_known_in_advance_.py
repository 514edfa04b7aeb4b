"""What is late is known in advance; outages, warnings, messages, editions"""

import sqlalchemy as sa
from alembic import op

from storage.tables.base import BigId, Instant, Json

revision = "0004"
down_revision: str | None = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "beats",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("failing_at", Instant(), nullable=True),
        sa.Column("failed_at", Instant(), nullable=True),
        sa.Column("failing_order", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_beats")),
    )
    op.create_table(
        "clock_alarms",
        sa.Column("id", BigId, nullable=False),
        sa.Column("process", sa.String(length=120), nullable=False),
        sa.Column("noticed_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("accepted_by", sa.String(length=80), nullable=True),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_alarms")),
        sa.UniqueConstraint("process", "noticed_at", name=op.f("uq_clock_alarms_process_noticed_at")),
    )
    op.create_table(
        "contacts",
        sa.Column("to_kind", sa.String(length=10), nullable=False),
        sa.Column("to_code", sa.String(length=100), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("kinds", Json, nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("way IN ('email', 'sms')", name=op.f("ck_contacts_way")),
        sa.PrimaryKeyConstraint("to_kind", "to_code", "way", "address", name=op.f("pk_contacts")),
    )
    op.create_table(
        "edition_proposals",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("effective", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("maker", sa.String(length=80), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("checker", sa.String(length=80), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_edition_proposals_decided")),
        sa.CheckConstraint("state IN ('open', 'approved', 'declined')", name=op.f("ck_edition_proposals_state")),
        sa.CheckConstraint("checker IS NULL OR checker <> maker", name=op.f("ck_edition_proposals_four_eyes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_proposals")),
        sa.UniqueConstraint("name", "proposed_at", name=op.f("uq_edition_proposals_name_proposed_at")),
    )
    with op.batch_alter_table("edition_proposals", schema=None) as batch_op:
        batch_op.create_index("ix_edition_proposals_state", ["state", "proposed_at"], unique=False)

    op.create_table(
        "editions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("effective", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("maker", sa.String(length=80), nullable=False),
        sa.Column("checker", sa.String(length=80), nullable=False),
        sa.Column("approved_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editions")),
        sa.UniqueConstraint("effective", name=op.f("uq_editions_effective")),
        sa.UniqueConstraint("name", name=op.f("uq_editions_name")),
    )
    op.create_table(
        "messages",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("to_kind", sa.String(length=10), nullable=False),
        sa.Column("to_code", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("link", sa.String(length=200), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("read_at", Instant(), nullable=True),
        sa.Column("read_by", sa.String(length=80), nullable=True),
        sa.CheckConstraint("to_kind IN ('station', 'province', 'hq')", name=op.f("ck_messages_to_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_messages_key")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index("ix_messages_order_id", ["order_id"], unique=False)
        batch_op.create_index("ix_messages_to", ["to_kind", "to_code", "created_at"], unique=False)
        batch_op.create_index(
            "ix_messages_unread",
            ["to_kind", "to_code"],
            unique=False,
            sqlite_where=sa.text("read_at IS NULL"),
            postgresql_where=sa.text("read_at IS NULL"),
        )

    op.create_table(
        "outages",
        sa.Column("id", BigId, nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("noticed_at", Instant(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=80), nullable=True),
        sa.Column("thought_until", Instant(), nullable=True),
        sa.Column("looked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outages")),
        sa.UniqueConstraint("source", "started_at", name=op.f("uq_outages_source_started_at")),
    )
    with op.batch_alter_table("outages", schema=None) as batch_op:
        batch_op.create_index("ix_outages_noticed_at", ["noticed_at"], unique=False)

    op.create_table(
        "paces",
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("counted_at", Instant(), nullable=False),
        sa.Column("figures", Json, nullable=False),
        sa.PrimaryKeyConstraint("station", name=op.f("pk_paces")),
    )
    op.create_table(
        "presence",
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("station", name=op.f("pk_presence")),
    )
    op.create_table(
        "silences",
        sa.Column("id", BigId, nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("noticed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silences")),
        sa.UniqueConstraint("station", "started_at", name=op.f("uq_silences_station_started_at")),
    )
    with op.batch_alter_table("silences", schema=None) as batch_op:
        batch_op.create_index("ix_silences_started_at", ["started_at"], unique=False)

    op.create_table(
        "waybill_stock",
        sa.Column("id", BigId, nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("first", sa.String(length=30), nullable=False),
        sa.Column("last", sa.String(length=30), nullable=False),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=80), nullable=True),
        sa.CheckConstraint("first <= last", name=op.f("ck_waybill_stock_order")),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name=op.f("ck_waybill_stock_withdrawn")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waybill_stock")),
    )
    with op.batch_alter_table("waybill_stock", schema=None) as batch_op:
        batch_op.create_index("ix_waybill_stock_station", ["station"], unique=False)
        batch_op.create_index(
            "uq_waybill_stock_first",
            ["first"],
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )

    op.create_table(
        "deliveries",
        sa.Column("id", BigId, nullable=False),
        sa.Column("message_id", BigId, nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Instant(), nullable=True),
        sa.Column("last_answer", sa.Text(), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.CheckConstraint("way IN ('email', 'sms')", name=op.f("ck_deliveries_way")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_deliveries_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("message_id", "way", "address", name=op.f("uq_deliveries_message_id_way_address")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index("ix_deliveries_next_at", ["next_at"], unique=False)

    op.create_table(
        "rings",
        sa.Column("id", BigId, nullable=False),
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("rung_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("risk", sa.Double(), nullable=True),
        sa.Column("ahead", sa.Boolean(), nullable=False),
        sa.Column("told", Json, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_rings_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rings")),
        sa.UniqueConstraint("order_id", "seq", "step", name=op.f("uq_rings_order_id_seq_step")),
    )
    with op.batch_alter_table("rings", schema=None) as batch_op:
        batch_op.create_index("ix_rings_station_rung_at", ["station", "rung_at"], unique=False)

    with op.batch_alter_table("scans", schema=None) as batch_op:
        batch_op.create_index("ix_scans_station", ["station"], unique=False)

    with op.batch_alter_table("clocks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("late_kind", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("late_edition", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("late_excuse", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("late_fine_fen", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("late_evidence", Json, nullable=True))
        batch_op.alter_column(
            "kind", existing_type=sa.VARCHAR(length=10), type_=sa.String(length=20), existing_nullable=False
        )


def downgrade() -> None:
    with op.batch_alter_table("clocks", schema=None) as batch_op:
        batch_op.alter_column(
            "kind", existing_type=sa.String(length=20), type_=sa.VARCHAR(length=10), existing_nullable=False
        )
        batch_op.drop_column("late_evidence")
        batch_op.drop_column("late_fine_fen")
        batch_op.drop_column("late_excuse")
        batch_op.drop_column("late_edition")
        batch_op.drop_column("late_kind")

    with op.batch_alter_table("scans", schema=None) as batch_op:
        batch_op.drop_index("ix_scans_station")

    with op.batch_alter_table("rings", schema=None) as batch_op:
        batch_op.drop_index("ix_rings_station_rung_at")

    op.drop_table("rings")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index("ix_deliveries_next_at")

    op.drop_table("deliveries")
    with op.batch_alter_table("waybill_stock", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_waybill_stock_first",
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )
        batch_op.drop_index("ix_waybill_stock_station")

    op.drop_table("waybill_stock")
    with op.batch_alter_table("silences", schema=None) as batch_op:
        batch_op.drop_index("ix_silences_started_at")

    op.drop_table("silences")
    op.drop_table("presence")
    op.drop_table("paces")
    with op.batch_alter_table("outages", schema=None) as batch_op:
        batch_op.drop_index("ix_outages_noticed_at")

    op.drop_table("outages")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_messages_unread",
            sqlite_where=sa.text("read_at IS NULL"),
            postgresql_where=sa.text("read_at IS NULL"),
        )
        batch_op.drop_index("ix_messages_to")
        batch_op.drop_index("ix_messages_order_id")

    op.drop_table("messages")
    op.drop_table("editions")
    with op.batch_alter_table("edition_proposals", schema=None) as batch_op:
        batch_op.drop_index("ix_edition_proposals_state")

    op.drop_table("edition_proposals")
    op.drop_table("contacts")
    op.drop_table("clock_alarms")
    op.drop_table("beats")
