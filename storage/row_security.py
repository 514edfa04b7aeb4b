"""PostgreSQL's row security, the second wall around what a station or a province may see (I-23, decision 15).

A reading transaction of such a person goes on as the role `lanshou_web`, which owns nothing, can write nothing and sees
the rows of one scope only, whatever a query of ours forgot. Like the triggers it is no history: it is taken away before
every migration and installed again after it.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, inspect, text

ROLE = "lanshou_web"
WALL = "lanshou_wall"  # the execution option under which a writing transaction keeps its person's settings
log = logging.getLogger("lanshou.storage")
# Nothing of these is for a station's or a province's page to read.
CLOSED = frozenset({
    "audit", "audit_links", "login_attempts", "channel_secrets", "inbox", "push_errors", "alembic_version",
    "archived_parts",
})  # fmt: skip
# What of a user stands beside what he did; the hash of his password is for the log-in, which is nobody yet.
OPEN_COLUMNS = {"users": (
    "id", "login", "display_name", "role", "station", "province", "disabled", "created_at", "language", "toured_at",
    "single_sign_on",
)}  # fmt: skip
_S = "IN (SELECT unnest(lanshou_stations()))"  # hashed once a query: a province has hundreds of stations
_OF_ORDER = "EXISTS (SELECT 1 FROM orders o WHERE o.id = {table}.order_id)"
_OF_CASE = "EXISTS (SELECT 1 FROM violations v WHERE v.id = {table}.violation_id)"
_OF_STATION = f"station {_S}"
_ADDRESSED = f"to_kind = 'station' AND to_code {_S} OR to_kind = 'province' AND to_code = (SELECT lanshou_province())"
_OWN = "user_id = (SELECT lanshou_user())"
# table -> which of its rows a scope sees. Tables without a line hold nothing of a station's: the network, rules, days.
POLICIES = {
    # Held by the scope; at the data centre or held by nobody, of the province's region; or with a case of the scope.
    "orders": f"station {_S} OR ((station IS NULL OR station = 'DATA_CENTRE') AND region = (SELECT lanshou_province()))"
    " OR lanshou_concerned(id)",
    "events": _OF_ORDER,
    "assignments": _OF_ORDER,
    "clocks": _OF_ORDER,
    "waybills": _OF_ORDER,
    "troubles": _OF_ORDER,
    "rings": _OF_ORDER,
    "fragment_votes": _OF_ORDER,
    "courier_assignments": _OF_ORDER,
    "outbox": _OF_ORDER,
    "scans": f"station {_S} OR EXISTS (SELECT 1 FROM waybills w WHERE w.waybill_no = scans.waybill_no)",
    "violations": f"station {_S} OR house {_S} OR lanshou_shown(order_id)",
    "cases": _OF_CASE,
    "case_log": _OF_CASE,
    "second_reviews": _OF_CASE,
    "notice_items": _OF_CASE,
    "appeals": _OF_STATION,
    "appeal_files": "EXISTS (SELECT 1 FROM appeals a WHERE a.id = appeal_files.appeal_id)",
    "postings": f"station {_S} OR lanshou_booked(id)",
    "ledger_lines": f"account {_S} OR EXISTS (SELECT 1 FROM postings p WHERE p.id = ledger_lines.posting_id)",
    "money_requests": f"station {_S} OR EXISTS (SELECT 1 FROM postings p WHERE p.request_id = money_requests.id)",
    "settlement_items": _OF_STATION,
    "standings": _OF_STATION,
    "waybill_stock": _OF_STATION,
    "presence": _OF_STATION,
    "silences": _OF_STATION,
    "paces": _OF_STATION,
    "closure_requests": _OF_STATION,
    "couriers": _OF_STATION,
    "day_sheets": _OF_STATION,
    "desk_changes": _OF_STATION,
    "messages": _ADDRESSED,
    "contacts": _ADDRESSED,
    "message_files": "EXISTS (SELECT 1 FROM messages m WHERE m.id = message_files.message_id)",
    # A station's own rows are chosen from its province's part: reports/snapshots does that.
    "report_parts": "province IN (SELECT s.province FROM stations s WHERE s.code " + _S + ") OR (province = '' AND"
    " frame IN ('figures', 'changes'))",
    "report_runs": _OWN,
    "report_questions": _OWN,
    "report_schedules": _ADDRESSED,
    "deliveries": "EXISTS (SELECT 1 FROM messages m WHERE m.id = deliveries.message_id)",
    "sessions": _OWN,
    "api_keys": _OWN,
    "api_answers": _OWN,
    "saved_filters": _OWN,
    "second_factors": _OWN,
    "recovery_codes": _OWN,
    "second_factor_attempts": _OWN,
}
# Asked across a wall that would else run in a ring, so as the owner; each tells no more than yes or no.
_ASKS = {
    "concerned": f"SELECT EXISTS (SELECT 1 FROM violations WHERE order_id = asked AND (station {_S} OR house {_S}))",
    "booked": f"SELECT EXISTS (SELECT 1 FROM ledger_lines WHERE posting_id = asked AND account {_S})",
    "shown": "SELECT EXISTS (SELECT 1 FROM orders WHERE id = asked AND (station "
    f"{_S} OR ((station IS NULL OR station = 'DATA_CENTRE') AND region = (SELECT lanshou_province()))))",
}
_FUNCTIONS = (
    "CREATE OR REPLACE FUNCTION lanshou_scope(kind text) RETURNS text LANGUAGE sql STABLE AS"
    " $$ SELECT substring(current_setting('lanshou.scope', true) FROM '^' || kind || ':(.*)$') $$",
    "CREATE OR REPLACE FUNCTION lanshou_province() RETURNS text LANGUAGE sql STABLE AS"
    " $$ SELECT lanshou_scope('province') $$",
    "CREATE OR REPLACE FUNCTION lanshou_stations() RETURNS text[] LANGUAGE sql STABLE AS $$ SELECT coalesce("
    "string_to_array(lanshou_scope('stations'), ','),"
    " ARRAY(SELECT code::text FROM stations WHERE province = lanshou_province())) $$",
    "CREATE OR REPLACE FUNCTION lanshou_user() RETURNS bigint LANGUAGE sql STABLE AS"
    " $$ SELECT nullif(current_setting('lanshou.user', true), '')::bigint $$",
    *(
        f"CREATE OR REPLACE FUNCTION lanshou_{name}(asked bigint) RETURNS boolean LANGUAGE sql STABLE"
        f" SECURITY DEFINER SET search_path = public AS $$ {body} $$"
        for name, body in _ASKS.items()
    ),
)
# Whoever may not make roles goes on without the wall, and the administrator finds these lines in decision 15.
_MAKE_ROLE = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}') THEN CREATE ROLE {ROLE} NOLOGIN; END IF;
    IF NOT pg_has_role(current_user, '{ROLE}', 'MEMBER') THEN
        EXECUTE 'GRANT {ROLE} TO ' || quote_ident(current_user);
    END IF;
EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN NULL;
END $$"""
_lock = Lock()
_stands: WeakKeyDictionary[Engine, bool] = WeakKeyDictionary()


