"""A country's May in PostgreSQL, made by the server itself: orders with holders, clocks and scans, and 50,000
violations with their cases and postings (RELIABILITY G-11)."""

from sqlalchemy import Connection, create_engine, text

from bench.settlement_month import CLOCKS, ORDERS, START, STATION
from geo.actions import import_stations
from geo.stations import Station
from storage.session import connect, writing

HOUSES, PROVINCES, CHUNK, VIOLATIONS = 5_000, 31, 300_000, 50_000
TABLES = "('orders', 'events', 'assignments', 'clocks', 'scans', 'violations', 'cases', 'postings', 'ledger_lines')"
MARKED = ORDERS.replace("version)", "version, waybill_no)").replace(", 6\n", ", 6, '55' || lpad(id::text, 12, '0')\n")
ASSIGNMENTS = f"""
INSERT INTO assignments (order_id, seq, region, station, started_at, ended_at, cause, by, outside, accepted_at)
SELECT id, n, 'P', CASE WHEN n = 2 OR id % 8 > 0 THEN station ELSE {STATION.replace("id", "(id + 1)")} END,
  created_at + (n - 1) * interval '4 min',
  CASE WHEN n = 1 AND id % 8 = 0 THEN created_at + interval '4 min' ELSE ended_at END,
  CASE n WHEN 1 THEN 'routing' ELSE 'transfer' END, 'system', false,
  CASE WHEN n = 2 OR id % 8 > 0 THEN created_at + (5 + id % 31) * interval '1 min' END
FROM orders, generate_series(1, 2) AS n WHERE id BETWEEN :first AND :last AND (n = 1 OR id % 8 = 0)
"""
SCANS = """
INSERT INTO scans (waybill_no, station, scanned_at, told_at, operator)
SELECT waybill_no, station, picked_up_at - interval '1 s', picked_up_at, '' FROM orders
WHERE id BETWEEN :first AND :last AND state = 'picked_up' AND station <> 'DATA_CENTRE' AND id % 100 > 0
"""
WITHDRAWN = """
INSERT INTO events (order_id, seq, region, kind, happened_at, recorded_at, by, data)
SELECT id, 3, 'P', 'withdrawn', created_at, created_at, 'cainiao',
  json_build_object('code', (ARRAY['', 'user_cancelled', 'too_slow'])[1 + id / 25 % 3])
FROM orders WHERE id BETWEEN :first AND :last AND state = 'withdrawn'
"""
FOUND = """
INSERT INTO violations
  (order_id, seq, kind, region, station, house, happened_at, edition, excuse, fine_fen, evidence)
SELECT id, 1, (ARRAY['V-ACCEPT', 'V-ACCEPT', 'V-PICKUP', 'V-TRANSFER'])[1 + id / :every % 4], 'P', station,
  'Z' || substr(station, 2), created_at + interval '30 min', '2017-01-01',
  CASE WHEN id % 7 = 0 THEN 'closure' ELSE '' END, 10000, '{}'
FROM orders WHERE id % :every = 1 AND station <> 'DATA_CENTRE' AND created_at < cast(:last AS timestamptz)
"""
CASES = """
INSERT INTO cases (violation_id, region, state, opened_at, decided_at, decided_by, reason, changed_at, steps)
SELECT id, region, (ARRAY['suspected', 'confirmed', 'confirmed', 'dismissed', 'overturned'])[1 + id % 5], happened_at,
  happened_at, 'HQ', '', happened_at, 1 FROM violations
"""
POSTINGS = """
INSERT INTO postings (seq, key, content_hash, chain, happened_at, recorded_at, month, station, logistics_no, rule,
  edition, why, violation_id)
SELECT row_number() OVER (ORDER BY v.id), 'violation:' || v.id, '', '', v.happened_at, v.happened_at, '2026-05',
  v.station, '', 'FINE-1', '2017-01-01', '', v.id
FROM violations AS v JOIN cases AS c ON c.violation_id = v.id WHERE c.state = 'confirmed'
"""
LINES = """
INSERT INTO ledger_lines (posting_id, account, amount_fen)
SELECT p.id, x.account, x.fen FROM postings AS p,
  LATERAL (VALUES ('Z' || substr(p.station, 2), 10000), ('fines', -10000)) AS x(account, fen)
"""


def fill(url: str, orders: int) -> None:
    """An empty database with our tables gets a May of so many orders."""
    engine = connect(url)
    with writing(engine) as conn:
        import_stations(conn, _stations(), START)
    engine.dispose()
    bare = create_engine(url)
    with bare.begin() as conn:
        indexes = _drop_indexes(conn)
    for first in range(1, orders + 1, CHUNK):
        with bare.begin() as conn:
            _some(conn, first, min(first + CHUNK - 1, orders))
    with bare.begin() as conn:
        conn.execute(text("SET session_replication_role = replica"))
        last = "2026-05-31 23:20+08"  # so that all of them happen in May
        conn.execute(text(FOUND), {"every": max(orders // VIOLATIONS, 1), "last": last})
        conn.execute(text(CASES))
        conn.execute(text(POSTINGS))
        conn.execute(text(LINES))
        for definition in indexes:
            conn.execute(text(definition))
    with bare.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE"))
        conn.execute(text("CHECKPOINT"))
    bare.dispose()


def _some(conn: Connection, first: int, last: int) -> None:
    conn.execute(text("SET session_replication_role = replica"))
    conn.execute(text(MARKED), {"first": first, "last": last, "start": START})
    conn.execute(text(ASSIGNMENTS), {"first": first, "last": last})
    conn.execute(text(CLOCKS), {"first": first, "last": last})
    conn.execute(text(SCANS), {"first": first, "last": last})
    conn.execute(text(WITHDRAWN), {"first": first, "last": last})


def _drop_indexes(conn: Connection) -> list[str]:
    """Those that are no constraint; how to make them again."""
    found = conn.execute(text(
        f"SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN {TABLES}"
        " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    )).all()  # fmt: skip
    for name, _ in found:
        conn.execute(text(f'DROP INDEX "{name}"'))
    return [definition for _, definition in found]


def _stations() -> list[Station]:
    made = []
    for number in range(HOUSES):
        code, province = f"Z{number:05d}", f"省{number * number % PROVINCES:02d}"
        made.append(Station(code, f"网点{number}", 1, None, province, "standard", True))
        made.append(Station(f"S{number:05d}", f"承包区{number}", 2, code, province, "standard", True))
    return made
