"""Where an order's point lies, as its holder's desk shows it: in the area, outside, near the border (ROUTE-1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dispatch.batch import World
from geo.network import Network
from sla.duty import first_instant
from web.console.choices import Candidate, candidates

NEAR = 300.0  # metres on either side of the border: drawn lines and customers' points are no surer than that
SUGGESTED = 3


@dataclass(frozen=True, slots=True)
class Lies:
    """`metres` to the border of the area it is in, or else of the nearest one of the holder; None without an area."""

    inside: bool
    metres: float | None

    @property
    def near(self) -> bool:
        """Whether it is too near to the border for the desk to be sure."""
        return self.metres is not None and self.metres <= NEAR


@dataclass(frozen=True, slots=True)
class Target:
    """A station to which an order may be handed on. `on_duty`: its clocks count now."""

    candidate: Candidate
    on_duty: bool


def places(network: Network, rows: Iterable[Any], at: datetime) -> dict[int, Lies]:
    """Order -> where its point lies for its holder and the holder's contracted areas; none without a point."""
    located = [row for row in rows if row.lng is not None and row.lat is not None and row.station in network.stations]
    return {row.id: _lies(network, row.station, row.lng, row.lat, at) for row in located}


def _lies(network: Network, station: str, lng: float, lat: float, at: datetime) -> Lies:
    own = network.with_contracted(station)
    held = [one.metres for one in network.areas.found(lng, lat, at) if one.station in own]
    if held:
        return Lies(True, max(held))
    nearest = network.areas.nearest(lng, lat, at, 1, own)
    return Lies(False, nearest[0].metres if nearest else None)


def suggested(world: World, order: Any, passed: Iterable[str], at: datetime) -> list[Target]:
    """Three stations to hand it on to: on duty first, then who covers the place, then the nearest. None that held it
    before: that would send it to the data centre (ROUTE-5)."""
    held, edition = set(passed), world.book.at(at)
    found = [
        Target(one, not one.closed and first_instant(world.calendar(one.station.code, edition), at) == at)
        for one in candidates(world.network, order, at)
        if one.station.code not in held
    ]
    found.sort(key=lambda one: (not one.on_duty, not one.candidate.inside, not one.candidate.likely))
    return found[:SUGGESTED]


def doubt(lies: Lies | None, covering: int) -> tuple[str, str]:
    """Why it goes to the data centre, prefilled, in Chinese and English (ROUTE-2, ROUTE-4). `covering`: other stations
    whose area holds the point."""
    if lies is None:
        return "没有可用坐标,无法判断归属网点", "no usable point, the right station is not known"
    if covering > 1:
        return "多个网点范围都包含该地址", "several stations cover the place"
    if lies.inside:
        return "地址与坐标不符,须核实", "address and point do not agree"
    if covering == 1:
        return "不在本网点范围,归属须确认", "not in our area, the right station is to be confirmed"
    return "不在任何网点范围内", "in no station's area"
