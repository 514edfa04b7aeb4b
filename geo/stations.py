"""Stations and their closures, as the network folder and the tables know them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Duty = Literal["standard", "xinjiang"]
CODE_LIMIT = 32
NAME_LIMIT = 100
PROVINCE_LIMIT = 40  # it becomes the region of every order first routed there
CONTACT_LIMIT, PHONE_LIMIT, ADDRESS_LIMIT = 64, 40, 200
DUTIES: tuple[Duty, ...] = get_args(Duty)


@dataclass(frozen=True, slots=True)
class Station:
    """A station (网点, level 1) or a contracted area under one (承包区, level 2, with its `parent`).

    `accepts` False: its areas are passed over and nothing can be sent to it (ROUTE-1). `contact`, `phone`, `address`:
    whom channels and senders are told; "" when unknown.
    """

    code: str
    name: str
    level: int
    parent: str | None
    province: str
    duty: Duty
    accepts: bool
    contact: str = ""
    phone: str = ""
    address: str = ""

    @property
    def house(self) -> str:
        """Code of the level-1 station it belongs to; its own for level 1."""
        return self.parent or self.code


@dataclass(frozen=True, slots=True)
class Closure:
    """Granted beforehand (ROUTE-6): closed while `start` <= at < `end`, that one station only."""

    station: str
    start: datetime
    end: datetime


def merged(closures: Iterable[Closure]) -> tuple[Closure, ...]:
    """Closures of one station by time; overlapping or touching ones become one: no minute counts twice."""
    result: list[Closure] = []
    for closure in sorted(closures, key=lambda one: (one.start, one.end)):
        if result and closure.start <= result[-1].end:
            last = result.pop()
            closure = Closure(last.station, last.start, max(last.end, closure.end))
        result.append(closure)
    return tuple(result)