def install(conn: Connection) -> None:
    """Build the wall over the tables that this revision of the schema has. Again changes nothing; on SQLite nothing."""
    if conn.dialect.name != "postgresql":
        return
    remove(conn)
    there = set(inspect(conn).get_table_names())
    if not {"orders", "violations", "ledger_lines", "stations"} <= there:
        return  # far back in history
    conn.exec_driver_sql(_MAKE_ROLE)
    if not conn.scalar(text("SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = :role)"), {"role": ROLE}):
        return
    conn.exec_driver_sql("; ".join((*_FUNCTIONS, *_statements(conn, there))))


def remove(conn: Connection) -> None:
    """Take it away: a column that a policy names cannot be changed by a migration."""
    if conn.dialect.name != "postgresql":
        return
    there = set(inspect(conn).get_table_names()) & set(POLICIES)
    lines = [f"DROP POLICY IF EXISTS {ROLE} ON {name}; ALTER TABLE {name} DISABLE ROW LEVEL SECURITY" for name in there]
    functions = [f"DROP FUNCTION IF EXISTS lanshou_{name}(bigint)" for name in _ASKS]
    functions += [f"DROP FUNCTION IF EXISTS lanshou_{name}()" for name in ("stations", "province", "user")]
    conn.exec_driver_sql("; ".join([*lines, *functions, "DROP FUNCTION IF EXISTS lanshou_scope(text)"]))


def _statements(conn: Connection, there: set[str]) -> Iterator[str]:
    yield f"GRANT USAGE ON SCHEMA public TO {ROLE}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {ROLE}"
    for table in sorted(there - CLOSED):
        yield f"GRANT SELECT{_columns(conn, table)} ON {table} TO {ROLE}"
    for table in sorted(there & set(POLICIES)):
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"CREATE POLICY {ROLE} ON {table} FOR SELECT TO {ROLE} USING ({POLICIES[table].format(table=table)})"


def _columns(conn: Connection, table: str) -> str:
    if table not in OPEN_COLUMNS:
        return ""
    have = {column["name"] for column in inspect(conn).get_columns(table)}
    return f" ({', '.join(one for one in OPEN_COLUMNS[table] if one in have)})"


def stands(conn: Connection) -> bool:
    """Whether this database has the wall and we may go behind it; asked once a process. Warns once when not."""
    engine = conn.engine
    known = _stands.get(engine)
    if known is not None:
        return known
    with _lock:
        if engine not in _stands:
            _stands[engine] = conn.dialect.name == "postgresql" and _found(conn)
    return _stands[engine]


def _found(conn: Connection) -> bool:
    query = (
        "SELECT EXISTS (SELECT 1 FROM pg_policies p JOIN pg_roles r ON r.rolname = :role WHERE p.tablename = 'orders'"
        " AND p.schemaname = current_schema() AND p.policyname = :role AND pg_has_role(current_user, r.oid, 'MEMBER'))"
    )
    found = bool(conn.scalar(text(query), {"role": ROLE}))
    if not found:
        log.warning("row security is not installed: scopes rest on the queries alone (decision 15 has the SQL)")
    return found


_IN = text(
    "SELECT set_config('lanshou.scope', :scope, true), set_config('lanshou.user', :user, true),"
    f" set_config('role', '{ROLE}', true)"
)
_OUT = text("SELECT set_config('role', 'none', true)")


def enter(conn: Connection, wall: Mapping[str, str]) -> None:
    """For the rest of this transaction nothing beyond this `scope` and `user` can be read, and nothing written."""
    conn.execute(_IN, wall)


@contextmanager
def behind_wall(conn: Connection) -> Iterator[None]:
    """A scope check of a writing transaction: behind its person's wall, where it has one; the work itself is not."""
    wall: Mapping[str, str] | None = conn.get_execution_options().get(WALL)
    if wall is None:
        yield
        return
    enter(conn, wall)
    yield
    conn.execute(_OUT)
