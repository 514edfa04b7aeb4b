"""Ledger, settlements, verdicts, notices, editions, the audit and signed days only grow (LEDGER-1, RELIABILITY D7,
I-22): triggers refuse UPDATE and DELETE. So do decided requests of money.

They are no part of the MetaData, and SQLite loses them when a migration builds a table anew; so they are not
history but installed again after every migration, each time as they stand here.
"""

from sqlalchemy import Connection, inspect

APPEND_ONLY = (
    "postings", "ledger_lines", "ledger_heads", "closed_months", "settlements", "settlement_items", "case_log",
    "notices", "notice_items", "editions", "audit", "audit_links", "day_sheets", "courier_assignments",
    "report_snapshots", "report_parts",
)  # fmt: skip
DECIDED = "money_requests"  # frozen once it is decided: the signatures under what was posted (ROLE-3)
REFUSAL = "is append-only: correct it by a new entry (LEDGER-1, ROLE-3)"

_POSTGRESQL_FUNCTION = f"""
CREATE OR REPLACE FUNCTION lanshou_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' {REFUSAL}';
END $$
"""


def install(conn: Connection) -> None:
    """Guard the tables of `APPEND_ONLY`, and decided requests, as many as this revision of the schema has. Again
    changes nothing."""
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql(_POSTGRESQL_FUNCTION)
    for table in _present(conn):
        for statement in _statements(conn.dialect.name, table):
            conn.exec_driver_sql(statement)


def remove(conn: Connection) -> None:
    """Take the guards away: for going down a migration, and for tests that plant what a guard would stop."""
    for table in _present(conn):
        for name in _names(table):
            on_table = f" ON {table}" if conn.dialect.name == "postgresql" else ""
            conn.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}{on_table}")
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql("DROP FUNCTION IF EXISTS lanshou_append_only()")


def _present(conn: Connection) -> list[str]:
    return sorted({*APPEND_ONLY, DECIDED} & set(inspect(conn).get_table_names()))


def _names(table: str) -> tuple[str, str]:
    return f"{table}_no_update", f"{table}_no_delete"


def _statements(dialect: str, table: str) -> list[str]:
    no_update, no_delete = _names(table)
    if dialect == "postgresql":
        # A statement trigger, so that TRUNCATE is stopped as well, and an UPDATE that meets no row too.
        run = "FOR EACH STATEMENT EXECUTE FUNCTION lanshou_append_only()"
        changed = run.replace("FOR EACH STATEMENT", "FOR EACH ROW WHEN (OLD.state <> 'open')")
        return [
            f"CREATE OR REPLACE TRIGGER {no_update} BEFORE UPDATE ON {table} {changed if table == DECIDED else run}",
            f"DROP TRIGGER IF EXISTS {no_delete} ON {table}",
            f"CREATE TRIGGER {no_delete} BEFORE DELETE OR TRUNCATE ON {table} {run}",
        ]
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} {REFUSAL}'); END"
    when = "WHEN OLD.state <> 'open' " if table == DECIDED else ""
    return [
        f"CREATE TRIGGER IF NOT EXISTS {no_update} BEFORE UPDATE ON {table} {when}{refuse}",
        f"CREATE TRIGGER IF NOT EXISTS {no_delete} BEFORE DELETE ON {table} {refuse}",
    ]
