"""The schemas of the frames of facts. One row is one thing that happened; nothing of a customer is in them (ROLE-2).

Every frame has `order_id` and `logistics_no` (0 and "" where there is no order), and `province`, `house`, `station`
of whom the row concerns: a figure of a province is of the stations that are in it now. `station` is the station itself
(level 2 included), `house` the level-1 station that answers for it, DATA_CENTRE is both its own, with the region of
the order as province. AT says by which instant a row belongs to a week or month (SETTLE-2).
"""

from typing import Any

import polars as pl

INSTANT = pl.Datetime("us", "UTC")
Schema = dict[str, Any]

_OF: Schema = {
    "order_id": pl.Int64, "logistics_no": pl.String, "channel": pl.String,
    "province": pl.String, "house": pl.String, "station": pl.String,
}  # fmt: skip

# One an order, of its last holder; held ones have no station (""). `accepted_at`: by the last holder.
# `unscanned` (DO-5): accepted or confirmed, has a number, and no matching scan. `withdrawal_code`: of those that a
# channel gives beside its own words, "" without one. `pickup_minutes`: whole minutes from creation to pickup, null
# before it.
ORDERS: Schema = _OF | {
    "business_type": pl.String, "online": pl.Boolean, "adcode": pl.String, "state": pl.String,
    "routing_cause": pl.String, "created_at": INSTANT, "received_at": INSTANT, "assigned_at": INSTANT,
    "accepted_at": INSTANT, "confirmed_at": INSTANT, "picked_up_at": INSTANT, "ended_at": INSTANT,
    "promise_at": INSTANT, "withdrawal_origin": pl.String, "withdrawal_code": pl.String, "unscanned": pl.Boolean,
    "pickup_minutes": pl.Int64,
}  # fmt: skip
# One a clock of an assignment (CLOCK-2).
CLOCKS: Schema = _OF | {
    "seq": pl.Int64, "kind": pl.String, "verdict": pl.String, "starts_at": INSTANT, "due_at": INSTANT,
    "edition": pl.String,
}  # fmt: skip
# One a holder of an order. `accept_minutes`: duty minutes from the assignment to the acceptance, whole ones,
# closures not left out; null when it did not accept. `reach_minutes`: from the order's creation to this assignment.
# `misrouted`: routing chose this station and it passed the order on, see dispatch/misrouting.py.
HOLDINGS: Schema = _OF | {
    "seq": pl.Int64, "cause": pl.String, "created_at": INSTANT, "started_at": INSTANT, "ended_at": INSTANT,
    "accepted_at": INSTANT, "accept_minutes": pl.Int64, "reach_minutes": pl.Int64, "misrouted": pl.Boolean,
}  # fmt: skip
# One a violation that was not cleared. `reviewer` and `decided_at`: of the last step, maybe of who heard the appeal
# and not of who decided first (the case's log has that); "" and null before any. `appealed`: at any stage.
# `created_at` is the order's.
VIOLATIONS: Schema = _OF | {
    "violation_id": pl.Int64, "seq": pl.Int64, "kind": pl.String, "state": pl.String, "excuse": pl.String,
    "fine_fen": pl.Int64, "happened_at": INSTANT, "edition": pl.String, "decided_at": INSTANT, "reviewer": pl.String,
    "appealed": pl.Boolean, "created_at": INSTANT,
}  # fmt: skip
# One a line of a posting on a station's account. `kind`: fine, reversal, reward, refund_1, refund_2, other. `station`
# is whom the posting is tagged with, `house` the account it is on. `amount_fen`: + the station owes more, `credit_fen`
# is its opposite. `month`: in which it is booked.
MONEY: Schema = _OF | {
    "posting_id": pl.Int64, "kind": pl.String, "rule": pl.String, "amount_fen": pl.Int64, "happened_at": INSTANT,
    "recorded_at": INSTANT, "month": pl.String, "violation_id": pl.Int64, "credit_fen": pl.Int64,
}  # fmt: skip
# One a failure of an acceptance or a pickup that stands. `reason` as of DO-2, `stage` accept or pickup.
FAILURES: Schema = _OF | {
    "stage": pl.String, "reason": pl.String, "failed_at": INSTANT, "business_type": pl.String, "adcode": pl.String,
}  # fmt: skip

FRAMES: dict[str, Schema] = {
    "orders": ORDERS, "clocks": CLOCKS, "holdings": HOLDINGS, "violations": VIOLATIONS, "money": MONEY,
    "failures": FAILURES,
}  # fmt: skip
AT = {
    "orders": "created_at", "clocks": "due_at", "holdings": "started_at", "violations": "happened_at",
    "money": "happened_at", "failures": "failed_at",
}  # fmt: skip
Facts = dict[str, pl.LazyFrame]
