"""The rulebook's words as constants: states, channels, origins. Stored and exported exactly so."""

from enum import StrEnum

DATA_CENTRE = "DATA_CENTRE"  # 数据中心: HQ's desk, a holder like any station (ROUTE-2)

# 账本自有的账户: accounts of the ledger that are no station's, so no station is called so (LEDGER-1)
FINES, REWARDS, REFUNDS, ADJUSTMENTS, CLEARING = "fines", "rewards", "refunds", "adjustments", "clearing"
OWN_ACCOUNTS = frozenset({FINES, REWARDS, REFUNDS, ADJUSTMENTS, CLEARING})

SEND_EXPRESS = "send_express"  # 我要寄快递: no waybill until the courier hands one over (CHAN-2)
ONLINE_ORDER = "online_order"  # 在线下单: the customer owns the waybill number (CHAN-2)
BUSINESS_TYPES = (SEND_EXPRESS, ONLINE_ORDER)
ORIGINS = ("sender", "platform", "station", "system")  # DO-6


class State(StrEnum):
    """The one status of an order (DESIGN law 4)."""

    HELD = "held"
    AT_DATA_CENTRE = "at_data_centre"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    AWAITING_WAYBILL = "awaiting_waybill"
    PICKED_UP = "picked_up"
    ACCEPT_FAILED = "accept_failed"
    PICKUP_FAILED = "pickup_failed"
    WITHDRAWN = "withdrawn"


FINAL = frozenset({State.PICKED_UP, State.ACCEPT_FAILED, State.PICKUP_FAILED, State.WITHDRAWN})


class ClockKind(StrEnum):
    ACCEPT = "accept"
    TRANSFER = "transfer"
    PICKUP = "pickup"


class Verdict(StrEnum):
    """CLOCK-2."""

    RUNNING = "running"
    KEPT = "kept"
    MISSED = "missed"
    DROPPED = "dropped"


class CaseState(StrEnum):
    """VIO-4: `cleared` is a suspicion that news disproved before anybody decided."""

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    OVERTURNED = "overturned"
    CLEARED = "cleared"
