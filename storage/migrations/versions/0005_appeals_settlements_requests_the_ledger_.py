"""Appeals, settlements, requests; the ledger is a chain"""

import json
from datetime import timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

from storage import triggers
from storage.tables.base import BigId, Instant, Json

revision = "0005"
down_revision: str | None = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_heads",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("chain", sa.String(length=64), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_ledger_heads")),
    )
    op.create_table(
        "money_requests",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("month", sa.String(length=7), nullable=True),
        sa.Column("about", sa.String(length=160), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("content", Json, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("maker", sa.String(length=80), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("checker", sa.String(length=80), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_money_requests_decided")),
        sa.CheckConstraint(
            "state IN ('open', 'approved', 'declined', 'withdrawn')", name=op.f("ck_money_requests_state")
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'declined') OR checker IS NOT NULL", name=op.f("ck_money_requests_checked")
        ),
        sa.CheckConstraint("checker IS NULL OR checker <> maker", name=op.f("ck_money_requests_four_eyes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_money_requests")),
        sa.UniqueConstraint("key", name=op.f("uq_money_requests_key")),
    )
    with op.batch_alter_table("money_requests", schema=None) as batch_op:
        batch_op.create_index("ix_money_requests_state", ["state", "made_at"], unique=False)
        batch_op.create_index(
            "uq_money_requests_waiting",
            ["month"],
            unique=True,
            sqlite_where=sa.text("state = 'open' AND kind IN ('settlement', 'close_month')"),
            postgresql_where=sa.text("state = 'open' AND kind IN ('settlement', 'close_month')"),
        )

    op.create_table(
        "rehearsals",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("first_day", sa.String(length=10), nullable=False),
        sa.Column("last_day", sa.String(length=10), nullable=False),
        sa.Column("edition", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("figures", Json, nullable=False),
        sa.Column("taken_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_rehearsals_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehearsals")),
        sa.UniqueConstraint("key", name=op.f("uq_rehearsals_key")),
    )
    with op.batch_alter_table("rehearsals", schema=None) as batch_op:
        batch_op.create_index("ix_rehearsals_state", ["state", "asked_at"], unique=False)

    op.create_table(
        "standings",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("province", sa.String(length=100), nullable=False),
        sa.Column("figures", Json, nullable=False),
        sa.Column("counted_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("month", "station", name=op.f("pk_standings")),
    )
    with op.batch_alter_table("standings", schema=None) as batch_op:
        batch_op.create_index("ix_standings_province", ["month", "province"], unique=False)

    op.create_table(
        "closed_months",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("closed_at", Instant(), nullable=False),
        sa.Column("request_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["money_requests.id"], name=op.f("fk_closed_months_request_id")),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_closed_months")),
    )
    op.create_table(
        "settlements",
        sa.Column("id", BigId, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=False),
        sa.Column("edition", sa.String(length=20), nullable=False),
        sa.Column("figures", Json, nullable=False),
        sa.Column("request_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["money_requests.id"], name=op.f("fk_settlements_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlements")),
        sa.UniqueConstraint("month", "number", name=op.f("uq_settlements_month_number")),
    )
    op.create_table(
        "appeals",
        sa.Column("id", BigId, nullable=False),
        sa.Column("violation_id", BigId, nullable=False),
        sa.Column("stage", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("province", sa.String(length=100), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("closed_by", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_appeals_closed")),
        sa.CheckConstraint("stage IN ('province', 'hq')", name=op.f("ck_appeals_stage")),
        sa.CheckConstraint("state IN ('open', 'overturned', 'upheld', 'passed_on')", name=op.f("ck_appeals_state")),
        sa.ForeignKeyConstraint(["violation_id"], ["violations.id"], name=op.f("fk_appeals_violation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        sa.UniqueConstraint("violation_id", "stage", name=op.f("uq_appeals_violation_id_stage")),
    )
    with op.batch_alter_table("appeals", schema=None) as batch_op:
        batch_op.create_index("ix_appeals_state", ["state", "stage", "due_at"], unique=False)
        batch_op.create_index("ix_appeals_station", ["station", "opened_at"], unique=False)

    op.create_table(
        "second_reviews",
        sa.Column("violation_id", BigId, autoincrement=False, nullable=False),
        sa.Column("sampled_at", Instant(), nullable=False),
        sa.Column("first_by", sa.String(length=80), nullable=False),
        sa.Column("first_decision", sa.String(length=10), nullable=False),
        sa.Column("second_by", sa.String(length=80), nullable=True),
        sa.Column("second_decision", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.CheckConstraint("(second_by IS NULL) = (decided_at IS NULL)", name=op.f("ck_second_reviews_decided")),
        sa.CheckConstraint("second_by IS NULL OR second_by <> first_by", name=op.f("ck_second_reviews_blind")),
        sa.ForeignKeyConstraint(["violation_id"], ["violations.id"], name=op.f("fk_second_reviews_violation_id")),
        sa.PrimaryKeyConstraint("violation_id", name=op.f("pk_second_reviews")),
    )
    with op.batch_alter_table("second_reviews", schema=None) as batch_op:
        batch_op.create_index("ix_second_reviews_waiting", ["decided_at", "sampled_at"], unique=False)

    op.create_table(
        "appeal_files",
        sa.Column("id", BigId, nullable=False),
        sa.Column("appeal_id", BigId, nullable=False),
        sa.Column("own_name", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=op.f("fk_appeal_files_appeal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_files")),
        sa.UniqueConstraint("own_name", name=op.f("uq_appeal_files_own_name")),
    )
    with op.batch_alter_table("appeal_files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_appeal_files_appeal_id"), ["appeal_id"], unique=False)

    op.create_table(
        "settlement_items",
        sa.Column("settlement_id", BigId, nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("posting_id", BigId, nullable=False),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_settlement_items_amount_not_zero")),
        sa.ForeignKeyConstraint(["posting_id"], ["postings.id"], name=op.f("fk_settlement_items_posting_id")),
        sa.ForeignKeyConstraint(["settlement_id"], ["settlements.id"], name=op.f("fk_settlement_items_settlement_id")),
        sa.PrimaryKeyConstraint("settlement_id", "station", "kind", name=op.f("pk_settlement_items")),
        sa.UniqueConstraint("posting_id", name=op.f("uq_settlement_items_posting_id")),
    )
    triggers.remove(op.get_bind())  # installed again, as they stand then, after the last migration
    with op.batch_alter_table("case_log", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cause", sa.String(length=160), nullable=True))
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("published_by", sa.String(length=80), nullable=True))
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seq", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("chain", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("month", sa.String(length=7), nullable=True))
        batch_op.add_column(sa.Column("why", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("request_id", BigId, nullable=True))
    _fill(op.get_bind())
    with op.batch_alter_table("case_log", schema=None) as batch_op:
        batch_op.alter_column("cause", existing_type=sa.String(length=160), nullable=False)
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.alter_column("published_by", existing_type=sa.String(length=80), nullable=False)
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.alter_column("seq", existing_type=sa.BigInteger(), nullable=False)
        batch_op.alter_column("chain", existing_type=sa.String(length=64), nullable=False)
        batch_op.alter_column("month", existing_type=sa.String(length=7), nullable=False)
        batch_op.alter_column("why", existing_type=sa.Text(), nullable=False)
        batch_op.create_index("ix_postings_month", ["month"], unique=False)
        batch_op.create_index("ix_postings_logistics_no", ["logistics_no"], unique=False)
        batch_op.create_index(batch_op.f("ix_postings_request_id"), ["request_id"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_postings_seq"), ["seq"])
        batch_op.create_foreign_key(batch_op.f("fk_postings_request_id"), "money_requests", ["request_id"], ["id"])
    op.create_index("ix_cases_decided_at", "cases", ["decided_at", "violation_id"])
    op.create_index(op.f("ix_notice_items_violation_id"), "notice_items", ["violation_id"])
    _checks("('email', 'sms', 'wecom')", "('station', 'province', 'hq', 'finance')")


def _checks(ways: str, to_kinds: str) -> None:
    for table in ("contacts", "deliveries"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(op.f(f"ck_{table}_way"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_{table}_way"), f"way IN {ways}")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_messages_to_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_messages_to_kind"), f"to_kind IN {to_kinds}")


POSTINGS = sa.table(
    "postings",
    sa.column("id", BigId),
    sa.column("seq", sa.BigInteger()),
    sa.column("key", sa.String()),
    sa.column("content_hash", sa.String()),
    sa.column("chain", sa.String()),
    sa.column("happened_at", Instant()),
    sa.column("recorded_at", Instant()),
    sa.column("month", sa.String()),
    sa.column("why", sa.Text()),
    sa.column("violation_id", BigId),
)


def _fill(conn: sa.Connection) -> None:
    """What is posted already becomes the beginning of the chain, each in the month in which it happened."""
    for table, column in (("case_log", "cause"), ("notices", "published_by")):
        conn.execute(sa.update(sa.table(table, sa.column(column))).values({column: ""}))
    p, link, rows = POSTINGS.c, "", []
    in_time = sa.select(POSTINGS).order_by(
        p.recorded_at, p.id
    )  # two at once may have ids and times the other way round
    for seq, row in enumerate(conn.execute(in_time).all(), start=1):
        month = (row.happened_at + timedelta(hours=8)).strftime("%Y-%m")
        parts = [link, seq, row.key, row.content_hash, row.recorded_at.isoformat(), month, "", row.violation_id, None]
        link = sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
        rows.append({"_id": row.id, "_seq": seq, "_chain": link, "_month": month})
    if rows:
        values: dict[str, Any] = {name: sa.bindparam(f"_{name}") for name in ("seq", "chain", "month")}
        conn.execute(sa.update(POSTINGS).where(p.id == sa.bindparam("_id")).values(why="", **values), rows)


def _forget() -> None:
    """What the older schema has no words for. ValueError while the ledger rests on something that would be lost."""
    conn = op.get_bind()
    lost = sa.select(POSTINGS.c.key).where(POSTINGS.c.key.like("settle:%") | POSTINGS.c.key.like("request:%")).limit(1)
    if (key := conn.execute(lost).scalar()) is not None:
        raise ValueError(
            f"账本已有结算或手工款项,不能退回 / the ledger holds {key}, which an older schema cannot explain"
        )
    if conn.dialect.name == "postgresql":  # ids were given by us
        op.execute(
            "SELECT setval(pg_get_serial_sequence('postings', 'id'), (SELECT coalesce(max(id), 1) FROM postings))"
        )
    op.execute("DELETE FROM deliveries WHERE way = 'wecom'")
    op.execute("DELETE FROM contacts WHERE way = 'wecom' OR to_kind = 'finance'")
    op.execute("DELETE FROM deliveries WHERE message_id IN (SELECT id FROM messages WHERE to_kind = 'finance')")
    op.execute("DELETE FROM messages WHERE to_kind = 'finance'")


def downgrade() -> None:
    _forget()
    _checks("('email', 'sms')", "('station', 'province', 'hq')")
    op.drop_index(op.f("ix_notice_items_violation_id"), "notice_items")
    op.drop_index("ix_cases_decided_at", "cases")
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_postings_request_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_postings_seq"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_postings_request_id"))
        batch_op.drop_index("ix_postings_logistics_no")
        batch_op.drop_index("ix_postings_month")
        batch_op.drop_column("request_id")
        batch_op.drop_column("why")
        batch_op.drop_column("month")
        batch_op.drop_column("chain")
        batch_op.drop_column("seq")

    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_column("published_by")

    with op.batch_alter_table("case_log", schema=None) as batch_op:
        batch_op.drop_column("cause")

    op.drop_table("settlement_items")
    with op.batch_alter_table("appeal_files", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_appeal_files_appeal_id"))

    op.drop_table("appeal_files")
    with op.batch_alter_table("second_reviews", schema=None) as batch_op:
        batch_op.drop_index("ix_second_reviews_waiting")

    op.drop_table("second_reviews")
    with op.batch_alter_table("appeals", schema=None) as batch_op:
        batch_op.drop_index("ix_appeals_station")
        batch_op.drop_index("ix_appeals_state")

    op.drop_table("appeals")
    op.drop_table("settlements")
    op.drop_table("closed_months")
    with op.batch_alter_table("standings", schema=None) as batch_op:
        batch_op.drop_index("ix_standings_province")

    op.drop_table("standings")
    with op.batch_alter_table("rehearsals", schema=None) as batch_op:
        batch_op.drop_index("ix_rehearsals_state")

    op.drop_table("rehearsals")
    with op.batch_alter_table("money_requests", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_money_requests_waiting",
            sqlite_where=sa.text("state = 'open' AND kind IN ('settlement', 'close_month')"),
            postgresql_where=sa.text("state = 'open' AND kind IN ('settlement', 'close_month')"),
        )
        batch_op.drop_index("ix_money_requests_state")

    op.drop_table("money_requests")
    op.drop_table("ledger_heads")
