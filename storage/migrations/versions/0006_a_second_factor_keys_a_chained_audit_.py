"""A second factor, keys, a chained audit, couriers and the closed day"""

import sqlalchemy as sa
from alembic import op

from storage.tables.base import BigId, Instant, Json

revision = "0006"
down_revision: str | None = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "couriers",
        sa.Column("id", BigId, nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_couriers")),
        sa.UniqueConstraint("station", "name", name=op.f("uq_couriers_station_name")),
    )
    op.create_table(
        "day_sheets",
        sa.Column("id", BigId, nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("figures", Json, nullable=False),
        sa.Column("unscanned", Json, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signed_by", sa.String(length=80), nullable=False),
        sa.Column("signed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_sheets")),
        sa.UniqueConstraint("station", "day", name=op.f("uq_day_sheets_station_day")),
    )
    op.create_table(
        "desk_changes",
        sa.Column("id", BigId, nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_changes")),
    )
    op.create_index("ix_desk_changes_station", "desk_changes", ["station"], unique=False)
    op.create_table(
        "api_answers",
        sa.Column("id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("asked_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", Json, nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_answers_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_answers")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_api_answers_user_id_key")),
    )
    with op.batch_alter_table("api_answers", schema=None) as batch_op:
        batch_op.create_index("ix_api_answers_created_at", ["created_at"], unique=False)

    op.create_table(
        "api_keys",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=16), nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("actions", Json, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("last_used_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_keys_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_keys_key_hash")),
    )
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.create_index("ix_api_keys_user_id", ["user_id"], unique=False)

    op.create_table(
        "courier_assignments",
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("courier_id", BigId, nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["courier_id"], ["couriers.id"], name=op.f("fk_courier_assignments_courier_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_courier_assignments_order_id")),
        sa.PrimaryKeyConstraint("order_id", "seq", name=op.f("pk_courier_assignments")),
    )
    with op.batch_alter_table("courier_assignments", schema=None) as batch_op:
        batch_op.create_index("ix_courier_assignments_courier_id", ["courier_id"], unique=False)

    op.create_table(
        "recovery_codes",
        sa.Column("id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("user_id", "code_hash", name=op.f("uq_recovery_codes_user_id_code_hash")),
    )
    op.create_table(
        "saved_filters",
        sa.Column("id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("screen", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("query", sa.String(length=1000), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_filters_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filters")),
        sa.UniqueConstraint("user_id", "screen", "name", name=op.f("uq_saved_filters_user_id_screen_name")),
    )
    op.create_table(
        "second_factor_attempts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("attempted_at", Instant(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_second_factor_attempts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factor_attempts")),
    )
    with op.batch_alter_table("second_factor_attempts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_second_factor_attempts_user_id_attempted_at", ["user_id", "attempted_at"], unique=False
        )

    op.create_table(
        "second_factors",
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("sealed_seed", sa.Text(), nullable=False),
        sa.Column("confirmed_at", Instant(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_second_factors_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "audit_links",
        sa.Column("seq", BigId, nullable=False),
        sa.Column("audit_id", BigId, nullable=False),
        sa.Column("chain", sa.String(length=64), nullable=False),
        sa.Column("linked_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_audit_links_audit_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_links")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_audit_links_audit_id")),
    )
    op.create_index("ix_appeals_opened_at", "appeals", ["opened_at", "id"], unique=False)
    op.create_index("ix_appeals_closed_by_closed_at", "appeals", ["closed_by", "closed_at"], unique=False)
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("before", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("after", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("request_id", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("api_key_id", BigId, nullable=True))
        batch_op.create_index("ix_audit_happened_at_id", ["happened_at", "id"], unique=False)
        batch_op.create_index("ix_audit_request_id", ["request_id"], unique=False)

    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pseudonymised_at", Instant(), nullable=True))

    op.execute("DELETE FROM sessions")  # whoever was logged in proves his second factor now
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("agent", sa.String(length=200), server_default="", nullable=False))
        batch_op.add_column(sa.Column("second_factor", sa.String(length=10), server_default="asked", nullable=False))
        batch_op.add_column(sa.Column("stepped_up_at", Instant(), nullable=True))
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.alter_column("agent", server_default=None)
        batch_op.alter_column("second_factor", server_default=None)

    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("language", sa.String(length=2), nullable=True))
        batch_op.add_column(sa.Column("toured_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("single_sign_on", sa.String(length=300), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_users_single_sign_on"), ["single_sign_on"])


def downgrade() -> None:
    op.drop_index("ix_appeals_closed_by_closed_at", table_name="appeals")
    op.drop_index("ix_appeals_opened_at", table_name="appeals")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_users_single_sign_on"), type_="unique")
        batch_op.drop_column("single_sign_on")
        batch_op.drop_column("toured_at")
        batch_op.drop_column("language")

    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_column("stepped_up_at")
        batch_op.drop_column("second_factor")
        batch_op.drop_column("agent")

    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_column("pseudonymised_at")

    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_request_id")
        batch_op.drop_index("ix_audit_happened_at_id")
        batch_op.drop_column("api_key_id")
        batch_op.drop_column("request_id")
        batch_op.drop_column("after")
        batch_op.drop_column("before")

    op.drop_table("audit_links")
    op.drop_table("second_factors")
    with op.batch_alter_table("second_factor_attempts", schema=None) as batch_op:
        batch_op.drop_index("ix_second_factor_attempts_user_id_attempted_at")

    op.drop_table("second_factor_attempts")
    op.drop_table("saved_filters")
    op.drop_table("recovery_codes")
    with op.batch_alter_table("courier_assignments", schema=None) as batch_op:
        batch_op.drop_index("ix_courier_assignments_courier_id")

    op.drop_table("courier_assignments")
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.drop_index("ix_api_keys_user_id")

    op.drop_table("api_keys")
    with op.batch_alter_table("api_answers", schema=None) as batch_op:
        batch_op.drop_index("ix_api_answers_created_at")

    op.drop_table("api_answers")
    op.drop_table("desk_changes")
    op.drop_table("day_sheets")
    op.drop_table("couriers")
