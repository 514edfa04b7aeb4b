"""Secrets by part, settings, aliases, errors of pushes, messages without an order; whom to call at a station."""

import sqlalchemy as sa
from alembic import op

from storage.tables.base import BigId, Instant, Json

revision = "0002"
down_revision: str | None = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "push_errors",
        sa.Column("id", BigId, nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("field", sa.String(length=200), nullable=True),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("logistics_no", sa.String(length=64), nullable=True),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_errors")),
    )
    with op.batch_alter_table("push_errors", schema=None) as batch_op:
        batch_op.create_index("ix_push_errors_channel_at", ["channel", "at"], unique=False)

    with op.batch_alter_table("channel_secrets", schema=None) as batch_op:
        batch_op.add_column(sa.Column("part", sa.String(length=20), server_default="secret", nullable=False))
        batch_op.drop_constraint(batch_op.f("uq_channel_secrets_channel_digest"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_channel_secrets_channel_part_digest"), ["channel", "part", "digest"]
        )

    with op.batch_alter_table("channels", schema=None) as batch_op:
        batch_op.add_column(sa.Column("settings", Json, server_default="{}", nullable=False))

    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.add_column(sa.Column("alias", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("asked_at", Instant(), nullable=True))
        batch_op.create_index("ix_orders_alias", ["alias"], unique=False)

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.alter_column("order_id", existing_type=BigId, nullable=True)
        batch_op.add_column(sa.Column("put_off", sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column("handled_by", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("handled_at", Instant(), nullable=True))

    with op.batch_alter_table("stations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("contact", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("phone", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("address", sa.String(length=200), nullable=True))

    # Orders on hold get their reminder (CHAN-5): the next sweep looks at them and sets when.
    op.execute("UPDATE orders SET next_at = received_at WHERE state = 'held'")


def downgrade() -> None:
    with op.batch_alter_table("stations", schema=None) as batch_op:
        batch_op.drop_column("address")
        batch_op.drop_column("phone")
        batch_op.drop_column("contact")

    op.execute("DELETE FROM outbox WHERE order_id IS NULL")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_column("handled_at")
        batch_op.drop_column("handled_by")
        batch_op.drop_column("put_off")
        batch_op.alter_column("order_id", existing_type=BigId, nullable=False)

    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_index("ix_orders_alias")
        batch_op.drop_column("asked_at")
        batch_op.drop_column("alias")

    with op.batch_alter_table("channels", schema=None) as batch_op:
        batch_op.drop_column("settings")

    with op.batch_alter_table("channel_secrets", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_channel_secrets_channel_part_digest"), type_="unique")
        batch_op.create_unique_constraint(batch_op.f("uq_channel_secrets_channel_digest"), ["channel", "digest"])
        batch_op.drop_column("part")

    with op.batch_alter_table("push_errors", schema=None) as batch_op:
        batch_op.drop_index("ix_push_errors_channel_at")

    op.drop_table("push_errors")
