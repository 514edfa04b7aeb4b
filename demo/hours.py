"""Whole seconds and duty hours. The demo stands outside and cannot ask the product's clocks."""

from datetime import datetime, timedelta
from random import Random

from basics.days import day_of, midnight

# DUTY-1, in hours of the Shanghai day.
DUTY = {"standard": (8, 20), "xinjiang": (10, 21)}


def plus(at: datetime, minutes: float) -> datetime:
    """So many minutes later, to the second."""
    return (at + timedelta(minutes=minutes)).replace(microsecond=0)


def after_duty(at: datetime, minutes: float, duty: str) -> datetime:
    """The instant when that many minutes of duty have passed since `at`, to the second."""
    opens, closes = DUTY[duty]
    left = timedelta(minutes=minutes)
    day = day_of(at)
    while True:
        begin = max(at, midnight(day) + timedelta(hours=opens))
        end = midnight(day) + timedelta(hours=closes)
        if begin + left <= end:
            return (begin + left).replace(microsecond=0)
        left -= max(end - begin, timedelta(0))
        day += timedelta(days=1)


def when_couriers_go(at: datetime, duty: str, rng: Random) -> datetime:
    """`at`, or some time after the next morning's opening when nobody is on the road then."""
    opens, closes = DUTY[duty]
    start = midnight(day_of(at)) + timedelta(hours=opens)
    if at > start + timedelta(hours=closes - opens, minutes=30):
        start += timedelta(days=1)
    return at if at >= start else plus(start, rng.uniform(10, 110))


def lognormal(rng: Random, median: float, sigma: float) -> float:
    """A draw whose median is given in its own unit."""
    return median * rng.lognormvariate(0.0, sigma)
