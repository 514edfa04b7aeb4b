"""The facts of the weekly report as SQL over the product's tables, for peers that know nothing of the house.

Written by hand for the month that the bench fills; duty hours are 08:00 to 20:00 at +08:00, as everywhere in it.
"""

START, END = "2026-05-01 00:00+08", "2026-06-01 00:00+08"
_PLACE = "CASE WHEN {0}.station IN ('', 'DATA_CENTRE') THEN o.region ELSE coalesce(s.province, '') END AS province"
_STATIONS = "LEFT JOIN stations AS s ON s.code = {0}.station"


def _within(column: str) -> str:
    return f"{column} >= '{START}' AND {column} < '{END}'"


def _worked(at: str) -> str:
    """Duty minutes since 1970, as seconds."""
    local = f"(extract(epoch FROM {at}) + 28800)"
    return f"(floor({local} / 86400) * 43200 + least(greatest(mod({local}, 86400) - 28800, 0), 43200))"


_MATCHED = f"""
SELECT DISTINCT o.id FROM orders AS o JOIN scans AS c ON c.waybill_no = o.waybill_no
JOIN assignments AS a ON a.order_id = o.id AND a.started_at <= c.scanned_at
  AND (a.ended_at IS NULL OR c.scanned_at < a.ended_at)
JOIN stations AS h ON h.code = a.station JOIN stations AS g ON g.code = c.station
WHERE {_within("o.created_at")} AND coalesce(h.parent, h.code) = coalesce(g.parent, g.code)
"""
SOURCES = {
    "orders": f"""
SELECT {_PLACE.format("o")}, coalesce(o.station, '') AS station, o.channel, o.state,
  coalesce(o.withdrawal_origin, '') AS withdrawal_origin,
  coalesce(CASE WHEN o.state = 'withdrawn' THEN (SELECT e.data->>'code' FROM events AS e
    WHERE e.order_id = o.id AND e.kind = 'withdrawn' ORDER BY e.seq DESC LIMIT 1) END, '') AS withdrawal_code,
  o.picked_up_at, o.promise_at,
  o.state IN ('accepted', 'awaiting_waybill', 'picked_up') AND o.waybill_no IS NOT NULL AND m.id IS NULL AS unscanned,
  floor(extract(epoch FROM o.picked_up_at - o.created_at) / 60)::bigint AS pickup_minutes
FROM orders AS o {_STATIONS.format("o")} LEFT JOIN ({_MATCHED}) AS m ON m.id = o.id WHERE {_within("o.created_at")}
""",
    "clocks": f"""
SELECT {_PLACE.format("c")}, c.station, o.channel, c.kind, c.verdict
FROM clocks AS c JOIN orders AS o ON o.id = c.order_id {_STATIONS.format("c")} WHERE {_within("c.due_at")}
""",
    "holdings": f"""
SELECT {_PLACE.format("a")}, a.station, o.channel,
  floor((extract(epoch FROM a.started_at) - extract(epoch FROM o.created_at)) / 60)::bigint AS reach_minutes,
  floor(({_worked("a.accepted_at")} - {_worked("a.started_at")}) / 60)::bigint AS accept_minutes,
  a.cause = 'routing' AND a.station <> 'DATA_CENTRE' AND o.station <> a.station AND o.station <> 'DATA_CENTRE'
  AND NOT EXISTS (SELECT FROM assignments AS l WHERE l.order_id = a.order_id AND l.cause = 'routing' AND l.seq > a.seq)
  AS misrouted
FROM assignments AS a JOIN orders AS o ON o.id = a.order_id {_STATIONS.format("a")} WHERE {_within("a.started_at")}
""",
    "violations": f"""
SELECT {_PLACE.format("v")}, v.station, o.channel, v.kind, c.state, v.excuse, v.fine_fen
FROM violations AS v JOIN cases AS c ON c.violation_id = v.id JOIN orders AS o ON o.id = v.order_id
{_STATIONS.format("v")} WHERE c.state <> 'cleared' AND {_within("v.happened_at")}
""",
    "money": f"""
SELECT coalesce(s.province, '') AS province, p.station, coalesce(o.channel, '') AS channel, l.amount_fen,
  CASE WHEN i.kind IS NOT NULL THEN i.kind WHEN p.request_id IS NOT NULL OR p.violation_id IS NULL THEN 'other'
    WHEN p.key LIKE '%%:reversed' THEN 'reversal' ELSE 'fine' END AS kind
FROM postings AS p JOIN ledger_lines AS l ON l.posting_id = p.id LEFT JOIN stations AS s ON s.code = p.station
LEFT JOIN settlement_items AS i ON i.posting_id = p.id LEFT JOIN violations AS v ON v.id = p.violation_id
LEFT JOIN orders AS o ON o.id = v.order_id
WHERE l.account NOT IN ('fines', 'rewards', 'refunds', 'adjustments', 'clearing') AND {_within("p.happened_at")}
""",
}
