"""A country's month in a database of its own, made by the server: orders, accept and pickup clocks, confirmed
violations of three months. 5,000 level-1 stations in 31 provinces, each with a contracted area."""

from datetime import timedelta

from sqlalchemy import Connection, create_engine, text

from basics.days import midnight, month_bounds
from geo.actions import import_stations
from geo.stations import Station
from storage.session import connect, writing

MONTH = "2026-05"
START, END = month_bounds(MONTH)
AFTER = END + timedelta(days=4)  # DAY-1: settled by the 5th
HOUSES, PROVINCES = 5_000, 31
FINED = 100  # of so many orders one brings a confirmed violation
PER_MINUTE = "id % 44640"  # the minutes of May: orders lie evenly over it
STATION = "substr('ZS', 1 + (id % 2)::int, 1) || lpad(((id * 7919 + (id / 5000) * 31) % 5000)::text, 5, '0')"

ORDERS = f"""
INSERT INTO orders (id, region, channel, logistics_no, business_type, online, state, station, routing_cause, candidates,
  content, sender_phone, lng, lat, adcode, missing, created_at, received_at, assigned_at, accepted_at, picked_up_at,
  ended_at, promise_at, version)
SELECT id, 'P', 'crm', 'IS' || id, CASE WHEN id % 10 < 6 THEN 'send_express' ELSE 'online_order' END, id % 20 > 0,
  CASE WHEN id % 25 = 3 THEN 'withdrawn' ELSE 'picked_up' END,
  CASE WHEN id % 97 = 0 THEN 'DATA_CENTRE' ELSE {STATION} END, 'area', '[]',
  json_build_object('business_type', 'send_express', 'lng', 120.07, 'lat', 30.07, 'datum', 'GCJ-02', 'pieces', 1,
    'address', '浙江省杭州市西湖区文一路' || id || '号', 'goods', '文件', 'weight_g', 1200,
    'sender', json_build_object('name', '寄件人', 'phone', '13800000000'),
    'receiver', json_build_object('name', '收件人', 'phone', '13900000000')),
  '13800000000', 120.07, 30.07, '330106', '[]', at, at, at, at + interval '11 min', at + interval '2 h',
  at + interval '2 h', at + interval '2 h', 6
FROM (SELECT id, cast(:start AS timestamptz) + make_interval(mins => ({PER_MINUTE})::int) AS at
      FROM generate_series(cast(:first AS bigint), :last) AS id) AS o
"""
CLOCKS = """
INSERT INTO clocks (order_id, seq, kind, region, station, starts_at, due_at, verdict, decided_by, edition)
SELECT o.id, 1, k.kind, 'P', o.station, o.created_at, o.created_at + interval '30 min',
  CASE WHEN o.id % 41 = 0 THEN 'missed' ELSE 'kept' END, o.accepted_at, '2017-01-01'
FROM orders AS o, (VALUES ('accept'), ('pickup')) AS k(kind)
WHERE o.id BETWEEN :first AND :last AND o.station <> 'DATA_CENTRE'
"""
# A violation of the month itself and of each of the two before: two houses of five never have one.
VIOLATIONS = f"""
INSERT INTO violations (order_id, seq, kind, region, station, house, happened_at, edition, excuse, fine_fen, evidence)
SELECT id, 1, kind, 'P', station, 'Z' || substr(station, 2), happened, '2017-01-01', '', 10000, '{{}}'
FROM (SELECT o.id, o.station, k.kind, o.created_at - make_interval(days => k.back) AS happened
      FROM orders AS o, (VALUES ('V-ACCEPT', 0), ('V-PICKUP', 31), ('V-TRANSFER', 61)) AS k(kind, back)
      WHERE o.id % {FINED} = 7 AND o.id BETWEEN :first AND :last AND o.station <> 'DATA_CENTRE') AS v
WHERE (hashtext('Z' || substr(station, 2) || kind) & 1023) < 614
"""
CASES = """
INSERT INTO cases (violation_id, region, state, opened_at, decided_at, decided_by, reason, changed_at, steps)
SELECT id, region, 'confirmed', happened_at, happened_at, 'HQ', '查实', happened_at, 1 FROM violations
"""
CHUNK = 500_000


def make(url: str, orders: int) -> None:
    """Fill an empty database with our tables. Indexes are built afterwards, keys are not asked: it is half an hour
    otherwise for nine million orders."""
    engine = connect(url)
    with writing(engine) as conn:
        import_stations(conn, list(_stations()), midnight(START.date()))
    engine.dispose()
    bare = create_engine(url)
    with bare.begin() as conn:
        conn.execute(text("SET session_replication_role = replica"))
        indexes = _drop_indexes(conn)
    for first in range(1, orders + 1, CHUNK):
        _some(url, first, min(first + CHUNK - 1, orders))
    with bare.begin() as conn:
        conn.execute(text("SET session_replication_role = replica"))
        conn.execute(text(CASES))
        for definition in indexes:
            conn.execute(text(definition))
    with bare.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE"))
        conn.execute(text("CHECKPOINT"))
    bare.dispose()


def _some(url: str, first: int, last: int) -> None:
    bare = create_engine(url)
    with bare.begin() as conn:
        conn.execute(text("SET session_replication_role = replica"))
        conn.execute(text(ORDERS), {"first": first, "last": last, "start": START})
        conn.execute(text(CLOCKS), {"first": first, "last": last})
        conn.execute(text(VIOLATIONS), {"first": first, "last": last})
    bare.dispose()


def _drop_indexes(conn: Connection) -> list[str]:
    """Drop what is no constraint on the big tables; how to make it again."""
    found = conn.execute(
        text(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('orders', 'clocks', 'violations', 'cases')"
            " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
    ).all()
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
