"""The numbers behind the demo's traffic: what was measured, and what is assumed because nothing measures it.

MEASURED on two recorded days of real pickups (LaDe-P sample, Chongqing 2022-05-01 and Shanghai 2022-06-07,
2,755 orders) by counting over their replay files. A quantile table lists the minutes at the shares of
QUANTILES; a draw interpolates between them. In those files creation is the moment a courier took the order,
every order has a window, and none is accepted late, failed, transferred or withdrawn; all that is ASSUMED.
"""

from bisect import bisect_right
from random import Random

# --- measured ---

QUANTILES = (0.0, 0.01, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99, 0.995, 1.0)

# Share (%) of the orders by the Shanghai hour of `created_at`; hours left out had none.
TAKEN_BY_HOUR = {
    6: 0.2, 7: 19.7, 8: 30.8, 9: 14.4, 10: 6.0, 11: 4.8, 12: 5.3, 13: 4.6, 14: 5.0, 15: 4.3, 16: 4.4, 17: 0.4,
    18: 0.1, 19: 0.2,
}  # fmt: skip
# Creation to pickup where the window began within an hour of creation (981 orders): "come at once".
PICKUP_AT_ONCE = (0, 1, 9, 18, 39, 71, 111, 142, 158, 371, 452, 2268)
# End of the window to pickup (all 2,755; negative is before the end). 97.2 % came before the end.
PICKUP_AFTER_WINDOW = (-6015, -734, -206, -165, -115, -78, -41, -18, -7, 81, 158, 545)
# Creation to the start of the window (all 2,755), minutes.
WINDOW_LEAD = (0, 0, 0, 0, 42, 79, 178, 401, 556, 1833, 1972, 6279)
# Windows are of 120 minutes (94.9 %) or 60 (4.1 %); the rest, up to a day, is left out here.
WINDOW_MINUTES = {120: 94.9, 60: 4.1}
# Share (%) of the two-hour windows by the hour they start at, those over 1 %.
WINDOW_STARTS = {9: 31.8, 10: 1.9, 11: 18.4, 12: 1.7, 13: 13.5, 14: 1.7, 15: 12.1, 16: 2.1, 17: 11.1}

# --- assumed ---

# The heap at 7-9 o'clock is couriers taking what came in overnight: this share of it is moved there.
# The evening's own shape (the second peak, at 20-21 o'clock) is assumed too.
FROM_THE_EVENING = 0.45
EVENING_BY_HOUR = {17: 6, 18: 9, 19: 14, 20: 18, 21: 17, 22: 13, 23: 8, 0: 5, 1: 3, 2: 1, 5: 1, 6: 5}
# Two days cannot tell a week: Monday to Sunday, 1 = an average day.
WEEKDAYS = (1.12, 1.06, 1.04, 1.03, 1.05, 0.88, 0.82)

CHANNELS = {  # channel -> (share, prefix of its logistics numbers by CHAN-1)
    "cainiao": (38, "LP"), "kuaidi100": (18, "KD"), "wechat": (13, "wx"), "alipay": (12, "ali"),
    "website": (8, "wx"), "crm": (7, "IS"), "touchpal": (4, "CT_H_"),
}  # fmt: skip
OFFLINE = 0.04  # typed in by staff
ONLINE_ORDER = 0.40  # business type `online_order`, the rest `send_express`
NUMBER_WITH_PUSH = 0.75  # of online orders: the waybill number comes with the order
NUMBER_FROM_STATION = 0.35  # of the missing numbers: supplied by the station, else by the channel
WINDOW_BOOKED = 0.70  # the sample's 100 % is one channel's habit
TOLD_IN_WGS84 = 0.10  # of the points
PLACES = {
    "area": 86.0,
    "district": 9.0,
    "zero_point": 0.6,
    "nowhere": 1.2,
    "unclear": 0.4,
    "two_stations": 0.8,
    "estate": 2.0,  # an estate that the map gives to one station while its neighbour has always served it
}
ESTATE_WITHOUT_POINT = 0.3
ESTATE_PASSED_ON = 0.95  # of what the map brings to the wrong one of the two
WRONG_PREFIX = 0.003
LATE_PUSH = 0.008
REPEATED_PUSH, CHANGED_WINDOW = 0.01, 0.012
HELD, HELD_CORRECTED = 0.012, 0.65

