"""Before it is late (DO-8): how likely a waiting order misses its accept clock, from the pace of its own station.

A pace is a rate: how often, in one duty minute, an order that has waited so long stops waiting (accepted, failed,
transferred or withdrawn). The rest is arithmetic: an order is late when none of that happens in the time left. What
the numbers are counted from is in sla/pace/; docs/forecast.md explains the model in one page.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from basics.days import shanghai

# Spans of the duty minutes that an order has waited; short where most orders are taken, the last is open.
SPANS = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 18.0, 21.0, 25.0, 30.0, 45.0)
QUEUES = (0, 1, 2, 4, 8, 16)  # orders before it: 0, 1, 2 to 3, 4 to 7, 8 to 15, more
LEAST_ORDERS = 100  # of the whole network: below that nothing is said
ACCEPT = timedelta(minutes=30)  # ACCEPT-1; for callers who do not say how long an order has waited
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """The figures of one station, already drawn towards the network's where its own orders are few.

    `orders`: its own that were counted, older ones for less; `network_orders`: everybody's. `rates`: ends of waiting in
    a duty minute, by SPANS. `tempo`: this station's share of the network's rate, 1 for a usual one. `hours`: a factor
    for each hour of the Shanghai day. `queue`: one for each of QUEUES, never rising. `outside`: the factor of an
    order outside the station's area (TRANSFER-1), `inside` that of all others.
    """

    orders: float
    network_orders: float
    tempo: float
    rates: tuple[float, ...]
    hours: tuple[float, ...]
    queue: tuple[float, ...]
    inside: float
    outside: float


def risk(
    pace: Pace | None,
    waiting_ahead: int,
    left: timedelta,
    at: datetime,
    waited: timedelta | None = None,
    outside: bool = False,
) -> float | None:
    """Probability, 0 to 1, that an order waiting at this station at `at` misses its accept clock (ACCEPT-1).

    `waiting_ahead`: orders of the station whose accept clocks run and end before this one's. `left`: duty time left on
    its clock; none is 1. `waited`: duty time since it came to the station, by default what is gone of 30 minutes.
    `outside`: its point is outside the station's area. None: too little is known. Less time left, or more orders
    ahead, never makes it smaller.
    """
    if pace is None or pace.network_orders < LEAST_ORDERS:
        return None
    if left <= timedelta(0):
        return 1.0
    begin = max((ACCEPT - left if waited is None else waited) / _MINUTE, 0.0)
    factor = pace.tempo * pace.hours[shanghai(at).hour] * pace.queue[queue_of(waiting_ahead)]
    factor *= pace.outside if outside else pace.inside
    return math.exp(-factor * _expected(pace.rates, begin, begin + left / _MINUTE))


def queue_of(ahead: int) -> int:
    """Which of QUEUES so many orders are."""
    return bisect_right(QUEUES, max(ahead, 0)) - 1


def _expected(rates: tuple[float, ...], begin: float, end: float) -> float:
    """The rates summed over the minutes from `begin` to `end`."""
    total = 0.0
    for place in range(bisect_right(SPANS, begin) - 1, len(SPANS)):
        since = max(SPANS[place], begin)
        until = min(SPANS[place + 1] if place + 1 < len(SPANS) else math.inf, end)
        if since >= until:
            break
        total += rates[place] * (until - since)
    return total
