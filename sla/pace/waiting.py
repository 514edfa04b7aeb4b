"""What the forecast says of the orders that wait now. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sla.duty import Calendar, duty_between, first_instant
from sla.forecast import Pace, risk


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order whose accept clock runs. `outside`: it lies outside its station's area (TRANSFER-1)."""

    logistics_no: str
    station: str
    assigned_at: datetime
    due_at: datetime
    outside: bool


@dataclass(frozen=True, slots=True)
class Forecast:
    """`left`: duty time to its deadline; `risk` None: too little is known."""

    order: Waiting
    ahead: int
    left: timedelta
    risk: float | None


def forecasts(
    orders: Iterable[Waiting], paces: Mapping[str, Pace], calendar: Callable[[str], Calendar], now: datetime
) -> list[Forecast]:
    """Each order's, likeliest to be late first. `orders` are all that wait at their stations."""
    found, before = [], dict[str, int]()
    for one in sorted(orders, key=lambda order: (order.due_at, order.logistics_no)):
        ahead = before.get(one.station, 0)
        before[one.station] = ahead + 1
        own = calendar(one.station)
        left, waited = duty_between(own, now, one.due_at), duty_between(own, one.assigned_at, now)
        on_duty = first_instant(own, now)  # at night the morning's hour is what counts
        fear = risk(paces.get(one.station), ahead, left, on_duty, waited, one.outside)
        found.append(Forecast(one, ahead, left, fear))
    return sorted(found, key=lambda forecast: (-(forecast.risk or 0.0), forecast.left))