# Duty minutes from assignment to the station's act: lognormal around a median; some stations are slack.
REACTION_MEDIAN, REACTION_SIGMA, SLACK_STATIONS, SLACK_FACTOR = 6.0, 0.85, 0.12, 2.6
NOT_MINE_FACTOR = 2.5  # what another station should have lies longer
NEVER_REACTS = 0.005
FAIL_ACCEPT, FAIL_PICKUP = 0.018, 0.024
FALSE_OUT_OF_AREA = 0.08  # of the failed acceptances: a point well inside the house's area
TRANSFER_WRONG, TRANSFER_TO_CENTRE, TRANSFER_UP, TRANSFER_NO_POINT = 0.009, 0.006, 0.03, 0.08
KEPT_WRONGLY = 0.25  # of the stations that get an order from outside: accept it all the same
DISPATCH_MEDIAN, DISPATCH_SIGMA = 14.0, 0.7  # HQ's minutes on duty
WITHDRAWN, WITHDRAWN_MEDIAN, WITHDRAWN_SIGMA = 0.055, 40.0, 1.1
FORGOTTEN_WITHDRAWN = 0.6  # of the orders that nobody ever took: withdrawn 17 to 40 hours later
WITHDRAWAL_HANDLED = 0.85

SCAN_NEVER, SCAN_BEFORE = 0.005, 0.25
SCAN_ALONE = 0.60  # of online orders with a number: no confirmation, the scan completes them
SCAN_UPLOADED_IN_THE_EVENING = 0.07
MISTYPED = 0.005  # of typed waybill numbers: corrected by the station later (DO-9)

REASONS_ACCEPT = {"destination_not_served": 30, "test_or_malicious": 20, "duplicate": 25, "wrong_number": 25}
REASONS_PICKUP = {
    "customer_cancelled": 40, "cannot_reach": 22, "no_time_agreed": 14, "cannot_enter": 5,
    "forbidden_goods": 9, "weather_or_traffic": 4, "other": 6,
}  # fmt: skip
REASONS_WITHDRAWN = {"customer_cancelled": 62, "no_time_agreed": 18, "duplicate": 12, "other": 8}
ORIGINS_WITHDRAWN = {"sender": 80, "platform": 20}
DISMISSED = 0.12  # of the late acceptances that HQ looks at on a morning
REVIEWS_STOP_HOURS = 48  # the last two days' suspicions stay open for whoever tries the demo


def created_by_hour() -> list[float]:
    """24 weights: the measured hours, with a share of the morning heap spread over evening and night."""
    weights = [TAKEN_BY_HOUR.get(hour, 0.0) for hour in range(24)]
    moved = 0.0
    for hour in (7, 8, 9):
        moved += weights[hour] * FROM_THE_EVENING
        weights[hour] *= 1 - FROM_THE_EVENING
    total = sum(EVENING_BY_HOUR.values())
    for hour, share in EVENING_BY_HOUR.items():
        weights[hour] += moved * share / total
    return weights


def draw(rng: Random, table: tuple[int, ...]) -> float:
    """A number distributed as a quantile table says."""
    u = rng.random()
    i = min(bisect_right(QUANTILES, u), len(QUANTILES) - 1)
    low, high = QUANTILES[i - 1], QUANTILES[i]
    return table[i - 1] + (table[i] - table[i - 1]) * (u - low) / (high - low)


def choose(rng: Random, shares: dict[str, float] | dict[str, int]) -> str:
    """One key of a table of shares."""
    return rng.choices(list(shares), weights=list(shares.values()))[0]
