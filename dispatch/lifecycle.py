"""The life of an order as one table (RULEBOOK: what a station does; REPLAY: what is allowed when).

Read it as: in this state, this act leads there. What is not listed is refused `not_allowed_in_state`.
Messages told late may move an order between final states (CHAN-6); `life.py` derives that from the facts.
"""

from basics.steps import Table
from basics.words import State

ACCEPT, ACCEPT_UNNUMBERED = "accept", "accept_unnumbered"
FAIL_ACCEPT, FAIL_PICKUP = "fail_accept", "fail_pickup"
TRANSFER, TO_DATA_CENTRE, DISPATCH = "transfer", "to_data_centre", "dispatch"
NUMBER, CONFIRM, SCAN, WITHDRAW = "number", "confirm", "scan", "withdraw"
ASK, AMEND, CALL = "ask", "amend", "call"
ROUTE, ROUTE_TO_DATA_CENTRE = "route", "route_to_data_centre"

S = State
ORDER: Table[State] = {
    # routing: on creation, on release of a held order, on an update that moves the pickup point
    (S.HELD, ROUTE): S.WAITING,
    (S.HELD, ROUTE_TO_DATA_CENTRE): S.AT_DATA_CENTRE,
    (S.WAITING, ROUTE): S.WAITING,
    (S.WAITING, ROUTE_TO_DATA_CENTRE): S.AT_DATA_CENTRE,
    (S.AT_DATA_CENTRE, ROUTE): S.WAITING,
    (S.AT_DATA_CENTRE, ROUTE_TO_DATA_CENTRE): S.AT_DATA_CENTRE,
    # HQ
    (S.AT_DATA_CENTRE, DISPATCH): S.WAITING,
    # the holder
    (S.WAITING, ACCEPT): S.ACCEPTED,
    (S.WAITING, ACCEPT_UNNUMBERED): S.AWAITING_WAYBILL,
    (S.WAITING, FAIL_ACCEPT): S.ACCEPT_FAILED,
    (S.ACCEPTED, FAIL_PICKUP): S.PICKUP_FAILED,
    (S.AWAITING_WAYBILL, FAIL_PICKUP): S.PICKUP_FAILED,
    (S.WAITING, TRANSFER): S.WAITING,
    (S.ACCEPTED, TRANSFER): S.WAITING,
    (S.AWAITING_WAYBILL, TRANSFER): S.WAITING,
    (S.WAITING, TO_DATA_CENTRE): S.AT_DATA_CENTRE,
    (S.ACCEPTED, TO_DATA_CENTRE): S.AT_DATA_CENTRE,
    (S.AWAITING_WAYBILL, TO_DATA_CENTRE): S.AT_DATA_CENTRE,
    (S.ACCEPTED, CONFIRM): S.PICKED_UP,
    (S.AWAITING_WAYBILL, CONFIRM): S.PICKED_UP,
    (S.AWAITING_WAYBILL, NUMBER): S.ACCEPTED,
    (S.ACCEPTED, NUMBER): S.ACCEPTED,
    (S.WAITING, CALL): S.WAITING,
    (S.ACCEPTED, CALL): S.ACCEPTED,
    (S.AWAITING_WAYBILL, CALL): S.AWAITING_WAYBILL,
    # a caller's wish, once somebody has accepted (CHAN-8); an agreed withdrawal is a withdrawal
    (S.WAITING, ASK): S.WAITING,
    (S.ACCEPTED, ASK): S.ACCEPTED,
    (S.AWAITING_WAYBILL, ASK): S.AWAITING_WAYBILL,
    (S.WAITING, AMEND): S.WAITING,
    (S.ACCEPTED, AMEND): S.ACCEPTED,
    (S.AWAITING_WAYBILL, AMEND): S.AWAITING_WAYBILL,
    (S.AT_DATA_CENTRE, AMEND): S.AT_DATA_CENTRE,
    # messages
    (S.HELD, WITHDRAW): S.WITHDRAWN,
    (S.AT_DATA_CENTRE, WITHDRAW): S.WITHDRAWN,
    (S.WAITING, WITHDRAW): S.WITHDRAWN,
    (S.ACCEPTED, WITHDRAW): S.WITHDRAWN,
    (S.AWAITING_WAYBILL, WITHDRAW): S.WITHDRAWN,
    (S.AT_DATA_CENTRE, SCAN): S.PICKED_UP,  # told late: made while a station still held it
    (S.WAITING, SCAN): S.PICKED_UP,
    (S.ACCEPTED, SCAN): S.PICKED_UP,
    (S.AWAITING_WAYBILL, SCAN): S.PICKED_UP,
    (S.WITHDRAWN, SCAN): S.PICKED_UP,  # made before the withdrawal (CHAN-6)
    (S.PICKED_UP, WITHDRAW): S.WITHDRAWN,  # made before the scan, and nobody confirmed (CHAN-6)
}
