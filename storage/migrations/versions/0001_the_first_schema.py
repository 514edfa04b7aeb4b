"""the first schema"""

import sqlalchemy as sa
from alembic import op

from storage.tables.base import BigId, Instant, Json

revision = "0001"
down_revision: str | None = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channels",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("feedback_url", sa.String(length=500), nullable=True),
        sa.Column("feedback_on", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("paused_until", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_channels")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", BigId, nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("message_key", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("logistics_no", sa.String(length=64), nullable=True),
        sa.Column("refused", sa.String(length=64), nullable=True),
        sa.Column("answer_status", sa.Integer(), nullable=True),
        sa.Column("answer_type", sa.String(length=64), nullable=True),
        sa.Column("answer_body", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("channel", "message_key", name=op.f("uq_inbox_channel_message_key")),
    )
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"], unique=False)
    op.create_table(
        "login_attempts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("attempted_at", Instant(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempts")),
    )
    op.create_index("ix_login_attempts_attempted_at", "login_attempts", ["attempted_at"], unique=False)
    op.create_table(
        "network_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_network_version_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_version")),
    )
    op.create_table(
        "notices",
        sa.Column("id", BigId, nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("published_at", Instant(), nullable=False),
        sa.Column("figures", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("week", "number", name=op.f("uq_notices_week_number")),
    )
    op.create_table(
        "orders",
        sa.Column("id", BigId, nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("logistics_no", sa.String(length=64), nullable=False),
        sa.Column("business_type", sa.String(length=20), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=True),
        sa.Column("routing_cause", sa.String(length=20), nullable=False),
        sa.Column("candidates", Json, nullable=False),
        sa.Column("waybill_no", sa.String(length=64), nullable=True),
        sa.Column("waybill_by", sa.String(length=10), nullable=True),
        sa.Column("content", Json, nullable=False),
        sa.Column("sender_phone", sa.String(length=40), nullable=True),
        sa.Column("lng", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("adcode", sa.String(length=12), nullable=True),
        sa.Column("missing", Json, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("released_at", Instant(), nullable=True),
        sa.Column("window_start", Instant(), nullable=True),
        sa.Column("window_end", Instant(), nullable=True),
        sa.Column("assigned_at", Instant(), nullable=True),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.Column("confirmed_at", Instant(), nullable=True),
        sa.Column("picked_up_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("withdrawal_origin", sa.String(length=10), nullable=True),
        sa.Column("withdrawal_reason", sa.Text(), nullable=True),
        sa.Column("withdrawal_handled_at", Instant(), nullable=True),
        sa.Column("accept_due_at", Instant(), nullable=True),
        sa.Column("transfer_due_at", Instant(), nullable=True),
        sa.Column("pickup_due_at", Instant(), nullable=True),
        sa.Column("promise_at", Instant(), nullable=False),
        sa.Column("next_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("channel", "logistics_no", name=op.f("uq_orders_channel_logistics_no")),
    )
    op.create_index("ix_orders_logistics_no", "orders", ["logistics_no"], unique=False)
    op.create_index("ix_orders_next_at", "orders", ["next_at"], unique=False)
    op.create_index("ix_orders_created_at", "orders", ["created_at", "id"], unique=False)
    op.create_index("ix_orders_region_created_at", "orders", ["region", "created_at"], unique=False)
    op.create_index("ix_orders_sender_phone", "orders", ["sender_phone"], unique=False)
    op.create_index("ix_orders_state_created_at", "orders", ["state", "created_at"], unique=False)
    op.create_index("ix_orders_station_state", "orders", ["station", "state", "accept_due_at"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", BigId, nullable=False),
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("payload", Json, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Instant(), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_answer", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("order_id", "seq", name=op.f("uq_outbox_order_id_seq")),
    )
    op.create_index("ix_outbox_state_channel_next_at", "outbox", ["state", "channel", "next_at"], unique=False)
    op.create_table(
        "scans",
        sa.Column("id", BigId, nullable=False),
        sa.Column("waybill_no", sa.String(length=64), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("scanned_at", Instant(), nullable=False),
        sa.Column("told_at", Instant(), nullable=False),
        sa.Column("operator", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scans")),
        sa.UniqueConstraint("waybill_no", "station", "scanned_at", name=op.f("uq_scans_waybill_no_station_scanned_at")),
    )
    op.create_table(
        "stations",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("parent", sa.String(length=32), nullable=True),
        sa.Column("province", sa.String(length=100), nullable=False),
        sa.Column("duty", sa.String(length=16), nullable=False),
        sa.Column("accepts", sa.Boolean(), nullable=False),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.CheckConstraint("code <> 'DATA_CENTRE'", name=op.f("ck_stations_reserved")),
        sa.CheckConstraint("duty IN ('standard', 'xinjiang')", name=op.f("ck_stations_duty")),
        sa.CheckConstraint(
            "level = 1 AND parent IS NULL OR level = 2 AND parent IS NOT NULL", name=op.f("ck_stations_level")
        ),
        sa.ForeignKeyConstraint(["parent"], ["stations.code"], name=op.f("fk_stations_parent")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_stations")),
    )
    op.create_index(op.f("ix_stations_parent"), "stations", ["parent"], unique=False)
    op.create_index(op.f("ix_stations_province"), "stations", ["province"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", BigId, nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("station", sa.String(length=32), nullable=True),
        sa.Column("province", sa.String(length=100), nullable=True),
        sa.Column("password_hash", sa.String(length=256), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("login", name=op.f("uq_users_login")),
    )
    op.create_table(
        "waiting",
        sa.Column("id", BigId, nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("logistics_no", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("told_at", Instant(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting")),
        sa.UniqueConstraint("channel", "logistics_no", "digest", name=op.f("uq_waiting_channel_logistics_no_digest")),
    )
    op.create_index("ix_waiting_logistics_no", "waiting", ["logistics_no"], unique=False)
    op.create_table(
        "areas",
        sa.Column("id", BigId, nullable=False),
        sa.Column("station", sa.String(length=32), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("datum", sa.String(length=8), nullable=False),
        sa.Column("wkb", sa.LargeBinary(), nullable=False),
        sa.Column("original", sa.Text(), nullable=True),
        sa.Column("valid_from", Instant(), nullable=True),
        sa.Column("valid_until", Instant(), nullable=True),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.CheckConstraint("datum = 'GCJ-02' OR original IS NOT NULL", name=op.f("ck_areas_original")),
        sa.CheckConstraint("datum IN ('GCJ-02', 'WGS-84', 'BD-09')", name=op.f("ck_areas_datum")),
        sa.CheckConstraint("valid_until > valid_from", name=op.f("ck_areas_validity")),
        sa.ForeignKeyConstraint(["station"], ["stations.code"], name=op.f("fk_areas_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_areas")),
    )
    op.create_index(
        "uq_areas_station_part",
        "areas",
        ["station", "part"],
        unique=True,
        sqlite_where=sa.text("valid_until IS NULL"),
        postgresql_where=sa.text("valid_until IS NULL"),
    )
    op.create_table(
        "assignments",
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("cause", sa.String(length=10), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("outside", sa.Boolean(), nullable=False),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_assignments_order_id")),
        sa.PrimaryKeyConstraint("order_id", "seq", name=op.f("pk_assignments")),
    )
    op.create_index("ix_assignments_station_started_at", "assignments", ["station", "started_at"], unique=False)
    op.create_table(
        "audit",
        sa.Column("id", BigId, nullable=False),
        sa.Column("happened_at", Instant(), nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("order_id", BigId, nullable=True),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_audit_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_order_id", "audit", ["order_id"], unique=False)
    op.create_index("ix_audit_user_id_what_happened_at", "audit", ["user_id", "what", "happened_at"], unique=False)
    op.create_table(
        "channel_secrets",
        sa.Column("id", BigId, nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("valid_until", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["channel"], ["channels.name"], name=op.f("fk_channel_secrets_channel")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_secrets")),
        sa.UniqueConstraint("channel", "digest", name=op.f("uq_channel_secrets_channel_digest")),
    )
    op.create_table(
        "clocks",
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("decided_by", Instant(), nullable=True),
        sa.Column("edition", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_clocks_order_id")),
        sa.PrimaryKeyConstraint("order_id", "seq", "kind", name=op.f("pk_clocks")),
    )
    op.create_index("ix_clocks_due_at", "clocks", ["due_at"], unique=False)
    op.create_index("ix_clocks_station_due_at", "clocks", ["station", "due_at"], unique=False)
    op.create_table(
        "closures",
        sa.Column("id", BigId, nullable=False),
        sa.Column("station", sa.String(length=32), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_closures_order")),
        sa.ForeignKeyConstraint(["station"], ["stations.code"], name=op.f("fk_closures_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closures")),
        sa.UniqueConstraint("station", "starts_at", "ends_at", name=op.f("uq_closures_station_starts_at_ends_at")),
    )
    op.create_table(
        "districts",
        sa.Column("adcode", sa.String(length=32), nullable=False),
        sa.Column("station", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["station"], ["stations.code"], name=op.f("fk_districts_station")),
        sa.PrimaryKeyConstraint("adcode", "station", name=op.f("pk_districts")),
    )
    op.create_index(op.f("ix_districts_station"), "districts", ["station"], unique=False)
    op.create_table(
        "events",
        sa.Column("id", BigId, nullable=False),
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("happened_at", Instant(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_events_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("order_id", "seq", name=op.f("uq_events_order_id_seq")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_seen_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"], unique=False)
    op.create_table(
        "violations",
        sa.Column("id", BigId, nullable=False),
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("house", sa.String(length=40), nullable=False),
        sa.Column("happened_at", Instant(), nullable=False),
        sa.Column("edition", sa.String(length=20), nullable=False),
        sa.Column("excuse", sa.String(length=20), nullable=False),
        sa.Column("fine_fen", sa.BigInteger(), nullable=False),
        sa.Column("evidence", Json, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_violations_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_violations")),
        sa.UniqueConstraint("order_id", "seq", "kind", name=op.f("uq_violations_order_id_seq_kind")),
    )
    op.create_index("ix_violations_happened_at", "violations", ["happened_at"], unique=False)
    op.create_index("ix_violations_station_happened_at", "violations", ["station", "happened_at"], unique=False)
    op.create_table(
        "troubles",
        sa.Column("order_id", BigId, autoincrement=False, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_troubles_order_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_troubles")),
    )
    op.create_table(
        "waybills",
        sa.Column("waybill_no", sa.String(length=64), nullable=False),
        sa.Column("order_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_waybills_order_id")),
        sa.PrimaryKeyConstraint("waybill_no", name=op.f("pk_waybills")),
        sa.UniqueConstraint("order_id", name=op.f("uq_waybills_order_id")),
    )
    op.create_table(
        "case_log",
        sa.Column("id", BigId, nullable=False),
        sa.Column("violation_id", BigId, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("from_state", sa.String(length=12), nullable=False),
        sa.Column("to_state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["violation_id"], ["violations.id"], name=op.f("fk_case_log_violation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_log")),
        sa.UniqueConstraint("violation_id", "step", name=op.f("uq_case_log_violation_id_step")),
    )
    op.create_table(
        "cases",
        sa.Column("violation_id", BigId, autoincrement=False, nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["violation_id"], ["violations.id"], name=op.f("fk_cases_violation_id")),
        sa.PrimaryKeyConstraint("violation_id", name=op.f("pk_cases")),
    )
    op.create_index("ix_cases_state", "cases", ["state", "opened_at"], unique=False)
    op.create_table(
        "notice_items",
        sa.Column("notice_id", BigId, nullable=False),
        sa.Column("violation_id", BigId, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("fine_fen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_items_notice_id")),
        sa.ForeignKeyConstraint(["violation_id"], ["violations.id"], name=op.f("fk_notice_items_violation_id")),
        sa.PrimaryKeyConstraint("notice_id", "violation_id", name=op.f("pk_notice_items")),
    )
    op.create_table(
        "postings",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("happened_at", Instant(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("logistics_no", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("edition", sa.String(length=20), nullable=False),
        sa.Column("violation_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(["violation_id"], ["violations.id"], name=op.f("fk_postings_violation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postings")),
        sa.UniqueConstraint("key", name=op.f("uq_postings_key")),
    )
    op.create_index(op.f("ix_postings_violation_id"), "postings", ["violation_id"], unique=False)
    op.create_table(
        "ledger_lines",
        sa.Column("posting_id", BigId, nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_ledger_lines_amount_not_zero")),
        sa.ForeignKeyConstraint(["posting_id"], ["postings.id"], name=op.f("fk_ledger_lines_posting_id")),
        sa.PrimaryKeyConstraint("posting_id", "account", name=op.f("pk_ledger_lines")),
    )
    op.create_index("ix_ledger_lines_account", "ledger_lines", ["account"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_ledger_lines_account", table_name="ledger_lines")
    op.drop_table("ledger_lines")
    op.drop_index(op.f("ix_postings_violation_id"), table_name="postings")
    op.drop_table("postings")
    op.drop_table("notice_items")
    op.drop_index("ix_cases_state", table_name="cases")
    op.drop_table("cases")
    op.drop_table("case_log")
    op.drop_table("troubles")
    op.drop_table("waybills")
    op.drop_index("ix_violations_station_happened_at", table_name="violations")
    op.drop_index("ix_violations_happened_at", table_name="violations")
    op.drop_table("violations")
    op.drop_index("ix_sessions_user_id", table_name="sessions")
    op.drop_table("sessions")
    op.drop_table("events")
    op.drop_index(op.f("ix_districts_station"), table_name="districts")
    op.drop_table("districts")
    op.drop_table("closures")
    op.drop_index("ix_clocks_station_due_at", table_name="clocks")
    op.drop_index("ix_clocks_due_at", table_name="clocks")
    op.drop_table("clocks")
    op.drop_table("channel_secrets")
    op.drop_index("ix_audit_user_id_what_happened_at", table_name="audit")
    op.drop_index("ix_audit_order_id", table_name="audit")
    op.drop_table("audit")
    op.drop_index("ix_assignments_station_started_at", table_name="assignments")
    op.drop_table("assignments")
    op.drop_index(
        "uq_areas_station_part",
        table_name="areas",
        sqlite_where=sa.text("valid_until IS NULL"),
        postgresql_where=sa.text("valid_until IS NULL"),
    )
    op.drop_table("areas")
    op.drop_index("ix_waiting_logistics_no", table_name="waiting")
    op.drop_table("waiting")
    op.drop_table("users")
    op.drop_index(op.f("ix_stations_province"), table_name="stations")
    op.drop_index(op.f("ix_stations_parent"), table_name="stations")
    op.drop_table("stations")
    op.drop_table("scans")
    op.drop_index("ix_outbox_state_channel_next_at", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("ix_orders_station_state", table_name="orders")
    op.drop_index("ix_orders_state_created_at", table_name="orders")
    op.drop_index("ix_orders_sender_phone", table_name="orders")
    op.drop_index("ix_orders_region_created_at", table_name="orders")
    op.drop_index("ix_orders_created_at", table_name="orders")
    op.drop_index("ix_orders_next_at", table_name="orders")
    op.drop_index("ix_orders_logistics_no", table_name="orders")
    op.drop_table("orders")
    op.drop_table("notices")
    op.drop_table("network_version")
    op.drop_index("ix_login_attempts_attempted_at", table_name="login_attempts")
    op.drop_table("login_attempts")
    op.drop_index("ix_inbox_received_at", table_name="inbox")
    op.drop_table("inbox")
    op.drop_table("channels")
