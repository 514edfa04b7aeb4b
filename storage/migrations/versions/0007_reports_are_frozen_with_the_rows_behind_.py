"""Reports are frozen with the rows behind them"""

import sqlalchemy as sa
from alembic import op

from storage.tables.base import BigId, Instant, Json

revision = "0007"
down_revision: str | None = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "archived_parts",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("frame", sa.String(length=20), nullable=False),
        sa.Column("province", sa.String(length=100), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("mark", Json, nullable=False),
        sa.Column("archived_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("month", "frame", "province", name=op.f("pk_archived_parts")),
    )
    op.create_table(
        "report_questions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("asks", Json, nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.Column("saved_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_questions")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_report_questions_user_id_name")),
    )
    op.create_table(
        "report_runs",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("asked", Json, nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("beat_at", Instant(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=80), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_report_runs_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_runs")),
        sa.UniqueConstraint("key", name=op.f("uq_report_runs_key")),
    )
    with op.batch_alter_table("report_runs", schema=None) as batch_op:
        batch_op.create_index("ix_report_runs_state", ["state", "asked_at"], unique=False)
        batch_op.create_index("ix_report_runs_user_id", ["user_id", "asked_at"], unique=False)

    op.create_table(
        "report_snapshots",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("edition", sa.String(length=120), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.CheckConstraint("number >= 0", name=op.f("ck_report_snapshots_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_snapshots")),
        sa.UniqueConstraint("kind", "period", "number", name=op.f("uq_report_snapshots_kind_period_number")),
    )
    op.create_table(
        "message_files",
        sa.Column("id", BigId, nullable=False),
        sa.Column("message_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_message_files_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_files")),
        sa.UniqueConstraint("message_id", "name", name=op.f("uq_message_files_message_id_name")),
    )
    op.create_table(
        "report_parts",
        sa.Column("snapshot_id", BigId, nullable=False),
        sa.Column("frame", sa.String(length=20), nullable=False),
        sa.Column("province", sa.String(length=100), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["snapshot_id"], ["report_snapshots.id"], name=op.f("fk_report_parts_snapshot_id")),
        sa.PrimaryKeyConstraint("snapshot_id", "frame", "province", name=op.f("pk_report_parts")),
    )
    op.create_table(
        "report_schedules",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("question_id", BigId, nullable=True),
        sa.Column("scope", sa.String(length=120), nullable=False),
        sa.Column("to_kind", sa.String(length=10), nullable=False),
        sa.Column("to_code", sa.String(length=100), nullable=False),
        sa.Column("form", sa.String(length=8), nullable=False),
        sa.Column("every", sa.String(length=8), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=True),
        sa.CheckConstraint("every IN ('week', 'month')", name=op.f("ck_report_schedules_every")),
        sa.CheckConstraint("form IN ('pdf', 'xlsx', 'line')", name=op.f("ck_report_schedules_form")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_report_schedules_ended")),
        sa.ForeignKeyConstraint(["question_id"], ["report_questions.id"], name=op.f("fk_report_schedules_question_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_schedules")),
        sa.UniqueConstraint("key", name=op.f("uq_report_schedules_key")),
    )
    with op.batch_alter_table("report_schedules", schema=None) as batch_op:
        batch_op.create_index("ix_report_schedules_to", ["to_kind", "to_code"], unique=False)

    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.create_index("ix_assignments_started_at", ["started_at"], unique=False)

    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index(
            "ix_orders_with_people",
            ["created_at", "id"],
            unique=False,
            sqlite_where=sa.text("pseudonymised_at IS NULL"),
            postgresql_where=sa.text("pseudonymised_at IS NULL"),
        )

    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.create_index("ix_postings_happened_at", ["happened_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.drop_index("ix_postings_happened_at")

    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_orders_with_people",
            sqlite_where=sa.text("pseudonymised_at IS NULL"),
            postgresql_where=sa.text("pseudonymised_at IS NULL"),
        )

    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.drop_index("ix_assignments_started_at")

    with op.batch_alter_table("report_schedules", schema=None) as batch_op:
        batch_op.drop_index("ix_report_schedules_to")

    op.drop_table("report_schedules")
    op.drop_table("report_parts")
    op.drop_table("message_files")
    op.drop_table("report_snapshots")
    with op.batch_alter_table("report_runs", schema=None) as batch_op:
        batch_op.drop_index("ix_report_runs_user_id")
        batch_op.drop_index("ix_report_runs_state")

    op.drop_table("report_runs")
    op.drop_table("report_questions")
    op.drop_table("archived_parts")
